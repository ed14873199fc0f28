//! StopExecution.

use api_model::{ApiError, StopExecutionRequest, StopExecutionResponse};
use engine::execution::ExecutionArn;
use engine::failure::ErrorAndCause;
use ports::stop::Stopped;

use crate::{Api, failed, timestamp};

/// An execution that has ended stays as it is; the answer says when that was.
pub(super) async fn stop(
    api: &Api,
    request: StopExecutionRequest,
    request_id: &str,
) -> Result<StopExecutionResponse, ApiError> {
    let arn = &request.execution_arn;
    tracing::info!(request_id, execution = %arn, "stop");
    let unknown = || ApiError::ExecutionDoesNotExist { arn: arn.to_string() };
    if arn.place != api.place {
        return Err(unknown());
    }
    let failure = ErrorAndCause { error: request.error, cause: request.cause };
    let execution = ExecutionArn::new(arn.to_string());
    match ports::stop::stop(&api.ports, &execution, &failure, request_id).await.map_err(failed)? {
        Stopped::Ended(record) => Ok(StopExecutionResponse { stop_date: timestamp(record.at) }),
        Stopped::Unknown => Err(unknown()),
    }
}
