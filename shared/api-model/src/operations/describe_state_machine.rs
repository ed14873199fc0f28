//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html>

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::members::Text;
use crate::{
    EncryptionConfiguration, IncludedData, LoggingConfiguration, Members, Operation, Request, StateMachineArn,
    StateMachineStatus, StateMachineType, Timestamp, TracingConfiguration,
};

/// Asks for a state machine, a version, an alias's version, or a Distributed Map state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeStateMachineRequest {
    /// Which.
    pub state_machine_arn: StateMachineArn,
    /// Everything unless asked for less.
    pub included_data: IncludedData,
}

impl Request for DescribeStateMachineRequest {
    const OPERATION: Operation = Operation::DescribeStateMachine;

    fn read(members: &mut Members) -> Option<Self> {
        let state_machine_arn = members.required_arn("stateMachineArn", Text::ARN);
        let included_data = members.word("includedData").unwrap_or(IncludedData::AllData);
        Some(Self { state_machine_arn: state_machine_arn?, included_data })
    }
}

/// Names of variables, in alphabetical order, by the state that refers to them.
pub type VariableReferences = BTreeMap<String, BTreeSet<String>>;

/// A state machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeStateMachineResponse {
    /// As asked for, so with its version.
    pub state_machine_arn: StateMachineArn,
    pub name: String,
    pub status: StateMachineStatus,
    pub definition: String,
    pub role_arn: String,
    #[serde(rename = "type")]
    pub state_machine_type: StateMachineType,
    pub creation_date: Timestamp,
    pub logging_configuration: LoggingConfiguration,
    pub tracing_configuration: TracingConfiguration,
    /// Of a Distributed Map state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Absent until the first update, as AWS has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_id: Option<String>,
    /// Of a version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_configuration: Option<EncryptionConfiguration>,
    /// Variables that each state refers to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variable_references: Option<VariableReferences>,
}
