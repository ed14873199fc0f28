use engine::timestamp::Timestamp;
use ports::catalog::{Alias, AliasCreated, AliasUpdated, Aliases, ListedAlias, Route};
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::super::failure::Failure;
use super::super::{clamped, limit};
use super::{kept_revision, text, versions};

const LIST: &str = "SELECT created_at, name FROM aliases WHERE state_machine = ?1 AND (created_at, name) > (?2, ?3)
    ORDER BY created_at, name LIMIT ?4";

const LIST_OF_VERSION: &str = "SELECT created_at, alias FROM routes
    WHERE state_machine = ?1 AND version = ?5 AND (created_at, alias) > (?2, ?3)
    ORDER BY created_at, alias LIMIT ?4";

pub(super) fn create(connection: &Connection, machine: &str, alias: &Alias) -> Result<AliasCreated, Failure> {
    if kept_revision(connection, machine)?.is_none() {
        return Ok(AliasCreated::Gone);
    }
    if let Some(existing) = get(connection, machine, &alias.name)? {
        return Ok(AliasCreated::Exists(existing));
    }
    if !versions_are_there(connection, machine, &alias.routes)? {
        return Ok(AliasCreated::NoVersion);
    }
    put(connection, machine, alias)?;
    Ok(AliasCreated::Created)
}

pub(super) fn update(
    connection: &Connection,
    machine: &str,
    alias: &Alias,
    expected: Timestamp,
) -> Result<AliasUpdated, Failure> {
    if kept_revision(connection, machine)?.is_none() {
        return Ok(AliasUpdated::Gone);
    }
    match get(connection, machine, &alias.name)? {
        None => return Ok(AliasUpdated::Gone),
        Some(existing) if existing.updated_at != expected => return Ok(AliasUpdated::Changed),
        Some(_) => {}
    }
    if !versions_are_there(connection, machine, &alias.routes)? {
        return Ok(AliasUpdated::NoVersion);
    }
    put(connection, machine, alias)?;
    Ok(AliasUpdated::Updated)
}

pub(super) fn get(connection: &Connection, machine: &str, name: &str) -> Result<Option<Alias>, Failure> {
    let mut statement =
        connection.prepare_cached("SELECT alias FROM aliases WHERE state_machine = ?1 AND name = ?2")?;
    let Some(json) = statement.query_row([machine, name], text).optional()? else { return Ok(None) };
    serde_json::from_str(&json)
        .map(Some)
        .map_err(|error| Failure::Unreadable(format!("alias `{name}` of state machine `{machine}`: {error}")))
}

pub(super) fn aliases(
    connection: &Connection,
    machine: &str,
    version: Option<u64>,
    count: usize,
    after: Option<&ListedAlias>,
) -> Result<Aliases, Failure> {
    let (created_at, name) = after.map_or((i64::MIN, ""), |after| (after.created_at.as_millis(), after.name.as_str()));
    // One more than asked for tells whether there are more.
    let most = limit(count.saturating_add(1));
    let mut aliases = match version {
        None => listed(connection, LIST, params![machine, created_at, name, most])?,
        Some(version) => {
            listed(connection, LIST_OF_VERSION, params![machine, created_at, name, most, clamped(version)])?
        }
    };
    let more = aliases.len() > count;
    aliases.truncate(count);
    Ok(Aliases { aliases, more })
}

pub(super) fn delete(connection: &Connection, machine: &str, name: &str) -> Result<(), Failure> {
    for statement in [
        "DELETE FROM aliases WHERE state_machine = ?1 AND name = ?2",
        "DELETE FROM routes WHERE state_machine = ?1 AND alias = ?2",
    ] {
        connection.prepare_cached(statement)?.execute([machine, name])?;
    }
    Ok(())
}

fn listed(connection: &Connection, statement: &str, params: impl Params) -> Result<Vec<ListedAlias>, Failure> {
    let read = |row: &Row<'_>| Ok(ListedAlias { created_at: Timestamp::from_millis(row.get(0)?), name: row.get(1)? });
    let mut statement = connection.prepare_cached(statement)?;
    Ok(statement.query_map(params, read)?.collect::<Result<_, _>>()?)
}

fn versions_are_there(connection: &Connection, machine: &str, routes: &[Route]) -> Result<bool, Failure> {
    for route in routes {
        if versions::version(connection, machine, route.version)?.is_none() {
            return Ok(false);
        }
    }
    Ok(true)
}

fn put(connection: &Connection, machine: &str, alias: &Alias) -> Result<(), Failure> {
    let name = &alias.name;
    delete(connection, machine, name)?;
    let json = serde_json::to_string(alias)
        .map_err(|error| Failure::Refused(format!("alias `{name}` is not encodable: {error}")))?;
    let created_at = alias.created_at.as_millis();
    connection
        .prepare_cached("INSERT INTO aliases (state_machine, name, created_at, alias) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![machine, name, created_at, json])?;
    let mut route = connection
        .prepare_cached("INSERT INTO routes (state_machine, version, created_at, alias) VALUES (?1, ?2, ?3, ?4)")?;
    for Route { version, .. } in &alias.routes {
        route.execute(params![machine, clamped(*version), created_at, name])?;
    }
    Ok(())
}
