//! A Lambda function as child processes on this machine: each runs the function's `bootstrap`, speaks the Lambda Runtime
//! API (<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>) to a server of its own, and has one invocation
//! at a time. What fails here answers in Lambda's words.
//!
//! Other than in Lambda, an invocation waits for its turn where Lambda would throttle it, and a failed invocation of type
//! `Event` is not tried again.
//!
//! Processes are killed, with all that they started, when their [`FunctionProcess`] is stopped or the tokio runtime ends.
//! If we are killed ourselves, they find their server gone as soon as they are done with their event, and exit.

pub(crate) mod answer;
mod backoff;
mod output;
mod pool;
mod process;
mod runtime_api;
mod settings;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use ports::TaskTarget;
use ports::task_target::{Invocation, InvokeError, Invoked};

use super::function_name::FunctionName;
use pool::Pool;
use runtime_api::Event;
pub use settings::{FunctionOptionError, FunctionSettings};

/// A function that was told to start, and did not.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("function `{function}` did not start: {reason}")]
pub struct StartError {
    pub function: String,
    pub reason: String,
}

/// One function. Roles are not taken on: it runs with our environment, and our credentials if that has any.
pub struct FunctionProcess {
    region: String,
    account: String,
    pool: Arc<Pool>,
}

impl FunctionProcess {
    /// Starts nothing yet. `region` and `account` make up the ARN that the function is told.
    pub fn new(settings: FunctionSettings, region: &str, account: &str) -> Self {
        let pool = Arc::new(Pool::new(settings, region));
        Self { region: region.into(), account: account.into(), pool }
    }

    pub fn name(&self) -> &str {
        &self.pool.settings.name
    }

    /// Starts a process, if there is none, and waits until it asks for an event.
    pub async fn start(&self) -> Result<(), StartError> {
        self.pool.start_one().await.map_err(|reason| StartError { function: self.name().into(), reason })
    }

    /// Kills the processes, and returns when they are gone; nothing is started any more.
    pub async fn stop(&self) {
        self.pool.stop().await;
    }

    fn event(&self, invocation: &Invocation) -> Result<Event, InvokeError> {
        let name = FunctionName::of(invocation)?;
        Ok(Event {
            request_id: answer::request_id(),
            trace_root: answer::trace_root(),
            invoked_arn: name.invoked_arn(&self.region, &self.account),
            client_context: client_context(invocation)?,
            payload: invocation.payload.clone().into(),
        })
    }
}

/// The header that the runtime gets: the JSON that came in base64.
fn client_context(invocation: &Invocation) -> Result<Option<String>, InvokeError> {
    let Some(encoded) = &invocation.client_context else { return Ok(None) };
    let decoded = base64::engine::general_purpose::STANDARD.decode(encoded).ok();
    match decoded.and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(json) if !json.contains(['\r', '\n', '\0']) => Ok(Some(json)),
        _ => Err(answer::refused(
            "InvalidRequestContentException",
            "Client context must be a valid Base64-encoded JSON object.",
        )),
    }
}

#[async_trait]
impl TaskTarget for FunctionProcess {
    async fn invoke(&self, invocation: &Invocation) -> Result<Invoked, InvokeError> {
        let event = Arc::new(self.event(invocation)?);
        match invocation.invocation_type.as_deref() {
            None | Some("RequestResponse") => {
                let tail = invocation.log_type.as_deref() == Some("Tail");
                // A task of its own: who stops waiting does not stop the function, as in Lambda.
                let running = tokio::spawn(self.pool.clone().run(event.clone(), tail));
                let outcome = running.await.map_err(|error| InvokeError::NoAnswer(error.to_string()))??;
                Ok(answer::completed(&event, outcome, tail))
            }
            Some("Event") => {
                tokio::spawn(self.pool.clone().run(event.clone(), false));
                Ok(answer::accepted(&event))
            }
            Some("DryRun") => Ok(answer::dry_run(&event)),
            Some(other) => Err(answer::refused(
                "ValidationException",
                &format!(
                    "1 validation error detected: Value '{other}' at 'invocationType' failed to satisfy constraint: \
                     Member must satisfy enum value set: [Event, RequestResponse, DryRun]"
                ),
            )),
        }
    }
}
