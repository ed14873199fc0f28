//! Work that is owed once a record is in the journal. Kept in the record, so that whoever finds it can do it again.

use std::sync::Arc;

use crate::input::Timer;
use crate::payload::Payload;
use crate::run::Token;
use crate::timestamp::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send the message that enters the branch's next state.
    Advance(Token),
    /// Send the task to the dispatcher.
    Dispatch(TaskRequest),
    /// Send the message that says so at `due`, not earlier.
    Arm { timer: Timer, due: Timestamp },
    /// The execution has ended: update its summary.
    Finish,
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
    pub deadline: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `Resource` is the ARN of a Lambda function; the payload is its event.
    LambdaFunction { arn: String },
    /// `arn:aws:states:::lambda:invoke`; the payload holds `FunctionName`, `Payload`, `InvocationType`, ….
    LambdaInvoke,
}
