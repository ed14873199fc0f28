//! What a function takes for DynamoDB: it notes when it is reached.

use std::fs;
use std::io::Read;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use rcgen::CertifiedKey;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

/// A bundle of the size that Lambda has: a function parses all of it before it trusts anyone.
const SYSTEM_CERTIFICATES: [&str; 2] = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];

const PATIENCE: Duration = Duration::from_secs(20);

pub struct DynamoDb {
    port: u16,
    folder: TempDir,
    reached: Receiver<Reached>,
}

/// When the first byte came.
pub struct Reached {
    pub tls: Instant,
    pub request: Instant,
}

impl DynamoDb {
    pub fn listen() -> Self {
        let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::write(bundle(folder.path()), system_certificates() + &cert.pem()).unwrap();
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
        let config = server_config(cert.der().clone(), key);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, reached) = channel();
        thread::spawn(move || sender.send(wait(&listener, config)));
        Self { port, folder, reached }
    }

    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    pub fn certificates(&self) -> PathBuf {
        bundle(self.folder.path())
    }

    pub fn reached(&self) -> Reached {
        self.reached.recv_timeout(PATIENCE).expect("the function did not call DynamoDB")
    }
}

fn bundle(folder: &Path) -> PathBuf {
    folder.join("certificates.pem")
}

fn system_certificates() -> String {
    SYSTEM_CERTIFICATES.iter().find_map(|path| fs::read_to_string(path).ok()).unwrap_or_default()
}

fn server_config(certificate: CertificateDer<'static>, key: PrivateKeyDer<'static>) -> Arc<ServerConfig> {
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key);
    Arc::new(config.unwrap())
}

fn wait(listener: &TcpListener, config: Arc<ServerConfig>) -> Reached {
    let (stream, _) = listener.accept().unwrap();
    stream.peek(&mut [0]).unwrap();
    let tls = Instant::now();
    let mut connection = StreamOwned::new(ServerConnection::new(config).unwrap(), stream);
    connection.read_exact(&mut [0]).unwrap();
    Reached { tls, request: Instant::now() }
}
