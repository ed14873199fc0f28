//! Express executions: the interpreter's own `step()` in a loop, from the first state to the end, within one invocation.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html>
//!
//! What a step owes is done in place: states are entered in turn, tasks are called at the same time, waits and retries are
//! slept. Nothing is in the journal, so that whoever dies begins anew: at least once. Events go to a log.

mod billing;
mod running;

use std::sync::Arc;

use api_model::LoggingConfiguration;
use asl::machine::Machine;
use engine::execution::Execution;
use engine::payload::Payload;
use engine::run::Status;
use engine::timestamp::Timestamp;
use ports::catalog::StateMachine;
use ports::clock::Sleep;
use ports::execution_log::ExecutionLog;
use ports::{Clock, Ids, Settings, TaskTarget};
use serde::Deserialize;

pub use billing::Billing;
use running::Running;

/// The longest that an Express execution may last.
pub const LONGEST_SECONDS: u64 = 300;

/// What runs Express executions.
#[derive(Clone)]
pub struct Express {
    pub target: Arc<dyn TaskTarget>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub sleep: Sleep,
    pub log: Arc<dyn ExecutionLog>,
    pub settings: Settings,
}

/// What is to be run.
pub struct Start<'a> {
    pub machine: &'a Machine,
    pub state_machine: &'a StateMachine,
    pub execution: Execution,
    pub input: Payload,
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub status: Status,
    pub stopped_at: Timestamp,
    pub billing: Billing,
}

impl Express {
    /// Runs the execution to its end. `until`: when whoever runs it ends; it is timed out by then.
    pub async fn run(&self, start: Start<'_>, until: Timestamp) -> Ended {
        let mut running = Running::begin(self, start, until);
        while !running.has_ended() {
            running.advance().await;
        }
        running.ended()
    }
}

/// What the state machine says of its log. One that cannot be read logs nothing.
fn logging(state_machine: &StateMachine) -> LoggingConfiguration {
    let stored = state_machine.logging_configuration.as_ref();
    let read = stored.map(LoggingConfiguration::deserialize).transpose().unwrap_or_else(|error| {
        tracing::error!(%error, state_machine = state_machine.name, "a logging configuration cannot be read");
        None
    });
    read.unwrap_or_default()
}

#[cfg(test)]
mod tests;
