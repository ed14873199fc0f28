//! CreateStateMachine, UpdateStateMachine, DescribeStateMachine, ListStateMachines, DeleteStateMachine.

use std::sync::Arc;

use api_model::{
    ApiError, CreateStateMachineRequest, CreateStateMachineResponse, DeleteStateMachineRequest,
    DescribeStateMachineRequest, DescribeStateMachineResponse, EmptyResponse, IncludedData, ListStateMachinesRequest,
    ListStateMachinesResponse, Operation, StateMachineListItem, StateMachineName, StateMachineStatus, StateMachineType,
    UpdateStateMachineRequest, UpdateStateMachineResponse,
};
use ports::catalog::{Created, MachineType, StateMachine, Updated};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{definition, tags};
use crate::{Api, failed, timestamp};

/// The same request again gives the same answer; another one under a name that is taken is refused.
pub(super) async fn create(
    api: &Api,
    request: CreateStateMachineRequest,
) -> Result<CreateStateMachineResponse, ApiError> {
    let name = request.check()?;
    definition::check(&request.definition, request.state_machine_type)?;
    if request.state_machine_type == StateMachineType::Express {
        return Err(ApiError::StateMachineTypeNotSupported);
    }
    refuse_publish(request.publish)?;
    let arn = api.place.state_machine(&name);
    let now = api.ports.clock.now();
    let machine = StateMachine {
        name: name.to_string(),
        revision_id: api.ports.ids.uuid(),
        machine_type: MachineType::Standard,
        definition: request.definition,
        role_arn: request.role_arn,
        created_at: now,
        updated_at: now,
        logging_configuration: stored(&request.logging_configuration)?,
        tracing_configuration: stored(&request.tracing_configuration)?,
        encryption_configuration: request.encryption_configuration.as_ref().map(stored).transpose()?.flatten(),
        tags: tags::as_stored(request.tags),
    };
    let created_at = match api.ports.catalog.create(&machine).await.map_err(failed)? {
        Created::Created => now,
        Created::Exists(existing) if is_same(&machine, &existing) => existing.created_at,
        Created::Exists(_) => return Err(ApiError::StateMachineAlreadyExists { arn: arn.to_string() }),
    };
    Ok(CreateStateMachineResponse {
        state_machine_arn: arn,
        creation_date: timestamp(created_at),
        state_machine_version_arn: None,
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

/// Running executions stay with the revision that they started with.
pub(super) async fn update(
    api: &Api,
    request: UpdateStateMachineRequest,
) -> Result<UpdateStateMachineResponse, ApiError> {
    request.check()?;
    if let Some(definition) = &request.definition {
        definition::check(definition, StateMachineType::Standard)?;
    }
    refuse_publish(request.publish)?;
    loop {
        let current = api.state_machine(&request.state_machine_arn).await?;
        let changed = changed(api, &request, &current)?;
        match api.ports.catalog.update(&changed, &current.revision_id).await.map_err(failed)? {
            Updated::Updated => {
                return Ok(UpdateStateMachineResponse {
                    update_date: timestamp(changed.updated_at),
                    revision_id: Some(changed.revision_id),
                    state_machine_version_arn: None,
                });
            }
            // Another update came first: this one goes on top of it.
            Updated::Changed => {}
            Updated::Gone => {
                return Err(ApiError::StateMachineDoesNotExist { arn: request.state_machine_arn.to_string() });
            }
        }
    }
}

fn changed(api: &Api, request: &UpdateStateMachineRequest, current: &StateMachine) -> Result<StateMachine, ApiError> {
    let mut machine = current.clone();
    machine.revision_id = api.ports.ids.uuid();
    // Later than the creation in any case: that is how a first revision is told from others.
    machine.updated_at = api.ports.clock.now().max(current.updated_at.plus_millis(1));
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
        machine.encryption_configuration = stored(encryption)?;
    }
    Ok(machine)
}

/// Versions come later; to leave one out silently would be worse than to refuse.
fn refuse_publish(publish: bool) -> Result<(), ApiError> {
    if publish {
        return Err(ApiError::NotImplemented { operation: Operation::PublishStateMachineVersion.as_str() });
    }
    Ok(())
}

pub(super) async fn describe(
    api: &Api,
    request: DescribeStateMachineRequest,
) -> Result<DescribeStateMachineResponse, ApiError> {
    let machine = api.state_machine(&request.state_machine_arn).await?;
    Ok(DescribeStateMachineResponse {
        state_machine_arn: request.state_machine_arn,
        name: machine.name.clone(),
        status: StateMachineStatus::Active,
        definition: shown_definition(&machine, request.included_data),
        role_arn: machine.role_arn.clone(),
        state_machine_type: match machine.machine_type {
            MachineType::Standard => StateMachineType::Standard,
            MachineType::Express => StateMachineType::Express,
        },
        creation_date: timestamp(machine.created_at),
        logging_configuration: read(&machine.logging_configuration)?.unwrap_or_default(),
        tracing_configuration: read(&machine.tracing_configuration)?.unwrap_or_default(),
        label: None,
        revision_id: shown_revision(&machine),
        description: None,
        encryption_configuration: read(&machine.encryption_configuration)?,
        variable_references: None,
    })
}

/// METADATA_ONLY keeps back the definition of a state machine that is encrypted with a key of the customer's, and of no
/// other: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html>.
pub(super) fn shown_definition(machine: &StateMachine, included_data: IncludedData) -> String {
    match included_data {
        IncludedData::MetadataOnly if machine.encryption_configuration.is_some() => "{}".to_owned(),
        IncludedData::AllData | IncludedData::MetadataOnly => machine.definition.clone(),
    }
}

/// AWS shows a revision from the first update on.
pub(super) fn shown_revision(machine: &StateMachine) -> Option<String> {
    (machine.updated_at > machine.created_at).then(|| machine.revision_id.clone())
}

pub(super) async fn list(api: &Api, request: ListStateMachinesRequest) -> Result<ListStateMachinesResponse, ApiError> {
    let operation = Operation::ListStateMachines;
    let after: Option<String> = match &request.page.next_token {
        Some(token) => Some(api.page_tokens.read(operation, &[], token, api.now())?),
        None => None,
    };
    let listing = api.ports.catalog.list(request.page.max_results, after.as_deref()).await.map_err(failed)?;
    let next_token = match listing.machines.last() {
        Some(last) if listing.more => Some(api.page_tokens.issue(operation, &[], &last.name, api.now())?),
        _ => None,
    };
    let item = |machine: &ports::catalog::ListedMachine| {
        Ok(StateMachineListItem {
            state_machine_arn: api.place.state_machine(&StateMachineName::parse(&machine.name)?),
            name: machine.name.clone(),
            state_machine_type: match machine.machine_type {
                MachineType::Standard => StateMachineType::Standard,
                MachineType::Express => StateMachineType::Express,
            },
            creation_date: timestamp(machine.created_at),
        })
    };
    let state_machines = listing.machines.iter().map(item).collect::<Result<Vec<_>, ApiError>>()?;
    Ok(ListStateMachinesResponse { state_machines, next_token })
}

pub(super) async fn delete(api: &Api, request: DeleteStateMachineRequest) -> Result<EmptyResponse, ApiError> {
    let arn = &request.state_machine_arn;
    if arn.place == api.place && arn.qualifier.is_none() && arn.label.is_none() {
        api.ports.catalog.delete(&arn.name).await.map_err(failed)?;
    }
    Ok(EmptyResponse {})
}

fn stored<T: Serialize>(configuration: &T) -> Result<Option<Value>, ApiError> {
    serde_json::to_value(configuration).map(Some).map_err(|_| ApiError::InternalFailure)
}

/// A configuration as it was stored.
pub(super) fn read<T: DeserializeOwned>(stored: &Option<Value>) -> Result<Option<T>, ApiError> {
    stored.as_ref().map(T::deserialize).transpose().map_err(|error| {
        tracing::error!(%error, "a stored configuration cannot be read");
        ApiError::InternalFailure
    })
}

/// The revision that an execution runs.
pub(super) async fn revision(api: &Api, name: &str, revision_id: &str) -> Result<Arc<StateMachine>, ApiError> {
    let revision = api.ports.catalog.revision(name, revision_id).await.map_err(failed)?;
    revision.ok_or_else(|| {
        tracing::error!(name, revision_id, "a revision is missing");
        ApiError::InternalFailure
    })
}
