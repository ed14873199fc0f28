//! Ends an execution from outside.

use std::sync::Arc;

use engine::execution::ExecutionArn;
use engine::failure::ErrorAndCause;
use engine::input::Cause;
use engine::record::Record;

use crate::signal::{Signalled, signal};
use crate::{Ports, StoreError, outbox};

/// What came of it.
#[derive(Clone, Debug)]
pub enum Stopped {
    /// It has ended, by this call or before, with this record.
    Ended(Arc<Record>),
    /// There is no such execution.
    Unknown,
}

/// An execution that has ended stays as it is. `id` tells one call from others.
pub async fn stop(
    ports: &Ports,
    execution: &ExecutionArn,
    failure: &ErrorAndCause,
    id: &str,
) -> Result<Stopped, StoreError> {
    let step = |run: &_, now| engine::abort(run, failure.clone(), now);
    match signal(ports, execution, Cause::Stop(id.into()), None, step).await? {
        Signalled::Recorded(record) => {
            outbox::perform(ports, &record).await?;
            Ok(Stopped::Ended(record))
        }
        Signalled::Refused(newest) => {
            if newest.causes.iter().any(|cause| matches!(cause, Cause::Stop(_))) {
                // An earlier call may have fallen over between its record and the summary.
                outbox::perform(ports, &newest).await?;
            }
            Ok(Stopped::Ended(newest))
        }
        Signalled::Unknown => Ok(Stopped::Unknown),
    }
}
