use std::sync::Arc;

use async_trait::async_trait;
use engine::execution::ExecutionArn;
use engine::record::Record;
use ports::journal::{Appended, Direction, Journal};
use ports::store_error::StoreError;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::failure::Failure;
use super::{SqliteStore, clamped, limit};

/// What one call of [`Journal::records`] reads, so that a page of large records fits in memory.
const PAGE_BYTES: usize = 8 << 20;

const RECORD: &str = "SELECT record FROM records JOIN journals ON id = journal WHERE execution = ?1 AND seq = ?2";

const NEWEST: &str = "SELECT record FROM records JOIN journals ON id = journal WHERE execution = ?1
    ORDER BY seq DESC LIMIT 1";

const OLDEST_FIRST: &str = "SELECT record FROM records JOIN journals ON id = journal
    WHERE execution = ?1 AND seq >= ?2 ORDER BY seq LIMIT ?3";

const NEWEST_FIRST: &str = "SELECT record FROM records JOIN journals ON id = journal
    WHERE execution = ?1 AND seq <= ?2 ORDER BY seq DESC LIMIT ?3";

#[async_trait]
impl Journal for SqliteStore {
    async fn append(&self, record: &Arc<Record>) -> Result<Appended, StoreError> {
        let arn = record.run.execution.arn.clone();
        let Ok(seq) = i64::try_from(record.seq()) else {
            return Err(StoreError::Refused(format!("sequence number {} of {arn}", record.seq())));
        };
        let bytes = wire::record::encode(record)
            .map_err(|error| StoreError::Refused(format!("record {seq} of {arn}: {error}")))?;
        let execution = arn.clone();
        let taken = self.write(move |connection| append(connection, &execution, seq, &bytes)).await?;
        match taken {
            None => Ok(Appended::Written),
            Some(bytes) => match decode(&arn, &bytes) {
                Ok(taken) => Ok(Appended::Taken(taken)),
                Err(failure) => Err(failure.store_error()),
            },
        }
    }

    async fn record(&self, execution: &ExecutionArn, seq: u64) -> Result<Option<Arc<Record>>, StoreError> {
        let Ok(seq) = i64::try_from(seq) else { return Ok(None) };
        let arn = execution.clone();
        self.read(move |connection| {
            let bytes = connection.prepare_cached(RECORD)?.query_row(params![arn.as_str(), seq], blob).optional()?;
            bytes.map(|bytes| decode(&arn, &bytes)).transpose()
        })
        .await
    }

    async fn newest(&self, execution: &ExecutionArn) -> Result<Option<Arc<Record>>, StoreError> {
        let arn = execution.clone();
        self.read(move |connection| {
            let bytes = connection.prepare_cached(NEWEST)?.query_row([arn.as_str()], blob).optional()?;
            bytes.map(|bytes| decode(&arn, &bytes)).transpose()
        })
        .await
    }

    async fn records(
        &self,
        execution: &ExecutionArn,
        from: Option<u64>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, StoreError> {
        let arn = execution.clone();
        self.read(move |connection| page(connection, &arn, from, direction, limit)).await
    }
}

/// The record that was there, or `None` if this one is there now.
fn append(
    connection: &Connection,
    execution: &ExecutionArn,
    seq: i64,
    record: &[u8],
) -> Result<Option<Vec<u8>>, Failure> {
    let journal = journal(connection, execution)?;
    let written = connection
        .prepare_cached("INSERT INTO records (journal, seq, record) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
        .execute(params![journal, seq, record])?;
    if written == 1 {
        return Ok(None);
    }
    let mut taken = connection.prepare_cached("SELECT record FROM records WHERE journal = ?1 AND seq = ?2")?;
    Ok(Some(taken.query_row(params![journal, seq], blob)?))
}

pub(super) fn journal(connection: &Connection, execution: &ExecutionArn) -> Result<i64, Failure> {
    let mut known = connection.prepare_cached("SELECT id FROM journals WHERE execution = ?1")?;
    if let Some(id) = known.query_row([execution.as_str()], |row| row.get(0)).optional()? {
        return Ok(id);
    }
    connection.prepare_cached("INSERT INTO journals (execution) VALUES (?1)")?.execute([execution.as_str()])?;
    Ok(connection.last_insert_rowid())
}

fn page(
    connection: &Connection,
    execution: &ExecutionArn,
    from: Option<u64>,
    direction: Direction,
    count: usize,
) -> Result<Vec<Arc<Record>>, Failure> {
    let (statement, from) = match direction {
        Direction::OldestFirst => (OLDEST_FIRST, from.map_or(0, clamped)),
        Direction::NewestFirst => (NEWEST_FIRST, from.map_or(i64::MAX, clamped)),
    };
    let mut statement = connection.prepare_cached(statement)?;
    let found = statement.query_map(params![execution.as_str(), from, limit(count)], blob)?;
    let mut records = Vec::new();
    let mut bytes_read = 0;
    for bytes in found {
        let bytes = bytes?;
        bytes_read += bytes.len();
        records.push(decode(execution, &bytes)?);
        if bytes_read >= PAGE_BYTES {
            break;
        }
    }
    Ok(records)
}

fn blob(row: &Row<'_>) -> rusqlite::Result<Vec<u8>> {
    row.get(0)
}

fn decode(execution: &ExecutionArn, bytes: &[u8]) -> Result<Arc<Record>, Failure> {
    let record = wire::record::decode(execution, bytes);
    record.map(Arc::new).map_err(|error| Failure::Unreadable(format!("record of {execution}: {error}")))
}
