//! Every minute: timers that come due become delayed messages, accurate to the millisecond that the queue allows; and
//! open executions that have gone quiet are looked at, so that losing a message delays an execution and loses nothing.

use std::sync::Arc;

use engine::execution::ExecutionArn;
use engine::input::Input;
use engine::record::Record;
use engine::run::{Phase, Run};
use engine::timestamp::Timestamp;
use futures::StreamExt;
use ports::executions::{Summary, SummaryStatus};
use ports::queue::{Lane, Message, Transition};
use ports::timers::ArmedTimer;
use ports::{Ports, StoreError, outbox};

/// Timers due within this are sent: twice the interval between two runs, so that one that is late loses no second.
const HORIZON_SECONDS: u64 = 120;

/// Timers, and executions, read at a time.
const BATCH: usize = 100;

/// How many of a batch are worked on at once.
const CONCURRENCY: usize = 16;

/// How long after the time that an execution waits for it counts as gone quiet.
const GRACE_SECONDS: u64 = 120;

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
}

impl Timekeeper {
    /// One run; ends early at `until`, the next one goes on.
    pub async fn run(&self, until: Timestamp) -> Result<Swept, StoreError> {
        let timers = self.send_timers(until).await?;
        let executions = self.sweep(self.ports.clock.now(), until).await?;
        Ok(Swept { timers, executions })
    }

    async fn send_timers(&self, until: Timestamp) -> Result<usize, StoreError> {
        let horizon = self.ports.clock.now().plus_seconds(HORIZON_SECONDS);
        let mut sent = 0;
        while self.ports.clock.now() < until {
            let due = self.ports.timers.due(horizon, BATCH).await?;
            let count = due.len();
            each(due, |timer| self.send_timer(timer)).await?;
            sent += count;
            if count < BATCH {
                break;
            }
        }
        Ok(sent)
    }

    /// First the message, then the timer goes: a crash in between sends it twice, which is harmless.
    async fn send_timer(&self, timer: ArmedTimer) -> Result<(), StoreError> {
        let message = Transition {
            execution: timer.execution.clone(),
            seq: timer.seq,
            input: Input::TimeCame { timer: timer.timer },
            run: None,
            lane: Lane::Standard,
            not_before: Some(timer.due),
        };
        self.ports.queue.send(vec![Message::Transition(message)]).await?;
        self.ports.timers.disarm(&timer).await
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

    async fn look_at(&self, execution: ExecutionArn) -> Result<(), StoreError> {
        let now = self.ports.clock.now();
        let Some(record) = self.ports.journal.newest(&execution).await? else {
            return self.forget(&execution, now).await;
        };
        if record.run.has_ended() {
            return outbox::remind(&self.ports, &record).await;
        }
        let expected = expected(&record).plus_seconds(GRACE_SECONDS);
        if expected <= now {
            tracing::warn!(%execution, seq = record.seq(), "an execution has gone quiet: what it waits for is sent again");
            outbox::remind(&self.ports, &record).await?;
        }
        let rest = expected.max(now.plus_seconds(GRACE_SECONDS)).min(now.plus_seconds(LONGEST_REST_SECONDS));
        self.ports.executions.check_again(&execution, rest).await
    }

    /// A summary without a journal: its StartExecution failed, and told its caller so.
    async fn forget(&self, execution: &ExecutionArn, now: Timestamp) -> Result<(), StoreError> {
        let Some(summary) = self.ports.executions.get(execution).await? else { return Ok(()) };
        let ended =
            Summary { status: SummaryStatus::Aborted, stopped_at: Some(summary.started_at), check_at: None, ..summary };
        self.ports.executions.ended(&ended, now).await
    }

    /// Sends what every open execution waits for, at once: for a process that starts anew with empty queues.
    pub async fn resume(&self) -> Result<usize, StoreError> {
        let mut resumed = 0;
        let horizon = Timestamp::from_millis(i64::MAX);
        let open = self.ports.executions.due(horizon, usize::MAX).await?;
        for execution in open {
            if let Some(record) = self.ports.journal.newest(&execution).await? {
                outbox::remind(&self.ports, &record).await?;
                resumed += 1;
            }
        }
        Ok(resumed)
    }
}

/// When the next record is to be expected, at the latest.
fn expected(record: &Arc<Record>) -> Timestamp {
    let run: &Run = &record.run;
    let branches = run.branches.iter().map(|branch| match &branch.phase {
        Phase::Ready => record.at,
        Phase::Waiting { until } | Phase::BackingOff { until } => *until,
        Phase::Task(task) => {
            let answer = task.claim.as_ref().map_or(task.scheduled_at, |claim| claim.until);
            task.deadline.map_or(answer, |deadline| deadline.min(answer))
        }
    });
    branches.chain(run.deadline).min().unwrap_or(record.at)
}

/// Runs `work` for each of them, several at once; the first failure is told after all have been tried.
async fn each<T, F>(items: Vec<T>, work: impl Fn(T) -> F) -> Result<(), StoreError>
where
    F: Future<Output = Result<(), StoreError>>,
{
    let results: Vec<_> = futures::stream::iter(items).map(work).buffer_unordered(CONCURRENCY).collect().await;
    results.into_iter().collect()
}
