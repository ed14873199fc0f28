use ports::catalog::{Resource, Tags, Updated};
use rusqlite::{Connection, OptionalExtension};

use super::super::failure::Failure;
use super::{get, kept_revision, text};

pub(super) fn tags(connection: &Connection, resource: &Resource) -> Result<Option<Tags>, Failure> {
    let Resource::StateMachine(name) = resource;
    let Some(machine) = get(connection, name)? else { return Ok(None) };
    let mut changed = connection.prepare_cached("SELECT tags FROM tags WHERE resource = ?1")?;
    match changed.query_row([machine_key(name)], text).optional()? {
        None => Ok(Some(machine.tags.clone())),
        Some(json) => serde_json::from_str(&json)
            .map(Some)
            .map_err(|error| Failure::Unreadable(format!("tags of state machine `{name}`: {error}"))),
    }
}

pub(super) fn set_tags(
    connection: &Connection,
    resource: &Resource,
    new: &Tags,
    expected: &Tags,
) -> Result<Updated, Failure> {
    let Resource::StateMachine(name) = resource;
    match tags(connection, resource)? {
        Some(current) if kept_revision(connection, name)?.is_some() => {
            if current != *expected {
                return Ok(Updated::Changed);
            }
        }
        _ => return Ok(Updated::Gone),
    }
    let json = serde_json::to_string(new)
        .map_err(|error| Failure::Refused(format!("tags of state machine `{name}` are not encodable: {error}")))?;
    connection
        .prepare_cached("INSERT OR REPLACE INTO tags (resource, tags) VALUES (?1, ?2)")?
        .execute([&machine_key(name), &json])?;
    Ok(Updated::Updated)
}

pub(super) fn machine_key(name: &str) -> String {
    format!("stateMachine:{name}")
}
