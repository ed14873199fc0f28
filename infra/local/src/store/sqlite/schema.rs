//! The tables. `user_version` counts their versions: a released one is never changed, but followed by a step to the next.

use std::path::Path;

use rusqlite::{Connection, ErrorCode};

use super::OpenError;

pub(super) const VERSION: i64 = 1;

/// Times are milliseconds since the Unix epoch.
const TABLES: &str = "
-- Each execution that has records. A number stands for its long ARN.
CREATE TABLE journals (
    id INTEGER PRIMARY KEY,
    execution TEXT NOT NULL UNIQUE
) STRICT;

-- The bytes are those of the crate `wire`.
CREATE TABLE records (
    journal INTEGER NOT NULL REFERENCES journals,
    seq INTEGER NOT NULL,
    record BLOB NOT NULL,
    PRIMARY KEY (journal, seq)
) STRICT;

CREATE TABLE executions (
    execution TEXT PRIMARY KEY,
    state_machine TEXT NOT NULL,
    status TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    stopped_at INTEGER,
    check_at INTEGER,
    expires_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX executions_by_machine ON executions (state_machine, started_at, execution);
CREATE INDEX executions_by_status ON executions (state_machine, status, started_at, execution);
CREATE INDEX executions_to_check ON executions (check_at, execution) WHERE check_at IS NOT NULL;

-- Current state machines.
CREATE TABLE state_machines (
    name TEXT PRIMARY KEY,
    revision_id TEXT NOT NULL,
    type TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Every revision that ever was current. The machine is JSON.
CREATE TABLE revisions (
    name TEXT NOT NULL,
    revision_id TEXT NOT NULL,
    machine TEXT NOT NULL,
    PRIMARY KEY (name, revision_id)
) STRICT;

CREATE TABLE timers (
    due INTEGER NOT NULL,
    execution TEXT NOT NULL,
    timer TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (due, execution, timer, seq)
) STRICT, WITHOUT ROWID;
";

/// Makes the tables in a new file, and refuses files of others.
pub(super) fn prepare(connection: &Connection, file: &Path) -> Result<(), OpenError> {
    match version(connection) {
        Ok(VERSION) => {}
        Ok(0) => return create(connection, file),
        Ok(found) if found > VERSION => return Err(OpenError::Newer { file: file.to_owned(), found, known: VERSION }),
        Ok(_) => return Err(OpenError::Foreign { file: file.to_owned() }),
        Err(error) => return Err(unusable(error, file)),
    }
    into_wal(connection).map_err(|error| unusable(error, file))
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

fn create(connection: &Connection, file: &Path) -> Result<(), OpenError> {
    let tables = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0));
    match tables {
        Ok(0i64) => {}
        Ok(_) => return Err(OpenError::Foreign { file: file.to_owned() }),
        Err(error) => return Err(unusable(error, file)),
    }
    let script = format!("BEGIN IMMEDIATE; {TABLES} PRAGMA user_version = {VERSION}; COMMIT;");
    into_wal(connection).and_then(|()| connection.execute_batch(&script)).map_err(|error| unusable(error, file))
}

fn into_wal(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")
}

pub(super) fn unusable(source: rusqlite::Error, file: &Path) -> OpenError {
    let file = file.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::Foreign { file },
        _ => OpenError::Sqlite { file, source },
    }
}
