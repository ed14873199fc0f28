//! Express executions: StartSyncExecution runs one here and now, StartExecution leaves it to a dispatcher. Either way it is
//! a new one each time, whatever its name.

use std::sync::Arc;

use ::express::{Ended, LONGEST_SECONDS, Start};
use api_model::{
    ApiError, BillingDetails, CloudWatchEventsExecutionDataDetails, ExecutionName, ExpressExecutionArn, IncludedData,
    StartExecutionRequest, StartExecutionResponse, StartSyncExecutionRequest, StartSyncExecutionResponse,
    SyncExecutionStatus,
};
use engine::execution::{Execution, ExecutionArn, Kind};
use engine::failure::ErrorAndCause;
use engine::payload::Payload;
use engine::run::Status;
use ports::catalog::MachineType;
use ports::queue::{Express, Message};

use super::start_execution::payload;
use crate::state_machine::Chosen;
use crate::{Api, failed, timestamp};

/// StartExecution of an Express machine: the message is all that there is of it.
pub(super) async fn start(
    api: &Api,
    request: &StartExecutionRequest,
    chosen: &Chosen,
    request_id: &str,
) -> Result<StartExecutionResponse, ApiError> {
    let arn = arn(api, request)?;
    let started_at = api.ports.clock.now();
    tracing::info!(request_id, execution = %arn, "start");
    let message = Message::Express(Express {
        execution: ExecutionArn::new(arn.to_string()),
        revision_id: chosen.machine.revision_id.as_str().into(),
        role_arn: chosen.machine.role_arn.as_str().into(),
        started_at,
        input: payload(request)?,
        test_case: chosen.test_case.clone(),
    });
    api.ports.queue.send(vec![message]).await.map_err(failed)?;
    Ok(StartExecutionResponse { execution_arn: arn.into(), start_date: timestamp(started_at) })
}

pub(super) async fn start_sync(
    api: &Api,
    request: StartSyncExecutionRequest,
    request_id: &str,
) -> Result<StartSyncExecutionResponse, ApiError> {
    let StartSyncExecutionRequest { start, included_data } = request;
    if start.state_machine_arn.label.is_some() {
        return Err(ApiError::labeled_arn(&start.state_machine_arn));
    }
    let chosen = api.chosen(&start.state_machine_arn, api.ports.ids.seed()).await?;
    if chosen.machine.machine_type != MachineType::Express {
        return Err(ApiError::StateMachineTypeNotSupported);
    }
    let arn = arn(api, &start)?;
    let input = payload(&start)?;
    tracing::info!(request_id, execution = %arn, "run");
    let (execution, ended) = run(api, &arn, &chosen, input).await?;
    Ok(response(start, included_data, arn, &execution, ended))
}

fn arn(api: &Api, request: &StartExecutionRequest) -> Result<ExpressExecutionArn, ApiError> {
    let name = match request.execution_name()? {
        Some(name) => name,
        None => ExecutionName::parse(&api.ports.ids.uuid())?,
    };
    Ok(request.state_machine_arn.express_execution(&name, &api.ports.ids.uuid()))
}

async fn run(
    api: &Api,
    arn: &ExpressExecutionArn,
    chosen: &Chosen,
    input: Payload,
) -> Result<(Execution, Ended), ApiError> {
    let state_machine = &*chosen.machine;
    let revision_id: Arc<str> = state_machine.revision_id.as_str().into();
    let machine = api.machines.get(&state_machine.name, &revision_id).await.map_err(failed)?;
    let now = api.ports.clock.now();
    let arn = ExecutionArn::new(arn.to_string());
    let execution = Execution {
        kind: Kind::ExpressSync,
        test_case: chosen.test_case.clone(),
        ..Execution::new(arn, revision_id, state_machine.role_arn.as_str().into(), now)
    };
    let start = Start { machine: &machine, state_machine, execution: execution.clone(), input };
    let ended = api.express.run(start, now.plus_seconds(LONGEST_SECONDS)).await;
    Ok((execution, ended))
}

fn response(
    request: StartExecutionRequest,
    included_data: IncludedData,
    arn: ExpressExecutionArn,
    execution: &Execution,
    ended: Ended,
) -> StartSyncExecutionResponse {
    let all = included_data == IncludedData::AllData;
    let details = CloudWatchEventsExecutionDataDetails { included: all };
    let (status, output, ErrorAndCause { error, cause }) = match ended.status {
        Status::Succeeded { output } => {
            (SyncExecutionStatus::Succeeded, Some(output.as_str().to_owned()), ErrorAndCause::default())
        }
        Status::TimedOut(failure) => (SyncExecutionStatus::TimedOut, None, failure),
        Status::Failed(failure) | Status::Aborted(failure) => (SyncExecutionStatus::Failed, None, failure),
        // It runs until it has ended.
        Status::Running => (SyncExecutionStatus::Failed, None, ErrorAndCause::default()),
    };
    StartSyncExecutionResponse {
        state_machine_arn: request.state_machine_arn.unqualified(),
        name: arn.name.clone(),
        execution_arn: arn,
        start_date: timestamp(execution.started_at),
        stop_date: timestamp(ended.stopped_at),
        status,
        error,
        cause: cause.filter(|_| all),
        input: all.then_some(request.input),
        input_details: details,
        output: output.filter(|_| all),
        output_details: details,
        trace_header: request.trace_header,
        billing_details: BillingDetails {
            billed_memory_used_in_mb: ended.billing.memory_megabytes,
            billed_duration_in_milliseconds: ended.billing.duration_millis,
        },
    }
}
