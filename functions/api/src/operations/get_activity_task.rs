//! GetActivityTask: a worker waits for a task, and takes it. What takes it is the record of ActivityStarted, which one
//! worker alone can write; the queue only says where to look.

use std::sync::Arc;
use std::time::Duration;

use api_model::{ApiError, GetActivityTaskRequest, GetActivityTaskResponse};
use engine::input::Cause;
use engine::payload::Payload;
use engine::record::Record;
use engine::run::{Claim, Run, TaskPhase, Token};
use engine::task_token::TaskTokenKey;
use ports::queue::{Task, TaskBody};
use ports::signal::{Signalled, signal};
use ports::{StoreError, outbox};

use crate::{Api, failed};

/// How often a claim is tried whose answer is lost: a task that is claimed and that nobody has waits for its limits.
const TRIES: u64 = 3;

const BACKOFF: Duration = Duration::from_millis(200);

/// Answers without a task if none comes within `ACTIVITY_POLL_SECONDS`, or within the longest wait of the queue.
pub(super) async fn get(
    api: &Api,
    request: GetActivityTaskRequest,
    request_id: &str,
) -> Result<GetActivityTaskResponse, ApiError> {
    let _poll = api.polls.try_acquire().map_err(|_full| ApiError::ActivityWorkerLimitExceeded)?;
    let activity = api.activity(&request.activity_arn).await?;
    let queues = &api.ports.activity_queues;
    // Before any claim, after which nothing may fail.
    let key = api.task_token_key().await?;
    let worker = Worker { api, key, name: request.worker_name.as_deref(), nonce: request_id.into() };
    let until = api.ports.clock.now().plus_seconds(api.ports.settings.activity_poll_seconds);
    loop {
        let wait = Duration::from_millis(until.millis_since(api.ports.clock.now()));
        let Some(received) = queues.receive(&activity.queue, wait).await.map_err(failed)? else {
            return Ok(GetActivityTaskResponse::default());
        };
        let taken = match worker.take(&received.task).await {
            // Whatever becomes of that execution, the next task is not to wait for it. The sweep offers this one again.
            Err(error) if !error.is_passing() => {
                tracing::error!(%error, execution = %received.task.execution, "a task that cannot be handed out");
                None
            }
            taken => taken.map_err(failed)?,
        };
        // Otherwise it comes again, and is found to be taken.
        if let Err(error) = queues.settle(&activity.queue, &received.receipt).await {
            tracing::warn!(%error, execution = %received.task.execution, "a message of an activity could not be settled");
        }
        if let Some(taken) = taken {
            return Ok(taken);
        }
    }
}

struct Worker<'a> {
    api: &'a Api,
    key: TaskTokenKey,
    name: Option<&'a str>,
    /// Of this poll alone.
    nonce: Arc<str>,
}

impl Worker<'_> {
    /// `None`: the task has been taken before, has timed out or was aborted.
    async fn take(&self, task: &Task) -> Result<Option<GetActivityTaskResponse>, StoreError> {
        let token = task.request.token();
        let Some(input) = self.input(task).await? else { return Ok(None) };
        let Some(claimed) = self.claim_surely(task).await? else { return Ok(None) };
        tracing::info!(request_id = &*self.nonce, execution = %task.execution, "a worker has taken a task");
        self.arm(&claimed, token).await;
        Ok(Some(GetActivityTaskResponse {
            task_token: Some(self.key.issue(&task.execution, token)),
            input: Some(input.as_str().to_owned()),
        }))
    }

    /// From the message, or from the record that it names. `None`: the execution is gone.
    async fn input(&self, task: &Task) -> Result<Option<Payload>, StoreError> {
        match &task.request {
            TaskBody::Inline(request) => Ok(Some(request.payload.clone())),
            TaskBody::InRecord(token) => {
                let record = self.api.ports.journal.record(&task.execution, task.seq).await?;
                Ok(record.and_then(|record| record.request(*token).map(|request| request.payload.clone())))
            }
        }
    }

    async fn claim_surely(&self, task: &Task) -> Result<Option<Arc<Record>>, StoreError> {
        let mut tries = 1;
        loop {
            match self.claim(task).await {
                Err(error) if error.is_passing() && tries < TRIES => {
                    tracing::warn!(%error, execution = %task.execution, "a task could not be taken yet");
                    (self.api.ports.sleep)(BACKOFF).await;
                    tries += 1;
                }
                claimed => return claimed,
            }
        }
    }

    async fn claim(&self, task: &Task) -> Result<Option<Arc<Record>>, StoreError> {
        let token = task.request.token();
        let cause = Cause::Claim { token, nonce: self.nonce.clone() };
        let step = |run: &Run, now| {
            let claim = Claim { nonce: self.nonce.clone(), at: now, until: now };
            engine::claim(run, token, claim, self.name)
        };
        match signal(&self.api.ports, &task.execution, cause, task.run.clone(), step).await? {
            Signalled::Recorded(record) => Ok(Some(record)),
            // An earlier try, whose answer was lost.
            Signalled::Refused(newest) if self.has(&newest.run, token) => Ok(Some(newest)),
            Signalled::Refused(_) | Signalled::Unknown => Ok(None),
        }
    }

    fn has(&self, run: &Run, token: Token) -> bool {
        let claim = run.task(token).and_then(|task| task.claim.as_ref());
        claim.is_some_and(|claim| claim.nonce == self.nonce)
    }

    /// The task's clocks have started with the claim.
    async fn arm(&self, claimed: &Record, token: Token) {
        let execution = &claimed.run.execution.arn;
        let Some(due) = claimed.run.task(token).and_then(TaskPhase::due) else { return };
        outbox::arm_limit(&self.api.ports, execution, claimed.seq(), token, due).await;
    }
}
