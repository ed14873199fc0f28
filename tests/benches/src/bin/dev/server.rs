//! The server under test.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use benches::api::Client;
use benches::process;
use tempfile::TempDir;

pub struct Server {
    child: Child,
    address: SocketAddr,
    _data: TempDir,
}

impl Server {
    /// Returns when it listens.
    pub fn start(with_data: bool) -> Self {
        let data = tempfile::tempdir().unwrap();
        let address = free_address();
        let mut command = Command::new(process::binary("stepwell"));
        command.args(["dev", "--port", &address.port().to_string()]);
        if with_data {
            command.arg("--data").arg(data.path());
        }
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let server = Self { child, address, _data: data };
        while Client::connect(address).is_err() {
            sleep(Duration::from_millis(5));
        }
        server
    }

    pub fn client(&self) -> Client {
        Client::connect(self.address).unwrap()
    }

    pub fn cpu_time(&self) -> Duration {
        process::cpu_time(self.child.id())
    }

    pub fn resident_bytes(&self) -> u64 {
        process::resident_bytes(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

fn free_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}
