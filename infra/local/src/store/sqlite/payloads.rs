use std::sync::Arc;

use async_trait::async_trait;
use engine::aside::{Chunk, ContentHash};
use engine::execution::ExecutionArn;
use engine::timestamp::Timestamp;
use ports::payloads::Payloads;
use ports::store_error::StoreError;
use rusqlite::{OptionalExtension, params};

use super::SqliteStore;
use super::failure::Failure;
use super::journal::journal;

const PUT: &str = "INSERT INTO chunks (journal, hash, chunk) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";

const GET: &str = "SELECT chunk FROM chunks JOIN journals ON id = journal WHERE execution = ?1 AND hash = ?2";

#[async_trait]
impl Payloads for SqliteStore {
    async fn put(&self, execution: &ExecutionArn, _: Timestamp, chunk: &Arc<Chunk>) -> Result<(), StoreError> {
        let bytes = wire::chunk::encode(chunk)
            .map_err(|error| StoreError::Refused(format!("a chunk of {execution}: {error}")))?;
        let (execution, hash) = (execution.clone(), chunk.hash());
        self.write(move |connection| {
            let journal = journal(connection, &execution)?;
            connection.prepare_cached(PUT)?.execute(params![journal, hash.as_str(), bytes])?;
            Ok(())
        })
        .await
    }

    async fn get(&self, execution: &ExecutionArn, hash: &ContentHash) -> Result<Option<Arc<Chunk>>, StoreError> {
        let (execution, hash) = (execution.clone(), hash.clone());
        self.read(move |connection| {
            let mut get = connection.prepare_cached(GET)?;
            let bytes: Option<Vec<u8>> =
                get.query_row([execution.as_str(), hash.as_str()], |row| row.get(0)).optional()?;
            let unreadable = |error| Failure::Unreadable(format!("chunk {} of {execution}: {error}", hash.as_str()));
            bytes.map(|bytes| wire::chunk::decode(&bytes).map(Arc::new).map_err(unreadable)).transpose()
        })
        .await
    }
}
