use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use engine::aside::{Chunk, ContentHash};
use engine::execution::ExecutionArn;
use engine::timestamp::Timestamp;
use ports::payloads::Payloads;
use ports::store_error::StoreError;

use super::{MemoryStore, lock};

#[derive(Default)]
pub(super) struct Chunks(HashMap<ExecutionArn, HashMap<ContentHash, Arc<Chunk>>>);

#[async_trait]
impl Payloads for MemoryStore {
    async fn put(&self, execution: &ExecutionArn, _: Timestamp, chunk: &Arc<Chunk>) -> Result<(), StoreError> {
        let mut chunks = lock(&self.shard(execution).chunks);
        chunks.0.entry(execution.clone()).or_default().insert(chunk.hash(), chunk.clone());
        Ok(())
    }

    async fn get(&self, execution: &ExecutionArn, hash: &ContentHash) -> Result<Option<Arc<Chunk>>, StoreError> {
        let chunks = lock(&self.shard(execution).chunks);
        Ok(chunks.0.get(execution).and_then(|chunks| chunks.get(hash)).cloned())
    }
}
