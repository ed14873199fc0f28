//! Ends an execution from outside: appends the record itself, so that what is answered is in the journal.

use std::sync::Arc;

use engine::execution::ExecutionArn;
use engine::failure::ErrorAndCause;
use engine::input::Cause;
use engine::record::Record;

use crate::{Appended, Ports, StoreError, outbox};

/// How often it is tried anew when transitions of the execution come first.
const TRIES: usize = 50;

/// What came of it.
#[derive(Clone, Debug)]
pub enum Stopped {
    /// It has ended, by this call or before, with this record.
    Ended(Arc<Record>),
    /// There is no such execution.
    Unknown,
    /// Its transitions came first each time.
    Busy,
}

/// An execution that has ended stays as it is. `id` tells one call from others.
pub async fn stop(
    ports: &Ports,
    execution: &ExecutionArn,
    failure: &ErrorAndCause,
    id: &str,
) -> Result<Stopped, StoreError> {
    for _ in 0..TRIES {
        let Some(newest) = ports.journal.newest(execution).await? else { return Ok(Stopped::Unknown) };
        let now = ports.clock.now();
        let Some(step) = engine::abort(&newest.run, failure.clone(), now) else {
            if newest.causes.iter().any(|cause| matches!(cause, Cause::Stop(_))) {
                // An earlier call may have fallen over between its record and the summary.
                outbox::perform(ports, &newest).await?;
            }
            return Ok(Stopped::Ended(newest));
        };
        let record = Arc::new(Record::new(now, vec![Cause::Stop(id.into())], step));
        let stopped = match ports.journal.append(&record).await? {
            Appended::Written => record,
            Appended::Taken(taken) if taken.causes == record.causes => taken,
            Appended::Taken(_) => continue,
        };
        outbox::perform(ports, &stopped).await?;
        return Ok(Stopped::Ended(stopped));
    }
    Ok(Stopped::Busy)
}
