//! The journal: the ordered records of each execution, and the only truth about it.

use std::sync::Arc;

use async_trait::async_trait;
use engine::execution::ExecutionArn;
use engine::record::Record;

use crate::store_error::StoreError;

#[async_trait]
pub trait Journal: Send + Sync {
    /// Puts the record under its sequence number, if that is free: the lock, the history, the snapshot and the outbox
    /// in one write. Durable when it returns.
    async fn append(&self, record: &Arc<Record>) -> Result<Appended, StoreError>;

    /// Strongly consistent.
    async fn record(&self, execution: &ExecutionArn, seq: u64) -> Result<Option<Arc<Record>>, StoreError>;

    /// The record with the highest sequence number. Strongly consistent.
    async fn newest(&self, execution: &ExecutionArn) -> Result<Option<Arc<Record>>, StoreError>;

    /// Records in the order of `direction`, beginning with sequence number `from` (inclusive; `None`: from the end that
    /// the direction begins at). At most `limit`, at least one if there is one. Strongly consistent.
    async fn records(
        &self,
        execution: &ExecutionArn,
        from: Option<u64>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, StoreError>;
}

#[derive(Clone, Debug)]
pub enum Appended {
    Written,
    /// The sequence number was taken, by this record: perhaps by an earlier try of the same append.
    Taken(Arc<Record>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    OldestFirst,
    NewestFirst,
}
