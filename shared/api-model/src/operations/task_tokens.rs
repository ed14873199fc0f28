//! SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat: what the holder of a task's token says. Each is answered by
//! [`super::EmptyResponse`]. <https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html>

use crate::members::Text;
use crate::{Members, Operation, Request};

/// The task has succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendTaskSuccessRequest {
    /// Which.
    pub task_token: String,
    /// Its output; whether it is JSON is for [`crate::json_text::check_output`] to say.
    pub output: String,
}

impl Request for SendTaskSuccessRequest {
    const OPERATION: Operation = Operation::SendTaskSuccess;

    fn read(members: &mut Members) -> Option<Self> {
        let task_token = members.required_text("taskToken", Text::TASK_TOKEN);
        let most = members.limits().payload_bytes;
        let output = members.required_text("output", Text::payload(most));
        Some(Self { task_token: task_token?, output: output? })
    }
}

/// The task has failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendTaskFailureRequest {
    /// Which.
    pub task_token: String,
    /// What Retriers and Catchers see.
    pub error: Option<String>,
    /// For people to read.
    pub cause: Option<String>,
}

impl Request for SendTaskFailureRequest {
    const OPERATION: Operation = Operation::SendTaskFailure;

    fn read(members: &mut Members) -> Option<Self> {
        let task_token = members.required_text("taskToken", Text::TASK_TOKEN);
        let error = members.text("error", Text::ERROR);
        let cause = members.text("cause", Text::CAUSE);
        Some(Self { task_token: task_token?, error, cause })
    }
}

/// The task goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendTaskHeartbeatRequest {
    /// Which.
    pub task_token: String,
}

impl Request for SendTaskHeartbeatRequest {
    const OPERATION: Operation = Operation::SendTaskHeartbeat;

    fn read(members: &mut Members) -> Option<Self> {
        let task_token = members.required_text("taskToken", Text::TASK_TOKEN);
        Some(Self { task_token: task_token? })
    }
}
