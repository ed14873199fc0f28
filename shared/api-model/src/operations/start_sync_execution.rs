//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html>

use serde::Serialize;

use crate::{
    CloudWatchEventsExecutionDataDetails, ExpressExecutionArn, IncludedData, Members, Operation, Request,
    StartExecutionRequest, StateMachineArn, SyncExecutionStatus, Timestamp,
};

/// Runs an Express execution to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartSyncExecutionRequest {
    /// What StartExecution takes as well.
    pub start: StartExecutionRequest,
    /// Whether the answer has the input and the output.
    pub included_data: IncludedData,
}

impl Request for StartSyncExecutionRequest {
    const OPERATION: Operation = Operation::StartSyncExecution;

    fn read(members: &mut Members) -> Option<Self> {
        let start = StartExecutionRequest::read(members);
        let included_data = members.word("includedData").unwrap_or(IncludedData::AllData);
        Some(Self { start: start?, included_data })
    }
}

/// How the execution ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StartSyncExecutionResponse {
    /// Of this run alone.
    pub execution_arn: ExpressExecutionArn,
    /// Unqualified.
    pub state_machine_arn: StateMachineArn,
    /// As given, or a UUID.
    pub name: String,
    /// When it started.
    pub start_date: Timestamp,
    /// When it ended.
    pub stop_date: Timestamp,
    /// How.
    pub status: SyncExecutionStatus,
    /// If it did not succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// If it did not succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// As given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// Whether the input is there.
    pub input_details: CloudWatchEventsExecutionDataDetails,
    /// If it succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// Whether the output would be there.
    pub output_details: CloudWatchEventsExecutionDataDetails,
    /// As given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_header: Option<String>,
    /// What AWS would bill.
    pub billing_details: BillingDetails,
}

/// What an Express execution is billed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BillingDetails {
    /// In steps of 64.
    #[serde(rename = "billedMemoryUsedInMB")]
    pub billed_memory_used_in_mb: u64,
    /// In steps of 100.
    #[serde(rename = "billedDurationInMilliseconds")]
    pub billed_duration_in_milliseconds: u64,
}
