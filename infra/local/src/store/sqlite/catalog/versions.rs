use engine::timestamp::Timestamp;
use ports::catalog::{Published, Version, VersionDeleted, Versions};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::super::failure::Failure;
use super::super::{clamped, limit};
use super::{aliases, kept_revision};

const COLUMNS: &str = "SELECT number, revision_id, description, created_at FROM versions WHERE state_machine = ?1";

pub(super) fn publish(
    connection: &Connection,
    name: &str,
    expected_revision: &str,
    description: Option<&str>,
    at: Timestamp,
) -> Result<Published, Failure> {
    match kept_revision(connection, name)? {
        None => return Ok(Published::Gone),
        Some(current) if current != expected_revision => return Ok(Published::Changed),
        Some(_) => {}
    }
    if let Some(version) = version_of(connection, name, expected_revision)? {
        return Ok(Published::As(version));
    }
    let number: i64 = connection
        .prepare_cached(
            "UPDATE state_machines SET last_version = last_version + 1 WHERE name = ?1 RETURNING last_version",
        )?
        .query_row([name], |row| row.get(0))?;
    let version = Version {
        number: number.unsigned_abs(),
        revision_id: expected_revision.to_owned(),
        description: description.map(str::to_owned),
        created_at: at,
    };
    connection
        .prepare_cached(
            "INSERT INTO versions (state_machine, number, revision_id, description, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![name, number, version.revision_id, version.description, at.as_millis()])?;
    Ok(Published::As(version))
}

pub(super) fn version(connection: &Connection, name: &str, number: u64) -> Result<Option<Version>, Failure> {
    one(connection, &format!("{COLUMNS} AND number = ?2"), params![name, clamped(number)])
}

fn version_of(connection: &Connection, name: &str, revision_id: &str) -> Result<Option<Version>, Failure> {
    one(connection, &format!("{COLUMNS} AND revision_id = ?2"), [name, revision_id])
}

fn one(connection: &Connection, statement: &str, params: impl Params) -> Result<Option<Version>, Failure> {
    Ok(connection.prepare_cached(statement)?.query_row(params, read).optional()?)
}

pub(super) fn versions(
    connection: &Connection,
    name: &str,
    count: usize,
    below: Option<u64>,
) -> Result<Versions, Failure> {
    let mut statement =
        connection.prepare_cached(&format!("{COLUMNS} AND number < ?2 ORDER BY number DESC LIMIT ?3"))?;
    // One more than asked for tells whether there are more.
    let found =
        statement.query_map(params![name, below.map_or(i64::MAX, clamped), limit(count.saturating_add(1))], read)?;
    let mut versions = found.collect::<Result<Vec<_>, _>>()?;
    let more = versions.len() > count;
    versions.truncate(count);
    Ok(Versions { versions, more })
}

pub(super) fn delete_version(connection: &Connection, name: &str, number: u64) -> Result<VersionDeleted, Failure> {
    let referring = aliases::aliases(connection, name, Some(number), usize::MAX, None)?.aliases;
    if !referring.is_empty() {
        return Ok(VersionDeleted::Referenced(referring.into_iter().map(|alias| alias.name).collect()));
    }
    connection
        .prepare_cached("DELETE FROM versions WHERE state_machine = ?1 AND number = ?2")?
        .execute(params![name, clamped(number)])?;
    Ok(VersionDeleted::Deleted)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Version> {
    Ok(Version {
        number: row.get::<_, i64>(0)?.unsigned_abs(),
        revision_id: row.get(1)?,
        description: row.get(2)?,
        created_at: Timestamp::from_millis(row.get(3)?),
    })
}
