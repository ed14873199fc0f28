//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html>

use serde::Serialize;

use super::Page;
use crate::members::Text;
use crate::{
    ApiError, ExecutionArn, ExecutionRedriveFilter, ExecutionStatus, MapRunArn, Members, Operation, Request,
    StateMachineArn, Timestamp, ValidationExceptionReason,
};

/// Asks for the executions of a state machine or map run, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListExecutionsRequest {
    /// A state machine, a version or an alias.
    pub state_machine_arn: Option<StateMachineArn>,
    pub status_filter: Option<ExecutionStatus>,
    pub map_run_arn: Option<MapRunArn>,
    pub redrive_filter: Option<ExecutionRedriveFilter>,
    pub page: Page,
}

/// Whose executions are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecutionsOf<'a> {
    /// A state machine, a version or an alias.
    StateMachine(&'a StateMachineArn),
    /// A map run.
    MapRun(&'a MapRunArn),
}

impl Request for ListExecutionsRequest {
    const OPERATION: Operation = Operation::ListExecutions;

    fn read(members: &mut Members) -> Option<Self> {
        let state_machine_arn = members.arn("stateMachineArn", Text::ARN);
        let status_filter = members.word("statusFilter");
        let page = Page::read(members, Text::LIST_EXECUTIONS_PAGE_TOKEN);
        let map_run_arn = members.arn("mapRunArn", Text::LONG_ARN);
        let redrive_filter = members.word("redriveFilter");
        Some(Self { state_machine_arn, status_filter, map_run_arn, redrive_filter, page })
    }
}

impl ListExecutionsRequest {
    /// Whose executions: exactly one of the two ARNs is given, and what only child executions have is asked of a map run.
    ///
    /// # Errors
    /// `ValidationException`.
    pub fn executions_of(&self) -> Result<ExecutionsOf<'_>, ApiError> {
        let invalid = |message: &str| Err(ApiError::validation(message, None));
        match (&self.state_machine_arn, &self.map_run_arn) {
            (Some(_), None) if self.status_filter == Some(ExecutionStatus::PendingRedrive) => {
                invalid("PENDING_REDRIVE statusFilter is only supported with mapRunArn")
            }
            (Some(_), None) if self.redrive_filter.is_some() => Err(ApiError::Contradiction {
                message: "RedriveFilter cannot be applied to ListExecutions call with StateMachine ARN",
            }),
            (Some(arn), None) => Ok(ExecutionsOf::StateMachine(arn)),
            (None, Some(arn)) => Ok(ExecutionsOf::MapRun(arn)),
            (Some(_), Some(_)) => invalid("Only one of stateMachineArn or mapRunArn can be specified"),
            (None, None) => Err(ApiError::validation(
                "Either stateMachineArn or mapRunArn must be specified",
                Some(ValidationExceptionReason::MissingRequiredParameter),
            )),
        }
    }
}

/// A page of executions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListExecutionsResponse {
    /// Newest first.
    pub executions: Vec<ExecutionListItem>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// An execution in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionListItem {
    pub execution_arn: ExecutionArn,
    pub state_machine_arn: StateMachineArn,
    pub name: String,
    pub status: ExecutionStatus,
    pub start_date: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub map_run_arn: Option<MapRunArn>,
    /// Of a child execution: the items that it works on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_count: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_machine_version_arn: Option<StateMachineArn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_machine_alias_arn: Option<StateMachineArn>,
    /// AWS gives 0 where there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redrive_count: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redrive_date: Option<Timestamp>,
}
