//! A function's process, in the environment that Lambda gives it.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::dynamodb::DynamoDb;

const ENVIRONMENT: [(&str, &str); 21] = [
    ("AWS_REGION", "us-east-1"),
    ("AWS_DEFAULT_REGION", "us-east-1"),
    ("AWS_ACCESS_KEY_ID", "id"),
    ("AWS_SECRET_ACCESS_KEY", "secret"),
    ("AWS_SESSION_TOKEN", "token"),
    ("AWS_LAMBDA_FUNCTION_NAME", "function"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
    ("AWS_LAMBDA_LOG_GROUP_NAME", "group"),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "stream"),
    ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
    ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
    ("JOURNAL_TABLE", "journal"),
    ("EXECUTIONS_TABLE", "executions"),
    ("CATALOG_TABLE", "catalog"),
    ("TIMERS_TABLE", "timers"),
    ("TRANSITIONS_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/transitions"),
    ("TRANSITIONS_FIFO_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/transitions.fifo"),
    ("TASKS_QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/tasks"),
    ("PARTITION", "aws"),
    ("ACCOUNT_ID", "123456789012"),
];

/// Killed when dropped.
pub struct Function(Child);

pub fn start(binary: &Path, runtime_api: SocketAddr, dynamodb: &DynamoDb) -> Function {
    let mut command = Command::new(binary);
    command.env_clear().envs(ENVIRONMENT);
    command.env("AWS_LAMBDA_RUNTIME_API", runtime_api.to_string());
    command.env("AWS_ENDPOINT_URL_DYNAMODB", dynamodb.url()).env("SSL_CERT_FILE", dynamodb.certificates());
    Function(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}
