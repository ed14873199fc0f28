//! Work that is owed once a record is in the journal. Kept in the record, so that whoever finds it can do it again.

use std::sync::Arc;

use crate::input::Timer;
use crate::payload::Payload;
use crate::run::{Phase, Run, Token};
use crate::timestamp::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send the message that enters the branch's next state.
    Advance(Token),
    /// Send the task to the dispatcher, or to the workers of its activity.
    Dispatch(TaskRequest),
    /// Send the message that says so at `due`, not earlier.
    Arm { timer: Timer, due: Timestamp },
    /// The execution has ended: update its summary.
    Finish,
}

impl Effect {
    /// Whether it still makes a difference to `run`: the run after the record that owes it, or a later one. What is not
    /// owed any more was done, or its place has been left.
    pub fn is_owed(&self, run: &Run) -> bool {
        let phase = |token: Token| run.branch(token).map(|branch| &branch.phase);
        match self {
            Effect::Advance(token) => run.branch(*token).is_some_and(|branch| run.waits_for_advance(branch)),
            Effect::Dispatch(request) => {
                matches!(phase(request.token), Some(Phase::Task(task)) if task.claim.is_none())
            }
            Effect::Arm { timer: Timer::Place(token), .. } => {
                let waits =
                    |phase: &Phase| !matches!(phase, Phase::Ready | Phase::Answered(_)) && !phase.is_of_others();
                phase(*token).is_some_and(waits)
            }
            Effect::Arm { timer: Timer::Execution, .. } => !run.has_ended(),
            Effect::Finish => run.has_ended(),
        }
    }
}

/// One attempt of a task, as the dispatcher needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskRequest {
    pub token: Token,
    pub target: Target,
    /// The task's effective input, or an integration's parameters.
    pub payload: Payload,
    /// The role to take on: the state machine's, or the task's `Credentials`.
    pub role_arn: Arc<str>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `Resource` is the ARN of a Lambda function; the payload is its event.
    LambdaFunction { arn: String },
    /// `arn:aws:states:::lambda:invoke`; the payload holds `FunctionName`, `Payload`, `InvocationType`, ….
    LambdaInvoke,
    /// `Resource` is the ARN of an activity: no dispatcher gets the task, but one of the activity's workers.
    Activity { arn: String },
}
