//! The operations: one module each, with its request and response. Another operation is another module and a line here.

mod activities;
mod aliases;
mod create_state_machine;
mod delete_state_machine;
mod describe_execution;
mod describe_state_machine;
mod describe_state_machine_for_execution;
mod get_execution_history;
mod list_executions;
mod list_state_machines;
mod redrive_execution;
mod start_execution;
mod start_sync_execution;
mod stop_execution;
mod tags;
mod task_tokens;
mod test_state;
mod update_state_machine;
mod validate_state_machine_definition;
mod versions;

use serde::Serialize;

pub use activities::{
    ActivityListItem, CreateActivityRequest, CreateActivityResponse, DeleteActivityRequest, DescribeActivityRequest,
    DescribeActivityResponse, GetActivityTaskRequest, GetActivityTaskResponse, ListActivitiesRequest,
    ListActivitiesResponse,
};
pub use aliases::{
    CreateStateMachineAliasRequest, CreateStateMachineAliasResponse, DeleteStateMachineAliasRequest,
    DescribeStateMachineAliasRequest, DescribeStateMachineAliasResponse, ListStateMachineAliasesRequest,
    ListStateMachineAliasesResponse, StateMachineAliasListItem, UpdateStateMachineAliasRequest,
    UpdateStateMachineAliasResponse,
};
pub use create_state_machine::{CreateStateMachineRequest, CreateStateMachineResponse};
pub use delete_state_machine::DeleteStateMachineRequest;
pub use describe_execution::{DescribeExecutionRequest, DescribeExecutionResponse};
pub use describe_state_machine::{DescribeStateMachineRequest, DescribeStateMachineResponse, VariableReferences};
pub use describe_state_machine_for_execution::{
    DescribeStateMachineForExecutionRequest, DescribeStateMachineForExecutionResponse,
};
pub use get_execution_history::{GetExecutionHistoryRequest, GetExecutionHistoryResponse};
pub use list_executions::{ExecutionListItem, ExecutionsOf, ListExecutionsRequest, ListExecutionsResponse};
pub use list_state_machines::{ListStateMachinesRequest, ListStateMachinesResponse, StateMachineListItem};
pub use redrive_execution::{RedriveExecutionRequest, RedriveExecutionResponse};
pub use start_execution::{StartExecutionRequest, StartExecutionResponse, StartedExecutionArn};
pub use start_sync_execution::{BillingDetails, StartSyncExecutionRequest, StartSyncExecutionResponse};
pub use stop_execution::{StopExecutionRequest, StopExecutionResponse};
pub use tags::{ListTagsForResourceRequest, ListTagsForResourceResponse, TagResourceRequest, UntagResourceRequest};
pub use task_tokens::{SendTaskFailureRequest, SendTaskHeartbeatRequest, SendTaskSuccessRequest};
pub use test_state::{
    InspectionData, InspectionErrorDetails, MockErrorOutput, MockInput, TestStateConfiguration, TestStateRequest,
    TestStateResponse,
};
pub use update_state_machine::{UpdateStateMachineRequest, UpdateStateMachineResponse};
pub use validate_state_machine_definition::{
    ValidateStateMachineDefinitionDiagnostic, ValidateStateMachineDefinitionRequest,
    ValidateStateMachineDefinitionResponse,
};
pub use versions::{
    DeleteStateMachineVersionRequest, INITIAL_REVISION, ListStateMachineVersionsRequest,
    ListStateMachineVersionsResponse, PublishStateMachineVersionRequest, PublishStateMachineVersionResponse,
    StateMachineVersionListItem,
};

use crate::Members;
use crate::limits::{DEFAULT_PAGE, MAX_PAGE};
use crate::members::Text;

/// The response of an operation that has nothing to say: `{}`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct EmptyResponse {}

/// Which page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Most entries, 1 to 1,000.
    pub max_results: usize,
    /// The token that the page before ended with.
    pub next_token: Option<String>,
}

impl Page {
    pub(crate) fn read(members: &mut Members, token: Text) -> Self {
        let max_results = members.integer("maxResults", 0..=MAX_PAGE).unwrap_or(0);
        let next_token = members.text("nextToken", token);
        let max_results = usize::try_from(max_results).ok().filter(|most| *most > 0).unwrap_or(DEFAULT_PAGE);
        Self { max_results, next_token }
    }
}

#[cfg(test)]
mod tests;
