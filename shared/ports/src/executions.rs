//! One summary per execution, for lists. Written at the start and at the end; the journal is the truth.

use async_trait::async_trait;
use engine::execution::ExecutionArn;
use engine::record::Record;
use engine::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store_error::StoreError;

#[async_trait]
pub trait Executions: Send + Sync {
    /// Adds the summary of an execution that has begun. Does nothing if there is one already: it may have ended by now.
    async fn started(&self, summary: &Summary) -> Result<(), StoreError>;

    /// Replaces the summary with that of the ended execution, unless it is of a later redrive. `expires_at`: when retention
    /// ends.
    async fn ended(&self, summary: &Summary, expires_at: Timestamp) -> Result<(), StoreError>;

    /// Replaces the summary with that of the execution which runs again, unless it is of this redrive or a later one.
    async fn redriven(&self, summary: &Summary) -> Result<(), StoreError>;

    async fn get(&self, execution: &ExecutionArn) -> Result<Option<Summary>, StoreError>;

    /// Newest start first. Eventually consistent.
    async fn list(&self, query: &ListQuery) -> Result<Page, StoreError>;

    /// Executions whose `check_at` has come, at most `limit`, the most overdue first.
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ExecutionArn>, StoreError>;

    /// All that have a `check_at`, whether it has come or not, in an order of the store's own; at most `limit`, after
    /// `after`. One whose `check_at` changes meanwhile may come twice. Eventually consistent.
    async fn open(&self, after: Option<&Open>, limit: usize) -> Result<Vec<Open>, StoreError>;

    /// Sets `check_at` of an open execution, or moves it where there is one.
    async fn check_again(&self, execution: &ExecutionArn, at: Timestamp) -> Result<(), StoreError>;

    /// Removes the summary, if it is still as given in its status and `check_at`: for one that has no journal.
    async fn forget(&self, summary: &Summary) -> Result<(), StoreError>;
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    pub arn: ExecutionArn,
    pub status: SummaryStatus,
    pub started_at: Timestamp,
    pub stopped_at: Option<Timestamp>,
    /// When the sweep should look at it, while it is open, or may be so again.
    pub check_at: Option<Timestamp>,
    /// The version that it was started with, or that its alias chose.
    pub version: Option<u64>,
    /// The alias that it was started with.
    pub alias: Option<String>,
    /// The last redrive, if there was one.
    pub redriven: Option<Redriven>,
}

/// How often an execution was redriven, and when it last was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redriven {
    pub count: u32,
    pub at: Timestamp,
}

impl Summary {
    /// Of the execution after its newest record. The sweep leaves it alone.
    pub fn of(newest: &Record) -> Self {
        let execution = &newest.run.execution;
        Self {
            arn: execution.arn.clone(),
            status: SummaryStatus::of(&newest.run.status),
            started_at: execution.started_at,
            stopped_at: newest.run.has_ended().then_some(newest.at),
            check_at: None,
            version: execution.version,
            alias: execution.alias.as_deref().map(str::to_owned),
            redriven: newest.run.redrives.as_ref().map(|redrives| Redriven { count: redrives.count, at: redrives.at }),
        }
    }

    pub fn redrive_count(&self) -> u32 {
        self.redriven.map_or(0, |redriven| redriven.count)
    }
}

/// `ExecutionStatus` of the API, as far as an execution of the journal can have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SummaryStatus {
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Aborted,
}

impl SummaryStatus {
    pub const ALL: [SummaryStatus; 5] = [
        SummaryStatus::Running,
        SummaryStatus::Succeeded,
        SummaryStatus::Failed,
        SummaryStatus::TimedOut,
        SummaryStatus::Aborted,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            SummaryStatus::Running => "RUNNING",
            SummaryStatus::Succeeded => "SUCCEEDED",
            SummaryStatus::Failed => "FAILED",
            SummaryStatus::TimedOut => "TIMED_OUT",
            SummaryStatus::Aborted => "ABORTED",
        }
    }

    pub fn of(status: &engine::run::Status) -> Self {
        use engine::run::Status;
        match status {
            Status::Running => SummaryStatus::Running,
            Status::Succeeded { .. } => SummaryStatus::Succeeded,
            Status::Failed(_) => SummaryStatus::Failed,
            Status::TimedOut(_) => SummaryStatus::TimedOut,
            Status::Aborted(_) => SummaryStatus::Aborted,
        }
    }
}

#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Name of the state machine.
    pub state_machine: String,
    /// Only those that were started through it.
    pub through: Option<Through>,
    pub status: Option<SummaryStatus>,
    /// Only those that started then or later: others were of a state machine that had the name before.
    pub since: Timestamp,
    pub limit: usize,
    /// Where the page before ended.
    pub after: Option<Cursor>,
}

/// An execution that the sweep will look at, and when.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Open {
    pub check_at: Timestamp,
    pub arn: ExecutionArn,
}

/// A version or an alias of a state machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Through {
    Version(u64),
    Alias(String),
}

/// The place after one summary, in the order of lists: start time, then name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    pub started_at: Timestamp,
    pub arn: ExecutionArn,
}

#[derive(Clone, Debug)]
pub struct Page {
    pub summaries: Vec<Summary>,
    /// There are more after this.
    pub next: Option<Cursor>,
}
