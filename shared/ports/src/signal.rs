//! Signals from outside: StopExecution, a task's answer, a worker that takes a task. Each appends its record itself, under
//! the same condition as everybody, so that what the API answers is in the journal.

use std::sync::Arc;
use std::time::Duration;

use engine::execution::ExecutionArn;
use engine::input::Cause;
use engine::planted::{Bug, planted};
use engine::record::{Record, Step};
use engine::run::Run;
use engine::timestamp::Timestamp;

use crate::journal::Appended;
use crate::{Ports, StoreError};

/// How often it is tried anew when other records of the execution come first.
const TRIES: u64 = 100;

/// Signals that come at the same time get out of each other's way for up to this long per try.
const BACKOFF_MILLIS: u64 = 20;
const MOST_BACKOFFS: u64 = 10;

/// What became of a signal.
#[derive(Clone, Debug)]
pub enum Signalled {
    /// Its record is in the journal. What it owes is not done yet.
    Recorded(Arc<Record>),
    /// The run has no use for it, as of this newest record.
    Refused(Arc<Record>),
    /// There is no such execution.
    Unknown,
}

/// Appends what `step` makes of the newest run. `known`: a run that may be the newest, which saves reading it. `cause` must
/// be of this call alone.
pub async fn signal(
    ports: &Ports,
    execution: &ExecutionArn,
    cause: Cause,
    known: Option<Arc<Run>>,
    step: impl Fn(&Run, Timestamp) -> Option<Step>,
) -> Result<Signalled, StoreError> {
    let now = ports.clock.now();
    if let Some(step) = known.and_then(|run| step(&run, now))
        && let Some(recorded) = append(ports, &cause, step, now).await?
    {
        return Ok(Signalled::Recorded(recorded));
    }
    for tries in 1..=TRIES {
        let Some(newest) = ports.journal.newest(execution).await? else { return Ok(Signalled::Unknown) };
        let now = ports.clock.now();
        let Some(step) = step(&newest.run, now) else { return Ok(Signalled::Refused(newest)) };
        if let Some(recorded) = append(ports, &cause, step, now).await? {
            return Ok(Signalled::Recorded(recorded));
        }
        let most = BACKOFF_MILLIS * tries.min(MOST_BACKOFFS);
        (ports.sleep)(Duration::from_millis(ports.ids.seed() % most)).await;
    }
    Err(StoreError::Throttled("too many other records of the execution came first".into()))
}

/// `None`: another record came first.
async fn append(ports: &Ports, cause: &Cause, step: Step, now: Timestamp) -> Result<Option<Arc<Record>>, StoreError> {
    let record = Arc::new(Record::new(now, vec![cause.clone()], step));
    match ports.journal.append(&record).await? {
        Appended::Written => Ok(Some(record)),
        // An earlier try of this very append, whose answer was lost.
        Appended::Taken(taken) if taken.causes == record.causes => Ok(Some(taken)),
        Appended::Taken(_) if planted(Bug::AcknowledgesUnrecorded) => Ok(Some(record)),
        Appended::Taken(_) => Ok(None),
    }
}
