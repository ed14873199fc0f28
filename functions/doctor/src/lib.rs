//! What is stuck, why, and what helps. An operator asks: `stepwell doctor` invokes this function, or calls the handler for
//! the folder of a `stepwell dev --data`.
//!
//! 1. [`examination`] looks at one execution: its newest record, and what that waits for.
//! 2. [`surroundings`] looks at what is no single execution's: letters that were set aside, timers, deletions.
//! 3. [`failing`] ends an execution that nothing helps.
//!
//! A page of open executions costs a read for each; nothing scans a table.

mod examination;
mod failing;
mod surroundings;

use std::sync::Arc;

use engine::execution::ExecutionArn;
use engine::timestamp::Timestamp;
use futures::StreamExt;
use ports::executions::Open;
use ports::{Ports, StoreError, Undeliverable};
use serde::{Deserialize, Serialize};

pub use examination::{Explanation, Wait};

/// Executions looked at together, in one request at most.
pub const PAGE: usize = 200;

/// How many are looked at at once.
const CONCURRENCY: usize = 16;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Request {
    /// Up to `limit` open executions after `after`. The first page comes with what is no execution's.
    Examine { after: Option<Open>, limit: usize, repair: bool },
    /// All about one execution.
    Explain { execution: ExecutionArn, repair: bool },
    /// Ends the execution as failed.
    Fail { execution: ExecutionArn },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Answer {
    Examined(Page),
    Explained(Box<Explanation>),
    Failed { execution: ExecutionArn, cause: String },
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    pub findings: Vec<Finding>,
    /// How many open executions were looked at.
    pub examined: usize,
    /// Where the next page begins.
    pub next: Option<Open>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    pub kind: Kind,
    /// ARN of the execution, or what else it is about.
    pub about: String,
    /// RFC 3339, as all times here.
    pub since: String,
    pub why: String,
    /// What was done about it, or what helps.
    pub help: String,
    pub repaired: bool,
}

impl Finding {
    /// Whether somebody has to do something.
    pub fn is_trouble(&self) -> bool {
        self.kind != Kind::Waiting && !self.repaired
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Kind {
    /// An execution that does not go on.
    Stuck,
    /// An execution that waits for somebody outside, without any limit. That may be as it should.
    Waiting,
    /// The list of executions says something else than the journal.
    Summary,
    /// A message that could not be handled, and whose execution could not be failed.
    DeadLetter,
    /// Timers that nobody has turned into messages.
    Timers,
    /// A state machine that is being deleted.
    Deletion,
}

#[derive(Debug, thiserror::Error)]
pub enum DoctorError {
    #[error("there is no execution `{0}`")]
    NoSuchExecution(ExecutionArn),
    #[error("the execution `{0}` has ended")]
    HasEnded(ExecutionArn),
    #[error("the execution `{execution}` cannot be failed: {why}")]
    Hopeless { execution: ExecutionArn, why: String },
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Clone)]
pub struct Doctor {
    pub ports: Ports,
    /// Absent where there are none.
    pub undeliverable: Option<Arc<dyn Undeliverable>>,
    pub messages: Messages,
}

/// Who sends what executions wait for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Messages {
    /// The doctor may.
    Ours,
    /// A server that runs has them in its memory.
    OfServer,
    /// The next server that starts, all of them.
    OfNextServer,
}

impl Doctor {
    pub async fn handle(&self, request: Request) -> Result<Answer, DoctorError> {
        match request {
            Request::Examine { after, limit, repair } => {
                Ok(Answer::Examined(self.examine(after, limit.min(PAGE), repair).await?))
            }
            Request::Explain { execution, repair } => {
                let told = self.explain(&execution, repair).await?;
                Ok(Answer::Explained(Box::new(told)))
            }
            Request::Fail { execution } => {
                let cause = self.fail(&execution).await?;
                Ok(Answer::Failed { execution, cause })
            }
        }
    }

    async fn examine(&self, after: Option<Open>, limit: usize, repair: bool) -> Result<Page, StoreError> {
        let mut findings = if after.is_none() { self.look_around(repair).await? } else { Vec::new() };
        let open = self.ports.executions.open(after.as_ref(), limit).await?;
        let examined = open.len();
        let next = open.last().filter(|_| examined == limit).cloned();
        // In their order.
        let looked =
            futures::stream::iter(open).map(|Open { arn, .. }| async move { self.look_at(&arn, repair).await });
        let found: Vec<Result<Option<Finding>, StoreError>> = looked.buffered(CONCURRENCY).collect().await;
        for finding in found {
            findings.extend(finding?);
        }
        Ok(Page { findings, examined, next })
    }

    fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Whether it lasts for longer than what is under way may take.
    fn is_overdue(&self, since: Timestamp) -> bool {
        since.plus_seconds(ports::waiting::GRACE_SECONDS) <= self.now()
    }
}
