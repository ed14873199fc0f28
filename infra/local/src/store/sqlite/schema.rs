//! The tables. `user_version` counts their versions, each of them a step from the one before. A released step is never
//! changed, but followed by another.

use std::path::Path;

use rusqlite::{Connection, ErrorCode};

use super::OpenError;

/// The version that this stepwell writes: how many steps there are.
pub(super) const VERSION: i64 = STEPS.len() as i64;

pub(super) const STEPS: [&str; 6] = [TABLES, TAGS, VERSIONS, STARTED_THROUGH, CHUNKS, ACTIVITIES];

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

/// Tags as they are since they were first changed: a JSON array of keys and values. Before that, a state machine's are in
/// its revisions.
const TAGS: &str = "
CREATE TABLE tags (
    resource TEXT PRIMARY KEY,
    tags TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Versions and aliases, and state machines that are being deleted.
const VERSIONS: &str = "
ALTER TABLE state_machines ADD COLUMN last_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE state_machines ADD COLUMN deleting_since INTEGER;
CREATE INDEX state_machines_being_deleted ON state_machines (name) WHERE deleting_since IS NOT NULL;

CREATE TABLE versions (
    state_machine TEXT NOT NULL,
    number INTEGER NOT NULL,
    revision_id TEXT NOT NULL,
    description TEXT,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (state_machine, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX versions_by_revision ON versions (state_machine, revision_id);

-- The alias is JSON.
CREATE TABLE aliases (
    state_machine TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    alias TEXT NOT NULL,
    PRIMARY KEY (state_machine, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_by_time ON aliases (state_machine, created_at, name);

-- Which aliases route to a version.
CREATE TABLE routes (
    state_machine TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    alias TEXT NOT NULL,
    PRIMARY KEY (state_machine, version, created_at, alias)
) STRICT, WITHOUT ROWID;
";

/// What executions were started through, and when they were last redriven.
const STARTED_THROUGH: &str = "
ALTER TABLE executions ADD COLUMN version INTEGER;
ALTER TABLE executions ADD COLUMN alias TEXT;
ALTER TABLE executions ADD COLUMN redrive_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE executions ADD COLUMN redriven_at INTEGER;
CREATE INDEX executions_by_version ON executions (state_machine, version, started_at, execution)
    WHERE version IS NOT NULL;
CREATE INDEX executions_by_version_and_status ON executions (state_machine, version, status, started_at, execution)
    WHERE version IS NOT NULL;
CREATE INDEX executions_by_alias ON executions (state_machine, alias, started_at, execution) WHERE alias IS NOT NULL;
CREATE INDEX executions_by_alias_and_status ON executions (state_machine, alias, status, started_at, execution)
    WHERE alias IS NOT NULL;
";

/// What runs have put aside. The bytes are those of the crate `wire`.
const CHUNKS: &str = "
CREATE TABLE chunks (
    journal INTEGER NOT NULL REFERENCES journals,
    hash TEXT NOT NULL,
    chunk BLOB NOT NULL,
    PRIMARY KEY (journal, hash)
) STRICT;
";

/// The activity is JSON.
const ACTIVITIES: &str = "
CREATE TABLE activities (
    name TEXT PRIMARY KEY,
    activity TEXT NOT NULL
) STRICT, WITHOUT ROWID;
";

/// Makes the tables in a new file, brings those of an older stepwell up to date, and refuses files of others.
pub(super) fn prepare(connection: &Connection, file: &Path) -> Result<(), OpenError> {
    let found = version(connection).map_err(|error| unusable(error, file))?;
    match usize::try_from(found).ok().map(|done| STEPS.get(done..)) {
        Some(Some(steps)) => {
            if found == 0 {
                refuse_tables(connection, file)?;
            }
            upgrade(connection, steps).map_err(|error| unusable(error, file))
        }
        Some(None) => Err(OpenError::Newer { file: file.to_owned(), found, known: VERSION }),
        None => Err(OpenError::Foreign { file: file.to_owned() }),
    }
}

/// Accepts a file of this version alone.
pub(super) fn check(connection: &Connection, file: &Path) -> Result<(), OpenError> {
    match version(connection).map_err(|error| unusable(error, file))? {
        VERSION => Ok(()),
        0 => Err(OpenError::Foreign { file: file.to_owned() }),
        found if found < VERSION => Err(OpenError::Older { file: file.to_owned(), found, known: VERSION }),
        found => Err(OpenError::Newer { file: file.to_owned(), found, known: VERSION }),
    }
}

fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// A file that is new to us has no tables.
fn refuse_tables(connection: &Connection, file: &Path) -> Result<(), OpenError> {
    match connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)) {
        Ok(0i64) => Ok(()),
        Ok(_) => Err(OpenError::Foreign { file: file.to_owned() }),
        Err(error) => Err(unusable(error, file)),
    }
}

fn upgrade(connection: &Connection, steps: &[&str]) -> rusqlite::Result<()> {
    into_wal(connection)?;
    if steps.is_empty() {
        return Ok(());
    }
    let script = format!("BEGIN IMMEDIATE; {} PRAGMA user_version = {VERSION}; COMMIT;", steps.concat());
    connection.execute_batch(&script)
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
