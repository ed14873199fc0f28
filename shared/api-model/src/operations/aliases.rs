//! CreateStateMachineAlias, UpdateStateMachineAlias, DescribeStateMachineAlias, ListStateMachineAliases,
//! DeleteStateMachineAlias:
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachineAlias.html>

use serde::Serialize;

use super::Page;
use crate::members::Text;
use crate::structures::{RoutingConfiguration, RoutingConfigurationListItem};
use crate::{ApiError, Members, Operation, Request, StateMachineArn, Timestamp, ValidationExceptionReason};

/// Creates an alias of the state machine whose versions it routes to. The same request again gives the same answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateStateMachineAliasRequest {
    pub description: Option<String>,
    pub name: String,
    /// One or two.
    pub routing_configuration: Vec<RoutingConfigurationListItem>,
}

impl Request for CreateStateMachineAliasRequest {
    const OPERATION: Operation = Operation::CreateStateMachineAlias;

    fn read(members: &mut Members) -> Option<Self> {
        let description = members.text("description", Text::DESCRIPTION);
        let name = members.required_text("name", Text::ALIAS_NAME);
        let routing = RoutingConfigurationListItem::read_list(members);
        let routing_configuration = members.require("routingConfiguration", routing);
        Some(Self { description, name: name?, routing_configuration: routing_configuration? })
    }
}

impl CreateStateMachineAliasRequest {
    /// Checks all that stored data have no part in.
    ///
    /// # Errors
    /// `ValidationException`, `InvalidArn`.
    pub fn routing(&self) -> Result<RoutingConfiguration, ApiError> {
        RoutingConfiguration::check(&self.routing_configuration)
    }
}

/// The new alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateStateMachineAliasResponse {
    pub state_machine_alias_arn: StateMachineArn,
    pub creation_date: Timestamp,
}

/// Changes an alias; what is absent stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateStateMachineAliasRequest {
    pub state_machine_alias_arn: StateMachineArn,
    pub description: Option<String>,
    pub routing_configuration: Option<Vec<RoutingConfigurationListItem>>,
}

impl Request for UpdateStateMachineAliasRequest {
    const OPERATION: Operation = Operation::UpdateStateMachineAlias;

    fn read(members: &mut Members) -> Option<Self> {
        let state_machine_alias_arn = members.required_arn("stateMachineAliasArn", Text::ARN);
        let description = members.text("description", Text::DESCRIPTION);
        let routing_configuration = RoutingConfigurationListItem::read_list(members);
        Some(Self { state_machine_alias_arn: state_machine_alias_arn?, description, routing_configuration })
    }
}

impl UpdateStateMachineAliasRequest {
    /// Checks all that stored data have no part in.
    ///
    /// # Errors
    /// `ValidationException` where nothing is to change, or the routing makes no sense; `InvalidArn`.
    pub fn routing(&self) -> Result<Option<RoutingConfiguration>, ApiError> {
        if self.description.is_none() && self.routing_configuration.is_none() {
            return Err(ApiError::validation(
                "Either the description or the routingConfiguration must be specified",
                Some(ValidationExceptionReason::MissingRequiredParameter),
            ));
        }
        self.routing_configuration.as_deref().map(RoutingConfiguration::check).transpose()
    }
}

/// When it was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateStateMachineAliasResponse {
    pub update_date: Timestamp,
}

/// Asks for an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribeStateMachineAliasRequest {
    pub state_machine_alias_arn: StateMachineArn,
}

impl Request for DescribeStateMachineAliasRequest {
    const OPERATION: Operation = Operation::DescribeStateMachineAlias;

    fn read(members: &mut Members) -> Option<Self> {
        let state_machine_alias_arn = members.required_arn("stateMachineAliasArn", Text::ARN);
        Some(Self { state_machine_alias_arn: state_machine_alias_arn? })
    }
}

/// An alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DescribeStateMachineAliasResponse {
    pub state_machine_alias_arn: StateMachineArn,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub routing_configuration: Vec<RoutingConfigurationListItem>,
    pub creation_date: Timestamp,
    /// Until the first change, the creation date.
    pub update_date: Timestamp,
}

/// Asks for the aliases of a state machine, or of those that route to a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListStateMachineAliasesRequest {
    pub state_machine_arn: StateMachineArn,
    pub page: Page,
}

impl Request for ListStateMachineAliasesRequest {
    const OPERATION: Operation = Operation::ListStateMachineAliases;

    fn read(members: &mut Members) -> Option<Self> {
        let state_machine_arn = members.required_arn("stateMachineArn", Text::ARN);
        let page = Page::read(members, Text::PAGE_TOKEN);
        Some(Self { state_machine_arn: state_machine_arn?, page })
    }
}

/// A page of aliases.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListStateMachineAliasesResponse {
    /// In the order of their creation: as AWS was recorded, against what its documentation says.
    pub state_machine_aliases: Vec<StateMachineAliasListItem>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// An alias in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StateMachineAliasListItem {
    pub state_machine_alias_arn: StateMachineArn,
    pub creation_date: Timestamp,
}

/// Deletes an alias. Answered by [`super::EmptyResponse`], also where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteStateMachineAliasRequest {
    pub state_machine_alias_arn: StateMachineArn,
}

impl Request for DeleteStateMachineAliasRequest {
    const OPERATION: Operation = Operation::DeleteStateMachineAlias;

    fn read(members: &mut Members) -> Option<Self> {
        let state_machine_alias_arn = members.required_arn("stateMachineAliasArn", Text::ARN);
        Some(Self { state_machine_alias_arn: state_machine_alias_arn? })
    }
}
