//! StopExecution: appends its record directly, so that what it answers is in the journal.

use std::sync::Arc;

use api_model::{ApiError, StopExecutionRequest, StopExecutionResponse};
use engine::failure::ErrorAndCause;
use engine::input::Cause;
use engine::record::Record;
use ports::{Appended, outbox};

use crate::{Api, failed, timestamp};

/// How often it is tried anew when transitions of the execution come first.
const TRIES: usize = 50;

/// An execution that has ended stays as it is; the answer says when that was.
pub(super) async fn stop(
    api: &Api,
    request: StopExecutionRequest,
    request_id: &str,
) -> Result<StopExecutionResponse, ApiError> {
    tracing::info!(request_id, execution = %request.execution_arn, "stop");
    for _ in 0..TRIES {
        let newest = api.newest(&request.execution_arn).await?;
        let now = api.ports.clock.now();
        let failure = ErrorAndCause { error: request.error.clone(), cause: request.cause.clone() };
        let Some(step) = engine::abort(&newest.run, failure, now) else {
            if newest.causes.iter().any(|cause| matches!(cause, Cause::Stop(_))) {
                // An earlier call may have fallen over between its record and the summary.
                outbox::perform(&api.ports, &newest).await.map_err(failed)?;
            }
            return Ok(StopExecutionResponse { stop_date: timestamp(newest.at) });
        };
        let record = Arc::new(Record::new(now, vec![Cause::Stop(request_id.into())], step));
        let stopped = match api.ports.journal.append(&record).await.map_err(failed)? {
            Appended::Written => record,
            Appended::Taken(taken) if taken.causes == record.causes => taken,
            Appended::Taken(_) => continue,
        };
        outbox::perform(&api.ports, &stopped).await.map_err(failed)?;
        return Ok(StopExecutionResponse { stop_date: timestamp(stopped.at) });
    }
    Err(ApiError::Throttling)
}
