//! What the functions need of the outside, as traits. `shared/aws` implements them over DynamoDB, SQS and Lambda,
//! `infra/local` over memory and SQLite; `contract` holds the tests that both must pass.

pub mod access_keys;
pub mod activities;
pub mod catalog;
pub mod clock;
pub mod diagnosis;
pub mod execution_log;
pub mod executions;
pub mod installation_secret;
pub mod journal;
pub mod machines;
pub mod outbox;
pub mod payloads;
pub mod queue;
pub mod signal;
pub mod stop;
pub mod store_error;
pub mod task_call;
pub mod task_target;
pub mod timers;
pub mod undeliverable;
pub mod waiting;

#[cfg(feature = "contract")]
pub mod contract;

use std::sync::Arc;

pub use access_keys::AccessKeys;
pub use activities::{Activities, ActivityQueues};
pub use catalog::Catalog;
pub use clock::{Clock, Ids, Sleep};
pub use executions::Executions;
pub use installation_secret::InstallationSecret;
pub use journal::{Appended, Journal};
pub use machines::Machines;
pub use payloads::Payloads;
pub use queue::Queue;
pub use store_error::StoreError;
pub use task_target::TaskTarget;
pub use timers::Timers;
pub use undeliverable::Undeliverable;

/// Everything a handler may use. Which function gets what in the account is decided by its IAM policy; a handler that
/// only the `api` function runs never touches what that policy leaves out.
#[derive(Clone)]
pub struct Ports {
    pub journal: Arc<dyn Journal>,
    pub payloads: Arc<dyn Payloads>,
    pub executions: Arc<dyn Executions>,
    pub catalog: Arc<dyn Catalog>,
    pub activities: Arc<dyn Activities>,
    pub queue: Arc<dyn Queue>,
    pub activity_queues: Arc<dyn ActivityQueues>,
    pub timers: Arc<dyn Timers>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub sleep: Sleep,
    pub secret: Arc<dyn InstallationSecret>,
    pub access_keys: Arc<dyn AccessKeys>,
    pub settings: Settings,
}

/// The stack's parameters.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// The largest input, output or result, in bytes.
    pub payload_limit_bytes: usize,
    /// How many states one transition message may run, where they need nothing from outside.
    pub transitions_per_message: u32,
    /// How long GetActivityTask waits for a task at most: AWS's 60 seconds, or less where the door closes earlier.
    pub activity_poll_seconds: u64,
    /// How many may wait so at a time in one process, where others are to be answered.
    pub activity_polls: usize,
    /// How long an execution is kept after its end.
    pub retention_days: u32,
    /// Of payloads that are not needed all the time, what a run keeps. No parameter: smaller in tests.
    pub kept_bytes: usize,
    /// How long Wait states wait, in thousandths of what they say. For tests of state machines.
    pub wait_time_permille: Option<u64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            payload_limit_bytes: engine::limits::PAYLOAD_BYTES,
            transitions_per_message: 1,
            activity_poll_seconds: 60,
            activity_polls: usize::MAX,
            retention_days: 90,
            kept_bytes: engine::limits::KEPT_BYTES,
            wait_time_permille: None,
        }
    }
}
