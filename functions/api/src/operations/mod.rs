//! The operations.

mod activities;
mod aliases;
mod definition;
mod describe_state_machine;
mod executions;
mod express;
mod get_activity_task;
mod history;
mod redrive_execution;
mod start_execution;
mod state_machines;
mod stop_execution;
mod tags;
mod task_tokens;
mod test_state;
mod versions;

use api_model::{ApiError, Operation, Request};
use serde::Serialize;

use crate::Api;

pub use definition::findings;

/// Parses the body for the operation, performs it, and gives the JSON of the answer.
pub(crate) async fn perform(
    api: &Api,
    operation: Operation,
    body: &[u8],
    request_id: &str,
) -> Result<Vec<u8>, ApiError> {
    match operation {
        Operation::CreateStateMachine => json(&state_machines::create(api, parse(api, body)?).await?),
        Operation::UpdateStateMachine => json(&state_machines::update(api, parse(api, body)?).await?),
        Operation::DescribeStateMachine => json(&describe_state_machine::describe(api, parse(api, body)?).await?),
        Operation::ListStateMachines => json(&state_machines::list(api, parse(api, body)?).await?),
        Operation::DeleteStateMachine => json(&state_machines::delete(api, parse(api, body)?).await?),
        Operation::ValidateStateMachineDefinition => json(&definition::validate(parse(api, body)?)),
        Operation::TestState => json(&test_state::test(api, parse(api, body)?).await?),
        Operation::StartExecution => json(&start_execution::start(api, parse(api, body)?, request_id).await?),
        Operation::StartSyncExecution => json(&express::start_sync(api, parse(api, body)?, request_id).await?),
        Operation::StopExecution => json(&stop_execution::stop(api, parse(api, body)?, request_id).await?),
        Operation::RedriveExecution => json(&redrive_execution::redrive(api, parse(api, body)?, request_id).await?),
        Operation::SendTaskSuccess => json(&task_tokens::succeed(api, parse(api, body)?, request_id).await?),
        Operation::SendTaskFailure => json(&task_tokens::fail(api, parse(api, body)?, request_id).await?),
        Operation::SendTaskHeartbeat => json(&task_tokens::heartbeat(api, parse(api, body)?, request_id).await?),
        Operation::DescribeExecution => json(&executions::describe(api, parse(api, body)?).await?),
        Operation::DescribeStateMachineForExecution => {
            json(&executions::describe_state_machine(api, parse(api, body)?).await?)
        }
        Operation::ListExecutions => json(&executions::list(api, parse(api, body)?).await?),
        Operation::GetExecutionHistory => history::get(api, parse(api, body)?).await,
        Operation::PublishStateMachineVersion => json(&versions::publish(api, parse(api, body)?).await?),
        Operation::ListStateMachineVersions => json(&versions::list(api, parse(api, body)?).await?),
        Operation::DeleteStateMachineVersion => json(&versions::delete(api, parse(api, body)?).await?),
        Operation::CreateStateMachineAlias => json(&aliases::create(api, parse(api, body)?).await?),
        Operation::UpdateStateMachineAlias => json(&aliases::update(api, parse(api, body)?).await?),
        Operation::DescribeStateMachineAlias => json(&aliases::describe(api, parse(api, body)?).await?),
        Operation::ListStateMachineAliases => json(&aliases::list(api, parse(api, body)?).await?),
        Operation::DeleteStateMachineAlias => json(&aliases::delete(api, parse(api, body)?).await?),
        Operation::CreateActivity => json(&activities::create(api, parse(api, body)?).await?),
        Operation::DescribeActivity => json(&activities::describe(api, parse(api, body)?).await?),
        Operation::ListActivities => json(&activities::list(api, parse(api, body)?).await?),
        Operation::DeleteActivity => json(&activities::delete(api, parse(api, body)?).await?),
        Operation::GetActivityTask => json(&get_activity_task::get(api, parse(api, body)?, request_id).await?),
        Operation::ListTagsForResource => json(&tags::list(api, parse(api, body)?).await?),
        Operation::TagResource => json(&tags::tag(api, parse(api, body)?).await?),
        Operation::UntagResource => json(&tags::untag(api, parse(api, body)?).await?),
        other => Err(ApiError::NotImplemented { operation: other.as_str() }),
    }
}

fn parse<R: Request>(api: &Api, body: &[u8]) -> Result<R, ApiError> {
    R::parse(body, &api.limits())
}

fn json<T: Serialize>(response: &T) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(response).map_err(|error| {
        tracing::error!(%error, "an answer could not be written");
        ApiError::InternalFailure
    })
}
