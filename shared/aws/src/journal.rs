//! The journal in DynamoDB. One item is one record:
//!
//! | attribute | |
//! |---|---|
//! | `e` | partition key: `MACHINE:NAME` of the execution |
//! | `s` | sort key: the sequence number |
//! | `d` | the record, as [`wire::record`] writes it; absent where it is too large for an item |
//! | `h`, `n` | then: its hash, and the number of its parts, which are under `MACHINE:NAME#HASH` |
//! | `x` | time to live |
//!
//! Append is one conditional put, which answers with the item that is there if it fails: one write unit for each KB, and
//! no read, however it goes.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use engine::execution::ExecutionArn;
use engine::record::Record;
use engine::timestamp::Timestamp;
use futures::future::try_join_all;
use ports::journal::Direction;
use ports::{Appended, Journal, StoreError};

use crate::hash;
use crate::item::{self, Item, bytes, epoch_seconds, number, text};
use crate::sdk_error::store_error;
use crate::table::{INLINE_BYTES, Parts, Table, page, part_number};

#[derive(Clone, Debug)]
pub struct DynamoDbJournal {
    pub table: Table,
    pub retention_days: u32,
}

/// An execution ends a year after its start at the latest, so nothing of a running one is ever removed.
const LONGEST_EXECUTION_DAYS: i64 = 366;
const MILLIS_PER_DAY: i64 = 86_400_000;

#[async_trait]
impl Journal for DynamoDbJournal {
    async fn append(&self, record: &Arc<Record>) -> Result<Appended, StoreError> {
        let execution = &record.run.execution.arn;
        let encoded = wire::record::encode(record).map_err(|error| StoreError::Refused(error.to_string()))?;
        let mut item = self.key(execution, record.seq());
        item.insert("x".into(), epoch_seconds(self.expires_at(record.at)));
        if encoded.len() <= INLINE_BYTES {
            item.insert("d".into(), bytes(encoded));
        } else {
            self.write_parts(execution, &encoded, &mut item).await?;
        }
        let put = self
            .table
            .client
            .put_item()
            .table_name(self.table.name()?)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(e)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match put {
            Ok(_) => Ok(Appended::Written),
            Err(error) => self.taken(execution, record.seq(), error).await.map(Appended::Taken),
        }
    }

    async fn record(&self, execution: &ExecutionArn, seq: u64) -> Result<Option<Arc<Record>>, StoreError> {
        match self.table.get(self.key(execution, seq)).await? {
            Some(item) => self.decode(execution, &item).await.map(Some),
            None => Ok(None),
        }
    }

    async fn newest(&self, execution: &ExecutionArn) -> Result<Option<Arc<Record>>, StoreError> {
        Ok(self.records(execution, None, Direction::NewestFirst, 1).await?.pop())
    }

    async fn records(
        &self,
        execution: &ExecutionArn,
        from: Option<u64>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, StoreError> {
        let oldest_first = direction == Direction::OldestFirst;
        let mut query = self
            .table
            .query()?
            .consistent_read(true)
            .scan_index_forward(oldest_first)
            .expression_attribute_values(":e", text(key(execution)));
        query = match (from, oldest_first) {
            (None, _) => query.key_condition_expression("e = :e"),
            (Some(from), true) => {
                query.key_condition_expression("e = :e AND s >= :s").expression_attribute_values(":s", number(from))
            }
            (Some(from), false) => {
                query.key_condition_expression("e = :e AND s <= :s").expression_attribute_values(":s", number(from))
            }
        };
        let (items, _) = page(query, limit).await?;
        try_join_all(items.iter().map(|item| self.decode(execution, item))).await
    }
}

/// The part of the ARN after `:execution:`. What comes before it is the same for all of a table.
pub(crate) fn key(execution: &ExecutionArn) -> String {
    format!("{}:{}", execution.state_machine_name(), execution.name())
}

impl DynamoDbJournal {
    fn key(&self, execution: &ExecutionArn, seq: u64) -> Item {
        item::item([("e", text(key(execution))), ("s", number(seq))])
    }

    pub(crate) fn expires_at(&self, written_at: Timestamp) -> Timestamp {
        let days = LONGEST_EXECUTION_DAYS + i64::from(self.retention_days);
        written_at.plus_millis(days * MILLIS_PER_DAY)
    }

    async fn write_parts(&self, execution: &ExecutionArn, encoded: &[u8], item: &mut Item) -> Result<(), StoreError> {
        let hash = hash::hex(encoded);
        let expires_at = item.get("x").map(|expires_at| ("x".to_owned(), expires_at.clone()));
        let count = parts(execution, &hash).write(&self.table, encoded, &expires_at.into_iter().collect()).await?;
        item.insert("h".into(), text(hash));
        item.insert("n".into(), number(count));
        Ok(())
    }

    /// The record that has the number. Read if the answer does not hold it, which AWS's does.
    async fn taken(
        &self,
        execution: &ExecutionArn,
        seq: u64,
        error: SdkError<PutItemError>,
    ) -> Result<Arc<Record>, StoreError> {
        let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() else {
            return Err(store_error("PutItem", error));
        };
        if let Some(item) = failed.item() {
            return self.decode(execution, item).await;
        }
        let gone = || StoreError::Unavailable(format!("record {seq} of {execution} is there and not there"));
        self.record(execution, seq).await?.ok_or_else(gone)
    }

    async fn decode(&self, execution: &ExecutionArn, item: &Item) -> Result<Arc<Record>, StoreError> {
        let of_parts;
        let encoded = match item::optional(item, "h", item::get_text)? {
            None => item::get_bytes(item, "d")?,
            Some(hash) => {
                of_parts = parts(execution, hash).read(&self.table, item::get_number(item, "n")?).await?;
                &of_parts
            }
        };
        let decoded = wire::record::decode(execution, encoded);
        let unreadable = |error| StoreError::Unreadable(format!("record of {execution}: {error}"));
        decoded.map(Arc::new).map_err(unreadable)
    }
}

fn parts(execution: &ExecutionArn, hash: &str) -> Parts {
    Parts { key_names: ("e", "s"), partition: format!("{}#{hash}", key(execution)), sort_key: part_number }
}
