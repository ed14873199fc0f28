//! CreateStateMachineAlias, UpdateStateMachineAlias, DescribeStateMachineAlias, ListStateMachineAliases,
//! DeleteStateMachineAlias.

use api_model::{
    ApiError, CreateStateMachineAliasRequest, CreateStateMachineAliasResponse, DeleteStateMachineAliasRequest,
    DescribeStateMachineAliasRequest, DescribeStateMachineAliasResponse, EmptyResponse, ListStateMachineAliasesRequest,
    ListStateMachineAliasesResponse, Operation, Qualifier, RoutingConfiguration, RoutingConfigurationListItem,
    StateMachineAliasListItem, StateMachineArn, UpdateStateMachineAliasRequest, UpdateStateMachineAliasResponse,
};
use ports::catalog::{Alias, AliasCreated, AliasUpdated, ListedAlias, Route};

use super::state_machines::refuse_part;
use crate::state_machine::does_not_exist;
use crate::{Api, failed, timestamp};

/// How often a change is tried that others come before.
const TRIES: usize = 20;

/// The same request again gives the same answer.
pub(super) async fn create(
    api: &Api,
    request: CreateStateMachineAliasRequest,
) -> Result<CreateStateMachineAliasResponse, ApiError> {
    let routing = request.routing()?;
    let machine = &routing.state_machine_arn;
    if machine.place != api.place {
        return Err(not_found());
    }
    let now = api.ports.clock.now();
    let alias = Alias {
        name: request.name,
        description: request.description,
        routes: routes(&routing),
        created_at: now,
        updated_at: now,
    };
    let created_at = match api.ports.catalog.create_alias(&machine.name, &alias).await.map_err(failed)? {
        AliasCreated::Created => now,
        AliasCreated::Exists(existing)
            if existing.description == alias.description && existing.routes == alias.routes =>
        {
            existing.created_at
        }
        AliasCreated::Exists(_) => {
            return Err(ApiError::Conflict {
                message: "Failed to create alias because an alias with the same name and a different routing \
                          configuration already exists."
                    .to_owned(),
            });
        }
        AliasCreated::NoVersion => return Err(not_found()),
        AliasCreated::Gone => return Err(gone(api, machine).await),
    };
    Ok(CreateStateMachineAliasResponse {
        state_machine_alias_arn: machine.alias(&alias.name),
        creation_date: timestamp(created_at),
    })
}

pub(super) async fn update(
    api: &Api,
    request: UpdateStateMachineAliasRequest,
) -> Result<UpdateStateMachineAliasResponse, ApiError> {
    let arn = &request.state_machine_alias_arn;
    let name = alias_name(arn)?;
    let routing = request.routing()?;
    if routing.as_ref().is_some_and(|routing| routing.state_machine_arn != arn.unqualified()) {
        return Err(not_found());
    }
    for _ in 0..TRIES {
        let before = api.alias(arn, name).await?.ok_or_else(not_found)?;
        let mut alias = before.clone();
        if let Some(description) = &request.description {
            // An empty one removes what there was.
            alias.description = Some(description.clone()).filter(|description| !description.is_empty());
        }
        if let Some(routing) = &routing {
            alias.routes = routes(routing);
        }
        if alias == before {
            return Ok(UpdateStateMachineAliasResponse { update_date: timestamp(before.updated_at) });
        }
        alias.updated_at = api.ports.clock.now().max(before.updated_at.plus_millis(1));
        match api.ports.catalog.update_alias(&arn.name, &alias, before.updated_at).await.map_err(failed)? {
            AliasUpdated::Updated => {
                return Ok(UpdateStateMachineAliasResponse { update_date: timestamp(alias.updated_at) });
            }
            AliasUpdated::Changed => {}
            AliasUpdated::NoVersion => return Err(not_found()),
            AliasUpdated::Gone => return Err(gone(api, &arn.unqualified()).await),
        }
    }
    Err(ApiError::Throttling)
}

pub(super) async fn describe(
    api: &Api,
    request: DescribeStateMachineAliasRequest,
) -> Result<DescribeStateMachineAliasResponse, ApiError> {
    let arn = request.state_machine_alias_arn;
    let alias = api.alias(&arn, alias_name(&arn)?).await?.ok_or_else(not_found)?;
    let item = |route: &Route| RoutingConfigurationListItem {
        state_machine_version_arn: arn.version(route.version).to_string(),
        weight: i32::try_from(route.weight).unwrap_or(i32::MAX),
    };
    Ok(DescribeStateMachineAliasResponse {
        routing_configuration: alias.routes.iter().map(item).collect(),
        state_machine_alias_arn: arn,
        name: alias.name,
        description: alias.description,
        creation_date: timestamp(alias.created_at),
        update_date: timestamp(alias.updated_at),
    })
}

pub(super) async fn list(
    api: &Api,
    request: ListStateMachineAliasesRequest,
) -> Result<ListStateMachineAliasesResponse, ApiError> {
    let arn = &request.state_machine_arn;
    refuse_part(arn)?;
    let (operation, arn_text) = (Operation::ListStateMachineAliases, arn.to_string());
    let after: Option<ListedAlias> = match &request.page.next_token {
        Some(token) => Some(api.page_tokens().await?.read(operation, &[&arn_text], token, api.now())?),
        None => None,
    };
    let version = match arn.qualifier {
        Some(Qualifier::Version(number)) => Some(number),
        Some(Qualifier::Alias(_)) => return Err(does_not_exist(arn)),
        None => None,
    };
    api.kept_state_machine(&arn.unqualified()).await?;
    let limit = request.page.max_results;
    let page = api.ports.catalog.aliases(&arn.name, version, limit, after.as_ref()).await.map_err(failed)?;
    let next_token = match page.aliases.last().filter(|_| page.more) {
        Some(last) => Some(api.page_tokens().await?.issue(operation, &[&arn_text], last, api.now())?),
        None => None,
    };
    let item = |alias: &ListedAlias| StateMachineAliasListItem {
        state_machine_alias_arn: arn.alias(&alias.name),
        creation_date: timestamp(alias.created_at),
    };
    Ok(ListStateMachineAliasesResponse { state_machine_aliases: page.aliases.iter().map(item).collect(), next_token })
}

pub(super) async fn delete(api: &Api, request: DeleteStateMachineAliasRequest) -> Result<EmptyResponse, ApiError> {
    let arn = &request.state_machine_alias_arn;
    let name = alias_name(arn)?;
    if arn.place == api.place {
        api.ports.catalog.delete_alias(&arn.name, name).await.map_err(failed)?;
    }
    Ok(EmptyResponse {})
}

fn routes(routing: &RoutingConfiguration) -> Vec<Route> {
    routing.routes.iter().map(|(version, weight)| Route { version: *version, weight: *weight }).collect()
}

fn alias_name(arn: &StateMachineArn) -> Result<&str, ApiError> {
    refuse_part(arn)?;
    match &arn.qualifier {
        Some(Qualifier::Alias(name)) => Ok(name),
        Some(Qualifier::Version(_)) | None => Err(ApiError::malformed_arn(arn)),
    }
}

/// Why a change to an alias found no state machine.
async fn gone(api: &Api, machine: &StateMachineArn) -> ApiError {
    api.kept_state_machine(machine)
        .await
        .err()
        .filter(|error| error.code() == "StateMachineDeleting")
        .unwrap_or_else(not_found)
}

fn not_found() -> ApiError {
    ApiError::ResourceNotFound { resource: None }
}
