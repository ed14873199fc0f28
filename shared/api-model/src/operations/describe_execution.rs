//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html>

use serde::Serialize;

use crate::members::Text;
use crate::{
    CloudWatchEventsExecutionDataDetails, ExecutionArn, ExecutionRedriveStatus, ExecutionStatus, IncludedData,
    MapRunArn, Members, Operation, Request, StateMachineArn, Timestamp,
};

/// Asks for an execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeExecutionRequest {
    /// Which; Express executions cannot be described.
    pub execution_arn: ExecutionArn,
    /// Everything unless asked for less.
    pub included_data: IncludedData,
}

impl Request for DescribeExecutionRequest {
    const OPERATION: Operation = Operation::DescribeExecution;

    fn read(members: &mut Members) -> Option<Self> {
        let execution_arn = members.required_arn("executionArn", Text::ARN);
        let included_data = members.word("includedData").unwrap_or(IncludedData::AllData);
        Some(Self { execution_arn: execution_arn?, included_data })
    }
}

/// An execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeExecutionResponse {
    pub execution_arn: ExecutionArn,
    /// Unqualified.
    pub state_machine_arn: StateMachineArn,
    pub name: String,
    pub status: ExecutionStatus,
    pub start_date: Timestamp,
    /// Once it has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_details: Option<CloudWatchEventsExecutionDataDetails>,
    /// If it succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_details: Option<CloudWatchEventsExecutionDataDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_header: Option<String>,
    /// Of a child execution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map_run_arn: Option<MapRunArn>,
    /// If it failed or was stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// The version that it was started with, or that the alias chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_machine_version_arn: Option<StateMachineArn>,
    /// The alias that it was started with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_machine_alias_arn: Option<StateMachineArn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redrive_count: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redrive_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redrive_status: Option<ExecutionRedriveStatus>,
    /// e.g. `Execution is SUCCEEDED and cannot be redriven`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redrive_status_reason: Option<String>,
}
