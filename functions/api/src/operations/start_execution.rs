//! StartExecution: record 0, the first message and the summary go out side by side.
//!
//! The first message carries no run, so that the interpreter sees record 0 before it goes on: a message without its
//! record starts nothing. A second call with the same name finds record 0, and either is the same call (then it sends
//! everything again, for the first may have fallen over) or is refused.

use std::sync::Arc;

use api_model::{ApiError, ExecutionName, StartExecutionRequest, StartExecutionResponse, json_text};
use engine::event::Event;
use engine::execution::{Execution, ExecutionArn};
use engine::input::Cause;
use engine::payload::Payload;
use engine::record::Record;
use engine::timestamp::Timestamp;
use ports::catalog::MachineType;
use ports::{Appended, outbox};

use super::express;
use crate::{Api, failed, timestamp};

pub(super) async fn start(
    api: &Api,
    request: StartExecutionRequest,
    request_id: &str,
) -> Result<StartExecutionResponse, ApiError> {
    if request.state_machine_arn.label.is_some() {
        return Err(ApiError::labeled_arn(&request.state_machine_arn));
    }
    let chosen = api.chosen(&request.state_machine_arn, api.ports.ids.seed()).await?;
    let state_machine = &chosen.machine;
    if state_machine.machine_type == MachineType::Express {
        return express::start(api, &request, &chosen, request_id).await;
    }
    let name = match request.execution_name()? {
        Some(name) => name,
        None => ExecutionName::parse(&api.ports.ids.uuid())?,
    };
    let input = payload(&request)?;
    let arn = request.state_machine_arn.execution(&name);
    let revision_id: Arc<str> = state_machine.revision_id.clone().into();
    let machine = api.machines.get(&state_machine.name, &revision_id).await.map_err(failed)?;
    let now = api.ports.clock.now();
    let role_arn = state_machine.role_arn.clone().into();
    let execution = Execution {
        version: chosen.version,
        alias: chosen.alias.map(Into::into),
        trace_header: request.trace_header.as_deref().map(Into::into),
        test_case: chosen.test_case,
        ..Execution::new(ExecutionArn::new(arn.to_string()), revision_id, role_arn, now)
    };
    let step = engine::start(&machine, execution, &input, now);
    let record = Arc::new(Record::new(now, vec![Cause::Start(request_id.into())], step));
    tracing::info!(request_id, execution = %arn, "start");

    let started_at = match begin(api, &record).await? {
        Appended::Written => now,
        Appended::Taken(existing) => again(api, &existing, &input).await?,
    };
    Ok(StartExecutionResponse { execution_arn: arn.into(), start_date: timestamp(started_at) })
}

pub(super) fn payload(request: &StartExecutionRequest) -> Result<Payload, ApiError> {
    let input = request.checked_input()?;
    Payload::parse(input).ok_or_else(|| ApiError::InvalidExecutionInput {
        detail: json_text::complaint(input).unwrap_or_else(|| "Invalid execution input.".to_owned()),
    })
}

async fn begin(api: &Api, record: &Arc<Record>) -> Result<Appended, ApiError> {
    let summary = outbox::open(record);
    let (appended, performed, summarised) = futures::join!(
        api.ports.journal.append(record),
        outbox::perform(&api.ports, record),
        api.ports.executions.started(&summary),
    );
    let appended = appended.map_err(failed)?;
    performed.map_err(failed)?;
    summarised.map_err(failed)?;
    Ok(appended)
}

/// The name is taken. With the same input, while that execution runs, it is the same call again.
async fn again(api: &Api, existing: &Arc<Record>, input: &Payload) -> Result<Timestamp, ApiError> {
    let arn = &existing.run.execution.arn;
    let already_exists = || ApiError::ExecutionAlreadyExists { arn: arn.to_string() };
    let same_input = existing.events.iter().any(|event| match &event.event {
        Event::ExecutionStarted { input: started_with, .. } => started_with == input,
        _ => false,
    });
    if !same_input {
        return Err(already_exists());
    }
    let newest = api.ports.journal.newest(arn).await.map_err(failed)?;
    let Some(newest) = newest.filter(|newest| !newest.run.has_ended()) else { return Err(already_exists()) };
    let summary = outbox::open(existing);
    let (performed, summarised) = futures::join!(
        outbox::perform_owed(&api.ports, existing, &newest.run),
        api.ports.executions.started(&summary),
    );
    performed.map_err(failed)?;
    summarised.map_err(failed)?;
    let started_at = existing.run.execution.started_at;
    Ok(started_at)
}
