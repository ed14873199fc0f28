//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachines.html>

use serde::Serialize;

use super::Page;
use crate::members::Text;
use crate::{Members, Operation, Request, StateMachineArn, StateMachineType, Timestamp};

/// Asks for the state machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListStateMachinesRequest {
    /// Which page.
    pub page: Page,
}

impl Request for ListStateMachinesRequest {
    const OPERATION: Operation = Operation::ListStateMachines;

    fn read(members: &mut Members) -> Option<Self> {
        Some(Self { page: Page::read(members, Text::PAGE_TOKEN) })
    }
}

/// A page of state machines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListStateMachinesResponse {
    /// In no order that AWS promises.
    pub state_machines: Vec<StateMachineListItem>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A state machine in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StateMachineListItem {
    pub state_machine_arn: StateMachineArn,
    pub name: String,
    #[serde(rename = "type")]
    pub state_machine_type: StateMachineType,
    pub creation_date: Timestamp,
}
