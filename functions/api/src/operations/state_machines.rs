//! CreateStateMachine, UpdateStateMachine, ListStateMachines, DeleteStateMachine.

use api_model::{
    ApiError, CreateStateMachineRequest, CreateStateMachineResponse, DeleteStateMachineRequest, EmptyResponse,
    EncryptionConfiguration, EncryptionType, ListStateMachinesRequest, ListStateMachinesResponse, Operation,
    StateMachineArn, StateMachineListItem, StateMachineName, StateMachineType, UpdateStateMachineRequest,
    UpdateStateMachineResponse,
};
use engine::timestamp::Timestamp;
use ports::catalog::{Created, ListedMachine, MachineType, StateMachine, Updated, Version};
use ports::executions::{ListQuery, SummaryStatus};
use serde::Serialize;
use serde_json::Value;

use super::describe_state_machine::{shown_revision, shown_type};
use super::{definition, tags, versions};
use crate::state_machine::does_not_exist;
use crate::{Api, failed, timestamp};

const FIRST_VERSION: u64 = 1;

/// How often an update is tried that others come before.
const TRIES: usize = 20;

/// The same request again gives the same answer; another one under a name that is taken is refused.
pub(super) async fn create(
    api: &Api,
    request: CreateStateMachineRequest,
) -> Result<CreateStateMachineResponse, ApiError> {
    let name = request.check()?;
    definition::check(api, &request.definition, request.state_machine_type)?;
    let arn = api.place.state_machine(&name);
    let machine = new_machine(api, &request, &name)?;
    let existing = match api.ports.catalog.create(&machine).await.map_err(failed)? {
        Created::Created => None,
        Created::Exists(existing) if existing.deleting_since.is_some() => {
            return Err(ApiError::StateMachineDeleting { arn: arn.to_string() });
        }
        Created::Exists(existing) if is_same(&machine, &existing) => Some(existing),
        Created::Exists(_) => return Err(ApiError::StateMachineAlreadyExists { arn: arn.to_string() }),
    };
    let current = existing.as_deref().unwrap_or(&machine);
    let version = match first_version(api, &request, existing.as_deref()).await? {
        Some(first) => Some(first),
        None if request.publish => {
            Some(publish(api, &arn, current, request.version_description.as_deref(), current.created_at).await?)
        }
        None => None,
    };
    Ok(CreateStateMachineResponse {
        creation_date: timestamp(current.created_at),
        state_machine_version_arn: version.map(|version| arn.version(version.number)),
        state_machine_arn: arn,
    })
}

fn new_machine(
    api: &Api,
    request: &CreateStateMachineRequest,
    name: &StateMachineName,
) -> Result<StateMachine, ApiError> {
    let now = api.ports.clock.now();
    Ok(StateMachine {
        name: name.to_string(),
        revision_id: api.ports.ids.uuid(),
        machine_type: match request.state_machine_type {
            StateMachineType::Standard => MachineType::Standard,
            StateMachineType::Express => MachineType::Express,
        },
        definition: request.definition.clone(),
        role_arn: request.role_arn.clone(),
        created_at: now,
        updated_at: now,
        logging_configuration: stored(&request.logging_configuration)?,
        tracing_configuration: stored(&request.tracing_configuration)?,
        encryption_configuration: stored_encryption(request.encryption_configuration.as_ref())?,
        tags: tags::as_stored(request.tags.clone()),
        deleting_since: None,
    })
}

/// What AWS compares to tell a repeated CreateStateMachine: not the role, not the tags.
fn is_same(machine: &StateMachine, existing: &StateMachine) -> bool {
    machine.definition == existing.definition
        && machine.machine_type == existing.machine_type
        && machine.logging_configuration == existing.logging_configuration
        && machine.tracing_configuration == existing.tracing_configuration
        && machine.encryption_configuration == existing.encryption_configuration
}

/// A repeated CreateStateMachine asks for the same version, the first, whatever came after it. Where there is none, the
/// first call may have fallen over before it.
async fn first_version(
    api: &Api,
    request: &CreateStateMachineRequest,
    existing: Option<&StateMachine>,
) -> Result<Option<Version>, ApiError> {
    let Some(existing) = existing else { return Ok(None) };
    let first = api.ports.catalog.version(&existing.name, FIRST_VERSION).await.map_err(failed)?;
    match first {
        Some(_) if !request.publish => Err(ApiError::StateMachineAlreadyPublished { with: "" }),
        Some(first) if first.description != request.version_description => {
            Err(ApiError::StateMachineAlreadyPublished { with: " using a different description" })
        }
        first => Ok(first),
    }
}

/// Running executions stay with the revision that they started with.
pub(super) async fn update(
    api: &Api,
    request: UpdateStateMachineRequest,
) -> Result<UpdateStateMachineResponse, ApiError> {
    let arn = &request.state_machine_arn;
    refuse_part(arn)?;
    request.check()?;
    for _ in 0..TRIES {
        let current = api.kept_state_machine(arn).await?;
        if let Some(definition) = &request.definition {
            definition::check(api, definition, shown_type(current.machine_type))?;
        }
        let changed = changed(&request, &current)?;
        // Where nothing is to change the revision stays; but the first update makes one, for its id to be told.
        if changed == *current && shown_revision(&current).is_some() {
            return answer(api, &request, &current).await;
        }
        let next = next_revision(api, changed, &current);
        match api.ports.catalog.update(&next, &current.revision_id).await.map_err(failed)? {
            Updated::Updated => return answer(api, &request, &next).await,
            // Another update came first: this one goes on top of it.
            Updated::Changed => {}
            Updated::Gone => return Err(does_not_exist(arn)),
        }
    }
    Err(ApiError::Throttling)
}

async fn answer(
    api: &Api,
    request: &UpdateStateMachineRequest,
    machine: &StateMachine,
) -> Result<UpdateStateMachineResponse, ApiError> {
    let arn = &request.state_machine_arn;
    let version = match request.publish {
        true => {
            let now = api.ports.clock.now();
            Some(publish(api, arn, machine, request.version_description.as_deref(), now).await?)
        }
        false => None,
    };
    Ok(UpdateStateMachineResponse {
        update_date: timestamp(machine.updated_at),
        revision_id: shown_revision(machine),
        state_machine_version_arn: version.map(|version| arn.version(version.number)),
    })
}

async fn publish(
    api: &Api,
    arn: &StateMachineArn,
    machine: &StateMachine,
    description: Option<&str>,
    at: Timestamp,
) -> Result<Version, ApiError> {
    let published = versions::published(api, arn, &machine.revision_id, description, at).await?;
    published.ok_or_else(|| ApiError::Conflict {
        message: format!(
            "Failed to publish the State Machine version for revision {}. Another update of the State Machine came \
             first.",
            machine.revision_id
        ),
    })
}

fn changed(request: &UpdateStateMachineRequest, current: &StateMachine) -> Result<StateMachine, ApiError> {
    let mut machine = current.clone();
    if let Some(definition) = &request.definition {
        machine.definition.clone_from(definition);
    }
    if let Some(role_arn) = &request.role_arn {
        machine.role_arn.clone_from(role_arn);
    }
    if let Some(logging) = &request.logging_configuration {
        machine.logging_configuration = stored(logging)?;
    }
    if let Some(tracing) = &request.tracing_configuration {
        machine.tracing_configuration = stored(tracing)?;
    }
    if let Some(encryption) = &request.encryption_configuration {
        machine.encryption_configuration = stored_encryption(Some(encryption))?;
    }
    Ok(machine)
}

fn next_revision(api: &Api, mut machine: StateMachine, current: &StateMachine) -> StateMachine {
    machine.revision_id = api.ports.ids.uuid();
    // Later than the creation in any case: that is how a first revision is told from others.
    machine.updated_at = api.ports.clock.now().max(current.updated_at.plus_millis(1));
    machine
}

pub(super) async fn list(api: &Api, request: ListStateMachinesRequest) -> Result<ListStateMachinesResponse, ApiError> {
    let operation = Operation::ListStateMachines;
    let after: Option<String> = match &request.page.next_token {
        Some(token) => Some(api.page_tokens().await?.read(operation, &[], token, api.now())?),
        None => None,
    };
    let listing = api.ports.catalog.list(request.page.max_results, after.as_deref()).await.map_err(failed)?;
    let next_token = match listing.machines.last() {
        Some(last) if listing.more => Some(api.page_tokens().await?.issue(operation, &[], &last.name, api.now())?),
        _ => None,
    };
    let item = |machine: &ListedMachine| {
        Ok(StateMachineListItem {
            state_machine_arn: api.place.state_machine(&StateMachineName::parse(&machine.name)?),
            name: machine.name.clone(),
            state_machine_type: shown_type(machine.machine_type),
            creation_date: timestamp(machine.created_at),
        })
    };
    let state_machines = listing.machines.iter().map(item).collect::<Result<Vec<_>, ApiError>>()?;
    Ok(ListStateMachinesResponse { state_machines, next_token })
}

/// What has no running executions goes at once. `timekeeper` aborts those of others, and then deletes.
pub(super) async fn delete(api: &Api, request: DeleteStateMachineRequest) -> Result<EmptyResponse, ApiError> {
    let arn = &request.state_machine_arn;
    refuse_part(arn)?;
    if arn.place != api.place || arn.qualifier.is_some() {
        return Ok(EmptyResponse {});
    }
    let now = api.ports.clock.now();
    let Some(machine) = api.ports.catalog.begin_deletion(&arn.name, now).await.map_err(failed)? else {
        return Ok(EmptyResponse {});
    };
    let running = ListQuery {
        state_machine: machine.name.clone(),
        through: None,
        status: Some(SummaryStatus::Running),
        since: machine.created_at,
        limit: 1,
        after: None,
    };
    if api.ports.executions.list(&running).await.map_err(failed)?.summaries.is_empty() {
        api.ports.catalog.delete(&machine.name).await.map_err(failed)?;
    }
    Ok(EmptyResponse {})
}

/// What is done to a state machine as a whole takes no Distributed Map state in it, and no test case.
pub(super) fn refuse_part(arn: &StateMachineArn) -> Result<(), ApiError> {
    match (&arn.label, &arn.test_case) {
        (None, None) => Ok(()),
        (Some(_), _) => Err(ApiError::labeled_arn(arn)),
        (None, Some(_)) => Err(ApiError::malformed_arn(arn)),
    }
}

/// The service's own key is what there is without a configuration.
pub(super) fn stored_encryption(encryption: Option<&EncryptionConfiguration>) -> Result<Option<Value>, ApiError> {
    match encryption {
        Some(encryption) if encryption.encryption_type != EncryptionType::AwsOwnedKey => stored(encryption),
        _ => Ok(None),
    }
}

fn stored<T: Serialize>(configuration: &T) -> Result<Option<Value>, ApiError> {
    serde_json::to_value(configuration).map(Some).map_err(|_| ApiError::InternalFailure)
}
