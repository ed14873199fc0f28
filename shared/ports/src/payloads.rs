//! The payloads that runs have put aside, each chunk under the hash of what it is: [`engine::aside`].

use std::sync::Arc;

use async_trait::async_trait;
use engine::aside::{Chunk, ContentHash};
use engine::execution::ExecutionArn;
use engine::timestamp::Timestamp;

use crate::store_error::StoreError;

#[async_trait]
pub trait Payloads: Send + Sync {
    /// Keeps the chunk under its hash, as long as a record that is written `at` that time. Durable when it returns;
    /// doing it again, or from two sides at once, changes nothing.
    async fn put(&self, execution: &ExecutionArn, at: Timestamp, chunk: &Arc<Chunk>) -> Result<(), StoreError>;

    /// Strongly consistent.
    async fn get(&self, execution: &ExecutionArn, hash: &ContentHash) -> Result<Option<Arc<Chunk>>, StoreError>;
}
