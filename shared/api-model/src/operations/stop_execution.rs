//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html>

use serde::Serialize;

use crate::members::Text;
use crate::{ExecutionArn, Members, Operation, Request, Timestamp};

/// Stops an execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopExecutionRequest {
    /// Which; Express executions cannot be stopped.
    pub execution_arn: ExecutionArn,
    /// Recorded as the execution's error.
    pub error: Option<String>,
    /// Recorded as the execution's cause.
    pub cause: Option<String>,
}

impl Request for StopExecutionRequest {
    const OPERATION: Operation = Operation::StopExecution;

    fn read(members: &mut Members) -> Option<Self> {
        let execution_arn = members.required_arn("executionArn", Text::ARN);
        let error = members.text("error", Text::ERROR);
        let cause = members.text("cause", Text::CAUSE);
        Some(Self { execution_arn: execution_arn?, error, cause })
    }
}

/// When it was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StopExecutionResponse {
    /// Or when it had ended before.
    pub stop_date: Timestamp,
}
