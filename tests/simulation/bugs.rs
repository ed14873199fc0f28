//! Bugs that are planted on purpose, and are to be found: inside the engine and the handlers (`engine::planted`), and in what
//! these rely on, where each breaks one promise of a port, of a queue or of the shell around a handler.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use dispatcher::Dispatcher;
use engine::execution::ExecutionArn;
use engine::record::Record;
use engine::timestamp::Timestamp;
use ports::executions::{ListQuery, Open, Page, Summary};
use ports::journal::Direction;
use ports::queue::Message;
use ports::task_target::{Invocation, InvokeError, Invoked};
use ports::timers::ArmedTimer;
use ports::{Appended, Executions, Journal, Ports, Queue, StoreError, TaskTarget, Timers};
use tests::Installation;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    Inside(engine::planted::Bug),
    /// A message is deleted when it is delivered, not when it has been handled.
    AcknowledgesEarly,
    /// A message is deleted although handling it has failed.
    AcknowledgesFailures,
    /// The handler is not told that a message was delivered before.
    ForgetsReceives,
    /// An append says that it wrote where another record was first.
    AppendIgnoresConflicts,
    /// Some appends are answered before they are durable, and lost.
    AppendsAreLost,
    /// The newest record is sometimes the one before.
    ReadsAreStale,
    /// Only the first of several messages is sent.
    SendsOnlyTheFirst,
    /// A due timer is gone once it has been read.
    TimersAreReadOnce,
    /// Timers are not kept.
    TimersAreForgotten,
    /// The end of an execution does not reach its summary.
    SummariesAreForgotten,
    /// A dispatcher takes itself for the only one, and others for dead.
    DispatchesAlone,
    /// What calls the targets tries again by itself.
    CallsTwice,
}

impl Bug {
    const OUTSIDE: [Bug; 12] = [
        Bug::AcknowledgesEarly,
        Bug::AcknowledgesFailures,
        Bug::ForgetsReceives,
        Bug::AppendIgnoresConflicts,
        Bug::AppendsAreLost,
        Bug::ReadsAreStale,
        Bug::SendsOnlyTheFirst,
        Bug::TimersAreReadOnce,
        Bug::TimersAreForgotten,
        Bug::SummariesAreForgotten,
        Bug::DispatchesAlone,
        Bug::CallsTwice,
    ];

    pub fn all() -> impl Iterator<Item = Bug> {
        engine::planted::Bug::ALL.into_iter().map(Bug::Inside).chain(Bug::OUTSIDE)
    }

    pub fn name(self) -> String {
        match self {
            Bug::Inside(bug) => format!("{bug:?}"),
            outside => format!("{outside:?}"),
        }
    }

    pub fn named(name: &str) -> Self {
        let found = Bug::all().find(|bug| bug.name() == name);
        found.unwrap_or_else(|| {
            panic!("no bug is called {name}; there are {:?}", Bug::all().map(Bug::name).collect::<Vec<_>>())
        })
    }

    /// What the engine and the handlers are to do wrong.
    pub fn inside(self) -> Option<engine::planted::Bug> {
        match self {
            Bug::Inside(bug) => Some(bug),
            _ => None,
        }
    }

    /// The ports with the bug in them.
    pub fn spoil(self, ports: Ports) -> Ports {
        if self.inside().is_some() {
            return ports;
        }
        let spoilt = Arc::new(Spoilt { ports: ports.clone(), bug: self, calls: AtomicU64::new(0) });
        Ports { journal: spoilt.clone(), executions: spoilt.clone(), queue: spoilt.clone(), timers: spoilt, ..ports }
    }

    /// What is not in the ports.
    pub fn plant(self, installation: &mut Installation) {
        if self == Bug::DispatchesAlone {
            installation.dispatcher.alone = true;
        }
        if self == Bug::CallsTwice {
            let target = Arc::new(Twice(installation.target.clone()));
            installation.dispatcher = Dispatcher { target, ..installation.dispatcher.clone() };
        }
    }
}

struct Twice(Arc<tests::ScriptedTarget>);

#[async_trait]
impl TaskTarget for Twice {
    async fn invoke(&self, invocation: &Invocation) -> Result<Invoked, InvokeError> {
        match self.0.invoke(invocation).await {
            Ok(invoked) if invoked.function_error.is_some() => self.0.invoke(invocation).await,
            other => other,
        }
    }
}

struct Spoilt {
    ports: Ports,
    bug: Bug,
    calls: AtomicU64,
}

impl Spoilt {
    /// Whether it goes wrong this time: every so many calls.
    fn strikes(&self, bug: Bug, every: u64) -> bool {
        self.bug == bug && self.calls.fetch_add(1, Ordering::Relaxed) % every == every - 1
    }
}

#[async_trait]
impl Journal for Spoilt {
    async fn append(&self, record: &Arc<Record>) -> Result<Appended, StoreError> {
        if record.seq() > 0 && self.strikes(Bug::AppendsAreLost, 7) {
            return Ok(Appended::Written);
        }
        match self.ports.journal.append(record).await? {
            Appended::Taken(_) if self.bug == Bug::AppendIgnoresConflicts => Ok(Appended::Written),
            other => Ok(other),
        }
    }

    async fn record(&self, execution: &ExecutionArn, seq: u64) -> Result<Option<Arc<Record>>, StoreError> {
        self.ports.journal.record(execution, seq).await
    }

    async fn newest(&self, execution: &ExecutionArn) -> Result<Option<Arc<Record>>, StoreError> {
        let newest = self.ports.journal.newest(execution).await?;
        match newest {
            Some(newest) if newest.seq() > 0 && self.strikes(Bug::ReadsAreStale, 2) => {
                self.ports.journal.record(execution, newest.seq() - 1).await
            }
            newest => Ok(newest),
        }
    }

    async fn records(
        &self,
        execution: &ExecutionArn,
        from: Option<u64>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, StoreError> {
        self.ports.journal.records(execution, from, direction, limit).await
    }
}

#[async_trait]
impl Executions for Spoilt {
    async fn started(&self, summary: &Summary) -> Result<(), StoreError> {
        self.ports.executions.started(summary).await
    }

    async fn ended(&self, summary: &Summary, expires_at: Timestamp) -> Result<(), StoreError> {
        if self.bug == Bug::SummariesAreForgotten {
            return Ok(());
        }
        self.ports.executions.ended(summary, expires_at).await
    }

    async fn redriven(&self, summary: &Summary) -> Result<(), StoreError> {
        self.ports.executions.redriven(summary).await
    }

    async fn get(&self, execution: &ExecutionArn) -> Result<Option<Summary>, StoreError> {
        self.ports.executions.get(execution).await
    }

    async fn list(&self, query: &ListQuery) -> Result<Page, StoreError> {
        self.ports.executions.list(query).await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ExecutionArn>, StoreError> {
        self.ports.executions.due(now, limit).await
    }

    async fn open(&self, after: Option<&Open>, limit: usize) -> Result<Vec<Open>, StoreError> {
        self.ports.executions.open(after, limit).await
    }

    async fn check_again(&self, execution: &ExecutionArn, at: Timestamp) -> Result<(), StoreError> {
        self.ports.executions.check_again(execution, at).await
    }

    async fn forget(&self, summary: &Summary) -> Result<(), StoreError> {
        self.ports.executions.forget(summary).await
    }
}

#[async_trait]
impl Timers for Spoilt {
    async fn arm(&self, timer: &ArmedTimer) -> Result<(), StoreError> {
        if self.bug == Bug::TimersAreForgotten {
            return Ok(());
        }
        self.ports.timers.arm(timer).await
    }

    async fn due(&self, horizon: Timestamp, limit: usize) -> Result<Vec<ArmedTimer>, StoreError> {
        let due = self.ports.timers.due(horizon, limit).await?;
        if self.bug == Bug::TimersAreReadOnce {
            for timer in &due {
                self.ports.timers.disarm(timer).await?;
            }
        }
        Ok(due)
    }

    async fn disarm(&self, timer: &ArmedTimer) -> Result<(), StoreError> {
        self.ports.timers.disarm(timer).await
    }
}

#[async_trait]
impl Queue for Spoilt {
    async fn send(&self, mut messages: Vec<Message>) -> Result<(), StoreError> {
        if self.bug == Bug::SendsOnlyTheFirst {
            messages.truncate(1);
        }
        self.ports.queue.send(messages).await
    }
}
