//! RedriveExecution: appends its record itself, as every signal from outside does.
//!
//! The summary says first that the execution may go on, so that the sweep sees to it if the call falls over halfway.

use std::sync::Arc;

use api_model::{ApiError, RedriveExecutionRequest, RedriveExecutionResponse};
use engine::input::Cause;
use engine::record::Record;
use engine::redrive::{NotRedrivable, not_redrivable};
use engine::run::Run;
use engine::timestamp::Timestamp;
use ports::outbox;
use ports::signal::{Signalled, signal};

use crate::{Api, failed, timestamp};

/// How often it is tried that other redrives come before.
const TRIES: usize = 20;

pub(super) async fn redrive(
    api: &Api,
    request: RedriveExecutionRequest,
    request_id: &str,
) -> Result<RedriveExecutionResponse, ApiError> {
    let arn = &request.execution_arn;
    tracing::info!(request_id, execution = %arn, "redrive");
    let token = request.client_token.as_deref();
    let mut newest = api.newest(arn).await?;
    for _ in 0..TRIES {
        if let Some(at) = redriven_by(&newest.run, token, api.ports.clock.now()) {
            return again(api, &newest, at).await;
        }
        if let Some(reason) = reason(api, &newest).await? {
            return Err(ApiError::not_redrivable(&reason));
        }
        outbox::watch(&api.ports, &newest).await.map_err(failed)?;
        match append(api, &newest, token, request_id).await? {
            Signalled::Recorded(record) => return go_on(api, &record).await,
            Signalled::Refused(other) => newest = other,
            Signalled::Unknown => return Err(ApiError::ExecutionDoesNotExist { arn: arn.to_string() }),
        }
    }
    Err(ApiError::Throttling)
}

/// A call with a token that redrove the execution is that call again, however the execution stands by now.
fn redriven_by(run: &Run, token: Option<&str>, now: Timestamp) -> Option<Timestamp> {
    run.redrives.as_ref()?.by(token?, now)
}

/// `redriveStatusReason`: why the execution, which stands as after its newest record, cannot be redriven.
pub(super) async fn reason(api: &Api, newest: &Record) -> Result<Option<String>, ApiError> {
    let execution = &newest.run.execution;
    let reason = match not_redrivable(&newest.run, newest.at, api.ports.clock.now()) {
        Some(NotRedrivable::Running) => "Execution is RUNNING and cannot be redriven",
        Some(NotRedrivable::Succeeded) => "Execution is SUCCEEDED and cannot be redriven",
        Some(NotRedrivable::TooOld) => "Execution has exceeded the max execution time",
        Some(NotRedrivable::EndedTooLongAgo) => "Execution redrivable period exceeded",
        None => {
            let machine = api.ports.catalog.get(execution.arn.state_machine_name()).await.map_err(failed)?;
            // One that was made under the same name later is another.
            let stays = |machine: &ports::catalog::StateMachine| {
                machine.deleting_since.is_none() && machine.created_at <= execution.started_at
            };
            match machine {
                Some(machine) if stays(&machine) => return Ok(None),
                _ => "State machine is in DELETING status",
            }
        }
    };
    Ok(Some(reason.to_owned()))
}

async fn append(api: &Api, ended: &Arc<Record>, token: Option<&str>, id: &str) -> Result<Signalled, ApiError> {
    let execution = &ended.run.execution;
    let machine = api.machines.get(execution.arn.state_machine_name(), &execution.revision_id).await.map_err(failed)?;
    let known = Arc::new(ended.run.clone());
    // Whatever came after that record, it was another redrive that came first.
    let step = |run: &Run, now: Timestamp| (run.seq == known.seq).then(|| engine::redrive(&machine, run, token, now));
    let cause = Cause::Redrive(id.into());
    signal(&api.ports, &execution.arn, cause, Some(known.clone()), step).await.map_err(failed)
}

async fn go_on(api: &Api, record: &Arc<Record>) -> Result<RedriveExecutionResponse, ApiError> {
    api.ports.executions.redriven(&outbox::open(record)).await.map_err(failed)?;
    outbox::perform(&api.ports, record).await.map_err(failed)?;
    Ok(RedriveExecutionResponse { redrive_date: timestamp(record.at) })
}

/// The first call may have fallen over between its record and what that owes.
async fn again(api: &Api, newest: &Arc<Record>, at: Timestamp) -> Result<RedriveExecutionResponse, ApiError> {
    if newest.causes.iter().any(|cause| matches!(cause, Cause::Redrive(_))) {
        go_on(api, newest).await?;
    }
    Ok(RedriveExecutionResponse { redrive_date: timestamp(at) })
}
