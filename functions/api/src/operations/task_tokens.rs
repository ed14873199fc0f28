//! SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat: the holder of a task's token appends what it says directly, so that
//! what was acknowledged is in the journal.

use api_model::{
    ApiError, EmptyResponse, SendTaskFailureRequest, SendTaskHeartbeatRequest, SendTaskSuccessRequest, json_text,
};
use engine::execution::ExecutionArn;
use engine::failure::ErrorAndCause;
use engine::input::Cause;
use engine::payload::Payload;
use engine::run::{Answer, Phase, Token};
use ports::outbox;
use ports::signal::{Signalled, signal};

use crate::{Api, failed};

pub(super) async fn succeed(
    api: &Api,
    request: SendTaskSuccessRequest,
    request_id: &str,
) -> Result<EmptyResponse, ApiError> {
    let task = api.task(&request.task_token).await?;
    json_text::check_output(&request.output)?;
    let output = Payload::parse(&request.output)
        .ok_or_else(|| ApiError::InvalidOutput { detail: "Invalid output.".to_owned() })?;
    answer(api, task, Answer::Succeeded { output }, request_id).await
}

pub(super) async fn fail(
    api: &Api,
    request: SendTaskFailureRequest,
    request_id: &str,
) -> Result<EmptyResponse, ApiError> {
    let task = api.task(&request.task_token).await?;
    let failure = ErrorAndCause { error: request.error, cause: request.cause };
    answer(api, task, Answer::Failed(failure), request_id).await
}

async fn answer(
    api: &Api,
    (execution, token): (ExecutionArn, Token),
    answer: Answer,
    request_id: &str,
) -> Result<EmptyResponse, ApiError> {
    tracing::info!(request_id, %execution, "answer");
    let cause = Cause::Answer { token, id: request_id.into() };
    let step = |run: &_, now| engine::answer(run, token, answer.clone(), now);
    match signal(&api.ports, &execution, cause, None, step).await.map_err(failed)? {
        Signalled::Recorded(record) => {
            outbox::perform(&api.ports, &record).await.map_err(failed)?;
            Ok(EmptyResponse {})
        }
        Signalled::Refused(newest) => {
            outbox::advance_answered(&api.ports, &newest, token).await.map_err(failed)?;
            Err(ApiError::task_is_gone())
        }
        Signalled::Unknown => Err(unknown()),
    }
}

/// Without a limit on heartbeats there is nothing to be noted.
pub(super) async fn heartbeat(
    api: &Api,
    request: SendTaskHeartbeatRequest,
    request_id: &str,
) -> Result<EmptyResponse, ApiError> {
    let (execution, token) = api.task(&request.task_token).await?;
    let Some(newest) = api.ports.journal.newest(&execution).await.map_err(failed)? else { return Err(unknown()) };
    let now = api.ports.clock.now();
    if let Some(Phase::Task(task)) = newest.run.branch(token).map(|branch| &branch.phase)
        && task.takes_answers(now)
        && task.heartbeat_seconds.is_none()
    {
        return Ok(EmptyResponse {});
    }
    let cause = Cause::Heartbeat { token, id: request_id.into() };
    let known = Some(newest.run.clone().into());
    let step = |run: &_, now| engine::heartbeat(run, token, now);
    match signal(&api.ports, &execution, cause, known, step).await.map_err(failed)? {
        Signalled::Recorded(_) => Ok(EmptyResponse {}),
        Signalled::Refused(_) => Err(ApiError::task_is_gone()),
        Signalled::Unknown => Err(unknown()),
    }
}

/// The token is one of ours, and its execution is not kept any more.
fn unknown() -> ApiError {
    ApiError::TaskDoesNotExist { detail: "Task does not exist".to_owned() }
}
