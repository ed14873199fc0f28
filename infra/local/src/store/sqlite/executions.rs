use async_trait::async_trait;
use engine::execution::ExecutionArn;
use engine::timestamp::Timestamp;
use ports::executions::{Cursor, Executions, ListQuery, Open, Page, Redriven, Summary, SummaryStatus, Through};
use ports::store_error::StoreError;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Params, Row, params, params_from_iter};

use super::failure::Failure;
use super::{SqliteStore, clamped, limit};

const INSERT: &str = "INSERT INTO executions (execution, state_machine, status, started_at, stopped_at, check_at,
    expires_at, version, alias, redrive_count, redriven_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT";

const STARTED: &str = "DO NOTHING";

const REPLACED: &str = "DO UPDATE SET status = excluded.status, started_at = excluded.started_at,
    stopped_at = excluded.stopped_at, check_at = excluded.check_at, expires_at = excluded.expires_at,
    version = excluded.version, alias = excluded.alias, redrive_count = excluded.redrive_count,
    redriven_at = excluded.redriven_at";

const UNLESS_LATER: &str = "WHERE redrive_count <= excluded.redrive_count";

const IF_EARLIER: &str = "WHERE redrive_count < excluded.redrive_count";

const SELECT: &str = "SELECT execution, status, started_at, stopped_at, check_at, version, alias, redrive_count,
    redriven_at FROM executions";

pub(super) const DUE: &str = "SELECT execution FROM executions
    WHERE check_at IS NOT NULL AND check_at <= ?1 ORDER BY check_at, execution LIMIT ?2";

const OPEN: &str = "SELECT check_at, execution FROM executions
    WHERE check_at IS NOT NULL AND (check_at, execution) > (?1, ?2) ORDER BY check_at, execution LIMIT ?3";

const CHECK_AGAIN: &str = "UPDATE executions SET check_at = ?2
    WHERE execution = ?1 AND (status = 'RUNNING' OR check_at IS NOT NULL)";

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
        let on_conflict = format!("{REPLACED} {UNLESS_LATER}");
        self.write(move |connection| put(connection, &on_conflict, &summary, Some(expires_at))).await
    }

    async fn redriven(&self, summary: &Summary) -> Result<(), StoreError> {
        let summary = summary.clone();
        let on_conflict = format!("{REPLACED} {IF_EARLIER}");
        self.write(move |connection| put(connection, &on_conflict, &summary, None)).await
    }

    async fn get(&self, execution: &ExecutionArn) -> Result<Option<Summary>, StoreError> {
        let arn = execution.clone();
        self.read(move |connection| {
            let found = connection
                .prepare_cached(&format!("{SELECT} WHERE execution = ?1"))?
                .query_row([arn.as_str()], columns)
                .optional()?;
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

    async fn open(&self, after: Option<&Open>, count: usize) -> Result<Vec<Open>, StoreError> {
        let (check_at, arn) = after.map_or((i64::MIN, ""), |open| (open.check_at.as_millis(), open.arn.as_str()));
        let arn = arn.to_owned();
        self.read(move |connection| {
            let mut open = connection.prepare_cached(OPEN)?;
            let found = open.query_map(params![check_at, arn, limit(count)], |row| {
                Ok(Open {
                    check_at: Timestamp::from_millis(row.get(0)?),
                    arn: ExecutionArn::new(row.get::<_, String>(1)?),
                })
            })?;
            Ok(found.collect::<Result<_, _>>()?)
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
    on_conflict: &str,
    summary: &Summary,
    expires_at: Option<Timestamp>,
) -> Result<(), Failure> {
    connection.prepare_cached(&format!("{INSERT} {on_conflict}"))?.execute(params![
        summary.arn.as_str(),
        summary.arn.state_machine_name(),
        summary.status.as_str(),
        summary.started_at.as_millis(),
        summary.stopped_at.map(Timestamp::as_millis),
        summary.check_at.map(Timestamp::as_millis),
        expires_at.map(Timestamp::as_millis),
        summary.version.map(clamped),
        summary.alias,
        summary.redriven.map_or(0, |redriven| redriven.count),
        summary.redriven.map(|redriven| redriven.at.as_millis()),
    ])?;
    Ok(())
}

fn list(connection: &Connection, query: &ListQuery) -> Result<Page, Failure> {
    let (statement, values) = list_statement(query);
    let mut summaries = summaries(connection, &statement, params_from_iter(values))?;
    let more = summaries.len() > query.limit;
    summaries.truncate(query.limit);
    let last = summaries.last().filter(|_| more);
    let next = last.map(|last| Cursor { started_at: last.started_at, arn: last.arn.clone() });
    Ok(Page { summaries, next })
}

/// With the values of its parameters. Each filter has an index in the order of the list.
pub(super) fn list_statement(query: &ListQuery) -> (String, Vec<Value>) {
    let (started_at, arn) = match &query.after {
        Some(cursor) => (cursor.started_at.as_millis(), cursor.arn.as_str()),
        None => (i64::MAX, LAST),
    };
    // One more than asked for tells whether there are more.
    let count = limit(query.limit.saturating_add(1));
    let (machine, since) = (query.state_machine.clone(), query.since.as_millis());
    let mut conditions = String::from("state_machine = ?1 AND (started_at, execution) < (?2, ?3) AND started_at >= ?4");
    let mut values: Vec<Value> =
        vec![machine.into(), started_at.into(), arn.to_owned().into(), since.into(), count.into()];
    let through = match &query.through {
        None => None,
        Some(Through::Version(number)) => Some(("version", clamped(*number).into())),
        Some(Through::Alias(name)) => Some(("alias", name.clone().into())),
    };
    let status = query.status.map(|status| ("status", status.as_str().to_owned().into()));
    for (column, value) in through.into_iter().chain(status) {
        values.push(value);
        conditions.push_str(&format!(" AND {column} = ?{}", values.len()));
    }
    (
        format!(
            "{SELECT} INDEXED BY {} WHERE {conditions} ORDER BY started_at DESC, execution DESC LIMIT ?5",
            index(query)
        ),
        values,
    )
}

/// SQLite's own choice is the index by machine even where one by status would do.
fn index(query: &ListQuery) -> &'static str {
    match (&query.through, query.status) {
        (None, None) => "executions_by_machine",
        (None, Some(_)) => "executions_by_status",
        (Some(Through::Version(_)), None) => "executions_by_version",
        (Some(Through::Version(_)), Some(_)) => "executions_by_version_and_status",
        (Some(Through::Alias(_)), None) => "executions_by_alias",
        (Some(Through::Alias(_)), Some(_)) => "executions_by_alias_and_status",
    }
}

fn summaries(connection: &Connection, statement: &str, params: impl Params) -> Result<Vec<Summary>, Failure> {
    let mut statement = connection.prepare_cached(statement)?;
    let found = statement.query_map(params, columns)?;
    found.map(|columns| summary(columns?)).collect()
}

struct Columns {
    arn: String,
    status: String,
    summary: Summary,
}

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    let time = |index| row.get::<_, Option<i64>>(index).map(|time| time.map(Timestamp::from_millis));
    let count = row.get(7)?;
    let arn: String = row.get(0)?;
    Ok(Columns {
        status: row.get(1)?,
        summary: Summary {
            arn: ExecutionArn::new(arn.as_str()),
            status: SummaryStatus::Running,
            started_at: Timestamp::from_millis(row.get(2)?),
            stopped_at: time(3)?,
            check_at: time(4)?,
            version: row.get::<_, Option<i64>>(5)?.map(i64::unsigned_abs),
            alias: row.get(6)?,
            redriven: time(8)?.map(|at| Redriven { count, at }),
        },
        arn,
    })
}

fn summary(Columns { arn, status, summary }: Columns) -> Result<Summary, Failure> {
    let known = SummaryStatus::ALL.into_iter().find(|known| known.as_str() == status);
    let status = known.ok_or_else(|| Failure::Unreadable(format!("status `{status}` of {arn}")))?;
    Ok(Summary { status, ..summary })
}
