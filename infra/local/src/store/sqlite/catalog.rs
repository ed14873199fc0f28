use std::sync::Arc;

use async_trait::async_trait;
use engine::timestamp::Timestamp;
use ports::catalog::{Catalog, Created, ListedMachine, Listing, MachineType, Resource, StateMachine, Tags, Updated};
use ports::store_error::StoreError;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::failure::Failure;
use super::{SqliteStore, limit};

const GET: &str = "SELECT machine FROM state_machines JOIN revisions USING (name, revision_id) WHERE name = ?1";

const LIST: &str = "SELECT name, type, created_at FROM state_machines WHERE name > ?1 ORDER BY name LIMIT ?2";

const SET_CURRENT: &str = "INSERT INTO state_machines (name, revision_id, type, created_at) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT DO UPDATE SET revision_id = excluded.revision_id, type = excluded.type, created_at = excluded.created_at";

#[async_trait]
impl Catalog for SqliteStore {
    async fn create(&self, machine: &StateMachine) -> Result<Created, StoreError> {
        let machine = machine.clone();
        self.write(move |connection| match get(connection, &machine.name)? {
            Some(current) => Ok(Created::Exists(current)),
            None => set(connection, &machine).map(|()| Created::Created),
        })
        .await
    }

    async fn update(&self, machine: &StateMachine, expected_revision: &str) -> Result<Updated, StoreError> {
        let (machine, expected_revision) = (machine.clone(), expected_revision.to_owned());
        self.write(move |connection| match current_revision(connection, &machine.name)? {
            None => Ok(Updated::Gone),
            Some(current) if current != expected_revision => Ok(Updated::Changed),
            Some(_) => set(connection, &machine).map(|()| Updated::Updated),
        })
        .await
    }

    async fn get(&self, name: &str) -> Result<Option<Arc<StateMachine>>, StoreError> {
        let name = name.to_owned();
        self.read(move |connection| get(connection, &name)).await
    }

    async fn revision(&self, name: &str, revision_id: &str) -> Result<Option<Arc<StateMachine>>, StoreError> {
        let (name, revision_id) = (name.to_owned(), revision_id.to_owned());
        self.read(move |connection| {
            let mut found =
                connection.prepare_cached("SELECT machine FROM revisions WHERE name = ?1 AND revision_id = ?2")?;
            found.query_row([&name, &revision_id], text).optional()?.map(|json| machine(&name, &json)).transpose()
        })
        .await
    }

    async fn list(&self, limit: usize, after: Option<&str>) -> Result<Listing, StoreError> {
        // No name is empty.
        let after = after.unwrap_or_default().to_owned();
        self.read(move |connection| list(connection, limit, &after)).await
    }

    async fn delete(&self, name: &str) -> Result<(), StoreError> {
        let name = name.to_owned();
        self.write(move |connection| {
            connection.prepare_cached("DELETE FROM state_machines WHERE name = ?1")?.execute([&name])?;
            connection.prepare_cached("DELETE FROM tags WHERE resource = ?1")?.execute([machine_key(&name)])?;
            Ok(())
        })
        .await
    }

    async fn tags(&self, resource: &Resource) -> Result<Option<Tags>, StoreError> {
        let resource = resource.clone();
        self.read(move |connection| tags(connection, &resource)).await
    }

    async fn set_tags(&self, resource: &Resource, new: &Tags, expected: &Tags) -> Result<Updated, StoreError> {
        let (resource, new, expected) = (resource.clone(), new.clone(), expected.clone());
        self.write(move |connection| match tags(connection, &resource)? {
            None => Ok(Updated::Gone),
            Some(current) if current != expected => Ok(Updated::Changed),
            Some(_) => set_tags(connection, &resource, &new).map(|()| Updated::Updated),
        })
        .await
    }
}

fn tags(connection: &Connection, resource: &Resource) -> Result<Option<Tags>, Failure> {
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

fn set_tags(connection: &Connection, Resource::StateMachine(name): &Resource, tags: &Tags) -> Result<(), Failure> {
    let json = serde_json::to_string(tags)
        .map_err(|error| Failure::Refused(format!("tags of state machine `{name}` are not encodable: {error}")))?;
    connection
        .prepare_cached("INSERT OR REPLACE INTO tags (resource, tags) VALUES (?1, ?2)")?
        .execute([&machine_key(name), &json])?;
    Ok(())
}

fn machine_key(name: &str) -> String {
    format!("stateMachine:{name}")
}

fn get(connection: &Connection, name: &str) -> Result<Option<Arc<StateMachine>>, Failure> {
    let found = connection.prepare_cached(GET)?.query_row([name], text).optional()?;
    found.map(|json| machine(name, &json)).transpose()
}

fn current_revision(connection: &Connection, name: &str) -> Result<Option<String>, Failure> {
    let mut current = connection.prepare_cached("SELECT revision_id FROM state_machines WHERE name = ?1")?;
    Ok(current.query_row([name], text).optional()?)
}

fn set(connection: &Connection, machine: &StateMachine) -> Result<(), Failure> {
    let (name, revision_id) = (&machine.name, &machine.revision_id);
    let json = serde_json::to_string(machine)
        .map_err(|error| Failure::Refused(format!("state machine `{name}` is not encodable: {error}")))?;
    let added = connection
        .prepare_cached(
            "INSERT INTO revisions (name, revision_id, machine) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        )?
        .execute([name, revision_id, &json])?;
    if added == 0 {
        return Err(Failure::Refused(format!("state machine `{name}` has had a revision `{revision_id}`")));
    }
    let current = params![name, revision_id, machine.machine_type.as_str(), machine.created_at.as_millis()];
    connection.prepare_cached(SET_CURRENT)?.execute(current)?;
    Ok(())
}

fn list(connection: &Connection, count: usize, after: &str) -> Result<Listing, Failure> {
    let mut statement = connection.prepare_cached(LIST)?;
    // One more than asked for tells whether there are more.
    let found = statement.query_map(params![after, limit(count.saturating_add(1))], |row| {
        Ok((text(row)?, row.get::<_, String>(1)?, row.get(2)?))
    })?;
    let mut machines = Vec::new();
    for columns in found {
        let (name, machine_type, created_at) = columns?;
        let known =
            [MachineType::Standard, MachineType::Express].into_iter().find(|known| known.as_str() == machine_type);
        let machine_type =
            known.ok_or_else(|| Failure::Unreadable(format!("type `{machine_type}` of state machine `{name}`")))?;
        machines.push(ListedMachine { name, machine_type, created_at: Timestamp::from_millis(created_at) });
    }
    let more = machines.len() > count;
    machines.truncate(count);
    Ok(Listing { machines, more })
}

fn text(row: &Row<'_>) -> rusqlite::Result<String> {
    row.get(0)
}

fn machine(name: &str, json: &str) -> Result<Arc<StateMachine>, Failure> {
    let machine = serde_json::from_str(json);
    machine.map(Arc::new).map_err(|error| Failure::Unreadable(format!("state machine `{name}`: {error}")))
}
