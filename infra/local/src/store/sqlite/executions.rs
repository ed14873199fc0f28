use async_trait::async_trait;
use engine::execution::ExecutionArn;
use engine::timestamp::Timestamp;
use ports::executions::{Cursor, Executions, ListQuery, Page, Summary, SummaryStatus};
use ports::store_error::StoreError;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::failure::Failure;
use super::{SqliteStore, limit};

const STARTED: &str = "INSERT INTO executions
    (execution, state_machine, status, started_at, stopped_at, check_at, expires_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";

const ENDED: &str = "INSERT INTO executions
    (execution, state_machine, status, started_at, stopped_at, check_at, expires_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET
    status = excluded.status, started_at = excluded.started_at, stopped_at = excluded.stopped_at,
    check_at = excluded.check_at, expires_at = excluded.expires_at";

const GET: &str = "SELECT execution, status, started_at, stopped_at, check_at FROM executions WHERE execution = ?1";

const LIST: &str = "SELECT execution, status, started_at, stopped_at, check_at FROM executions
    WHERE state_machine = ?1 AND (started_at, execution) < (?2, ?3)
    ORDER BY started_at DESC, execution DESC LIMIT ?4";

const LIST_BY_STATUS: &str = "SELECT execution, status, started_at, stopped_at, check_at FROM executions
    WHERE state_machine = ?1 AND status = ?5 AND (started_at, execution) < (?2, ?3)
    ORDER BY started_at DESC, execution DESC LIMIT ?4";

const DUE: &str = "SELECT execution FROM executions
    WHERE check_at IS NOT NULL AND check_at <= ?1 ORDER BY check_at, execution LIMIT ?2";

const CHECK_AGAIN: &str = "UPDATE executions SET check_at = ?2 WHERE execution = ?1 AND status = 'RUNNING'";

const FORGET: &str = "DELETE FROM executions WHERE execution = ?1 AND status = ?2 AND check_at IS ?3";

/// After every ARN.
const LAST: &str = "\u{10ffff}";

#[async_trait]
impl Executions for SqliteStore {
    async fn started(&self, summary: &Summary) -> Result<(), StoreError> {
        let summary = summary.clone();
        self.write(move |connection| put(connection, STARTED, &summary, None)).await
    }

    async fn ended(&self, summary: &Summary, expires_at: Timestamp) -> Result<(), StoreError> {
        let summary = summary.clone();
        self.write(move |connection| put(connection, ENDED, &summary, Some(expires_at))).await
    }

    async fn get(&self, execution: &ExecutionArn) -> Result<Option<Summary>, StoreError> {
        let arn = execution.clone();
        self.read(move |connection| {
            let found = connection.prepare_cached(GET)?.query_row([arn.as_str()], columns).optional()?;
            found.map(summary).transpose()
        })
        .await
    }

    async fn list(&self, query: &ListQuery) -> Result<Page, StoreError> {
        let query = query.clone();
        self.read(move |connection| list(connection, &query)).await
    }

    async fn due(&self, now: Timestamp, count: usize) -> Result<Vec<ExecutionArn>, StoreError> {
        self.read(move |connection| {
            let mut due = connection.prepare_cached(DUE)?;
            let found = due.query_map(params![now.as_millis(), limit(count)], |row| row.get::<_, String>(0))?;
            Ok(found.map(|arn| arn.map(ExecutionArn::new)).collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn check_again(&self, execution: &ExecutionArn, at: Timestamp) -> Result<(), StoreError> {
        let arn = execution.clone();
        self.write(move |connection| {
            connection.prepare_cached(CHECK_AGAIN)?.execute(params![arn.as_str(), at.as_millis()])?;
            Ok(())
        })
        .await
    }

    async fn forget(&self, summary: &Summary) -> Result<(), StoreError> {
        let summary = summary.clone();
        self.write(move |connection| {
            let check_at = summary.check_at.map(Timestamp::as_millis);
            let seen = params![summary.arn.as_str(), summary.status.as_str(), check_at];
            connection.prepare_cached(FORGET)?.execute(seen)?;
            Ok(())
        })
        .await
    }
}

fn put(
    connection: &Connection,
    statement: &str,
    summary: &Summary,
    expires_at: Option<Timestamp>,
) -> Result<(), Failure> {
    connection.prepare_cached(statement)?.execute(params![
        summary.arn.as_str(),
        summary.arn.state_machine_name(),
        summary.status.as_str(),
        summary.started_at.as_millis(),
        summary.stopped_at.map(Timestamp::as_millis),
        summary.check_at.map(Timestamp::as_millis),
        expires_at.map(Timestamp::as_millis),
    ])?;
    Ok(())
}

fn list(connection: &Connection, query: &ListQuery) -> Result<Page, Failure> {
    let (started_at, arn) = match &query.after {
        Some(cursor) => (cursor.started_at.as_millis(), cursor.arn.as_str()),
        None => (i64::MAX, LAST),
    };
    // One more than asked for tells whether there are more.
    let count = limit(query.limit.saturating_add(1));
    let mut summaries = match query.status {
        None => summaries(connection, LIST, params![query.state_machine, started_at, arn, count])?,
        Some(status) => {
            let params = params![query.state_machine, started_at, arn, count, status.as_str()];
            summaries(connection, LIST_BY_STATUS, params)?
        }
    };
    let more = summaries.len() > query.limit;
    summaries.truncate(query.limit);
    let last = summaries.last().filter(|_| more);
    let next = last.map(|last| Cursor { started_at: last.started_at, arn: last.arn.clone() });
    Ok(Page { summaries, next })
}

fn summaries(connection: &Connection, statement: &str, params: impl Params) -> Result<Vec<Summary>, Failure> {
    let mut statement = connection.prepare_cached(statement)?;
    let found = statement.query_map(params, columns)?;
    found.map(|columns| summary(columns?)).collect()
}

type Columns = (String, String, i64, Option<i64>, Option<i64>);

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
}

fn summary((arn, status, started_at, stopped_at, check_at): Columns) -> Result<Summary, Failure> {
    let known = SummaryStatus::ALL.into_iter().find(|known| known.as_str() == status);
    let status = known.ok_or_else(|| Failure::Unreadable(format!("status `{status}` of {arn}")))?;
    Ok(Summary {
        arn: ExecutionArn::new(arn),
        status,
        started_at: Timestamp::from_millis(started_at),
        stopped_at: stopped_at.map(Timestamp::from_millis),
        check_at: check_at.map(Timestamp::from_millis),
    })
}
