//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineForExecution.html>

use serde::Serialize;

use super::VariableReferences;
use crate::members::Text;
use crate::{
    EncryptionConfiguration, ExecutionArn, IncludedData, LoggingConfiguration, MapRunArn, Members, Operation, Request,
    StateMachineArn, Timestamp, TracingConfiguration,
};

/// Asks for the state machine as an execution runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeStateMachineForExecutionRequest {
    /// Which execution.
    pub execution_arn: ExecutionArn,
    /// Everything unless asked for less.
    pub included_data: IncludedData,
}

impl Request for DescribeStateMachineForExecutionRequest {
    const OPERATION: Operation = Operation::DescribeStateMachineForExecution;

    fn read(members: &mut Members) -> Option<Self> {
        let execution_arn = members.required_arn("executionArn", Text::ARN);
        let included_data = members.word("includedData").unwrap_or(IncludedData::AllData);
        Some(Self { execution_arn: execution_arn?, included_data })
    }
}

/// The state machine as it was when the execution started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeStateMachineForExecutionResponse {
    pub state_machine_arn: StateMachineArn,
    pub name: String,
    pub definition: String,
    pub role_arn: String,
    pub update_date: Timestamp,
    pub logging_configuration: LoggingConfiguration,
    pub tracing_configuration: TracingConfiguration,
    /// Of a child execution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map_run_arn: Option<MapRunArn>,
    /// Of a child execution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Absent until the state machine's first update, as AWS has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_configuration: Option<EncryptionConfiguration>,
    /// Variables that each state refers to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variable_references: Option<VariableReferences>,
}
