//! Timers beyond the longest delay of a queue.

use async_trait::async_trait;
use engine::execution::ExecutionArn;
use engine::input::Timer;
use engine::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store_error::StoreError;

#[async_trait]
pub trait Timers: Send + Sync {
    /// Adds it; the same timer again changes nothing.
    async fn arm(&self, timer: &ArmedTimer) -> Result<(), StoreError>;

    /// Timers due before `horizon`, the earliest first, at most `limit`.
    async fn due(&self, horizon: Timestamp, limit: usize) -> Result<Vec<ArmedTimer>, StoreError>;

    /// Fine if it is not there.
    async fn disarm(&self, timer: &ArmedTimer) -> Result<(), StoreError>;
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArmedTimer {
    pub due: Timestamp,
    pub execution: ExecutionArn,
    /// The record that owed it.
    pub seq: u64,
    pub timer: Timer,
}
