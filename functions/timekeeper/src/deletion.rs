//! State machines that are being deleted: their running executions are aborted, and when none is left they go.

use engine::failure::ErrorAndCause;
use engine::timestamp::Timestamp;
use ports::executions::{ListQuery, SummaryStatus};
use ports::stop::stop;
use ports::{Ports, StoreError};

use crate::{BATCH, each};

/// Ends early at `until`; the next run goes on. One state machine that cannot be deleted keeps no other.
pub(crate) async fn go_on(ports: &Ports, until: Timestamp) -> Result<usize, StoreError> {
    let names = ports.catalog.being_deleted(BATCH).await?;
    let mut deleted = 0;
    let mut failure = None;
    for name in names {
        if ports.clock.now() >= until {
            break;
        }
        match delete(ports, &name, until).await {
            Ok(gone) => deleted += usize::from(gone),
            Err(error) => {
                tracing::error!(%error, state_machine = name, "a state machine could not be deleted");
                failure = Some(error);
            }
        }
    }
    failure.map_or(Ok(deleted), Err)
}

async fn delete(ports: &Ports, name: &str, until: Timestamp) -> Result<bool, StoreError> {
    let mut query = ListQuery {
        state_machine: name.to_owned(),
        through: None,
        status: Some(SummaryStatus::Running),
        since: Timestamp::default(),
        limit: BATCH,
        after: None,
    };
    let mut running = false;
    while ports.clock.now() < until {
        let page = ports.executions.list(&query).await?;
        running |= !page.summaries.is_empty();
        each(page.summaries, |summary| abort(ports, summary.arn)).await?;
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    // Until lists know that they have ended, the state machine stays: the next run will see.
    if running || query.after.is_some() {
        return Ok(false);
    }
    ports.catalog.delete(name).await.map(|()| true)
}

async fn abort(ports: &Ports, execution: engine::execution::ExecutionArn) -> Result<(), StoreError> {
    let failure =
        ErrorAndCause { error: None, cause: Some("The state machine of the execution is being deleted".to_owned()) };
    match stop(ports, &execution, &failure, &ports.ids.uuid()).await {
        Err(error @ StoreError::Throttled(_)) => {
            tracing::warn!(%error, %execution, "an execution of a deleted state machine could not be aborted yet");
            Ok(())
        }
        stopped => stopped.map(drop),
    }
}
