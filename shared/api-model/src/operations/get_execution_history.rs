//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html>

use serde::Serialize;

use super::Page;
use crate::members::Text;
use crate::{ExecutionArn, HistoryEvent, Members, Operation, Request};

/// Asks for the events of an execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GetExecutionHistoryRequest {
    /// Which; Express executions have none.
    pub execution_arn: ExecutionArn,
    /// Newest first.
    pub reverse_order: bool,
    /// Whether inputs and outputs are given: yes unless asked not to.
    pub include_execution_data: bool,
    /// Which page.
    pub page: Page,
}

impl Request for GetExecutionHistoryRequest {
    const OPERATION: Operation = Operation::GetExecutionHistory;

    fn read(members: &mut Members) -> Option<Self> {
        let execution_arn = members.required_arn("executionArn", Text::ARN);
        let page = Page::read(members, Text::PAGE_TOKEN);
        let reverse_order = members.boolean("reverseOrder").unwrap_or(false);
        let include_execution_data = members.boolean("includeExecutionData").unwrap_or(true);
        Some(Self { execution_arn: execution_arn?, reverse_order, include_execution_data, page })
    }
}

/// A page of events.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetExecutionHistoryResponse<'a> {
    /// In the order asked for.
    pub events: Vec<HistoryEvent<'a>>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}
