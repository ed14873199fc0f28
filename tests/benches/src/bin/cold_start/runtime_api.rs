//! As much of the Lambda Runtime API as one event takes:
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, SystemTime};

use serde_json::Value;

pub struct RuntimeApi(TcpListener);

/// A function that has asked for an event.
pub struct Waiting(TcpStream);

impl RuntimeApi {
    pub fn listen() -> Self {
        Self(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap())
    }

    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    pub fn accept(&self) -> Waiting {
        let (stream, _) = self.0.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        let mut lines = BufReader::new(&stream).lines();
        let first = lines.next().unwrap().unwrap();
        assert!(first.starts_with("GET /2018-06-01/runtime/invocation/next "), "{first}");
        lines.find(|line| line.as_ref().unwrap().is_empty()).unwrap().unwrap();
        Waiting(stream)
    }
}

impl Waiting {
    pub fn send(&mut self, event: &Value) {
        let body = event.to_string();
        let deadline = SystemTime::now() + Duration::from_secs(60);
        let deadline_millis = deadline.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
        let response = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
             Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n\
             Lambda-Runtime-Deadline-Ms: {deadline_millis}\r\n\
             Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:function\r\n\
             Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0\r\n\r\n{body}",
            body.len()
        );
        self.0.write_all(response.as_bytes()).unwrap();
    }
}
