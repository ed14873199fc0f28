//! Which execution it is: what is fixed when it starts.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::mocks::TestCase;
use crate::payload::Payload;
use crate::timestamp::Timestamp;

/// `arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME`, or that of an Express execution.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExecutionArn(Arc<str>);

impl ExecutionArn {
    pub fn new(arn: impl Into<Arc<str>>) -> Self {
        Self(arn.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn field(&self, index: usize) -> &str {
        self.0.splitn(8, ':').nth(index).unwrap_or_default()
    }

    /// `arn:aws:states:REGION:ACCOUNT:express:MACHINE:NAME[:RUN]`.
    pub fn is_express(&self) -> bool {
        self.field(5) == "express"
    }

    pub fn partition(&self) -> &str {
        self.field(1)
    }

    pub fn region(&self) -> &str {
        self.field(3)
    }

    pub fn account(&self) -> &str {
        self.field(4)
    }

    pub fn state_machine_name(&self) -> &str {
        self.field(6)
    }

    /// The execution's own name.
    pub fn name(&self) -> &str {
        let name = self.field(7);
        if self.is_express() { name.split(':').next().unwrap_or_default() } else { name }
    }

    pub fn state_machine_arn(&self) -> String {
        format!(
            "arn:{}:states:{}:{}:stateMachine:{}",
            self.partition(),
            self.region(),
            self.account(),
            self.state_machine_name()
        )
    }
}

impl fmt::Display for ExecutionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ExecutionArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How the execution runs. It shows in the context object only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Standard,
    /// Express, from StartExecution.
    Express,
    /// Express, from StartSyncExecution or TestState.
    ExpressSync,
}

/// Everything about an execution that no transition changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    pub arn: ExecutionArn,
    pub kind: Kind,
    /// Which revision of the state machine it runs, to the end, whatever is deployed meanwhile.
    pub revision_id: Arc<str>,
    pub role_arn: Arc<str>,
    pub started_at: Timestamp,
    /// Kept only where the machine may read `$$.Execution.Input`; record 0 always has it.
    pub input: Option<Payload>,
    /// The version that it was started with, or that its alias chose.
    pub version: Option<u64>,
    /// The alias that it was started with.
    pub alias: Option<Arc<str>>,
    /// X-Ray's, as StartExecution was given it.
    pub trace_header: Option<Arc<str>>,
    /// What its tasks answer instead of being called.
    pub test_case: Option<Arc<TestCase>>,
}

impl Execution {
    /// A Standard one, started with the state machine itself.
    pub fn new(arn: ExecutionArn, revision_id: Arc<str>, role_arn: Arc<str>, started_at: Timestamp) -> Self {
        Self {
            arn,
            kind: Kind::Standard,
            revision_id,
            role_arn,
            started_at,
            input: None,
            version: None,
            alias: None,
            trace_header: None,
            test_case: None,
        }
    }
}
