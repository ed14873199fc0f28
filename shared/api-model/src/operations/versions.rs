//! PublishStateMachineVersion, ListStateMachineVersions, DeleteStateMachineVersion:
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_PublishStateMachineVersion.html>

use serde::Serialize;

use super::Page;
use crate::members::Text;
use crate::{Members, Operation, Request, StateMachineArn, Timestamp};

/// The `revisionId` of a state machine that has never been updated, which has none.
pub const INITIAL_REVISION: &str = "INITIAL";

/// Makes the current revision a version, unless it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishStateMachineVersionRequest {
    pub state_machine_arn: StateMachineArn,
    /// Only if this is the current revision; [`INITIAL_REVISION`] before the first update.
    pub revision_id: Option<String>,
    pub description: Option<String>,
}

impl Request for PublishStateMachineVersionRequest {
    const OPERATION: Operation = Operation::PublishStateMachineVersion;

    fn read(members: &mut Members) -> Option<Self> {
        let state_machine_arn = members.required_arn("stateMachineArn", Text::ARN);
        let revision_id = members.text("revisionId", Text::ANY);
        let description = members.text("description", Text::DESCRIPTION);
        Some(Self { state_machine_arn: state_machine_arn?, revision_id, description })
    }
}

/// The version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PublishStateMachineVersionResponse {
    /// When it was published, be it before this request.
    pub creation_date: Timestamp,
    pub state_machine_version_arn: StateMachineArn,
}

/// Asks for the versions of a state machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListStateMachineVersionsRequest {
    pub state_machine_arn: StateMachineArn,
    pub page: Page,
}

impl Request for ListStateMachineVersionsRequest {
    const OPERATION: Operation = Operation::ListStateMachineVersions;

    fn read(members: &mut Members) -> Option<Self> {
        let state_machine_arn = members.required_arn("stateMachineArn", Text::ARN);
        let page = Page::read(members, Text::PAGE_TOKEN);
        Some(Self { state_machine_arn: state_machine_arn?, page })
    }
}

/// A page of versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ListStateMachineVersionsResponse {
    /// The newest first.
    pub state_machine_versions: Vec<StateMachineVersionListItem>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A version in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StateMachineVersionListItem {
    pub state_machine_version_arn: StateMachineArn,
    pub creation_date: Timestamp,
}

/// Deletes a version to which no alias refers. Answered by [`super::EmptyResponse`], also where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteStateMachineVersionRequest {
    pub state_machine_version_arn: StateMachineArn,
}

impl Request for DeleteStateMachineVersionRequest {
    const OPERATION: Operation = Operation::DeleteStateMachineVersion;

    fn read(members: &mut Members) -> Option<Self> {
        let state_machine_version_arn = members.required_arn("stateMachineVersionArn", Text::LONG_ARN);
        Some(Self { state_machine_version_arn: state_machine_version_arn? })
    }
}
