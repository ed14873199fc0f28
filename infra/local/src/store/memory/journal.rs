use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use engine::execution::ExecutionArn;
use engine::record::Record;
use ports::journal::{Appended, Direction, Journal};
use ports::store_error::StoreError;

use super::{MemoryStore, lock};

/// The records of each execution, by sequence number. A sorted list, because nearly every append goes to its end: eight
/// bytes a record.
#[derive(Default)]
pub(super) struct Journals(HashMap<ExecutionArn, Vec<Arc<Record>>>);

impl Journals {
    fn of(&self, execution: &ExecutionArn) -> &[Arc<Record>] {
        self.0.get(execution).map_or(&[], Vec::as_slice)
    }

    fn append(&mut self, record: &Arc<Record>) -> Appended {
        let arn = &record.run.execution.arn;
        let Some(records) = self.0.get_mut(arn) else {
            self.0.insert(arn.clone(), vec![record.clone()]);
            return Appended::Written;
        };
        let place = count_below(records, record.seq());
        match records.get(place) {
            Some(taken) if taken.seq() == record.seq() => Appended::Taken(taken.clone()),
            _ => {
                records.insert(place, record.clone());
                Appended::Written
            }
        }
    }
}

/// How many of `records` have a lower sequence number.
fn count_below(records: &[Arc<Record>], seq: u64) -> usize {
    match records.last() {
        Some(last) if last.seq() < seq => records.len(),
        _ => records.partition_point(|record| record.seq() < seq),
    }
}

#[async_trait]
impl Journal for MemoryStore {
    async fn append(&self, record: &Arc<Record>) -> Result<Appended, StoreError> {
        Ok(lock(&self.shard(&record.run.execution.arn).journals).append(record))
    }

    async fn record(&self, execution: &ExecutionArn, seq: u64) -> Result<Option<Arc<Record>>, StoreError> {
        let journals = lock(&self.shard(execution).journals);
        let records = journals.of(execution);
        let record = records.get(count_below(records, seq)).filter(|record| record.seq() == seq);
        Ok(record.cloned())
    }

    async fn newest(&self, execution: &ExecutionArn) -> Result<Option<Arc<Record>>, StoreError> {
        Ok(lock(&self.shard(execution).journals).of(execution).last().cloned())
    }

    async fn records(
        &self,
        execution: &ExecutionArn,
        from: Option<u64>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, StoreError> {
        let journals = lock(&self.shard(execution).journals);
        let records = journals.of(execution);
        Ok(match direction {
            Direction::OldestFirst => {
                let skipped = from.map_or(0, |from| count_below(records, from));
                records.iter().skip(skipped).take(limit).cloned().collect()
            }
            Direction::NewestFirst => {
                let end =
                    from.and_then(|from| from.checked_add(1)).map_or(records.len(), |end| count_below(records, end));
                records.iter().take(end).rev().take(limit).cloned().collect()
            }
        })
    }
}
