//! What runs have put aside, in DynamoDB: in the table of the journals, in a partition of its own for each chunk.
//!
//! | attribute | |
//! |---|---|
//! | `e` | partition key: `MACHINE:NAME#aside#HASH` |
//! | `s` | sort key: the number of the part, 0 for most chunks' only one |
//! | `d` | the chunk, as [`wire::chunk`] writes it, or a part of it |
//! | `n` | in each: how many parts there are |
//! | `x` | time to live, as that of a record |
//!
//! One write unit for each KB, and half of that to read for each 4 KB.

use std::sync::Arc;

use async_trait::async_trait;
use engine::aside::{Chunk, ContentHash};
use engine::execution::ExecutionArn;
use engine::timestamp::Timestamp;
use ports::{Payloads, StoreError};

use crate::item::{self, epoch_seconds, number, text};
use crate::journal::{DynamoDbJournal, key};
use crate::table::{INLINE_BYTES, Parts, part_number};

#[async_trait]
impl Payloads for DynamoDbJournal {
    async fn put(&self, execution: &ExecutionArn, at: Timestamp, chunk: &Arc<Chunk>) -> Result<(), StoreError> {
        let encoded = wire::chunk::encode(chunk).map_err(|error| StoreError::Refused(error.to_string()))?;
        let count = encoded.len().div_ceil(INLINE_BYTES);
        let more = item::item([("n", number(count)), ("x", epoch_seconds(self.expires_at(at)))]);
        parts(execution, &chunk.hash()).write(&self.table, &encoded, &more).await.map(drop)
    }

    async fn get(&self, execution: &ExecutionArn, hash: &ContentHash) -> Result<Option<Arc<Chunk>>, StoreError> {
        let parts = parts(execution, hash);
        let first = item::item([("e", text(&parts.partition)), ("s", number(0))]);
        let Some(first) = self.table.get(first).await? else { return Ok(None) };
        let of_parts;
        let encoded = match item::get_number(&first, "n")? {
            0 | 1 => item::get_bytes(&first, "d")?,
            count => {
                of_parts = parts.read(&self.table, count).await?;
                &of_parts
            }
        };
        let unreadable = |error| StoreError::Unreadable(format!("chunk {} of {execution}: {error}", hash.as_str()));
        wire::chunk::decode(encoded).map(Arc::new).map(Some).map_err(unreadable)
    }
}

fn parts(execution: &ExecutionArn, hash: &ContentHash) -> Parts {
    let partition = format!("{}#aside#{}", key(execution), hash.as_str());
    Parts { key_names: ("e", "s"), partition, sort_key: part_number }
}
