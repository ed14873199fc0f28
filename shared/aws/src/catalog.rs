//! The catalog in DynamoDB. Partition key `p`, sort key `s`:
//!
//! | `p` | `s` | |
//! |---|---|---|
//! | `machine#NAME` | `current` | the current revision of the state machine; `lv`: its last version's number; `dl`: since when it is being deleted |
//! | `machine#NAME` | `revision#ID` | each revision that was current once; `v`: its version. Kept when the state machine is deleted |
//! | `machine#NAME` | `version#NUMBER` | `r`: its revision; `ds`: description; `ca`: creation; `al`: how many aliases route to it |
//! | `machine#NAME` | `alias#ALIAS` | `a`: the alias, as JSON; `ua`: its last change |
//! | `machine#NAME` | `listed-alias#TIME#ALIAS` | what lists show |
//! | `machine#NAME` | `route#NUMBER#TIME#ALIAS` | an alias that routes to the version |
//! | `machine#NAME` | `tags` | its tags, once they were changed; before that, they are in the current revision |
//! | `machines` | `NAME` | what lists show |
//! | `deleting` | `NAME` | that it is being deleted |
//! | `definition#NAME#HASH` | number | parts of a definition that is too large for an item |
//!
//! Numbers and times in keys have 20 digits. What belongs together is written in one transaction.

mod aliases;
mod deletion;
mod state_machine_item;
mod tags;
mod transaction;
mod versions;

use std::sync::Arc;

use async_trait::async_trait;
use engine::timestamp::Timestamp;
use ports::catalog::{
    Alias, AliasCreated, AliasUpdated, Aliases, Created, ListedAlias, ListedMachine, Listing, MachineType, Published,
    Resource, StateMachine, Tags, Updated, Version, VersionDeleted, Versions,
};
use ports::{Catalog, StoreError};

use crate::item::{self, Item, number, text};
use crate::table::{Table, collect};
use transaction::{Transacted, put, update};

#[derive(Clone, Debug)]
pub struct DynamoDbCatalog {
    pub table: Table,
}

/// How many times a change is tried that others come before.
const TRIES: u32 = 20;

const CURRENT: &str = "current";
const MACHINES: &str = "machines";

#[async_trait]
impl Catalog for DynamoDbCatalog {
    async fn create(&self, machine: &StateMachine) -> Result<Created, StoreError> {
        let item = state_machine_item::write(&self.table, machine).await?;
        let name = &machine.name;
        let current = self.put(current_key(name), &item)?.condition_expression("attribute_not_exists(p)");
        let writes = vec![
            put(current)?,
            put(self.put(revision_key(name, &machine.revision_id), &item)?)?,
            put(self.put(listed_key(name), &listed_item(machine))?)?,
        ];
        match self.transact(writes).await? {
            Transacted::Done => Ok(Created::Created),
            Transacted::Failed { item: Some(item), .. } => {
                let found = state_machine_item::read(&self.table, &item).await?;
                Ok(Created::Exists(Arc::new(found)))
            }
            Transacted::Failed { item: None, .. } => match self.get(name).await? {
                Some(found) => Ok(Created::Exists(found)),
                None => Err(StoreError::Throttled(format!("state machine `{name}` comes and goes"))),
            },
        }
    }

    async fn update(&self, machine: &StateMachine, expected_revision: &str) -> Result<Updated, StoreError> {
        let item = state_machine_item::write(&self.table, machine).await?;
        let current = self
            .set(current_key(&machine.name), &item, &state_machine_item::OPTIONAL)?
            .condition_expression("r = :expected AND attribute_not_exists(dl)")
            .expression_attribute_values(":expected", text(expected_revision));
        let revision = self.put(revision_key(&machine.name, &machine.revision_id), &item)?;
        match self.transact(vec![update(current)?, put(revision)?]).await? {
            Transacted::Done => Ok(Updated::Updated),
            Transacted::Failed { .. } => match self.get(&machine.name).await? {
                Some(current) if current.deleting_since.is_none() => Ok(Updated::Changed),
                _ => Ok(Updated::Gone),
            },
        }
    }

    async fn get(&self, name: &str) -> Result<Option<Arc<StateMachine>>, StoreError> {
        self.read(current_key(name)).await
    }

    async fn revision(&self, name: &str, revision_id: &str) -> Result<Option<Arc<StateMachine>>, StoreError> {
        self.read(revision_key(name, revision_id)).await
    }

    async fn list(&self, limit: usize, after: Option<&str>) -> Result<Listing, StoreError> {
        let found = self.after(MACHINES, "", after.unwrap_or_default(), limit.saturating_add(1)).await?;
        let machines = found.iter().take(limit).map(from_listed_item).collect::<Result<_, _>>()?;
        Ok(Listing { machines, more: found.len() > limit })
    }

    async fn begin_deletion(&self, name: &str, at: Timestamp) -> Result<Option<Arc<StateMachine>>, StoreError> {
        self.mark_deleting(name, at).await?;
        self.get(name).await
    }

    async fn being_deleted(&self, limit: usize) -> Result<Vec<String>, StoreError> {
        self.marked_deleting(limit).await
    }

    async fn delete(&self, name: &str) -> Result<(), StoreError> {
        self.delete_all(name).await
    }

    async fn publish(
        &self,
        name: &str,
        expected_revision: &str,
        description: Option<&str>,
        at: Timestamp,
    ) -> Result<Published, StoreError> {
        self.publish_revision(name, expected_revision, description, at).await
    }

    async fn version(&self, name: &str, number: u64) -> Result<Option<Version>, StoreError> {
        self.read_version(name, number).await
    }

    async fn versions(&self, name: &str, limit: usize, below: Option<u64>) -> Result<Versions, StoreError> {
        self.list_versions(name, limit, below).await
    }

    async fn delete_version(&self, name: &str, number: u64) -> Result<VersionDeleted, StoreError> {
        self.delete_unreferenced_version(name, number).await
    }

    async fn create_alias(&self, machine: &str, alias: &Alias) -> Result<AliasCreated, StoreError> {
        self.put_new_alias(machine, alias).await
    }

    async fn update_alias(
        &self,
        machine: &str,
        alias: &Alias,
        expected: Timestamp,
    ) -> Result<AliasUpdated, StoreError> {
        self.replace_alias(machine, alias, expected).await
    }

    async fn alias(&self, machine: &str, name: &str) -> Result<Option<Alias>, StoreError> {
        self.read_alias(machine, name).await
    }

    async fn aliases(
        &self,
        machine: &str,
        version: Option<u64>,
        limit: usize,
        after: Option<&ListedAlias>,
    ) -> Result<Aliases, StoreError> {
        self.list_aliases(machine, version, limit, after).await
    }

    async fn delete_alias(&self, machine: &str, name: &str) -> Result<(), StoreError> {
        self.remove_alias(machine, name).await
    }

    async fn tags(&self, Resource::StateMachine(name): &Resource) -> Result<Option<Tags>, StoreError> {
        Ok(self.machine_tags(name).await?.map(|read| read.tags))
    }

    async fn set_tags(
        &self,
        Resource::StateMachine(name): &Resource,
        tags: &Tags,
        expected: &Tags,
    ) -> Result<Updated, StoreError> {
        self.set_machine_tags(name, tags, expected).await
    }
}

impl DynamoDbCatalog {
    async fn read(&self, key: Item) -> Result<Option<Arc<StateMachine>>, StoreError> {
        match self.table.get(key).await? {
            Some(item) => Ok(Some(Arc::new(state_machine_item::read(&self.table, &item).await?))),
            None => Ok(None),
        }
    }

    /// Items of a partition whose sort key begins with `prefix` and comes after `prefix` and `after`, in their order.
    async fn after(&self, partition: &str, prefix: &str, after: &str, limit: usize) -> Result<Vec<Item>, StoreError> {
        // No key holds this character; without a prefix, the whole partition is meant.
        let end = format!("{prefix}\u{10ffff}");
        let query = self
            .table
            .query()?
            .consistent_read(true)
            .key_condition_expression("p = :p AND s BETWEEN :after AND :end")
            .expression_attribute_values(":p", text(partition))
            // Just after it: BETWEEN includes its ends.
            .expression_attribute_values(":after", text(format!("{prefix}{after}\u{1}")))
            .expression_attribute_values(":end", text(end));
        collect(query, limit).await
    }
}

fn partition(name: &str) -> String {
    format!("machine#{name}")
}

fn key(name: &str, sort_key: impl Into<String>) -> Item {
    item::item([("p", text(partition(name))), ("s", text(sort_key))])
}

fn current_key(name: &str) -> Item {
    key(name, CURRENT)
}

fn revision_key(name: &str, revision_id: &str) -> Item {
    key(name, format!("revision#{revision_id}"))
}

fn listed_key(name: &str) -> Item {
    item::item([("p", text(MACHINES)), ("s", text(name))])
}

fn listed_item(machine: &StateMachine) -> Item {
    item::item([("ty", text(machine.machine_type.as_str())), ("ca", number(machine.created_at.as_millis()))])
}

fn from_listed_item(item: &Item) -> Result<ListedMachine, StoreError> {
    Ok(ListedMachine {
        name: item::get_text(item, "s")?.to_owned(),
        machine_type: machine_type(item)?,
        created_at: item::get_time(item, "ca")?,
    })
}

fn machine_type(item: &Item) -> Result<MachineType, StoreError> {
    match item::get_text(item, "ty")? {
        "STANDARD" => Ok(MachineType::Standard),
        "EXPRESS" => Ok(MachineType::Express),
        other => Err(StoreError::Unreadable(format!("state machine of type `{other}`"))),
    }
}
