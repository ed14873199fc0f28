//! Every minute: timers that come due become delayed messages, accurate to the millisecond that the queue allows; and
//! open executions that have gone quiet are looked at, so that losing a message delays an execution and loses nothing.
//! State machines that are being deleted go on to their end.

mod deletion;

use engine::execution::ExecutionArn;
use engine::input::Input;
use engine::planted::{Bug, planted};
use engine::timestamp::Timestamp;
use futures::StreamExt;
use futures::future::try_join_all;
use ports::executions::SummaryStatus;
use ports::queue::{Lane, Message, Transition};
use ports::timers::ArmedTimer;
use ports::waiting::{GRACE_SECONDS, expected};
use ports::{Ports, StoreError, outbox};

/// Timers due within this are sent: twice the interval between two runs, so that one that is late loses no second.
const HORIZON_SECONDS: u64 = 120;

/// Executions read at a time.
const BATCH: usize = 100;

/// Timers read at a time. Each of the shards is asked for its share of them.
const TIMER_BATCH: usize = 1_000;

/// Messages sent, and timers disarmed, together: what one request to SQS takes.
const SEND_BATCH: usize = 10;

/// How many of a batch are worked on at once.
const CONCURRENCY: usize = 16;

/// An execution is looked at after this at the latest, whatever it waits for.
const LONGEST_REST_SECONDS: u64 = 86_400;

#[derive(Clone)]
pub struct Timekeeper {
    pub ports: Ports,
}

/// What one run did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub timers: usize,
    pub executions: usize,
    /// State machines whose deletion is done.
    pub deleted: usize,
}

impl Timekeeper {
    /// One run; ends early at `until`, the next one goes on. Timers, executions and deletions are looked after
    /// whatever becomes of the others.
    pub async fn run(&self, until: Timestamp) -> Result<Swept, StoreError> {
        let timers = self.send_timers(until).await;
        let executions = self.sweep(self.ports.clock.now(), until).await;
        let deleted = deletion::go_on(&self.ports, until).await;
        Ok(Swept { timers: timers?, executions: executions?, deleted: deleted? })
    }

    /// Sends the timers that come due within two minutes.
    pub async fn send_timers(&self, until: Timestamp) -> Result<usize, StoreError> {
        let horizon = self.ports.clock.now().plus_seconds(HORIZON_SECONDS);
        let mut sent = 0;
        while self.ports.clock.now() < until {
            let due = self.ports.timers.due(horizon, TIMER_BATCH).await?;
            let count = due.len();
            let batches: Vec<Vec<ArmedTimer>> = due.chunks(SEND_BATCH).map(<[ArmedTimer]>::to_vec).collect();
            each(batches, |timers| self.send_batch(timers)).await?;
            sent += count;
            if count < TIMER_BATCH {
                break;
            }
        }
        Ok(sent)
    }

    /// First the messages, then the timers go: a crash in between sends them twice, which is harmless.
    async fn send_batch(&self, timers: Vec<ArmedTimer>) -> Result<(), StoreError> {
        let message = |timer: &ArmedTimer| {
            Message::Transition(Transition {
                execution: timer.execution.clone(),
                seq: timer.seq,
                input: Input::TimeCame { timer: timer.timer },
                run: None,
                lane: Lane::Standard,
                not_before: Some(timer.due),
            })
        };
        let messages = timers.iter().map(message).collect();
        if planted(Bug::DisarmsBeforeSending) {
            try_join_all(timers.iter().map(|timer| self.ports.timers.disarm(timer))).await?;
        }
        self.ports.queue.send(messages).await?;
        try_join_all(timers.iter().map(|timer| self.ports.timers.disarm(timer))).await.map(drop)
    }

    /// Looks at the open executions whose time to be looked at has come by `now`.
    pub async fn sweep(&self, now: Timestamp, until: Timestamp) -> Result<usize, StoreError> {
        let mut swept = 0;
        while self.ports.clock.now() < until {
            let due = self.ports.executions.due(now, BATCH).await?;
            let count = due.len();
            each(due, |execution| self.look_at(execution)).await?;
            swept += count;
            if count < BATCH {
                break;
            }
        }
        Ok(swept)
    }

    /// One that cannot be looked at gets its next time all the same, or it would stand in the way of all others.
    async fn look_at(&self, execution: ExecutionArn) -> Result<(), StoreError> {
        let next = match self.wake(&execution).await {
            Ok(next) => next,
            Err(error) => {
                tracing::error!(%error, %execution, "an open execution could not be looked at");
                Some(self.ports.clock.now().plus_seconds(GRACE_SECONDS))
            }
        };
        match next {
            Some(at) => self.ports.executions.check_again(&execution, at).await,
            None => Ok(()),
        }
    }

    /// Sends what the execution waits for, if that is overdue, and says when to look again.
    async fn wake(&self, execution: &ExecutionArn) -> Result<Option<Timestamp>, StoreError> {
        let now = self.ports.clock.now();
        let Some(record) = self.ports.journal.newest(execution).await? else {
            return self.forget(execution).await.map(|()| Some(now.plus_seconds(LONGEST_REST_SECONDS)));
        };
        if record.run.has_ended() {
            return outbox::remind(&self.ports, &record).await.map(|()| None);
        }
        let expected = expected(&record);
        if expected.plus_seconds(GRACE_SECONDS) <= now {
            tracing::warn!(%execution, seq = record.seq(), "an execution has gone quiet: what it waits for is sent again");
            outbox::remind(&self.ports, &record).await?;
        }
        Ok(Some(next_look(now, expected)))
    }

    /// A summary without a journal: its StartExecution failed, and told its caller so.
    async fn forget(&self, execution: &ExecutionArn) -> Result<(), StoreError> {
        match self.ports.executions.get(execution).await? {
            Some(summary) if summary.status == SummaryStatus::Running => self.ports.executions.forget(&summary).await,
            _ => Ok(()),
        }
    }

    /// Sends what every open execution waits for, at once: for a process that starts anew with empty queues. One that
    /// cannot be read keeps no other from going on.
    pub async fn resume(&self) -> Result<usize, StoreError> {
        let mut resumed = 0;
        let horizon = Timestamp::from_millis(i64::MAX);
        for execution in self.ports.executions.due(horizon, usize::MAX).await? {
            match self.ports.journal.newest(&execution).await {
                Ok(Some(record)) => {
                    outbox::remind(&self.ports, &record).await?;
                    resumed += 1;
                }
                Ok(None) => self.forget(&execution).await?,
                Err(error) => tracing::error!(%error, %execution, "an open execution cannot go on"),
            }
        }
        Ok(resumed)
    }
}

/// As long after `now` as what is expected is overdue: an execution that waits behind a long queue must not make it longer
/// every few minutes.
fn next_look(now: Timestamp, expected: Timestamp) -> Timestamp {
    let overdue = i64::try_from(now.millis_since(expected)).unwrap_or(i64::MAX);
    let soonest = now.plus_seconds(GRACE_SECONDS);
    let latest = now.plus_seconds(LONGEST_REST_SECONDS);
    now.plus_millis(overdue).max(expected.plus_seconds(GRACE_SECONDS)).clamp(soonest, latest)
}

/// Runs `work` for each of them, several at once; the first failure is told after all have been tried.
async fn each<T, F>(items: Vec<T>, work: impl Fn(T) -> F) -> Result<(), StoreError>
where
    F: Future<Output = Result<(), StoreError>>,
{
    let results: Vec<_> = futures::stream::iter(items).map(work).buffer_unordered(CONCURRENCY).collect().await;
    results.into_iter().collect()
}
