//! Express executions: the interpreter's own `step()` in a loop, from the first state to the end, within one invocation.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html>
//!
//! What a step owes is done in place: states are entered in turn, tasks are called at the same time, waits and retries are
//! slept. Nothing is in the journal, so that whoever dies begins anew: at least once. Events go to a log.

mod billing;
mod running;

use std::pin::pin;
use std::sync::Arc;

use api_model::LoggingConfiguration;
use asl::machine::Machine;
use engine::effect::TaskRequest;
use engine::execution::{Execution, Kind};
use engine::input::TaskOutcome;
use engine::payload::Payload;
use engine::run::Status;
use engine::timestamp::Timestamp;
use futures::future::{Either, select};
use ports::Sleep;
use ports::catalog::StateMachine;
use ports::execution_log::ExecutionLog;
use ports::queue::Express as Message;
use ports::{Catalog, Clock, Ids, Machines, Ports, Settings, StoreError, TaskTarget, task_call};
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
    pub fn new(ports: &Ports, target: Arc<dyn TaskTarget>, log: Arc<dyn ExecutionLog>) -> Self {
        let (clock, ids, sleep) = (ports.clock.clone(), ports.ids.clone(), ports.sleep.clone());
        Self { target, clock, ids, sleep, log, settings: ports.settings }
    }

    /// Runs the execution to its end. `until`: when whoever runs it ends; it is timed out by then.
    pub async fn run(&self, start: Start<'_>, until: Timestamp) -> Ended {
        let mut running = Running::begin(self, start, until);
        while !running.has_ended() {
            running.advance().await;
        }
        running.ended()
    }

    /// Runs what a message of StartExecution asks for.
    pub async fn run_message(
        &self,
        message: &Message,
        catalog: &dyn Catalog,
        machines: &Machines,
        until: Timestamp,
    ) -> Result<Ended, StoreError> {
        let Message { execution: arn, revision_id, role_arn, started_at, input, test_case } = message;
        let name = arn.state_machine_name();
        let missing = || StoreError::Unreadable(format!("revision `{revision_id}` of `{name}` is missing"));
        let state_machine = catalog.revision(name, revision_id).await?.ok_or_else(missing)?;
        let machine = machines.get(name, revision_id).await?;
        let execution = Execution {
            kind: Kind::Express,
            test_case: test_case.clone(),
            ..Execution::new(arn.clone(), revision_id.clone(), role_arn.clone(), *started_at)
        };
        let start = Start { machine: &machine, state_machine: &state_machine, execution, input: input.clone() };
        Ok(self.run(start, until).await)
    }

    /// One call of a task, outside of any execution. `None`: it is not over in time.
    pub async fn call(&self, request: &TaskRequest, until: Timestamp) -> Option<TaskOutcome> {
        let calling = pin!(task_call::call(&*self.target, request, self.settings.payload_limit_bytes));
        match select(calling, self.sleep_until(until)).await {
            Either::Left((outcome, _)) => Some(outcome),
            Either::Right(_) => None,
        }
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
