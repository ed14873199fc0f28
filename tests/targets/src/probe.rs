//! `probe`: does what its event says, however badly behaved, and can count its calls.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use crate::failure::Failure;

/// One flat object, because serde's tagged enums cannot hold the numbers of serde_json's `arbitrary_precision`.
#[derive(Deserialize)]
pub struct Probe {
    #[serde(rename = "do", default)]
    act: Act,
    /// A file that gets one line for each call, before anything else is done.
    calls: Option<PathBuf>,
    /// What that line says; `call` if it is missing.
    line: Option<String>,
    /// How often this state was tried before: `$$.State.RetryCount`.
    #[serde(default)]
    attempt: u32,
    /// From this attempt on all is well, and `result` is returned.
    well_from_attempt: Option<u32>,

    // What the acts need.
    #[serde(default)]
    result: Value,
    #[serde(default)]
    error: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    seconds: f64,
    #[serde(default)]
    status: i32,
    #[serde(default)]
    text: String,
    #[serde(default)]
    bytes: usize,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Act {
    /// Returns `result`.
    #[default]
    Return,
    /// Fails with `error` and `message`.
    Fail,
    /// Returns `result` after `seconds`.
    Sleep,
    /// Ends the process with `status`, in the middle of the call.
    Exit,
    /// Kills the process by a signal.
    Abort,
    /// Answers `text`, which need not be JSON.
    Raw,
    /// Returns a JSON string of so many `bytes`, with its quotes.
    Bytes,
}

pub async fn answer(probe: Probe, request_id: &str) -> Result<Value, Failure> {
    if let Some(file) = &probe.calls {
        let line = probe.line.as_deref().unwrap_or("call");
        count(file, line).map_err(|error| Failure::new("Target.NotCounted", error.to_string()))?;
    }
    if probe.well_from_attempt.is_some_and(|first| probe.attempt >= first) {
        return Ok(probe.result);
    }
    match probe.act {
        Act::Return => Ok(probe.result),
        Act::Fail => Err(Failure::new(&probe.error, probe.message)),
        Act::Sleep => {
            tokio::time::sleep(Duration::try_from_secs_f64(probe.seconds).unwrap_or_default()).await;
            Ok(probe.result)
        }
        Act::Exit => std::process::exit(probe.status),
        Act::Abort => std::process::abort(),
        Act::Raw => {
            respond(request_id, &probe.text).map_err(|error| Failure::new("Target.NotSent", error.to_string()))?;
            std::process::exit(0)
        }
        Act::Bytes => Ok(Value::String("x".repeat(probe.bytes.saturating_sub(2)))),
    }
}

/// At once, so that calls at the same time do not mix.
fn count(file: &Path, line: &str) -> std::io::Result<()> {
    std::fs::OpenOptions::new().create(true).append(true).open(file)?.write_all(format!("{line}\n").as_bytes())
}

/// Answers behind the back of the Lambda runtime, which can write only JSON.
fn respond(request_id: &str, text: &str) -> std::io::Result<()> {
    let server = std::env::var("AWS_LAMBDA_RUNTIME_API").map_err(std::io::Error::other)?;
    let mut stream = TcpStream::connect(&server)?;
    write!(
        stream,
        "POST /2018-06-01/runtime/invocation/{request_id}/response HTTP/1.1\r\nHost: {server}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    )?;
    stream.read_to_end(&mut Vec::new())?;
    Ok(())
}
