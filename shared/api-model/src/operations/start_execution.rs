//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html>

use serde::Serialize;

use crate::members::Text;
use crate::{
    ApiError, ExecutionArn, ExecutionName, ExpressExecutionArn, Members, Operation, Request, StateMachineArn,
    Timestamp, json_text,
};

/// Starts an execution.
///
/// The order of AWS's checks: this request's ARN and constraints, the state machine's existence, the name's characters
/// ([`Self::execution_name`]), the input ([`Self::checked_input`]), an execution of that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartExecutionRequest {
    /// A state machine, a version or an alias. One with a label is refused.
    pub state_machine_arn: StateMachineArn,
    /// Not checked yet. Absent: a UUID.
    pub name: Option<String>,
    /// JSON text, not checked yet; `{}` if absent.
    pub input: String,
    /// X-Ray's.
    pub trace_header: Option<String>,
}

impl Request for StartExecutionRequest {
    const OPERATION: Operation = Operation::StartExecution;

    fn read(members: &mut Members) -> Option<Self> {
        let state_machine_arn = members.required_arn("stateMachineArn", Text::ARN);
        let name = members.text("name", Text::NAME);
        let payload = Text::payload(members.limits().payload_bytes);
        let input = members.text("input", payload).unwrap_or_else(|| "{}".to_owned());
        let trace_header = members.text("traceHeader", Text::TRACE_HEADER);
        Some(Self { state_machine_arn: state_machine_arn?, name, input, trace_header })
    }
}

impl StartExecutionRequest {
    /// The name, if one was given.
    ///
    /// # Errors
    /// `InvalidName`.
    pub fn execution_name(&self) -> Result<Option<ExecutionName>, ApiError> {
        self.name.as_deref().map(ExecutionName::parse).transpose()
    }

    /// The input, which is JSON.
    ///
    /// # Errors
    /// `InvalidExecutionInput`.
    pub fn checked_input(&self) -> Result<&str, ApiError> {
        json_text::check_execution_input(&self.input)?;
        Ok(&self.input)
    }
}

/// The execution started, or the running one of the same name and input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartExecutionResponse {
    /// Its ARN.
    pub execution_arn: StartedExecutionArn,
    /// When it started.
    pub start_date: Timestamp,
}

/// The ARN of a Standard or an Express execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum StartedExecutionArn {
    /// Standard.
    Standard(ExecutionArn),
    /// Express.
    Express(ExpressExecutionArn),
}

impl From<ExecutionArn> for StartedExecutionArn {
    fn from(arn: ExecutionArn) -> Self {
        Self::Standard(arn)
    }
}

impl From<ExpressExecutionArn> for StartedExecutionArn {
    fn from(arn: ExpressExecutionArn) -> Self {
        Self::Express(arn)
    }
}
