//! A client of the Step Functions API that costs little: blocking, one connection, kept alive.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};

#[derive(Debug)]
pub struct Client {
    connection: BufReader<TcpStream>,
}

const HEADERS: &str = "Host: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n\
    Authorization: AWS4-HMAC-SHA256 Credential=test/20261101/us-east-1/states/aws4_request, SignedHeaders=host, Signature=0";

impl Client {
    pub fn connect(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { connection: BufReader::new(stream) })
    }

    pub fn call(&mut self, operation: &str, request: &Value) -> Value {
        let (status, body) = self.post(operation, &request.to_string());
        assert_eq!(status, 200, "{operation}: {}", String::from_utf8_lossy(&body));
        serde_json::from_slice(&body).unwrap()
    }

    /// Status and body.
    fn post(&mut self, operation: &str, body: &str) -> (u16, Vec<u8>) {
        let request = format!(
            "POST / HTTP/1.1\r\n{HEADERS}\r\nX-Amz-Target: AWSStepFunctions.{operation}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.connection.get_mut().write_all(request.as_bytes()).unwrap();
        let status = self.line().split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
        let mut length = 0;
        loop {
            let line = self.line();
            if line.is_empty() {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        self.connection.read_exact(&mut body).unwrap();
        (status, body)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.connection.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// The ARN.
    pub fn create_state_machine(&mut self, name: &str, definition: &Value) -> String {
        let request = json!({
            "name": name,
            "definition": definition.to_string(),
            "roleArn": "arn:aws:iam::123456789012:role/bench",
        });
        text(&self.call("CreateStateMachine", &request), "stateMachineArn")
    }

    /// The ARN of the alias `live`, of the first version of a new state machine.
    pub fn create_alias(&mut self, name: &str, definition: &Value) -> String {
        let machine = self.create_state_machine(name, definition);
        let published = self.call("PublishStateMachineVersion", &json!({"stateMachineArn": machine}));
        let routes = json!([{"stateMachineVersionArn": published["stateMachineVersionArn"], "weight": 100}]);
        let request = json!({"name": "live", "routingConfiguration": routes});
        text(&self.call("CreateStateMachineAlias", &request), "stateMachineAliasArn")
    }

    /// The ARN.
    pub fn start_execution(&mut self, state_machine: &str, input: &str) -> String {
        let request = json!({"stateMachineArn": state_machine, "input": input});
        text(&self.call("StartExecution", &request), "executionArn")
    }

    pub fn is_running(&mut self, execution: &str) -> bool {
        let described =
            self.call("DescribeExecution", &json!({"executionArn": execution, "includedData": "METADATA_ONLY"}));
        match described["status"].as_str() {
            Some("RUNNING") => true,
            Some("SUCCEEDED") => false,
            _ => panic!("{described}"),
        }
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_else(|| panic!("no {name} in {value}")).to_owned()
}
