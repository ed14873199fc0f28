//! `stepwell dev`: the Step Functions API of an installation in this process.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use api::Door;
use clap::Args;
use tokio::net::TcpListener;

use super::Surroundings;
use crate::installation::{Installation, Store};
use crate::secret;
use crate::store::{MemoryStore, SqliteStore};

#[derive(Debug, Args)]
pub struct Dev {
    /// The port; 0 takes any that is free.
    #[arg(long, default_value_t = 8083)]
    port: u16,
    /// The address to listen on: a loopback address, since nobody is asked for a key yet.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// Keeps everything in this folder, and goes on with it when started again. Without it, everything is in memory.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    surroundings: Surroundings,
}

impl Dev {
    pub async fn run(self) -> ExitCode {
        match self.serve().await {
            Ok(()) => ExitCode::SUCCESS,
            Err(why) => {
                tracing::error!("{why}");
                ExitCode::FAILURE
            }
        }
    }

    async fn serve(self) -> Result<(), String> {
        if !self.host.is_loopback() {
            return Err(format!(
                "{} is no loopback address: anybody who reaches it could run anything here",
                self.host
            ));
        }
        let targets = self.surroundings.targets()?;
        let store = match &self.data {
            Some(folder) => {
                let store = SqliteStore::open(folder).map_err(|error| error.to_string())?;
                Store::of(Arc::new(store), secret::of_folder(folder).map_err(|error| error.to_string())?)
            }
            None => Store::of(Arc::new(MemoryStore::new()), secret::of_process()),
        };
        let address = SocketAddr::new(self.host, self.port);
        let listener = TcpListener::bind(address).await.map_err(|error| format!("{address}: {error}"))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        for error in targets.start().await {
            tracing::warn!("{error}");
        }

        let settings = self.surroundings.settings();
        let installation = Installation::new(store, targets.clone(), self.surroundings.place(), settings);
        match installation.resume().await.map_err(|error| error.to_string())? {
            0 => {}
            open => tracing::info!("going on with {open} open executions"),
        }
        tracing::info!("the Step Functions API is at http://{address}");

        let router = api::router(installation.api.clone(), Door::AnyCredentials);
        let server = axum::serve(listener, router);
        let result = tokio::select! {
            result = server => result.map_err(|error| error.to_string()),
            () = installation.keep_time() => Ok(()),
            () = interrupted() => Ok(()),
        };
        targets.stop().await;
        result
    }
}

/// Until the process is asked to end.
pub(super) async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
