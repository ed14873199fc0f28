//! PublishStateMachineVersion, ListStateMachineVersions, DeleteStateMachineVersion.

use api_model::{
    ApiError, DeleteStateMachineVersionRequest, EmptyResponse, INITIAL_REVISION, ListStateMachineVersionsRequest,
    ListStateMachineVersionsResponse, Operation, PublishStateMachineVersionRequest, PublishStateMachineVersionResponse,
    Qualifier, StateMachineArn, StateMachineVersionListItem,
};
use engine::timestamp::Timestamp;
use ports::catalog::{Published, StateMachine, Version, VersionDeleted};

use super::describe_state_machine::shown_revision;
use super::state_machines::refuse_part;
use crate::state_machine::does_not_exist;
use crate::{Api, failed, timestamp};

/// How often it is tried anew where updates of the state machine come in between.
const TRIES: usize = 20;

pub(super) async fn publish(
    api: &Api,
    request: PublishStateMachineVersionRequest,
) -> Result<PublishStateMachineVersionResponse, ApiError> {
    let arn = &request.state_machine_arn;
    refuse_part(arn)?;
    for _ in 0..TRIES {
        let machine = api.kept_state_machine(arn).await?;
        check_revision(&machine, request.revision_id.as_deref())?;
        let now = api.ports.clock.now();
        if let Some(version) = published(api, arn, &machine.revision_id, request.description.as_deref(), now).await? {
            return Ok(PublishStateMachineVersionResponse {
                creation_date: timestamp(version.created_at),
                state_machine_version_arn: arn.version(version.number),
            });
        }
    }
    Err(ApiError::Throttling)
}

/// The version that the revision is; `None` if another one is current.
pub(super) async fn published(
    api: &Api,
    arn: &StateMachineArn,
    revision_id: &str,
    description: Option<&str>,
    at: Timestamp,
) -> Result<Option<Version>, ApiError> {
    match api.ports.catalog.publish(&arn.name, revision_id, description, at).await.map_err(failed)? {
        Published::As(version) => Ok(Some(version)),
        Published::Changed => Ok(None),
        Published::Gone => Err(does_not_exist(arn)),
    }
}

fn check_revision(machine: &StateMachine, wanted: Option<&str>) -> Result<(), ApiError> {
    let current = shown_revision(machine).unwrap_or_else(|| INITIAL_REVISION.to_owned());
    match wanted {
        Some(wanted) if wanted != current => Err(ApiError::Conflict {
            message: format!(
                "Failed to publish the State Machine version for revision {wanted}. The current State Machine revision \
                 is {current}."
            ),
        }),
        _ => Ok(()),
    }
}

/// Of a state machine that is not there, AWS lists no versions.
pub(super) async fn list(
    api: &Api,
    request: ListStateMachineVersionsRequest,
) -> Result<ListStateMachineVersionsResponse, ApiError> {
    let arn = &request.state_machine_arn;
    refuse_part(arn)?;
    let (operation, arn_text) = (Operation::ListStateMachineVersions, arn.to_string());
    let below: Option<u64> = match &request.page.next_token {
        Some(token) => Some(api.page_tokens().await?.read(operation, &[&arn_text], token, api.now())?),
        None => None,
    };
    if arn.place != api.place || arn.qualifier.is_some() {
        return Ok(ListStateMachineVersionsResponse { state_machine_versions: Vec::new(), next_token: None });
    }
    let page = api.ports.catalog.versions(&arn.name, request.page.max_results, below).await.map_err(failed)?;
    let next_token = match page.versions.last().filter(|_| page.more) {
        Some(last) => Some(api.page_tokens().await?.issue(operation, &[&arn_text], &last.number, api.now())?),
        None => None,
    };
    let item = |version: &Version| StateMachineVersionListItem {
        state_machine_version_arn: arn.version(version.number),
        creation_date: timestamp(version.created_at),
    };
    Ok(ListStateMachineVersionsResponse {
        state_machine_versions: page.versions.iter().map(item).collect(),
        next_token,
    })
}

pub(super) async fn delete(api: &Api, request: DeleteStateMachineVersionRequest) -> Result<EmptyResponse, ApiError> {
    let arn = &request.state_machine_version_arn;
    refuse_part(arn)?;
    let Some(Qualifier::Version(number)) = arn.qualifier else {
        return Err(ApiError::malformed_arn(arn));
    };
    if arn.place != api.place {
        return Ok(EmptyResponse {});
    }
    match api.ports.catalog.delete_version(&arn.name, number).await.map_err(failed)? {
        VersionDeleted::Deleted => Ok(EmptyResponse {}),
        VersionDeleted::Referenced(aliases) => Err(ApiError::Conflict {
            message: format!(
                "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this \
                 version: [{}]",
                aliases.join(", ")
            ),
        }),
    }
}
