//! `stepwell dev`: the Step Functions API of an installation in this process.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use api::{Door, TestCases};
use clap::{Args, ValueEnum};
use ports::Settings;
use tokio::net::TcpListener;

use super::Surroundings;
use super::step_functions_local::StepFunctionsLocal;
use crate::execution_log::LocalLog;
use crate::installation::{Installation, Store};
use crate::secret;
use crate::server;
use crate::store::{FileAccessKeys, MemoryAccessKeys, MemoryStore, SqliteStore};

#[derive(Debug, Args)]
pub struct Dev {
    /// The port; 0 takes any that is free.
    #[arg(long, default_value_t = 8083)]
    port: u16,
    /// The address to listen on. Beyond loopback, callers are asked for an access key.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// Keeps everything in this folder, and goes on with it when started again. Without it, everything is in memory.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Who may call: anybody with any credentials, or who signs with a key of `stepwell keys --data`. Without it, anybody on
    /// a loopback address, and only who has a key on any other.
    #[arg(long, value_enum, value_name = "WHO")]
    authorization: Option<Authorization>,
    /// Appends the events of Express executions to this file, as JSON lines, instead of writing them to standard error.
    #[arg(long, value_name = "FILE")]
    execution_log: Option<PathBuf>,
    #[command(flatten)]
    surroundings: Surroundings,
    #[command(flatten)]
    step_functions_local: StepFunctionsLocal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Authorization {
    Any,
    Keys,
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
        let door = self.door()?;
        let mock_config = self.step_functions_local.mock_config().map_err(|error| error.to_string())?;
        let targets = self.surroundings.targets()?;
        let store = match &self.data {
            Some(folder) => {
                let store = SqliteStore::open(folder).map_err(|error| error.to_string())?;
                Store::of(
                    Arc::new(store),
                    secret::of_folder(folder).map_err(|error| error.to_string())?,
                    FileAccessKeys::of_folder(folder),
                )
            }
            None => Store::of(Arc::new(MemoryStore::new()), secret::of_process(), MemoryAccessKeys::default()),
        };
        if door == Door::AccessKeys {
            self.require_a_key(&store).await?;
        }
        let address = SocketAddr::new(self.host, self.port);
        let listener = TcpListener::bind(address).await.map_err(|error| format!("{address}: {error}"))?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        for error in targets.start().await {
            tracing::warn!("{error}");
        }

        self.step_functions_local.warn();
        let connections = server::connections();
        let settings = Settings {
            // Workers that wait leave as many again to all others.
            activity_polls: connections / 2,
            wait_time_permille: self.step_functions_local.wait_time_permille(),
            ..self.surroundings.settings()
        };
        let log = Arc::new(self.log()?);
        let mut installation = Installation::new(store, targets.clone(), log, self.surroundings.place(), settings);
        installation.api.test_cases = mock_config.map(|config| Arc::new(config) as Arc<dyn TestCases>);
        match installation.resume().await.map_err(|error| error.to_string())? {
            0 => {}
            open => tracing::info!("going on with {open} open executions"),
        }
        tracing::info!("the Step Functions API is at http://{address}");

        let router = api::router(installation.api.clone(), door);
        let result = tokio::select! {
            never = server::serve(listener, router, connections) => match never {},
            () = installation.keep_time() => Ok(()),
            () = interrupted() => Ok(()),
        };
        targets.stop().await;
        result
    }

    fn log(&self) -> Result<LocalLog, String> {
        match &self.execution_log {
            Some(path) => LocalLog::to_file(path).map_err(|error| format!("{}: {error}", path.display())),
            None => Ok(LocalLog::to_standard_error()),
        }
    }
}

impl Dev {
    fn door(&self) -> Result<Door, String> {
        match self.authorization {
            Some(Authorization::Any) if !self.host.is_loopback() => {
                Err(format!("{} is no loopback address: anybody who reaches it could run anything here", self.host))
            }
            None if self.host.is_loopback() => Ok(Door::AnyCredentials),
            Some(Authorization::Any) => Ok(Door::AnyCredentials),
            None | Some(Authorization::Keys) => Ok(Door::AccessKeys),
        }
    }

    /// Nobody could call, and whoever started this would not see why.
    async fn require_a_key(&self, store: &Store) -> Result<(), String> {
        let Some(data) = &self.data else {
            return Err("callers are asked for access keys, which are kept in a folder: give one with --data".into());
        };
        let keys = store.access_keys.list().await.map_err(|error| error.to_string())?;
        if keys.is_empty() {
            let data = data.display();
            return Err(format!(
                "callers are asked for access keys, and there is none: stepwell keys create NAME --data {data}"
            ));
        }
        Ok(())
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
