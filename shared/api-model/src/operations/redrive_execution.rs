//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html>

use serde::Serialize;

use crate::members::Text;
use crate::{ApiError, ExecutionArn, Members, Operation, Request, Timestamp};

/// Lets an execution that ended without success go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedriveExecutionRequest {
    /// Which; Express executions cannot be redriven.
    pub execution_arn: ExecutionArn,
    /// What the caller tells its own calls from others by.
    pub client_token: Option<String>,
}

impl Request for RedriveExecutionRequest {
    const OPERATION: Operation = Operation::RedriveExecution;

    fn read(members: &mut Members) -> Option<Self> {
        let execution_arn = members.required_arn("executionArn", Text::ARN);
        let client_token = members.text("clientToken", Text::CLIENT_TOKEN);
        Some(Self { execution_arn: execution_arn?, client_token })
    }
}

impl ApiError {
    /// `reason`: as DescribeExecution gives it, e.g. `Execution is RUNNING and cannot be redriven`.
    pub fn not_redrivable(reason: &str) -> Self {
        Self::ExecutionNotRedrivable { message: format!("Execution ARN invalid for redrive as: {reason}") }
    }
}

/// When it was redriven.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RedriveExecutionResponse {
    pub redrive_date: Timestamp,
}
