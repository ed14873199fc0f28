mod aliases;
mod tags;
mod versions;

use std::sync::Arc;

use async_trait::async_trait;
use engine::timestamp::Timestamp;
use ports::catalog::{
    Alias, AliasCreated, AliasUpdated, Aliases, Catalog, Created, ListedAlias, ListedMachine, Listing, MachineType,
    Published, Resource, StateMachine, Tags, Updated, Version, VersionDeleted, Versions,
};
use ports::store_error::StoreError;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::failure::Failure;
use super::{SqliteStore, limit};

const GET: &str =
    "SELECT machine, deleting_since FROM state_machines JOIN revisions USING (name, revision_id) WHERE name = ?1";

const BEING_DELETED: &str = "SELECT name FROM state_machines WHERE deleting_since IS NOT NULL ORDER BY name LIMIT ?1";

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
        self.write(move |connection| match kept_revision(connection, &machine.name)? {
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
            let found = found.query_row([&name, &revision_id], text).optional()?;
            found.map(|json| read(&name, &json).map(Arc::new)).transpose()
        })
        .await
    }

    async fn list(&self, limit: usize, after: Option<&str>) -> Result<Listing, StoreError> {
        // No name is empty.
        let after = after.unwrap_or_default().to_owned();
        self.read(move |connection| list(connection, limit, &after)).await
    }

    async fn begin_deletion(&self, name: &str, at: Timestamp) -> Result<Option<Arc<StateMachine>>, StoreError> {
        let name = name.to_owned();
        self.write(move |connection| {
            connection
                .prepare_cached(
                    "UPDATE state_machines SET deleting_since = ?2 WHERE name = ?1 AND deleting_since IS NULL",
                )?
                .execute(params![name, at.as_millis()])?;
            get(connection, &name)
        })
        .await
    }

    async fn being_deleted(&self, count: usize) -> Result<Vec<String>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(BEING_DELETED)?;
            Ok(statement.query_map([limit(count)], text)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn delete(&self, name: &str) -> Result<(), StoreError> {
        let name = name.to_owned();
        self.write(move |connection| delete(connection, &name)).await
    }

    async fn publish(
        &self,
        name: &str,
        expected_revision: &str,
        description: Option<&str>,
        at: Timestamp,
    ) -> Result<Published, StoreError> {
        let (name, expected) = (name.to_owned(), expected_revision.to_owned());
        let description = description.map(str::to_owned);
        self.write(move |connection| versions::publish(connection, &name, &expected, description.as_deref(), at)).await
    }

    async fn version(&self, name: &str, number: u64) -> Result<Option<Version>, StoreError> {
        let name = name.to_owned();
        self.read(move |connection| versions::version(connection, &name, number)).await
    }

    async fn versions(&self, name: &str, limit: usize, below: Option<u64>) -> Result<Versions, StoreError> {
        let name = name.to_owned();
        self.read(move |connection| versions::versions(connection, &name, limit, below)).await
    }

    async fn delete_version(&self, name: &str, number: u64) -> Result<VersionDeleted, StoreError> {
        let name = name.to_owned();
        self.write(move |connection| versions::delete_version(connection, &name, number)).await
    }

    async fn create_alias(&self, machine: &str, alias: &Alias) -> Result<AliasCreated, StoreError> {
        let (machine, alias) = (machine.to_owned(), alias.clone());
        self.write(move |connection| aliases::create(connection, &machine, &alias)).await
    }

    async fn update_alias(
        &self,
        machine: &str,
        alias: &Alias,
        expected: Timestamp,
    ) -> Result<AliasUpdated, StoreError> {
        let (machine, alias) = (machine.to_owned(), alias.clone());
        self.write(move |connection| aliases::update(connection, &machine, &alias, expected)).await
    }

    async fn alias(&self, machine: &str, name: &str) -> Result<Option<Alias>, StoreError> {
        let (machine, name) = (machine.to_owned(), name.to_owned());
        self.read(move |connection| aliases::get(connection, &machine, &name)).await
    }

    async fn aliases(
        &self,
        machine: &str,
        version: Option<u64>,
        limit: usize,
        after: Option<&ListedAlias>,
    ) -> Result<Aliases, StoreError> {
        let (machine, after) = (machine.to_owned(), after.cloned());
        self.read(move |connection| aliases::aliases(connection, &machine, version, limit, after.as_ref())).await
    }

    async fn delete_alias(&self, machine: &str, name: &str) -> Result<(), StoreError> {
        let (machine, name) = (machine.to_owned(), name.to_owned());
        self.write(move |connection| aliases::delete(connection, &machine, &name)).await
    }

    async fn tags(&self, resource: &Resource) -> Result<Option<Tags>, StoreError> {
        let resource = resource.clone();
        self.read(move |connection| tags::tags(connection, &resource)).await
    }

    async fn set_tags(&self, resource: &Resource, new: &Tags, expected: &Tags) -> Result<Updated, StoreError> {
        let (resource, new, expected) = (resource.clone(), new.clone(), expected.clone());
        self.write(move |connection| tags::set_tags(connection, &resource, &new, &expected)).await
    }
}

fn get(connection: &Connection, name: &str) -> Result<Option<Arc<StateMachine>>, Failure> {
    let columns = |row: &Row<'_>| Ok((text(row)?, row.get::<_, Option<i64>>(1)?));
    let found = connection.prepare_cached(GET)?.query_row([name], columns).optional()?;
    let Some((json, deleting_since)) = found else { return Ok(None) };
    let mut machine = read(name, &json)?;
    machine.deleting_since = deleting_since.map(Timestamp::from_millis);
    Ok(Some(Arc::new(machine)))
}

/// Of a state machine that is there and not being deleted.
fn kept_revision(connection: &Connection, name: &str) -> Result<Option<String>, Failure> {
    let mut current = connection
        .prepare_cached("SELECT revision_id FROM state_machines WHERE name = ?1 AND deleting_since IS NULL")?;
    Ok(current.query_row([name], text).optional()?)
}

fn delete(connection: &Connection, name: &str) -> Result<(), Failure> {
    for statement in [
        "DELETE FROM state_machines WHERE name = ?1",
        "DELETE FROM versions WHERE state_machine = ?1",
        "DELETE FROM aliases WHERE state_machine = ?1",
        "DELETE FROM routes WHERE state_machine = ?1",
    ] {
        connection.prepare_cached(statement)?.execute([name])?;
    }
    connection.prepare_cached("DELETE FROM tags WHERE resource = ?1")?.execute([tags::machine_key(name)])?;
    Ok(())
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

fn read(name: &str, json: &str) -> Result<StateMachine, Failure> {
    serde_json::from_str(json).map_err(|error| Failure::Unreadable(format!("state machine `{name}`: {error}")))
}
