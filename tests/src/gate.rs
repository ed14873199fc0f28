//! The gate that every call of a port goes through.

mod activities;
mod catalog;

use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use async_trait::async_trait;
use engine::aside::{Chunk, ContentHash};
use engine::execution::ExecutionArn;
use engine::record::Record;
use engine::timestamp::Timestamp;
use ports::executions::{ListQuery, Open, Page, Summary};
use ports::journal::Direction;
use ports::queue::Message;
use ports::timers::ArmedTimer;
use ports::{Appended, Executions, Journal, Payloads, Queue, StoreError, Timers};

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It was not done.
    Before,
    /// It was done, but its answer was lost.
    After,
    /// It was not done: there are too many calls.
    Throttled,
    /// It was not done: what is stored makes no sense.
    Unreadable,
}

/// Counts calls by their name, and fails those that it was told to.
#[derive(Default)]
pub struct Gate(Mutex<State>);

#[derive(Default)]
struct State {
    /// Whether each append is made twice.
    retries_appends: bool,
    /// Whether nobody finds the executions that have gone quiet.
    keeps_the_sweep_away: bool,
    written: WriteUnits,
    /// How often each call was made.
    made: HashMap<&'static str, usize>,
    /// What is to happen to a call, by its name and how many come before it.
    faults: HashMap<(&'static str, usize), Fault>,
    /// Records that cannot be read, however often.
    damaged: HashSet<(ExecutionArn, u64)>,
    /// Executions whose next record makes whoever appends it panic.
    explosive: HashSet<ExecutionArn>,
    /// State machines whose revisions are missing.
    missing: HashSet<String>,
}

/// What appends cost in DynamoDB: a unit for each KB of the record and its key, written or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteUnits {
    pub all: usize,
    /// Of records whose number was taken.
    pub wasted: usize,
}

const KEY_BYTES: usize = 60;

impl Gate {
    pub fn write_units(&self) -> WriteUnits {
        self.lock().written
    }

    fn weigh(&self, record: &Record, appended: &Appended) {
        let bytes = wire::record::encode(record).map_or(0, |bytes| bytes.len()) + KEY_BYTES;
        let mut state = self.lock();
        state.written.all += bytes.div_ceil(1024);
        if matches!(appended, Appended::Taken(_)) {
            state.written.wasted += bytes.div_ceil(1024);
        }
    }

    /// How often the call was made.
    pub fn made(&self, call: &str) -> usize {
        self.lock().made.get(call).copied().unwrap_or_default()
    }

    /// Has the next call of that name fail.
    pub fn fail_next(&self, call: &'static str, fault: Fault) {
        let mut state = self.lock();
        let next = state.made.get(call).copied().unwrap_or_default();
        state.faults.insert((call, next), fault);
    }

    /// Has the call of that name fail before which `nth` others come.
    pub fn fail_nth(&self, call: &'static str, nth: usize, fault: Fault) {
        self.lock().faults.insert((call, nth), fault);
    }

    /// Has each append made twice, as an SDK does that got no answer to the first.
    pub fn retry_appends(&self) {
        self.lock().retries_appends = true;
    }

    /// Has the sweep find nothing: what goes on does so without it.
    pub fn keep_the_sweep_away(&self) {
        self.lock().keeps_the_sweep_away = true;
    }

    pub fn let_the_sweep_in(&self) {
        self.lock().keeps_the_sweep_away = false;
    }

    /// From now on nobody can read this record.
    pub fn damage(&self, execution: &ExecutionArn, seq: u64) {
        self.lock().damaged.insert((execution.clone(), seq));
    }

    /// Whoever appends a record of this execution panics, from now on.
    pub fn explode(&self, execution: &ExecutionArn) {
        self.lock().explosive.insert(execution.clone());
    }

    /// From now on the state machine has no revision.
    pub fn lose_revisions(&self, state_machine: &str) {
        self.lock().missing.insert(state_machine.to_owned());
    }

    pub fn mend(&self) {
        self.lock().damaged.clear();
    }

    fn readable<'r>(&self, records: impl IntoIterator<Item = &'r Arc<Record>>) -> Result<(), StoreError> {
        let state = self.lock();
        let key = |record: &Arc<Record>| (record.run.execution.arn.clone(), record.seq());
        match records.into_iter().find(|record| state.damaged.contains(&key(record))) {
            Some(record) => Err(StoreError::Unreadable(format!("record of {}: damaged", record.run.execution.arn))),
            None => Ok(()),
        }
    }

    fn enter(&self, call: &'static str) -> Option<Fault> {
        let mut state = self.lock();
        let made = state.made.entry(call).or_default();
        let before = *made;
        *made += 1;
        state.faults.remove(&(call, before))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn through<T>(
        &self,
        call: &'static str,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        pause().await;
        let fault = self.enter(call);
        if fault == Some(Fault::Before) {
            return Err(StoreError::Unavailable(format!("{call} was not done")));
        }
        if fault == Some(Fault::Throttled) {
            return Err(StoreError::Throttled(format!("{call} was not done")));
        }
        if fault == Some(Fault::Unreadable) {
            return Err(StoreError::Unreadable(format!("what {call} found")));
        }
        let answer = work.await;
        pause().await;
        if fault == Some(Fault::After) {
            return Err(StoreError::Unavailable(format!("the answer of {call} was lost")));
        }
        answer
    }
}

/// Pending once.
fn pause() -> Pause {
    Pause { paused: false }
}

struct Pause {
    paused: bool,
}

impl Future for Pause {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.paused {
            return Poll::Ready(());
        }
        self.paused = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// A port, behind the gate.
pub(crate) struct Gated<P> {
    pub port: Arc<P>,
    pub gate: Arc<Gate>,
}

#[async_trait]
impl<P: Journal> Journal for Gated<P> {
    async fn append(&self, record: &Arc<Record>) -> Result<Appended, StoreError> {
        let explodes = self.gate.lock().explosive.contains(&record.run.execution.arn);
        assert!(!explodes, "a record that explodes");
        let append = async {
            if self.gate.lock().retries_appends {
                self.port.append(record).await?;
            }
            let appended = self.port.append(record).await?;
            self.gate.weigh(record, &appended);
            if let Appended::Taken(taken) = &appended {
                self.gate.readable([taken])?;
            }
            Ok(appended)
        };
        self.gate.through("append", append).await
    }

    async fn record(&self, execution: &ExecutionArn, seq: u64) -> Result<Option<Arc<Record>>, StoreError> {
        let record = self.gate.through("record", self.port.record(execution, seq)).await?;
        self.gate.readable(&record).map(|()| record)
    }

    async fn newest(&self, execution: &ExecutionArn) -> Result<Option<Arc<Record>>, StoreError> {
        let newest = self.gate.through("newest", self.port.newest(execution)).await?;
        self.gate.readable(&newest).map(|()| newest)
    }

    async fn records(
        &self,
        execution: &ExecutionArn,
        from: Option<u64>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, StoreError> {
        let records = self.gate.through("records", self.port.records(execution, from, direction, limit)).await?;
        self.gate.readable(&records).map(|()| records)
    }
}

#[async_trait]
impl<P: Payloads> Payloads for Gated<P> {
    async fn put(&self, execution: &ExecutionArn, at: Timestamp, chunk: &Arc<Chunk>) -> Result<(), StoreError> {
        self.gate.through("put chunk", self.port.put(execution, at, chunk)).await
    }

    async fn get(&self, execution: &ExecutionArn, hash: &ContentHash) -> Result<Option<Arc<Chunk>>, StoreError> {
        self.gate.through("get chunk", self.port.get(execution, hash)).await
    }
}

#[async_trait]
impl<P: Executions> Executions for Gated<P> {
    async fn started(&self, summary: &Summary) -> Result<(), StoreError> {
        self.gate.through("started", self.port.started(summary)).await
    }

    async fn ended(&self, summary: &Summary, expires_at: Timestamp) -> Result<(), StoreError> {
        self.gate.through("ended", self.port.ended(summary, expires_at)).await
    }

    async fn redriven(&self, summary: &Summary) -> Result<(), StoreError> {
        self.gate.through("redriven", self.port.redriven(summary)).await
    }

    async fn get(&self, execution: &ExecutionArn) -> Result<Option<Summary>, StoreError> {
        self.gate.through("get", self.port.get(execution)).await
    }

    async fn list(&self, query: &ListQuery) -> Result<Page, StoreError> {
        self.gate.through("list", self.port.list(query)).await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ExecutionArn>, StoreError> {
        let due = async {
            if self.gate.lock().keeps_the_sweep_away { Ok(Vec::new()) } else { self.port.due(now, limit).await }
        };
        self.gate.through("due executions", due).await
    }

    async fn open(&self, after: Option<&Open>, limit: usize) -> Result<Vec<Open>, StoreError> {
        self.gate.through("open", self.port.open(after, limit)).await
    }

    async fn check_again(&self, execution: &ExecutionArn, at: Timestamp) -> Result<(), StoreError> {
        self.gate.through("check_again", self.port.check_again(execution, at)).await
    }

    async fn forget(&self, summary: &Summary) -> Result<(), StoreError> {
        self.gate.through("forget", self.port.forget(summary)).await
    }
}

#[async_trait]
impl<P: Timers> Timers for Gated<P> {
    async fn arm(&self, timer: &ArmedTimer) -> Result<(), StoreError> {
        self.gate.through("arm", self.port.arm(timer)).await
    }

    async fn due(&self, horizon: Timestamp, limit: usize) -> Result<Vec<ArmedTimer>, StoreError> {
        self.gate.through("due timers", self.port.due(horizon, limit)).await
    }

    async fn disarm(&self, timer: &ArmedTimer) -> Result<(), StoreError> {
        self.gate.through("disarm", self.port.disarm(timer)).await
    }
}

#[async_trait]
impl<P: Queue> Queue for Gated<P> {
    async fn send(&self, messages: Vec<Message>) -> Result<(), StoreError> {
        self.gate.through("send", self.port.send(messages)).await
    }
}
