//! Aliases. Versions count the aliases that route to them, so that none of them goes while one does.

use aws_sdk_dynamodb::types::TransactWriteItem;
use engine::timestamp::Timestamp;
use ports::StoreError;
use ports::catalog::{Alias, AliasCreated, AliasUpdated, Aliases, ListedAlias};

use super::transaction::{Transacted, delete, put, too_many_changes, update};
use super::versions::version_key;
use super::{DynamoDbCatalog, TRIES, key, partition};
use crate::item::{self, Item, get_text, number, text};

const LISTED: &str = "listed-alias#";

impl DynamoDbCatalog {
    pub(super) async fn put_new_alias(&self, machine: &str, alias: &Alias) -> Result<AliasCreated, StoreError> {
        let item = self.put(alias_key(machine, &alias.name), &to_item(alias)?)?;
        let mut writes = vec![
            self.is_kept(machine)?,
            put(item.condition_expression("attribute_not_exists(p)"))?,
            put(self.put(listed_key(machine, &alias.listed()), &Item::new())?)?,
        ];
        for route in &alias.routes {
            writes.extend(self.add_route(machine, alias, route.version)?);
        }
        match self.transact(writes).await? {
            Transacted::Done => Ok(AliasCreated::Created),
            Transacted::Failed { write: 0, .. } => Ok(AliasCreated::Gone),
            Transacted::Failed { write: 1, item: Some(item) } => Ok(AliasCreated::Exists(from_item(&item)?)),
            Transacted::Failed { write: 1, item: None } => match self.read_alias(machine, &alias.name).await? {
                Some(existing) => Ok(AliasCreated::Exists(existing)),
                None => Err(too_many_changes()),
            },
            Transacted::Failed { .. } => Ok(AliasCreated::NoVersion),
        }
    }

    pub(super) async fn replace_alias(
        &self,
        machine: &str,
        alias: &Alias,
        expected: Timestamp,
    ) -> Result<AliasUpdated, StoreError> {
        let Some(before) = self.read_alias(machine, &alias.name).await? else { return Ok(AliasUpdated::Gone) };
        if before.updated_at != expected {
            return Ok(AliasUpdated::Changed);
        }
        let item = self
            .put(alias_key(machine, &alias.name), &to_item(alias)?)?
            .condition_expression("ua = :expected")
            .expression_attribute_values(":expected", number(expected.as_millis()));
        let mut writes = vec![self.is_kept(machine)?, put(item)?];
        for route in alias.routes.iter().filter(|route| !before.routes_to(route.version)) {
            writes.extend(self.add_route(machine, alias, route.version)?);
        }
        for route in before.routes.iter().filter(|route| !alias.routes_to(route.version)) {
            writes.extend(self.remove_route(machine, alias, route.version)?);
        }
        match self.transact(writes).await? {
            Transacted::Done => Ok(AliasUpdated::Updated),
            Transacted::Failed { write: 0, .. } => Ok(AliasUpdated::Gone),
            Transacted::Failed { write: 1, .. } => Ok(AliasUpdated::Changed),
            Transacted::Failed { .. } => Ok(AliasUpdated::NoVersion),
        }
    }

    pub(super) async fn read_alias(&self, machine: &str, name: &str) -> Result<Option<Alias>, StoreError> {
        self.table.get(alias_key(machine, name)).await?.map(|item| from_item(&item)).transpose()
    }

    pub(super) async fn list_aliases(
        &self,
        machine: &str,
        version: Option<u64>,
        limit: usize,
        after: Option<&ListedAlias>,
    ) -> Result<Aliases, StoreError> {
        let prefix = version.map_or_else(|| LISTED.to_owned(), routes_prefix);
        let after = after.map(place).unwrap_or_default();
        let found = self.after(&partition(machine), &prefix, &after, limit.saturating_add(1)).await?;
        let aliases = found.iter().take(limit).map(|item| listed(item, &prefix)).collect::<Result<_, _>>()?;
        Ok(Aliases { aliases, more: found.len() > limit })
    }

    pub(super) async fn remove_alias(&self, machine: &str, name: &str) -> Result<(), StoreError> {
        for _ in 0..TRIES {
            let Some(alias) = self.read_alias(machine, name).await? else { return Ok(()) };
            let item = self
                .delete_item(alias_key(machine, name))?
                .condition_expression("ua = :read")
                .expression_attribute_values(":read", number(alias.updated_at.as_millis()));
            let mut writes = vec![delete(item)?, delete(self.delete_item(listed_key(machine, &alias.listed()))?)?];
            for route in &alias.routes {
                writes.extend(self.remove_route(machine, &alias, route.version)?);
            }
            if let Transacted::Done = self.transact(writes).await? {
                return Ok(());
            }
        }
        Err(too_many_changes())
    }

    fn add_route(&self, machine: &str, alias: &Alias, version: u64) -> Result<[TransactWriteItem; 2], StoreError> {
        let count = self.count(machine, version, 1)?;
        Ok([count, put(self.put(route_key(machine, version, &alias.listed()), &Item::new())?)?])
    }

    fn remove_route(&self, machine: &str, alias: &Alias, version: u64) -> Result<[TransactWriteItem; 2], StoreError> {
        let count = self.count(machine, version, -1)?;
        Ok([count, delete(self.delete_item(route_key(machine, version, &alias.listed()))?)?])
    }

    fn count(&self, machine: &str, version: u64, more: i32) -> Result<TransactWriteItem, StoreError> {
        update(
            self.update_item(version_key(machine, version), "ADD al :more")?
                .condition_expression("attribute_exists(p)")
                .expression_attribute_values(":more", number(more)),
        )
    }
}

fn alias_key(machine: &str, name: &str) -> Item {
    key(machine, format!("alias#{name}"))
}

fn listed_key(machine: &str, alias: &ListedAlias) -> Item {
    key(machine, format!("{LISTED}{}", place(alias)))
}

fn route_key(machine: &str, version: u64, alias: &ListedAlias) -> Item {
    key(machine, format!("{}{}", routes_prefix(version), place(alias)))
}

fn routes_prefix(version: u64) -> String {
    format!("route#{version:020}#")
}

/// Where an alias stands in lists.
fn place(alias: &ListedAlias) -> String {
    format!("{:020}#{}", alias.created_at.as_millis(), alias.name)
}

fn listed(item: &Item, prefix: &str) -> Result<ListedAlias, StoreError> {
    let read = || {
        let (created_at, name) = get_text(item, "s").ok()?.strip_prefix(prefix)?.split_once('#')?;
        Some(ListedAlias { created_at: Timestamp::from_millis(created_at.parse().ok()?), name: name.to_owned() })
    };
    read().ok_or_else(|| StoreError::Unreadable("the place of an alias in a list".into()))
}

fn to_item(alias: &Alias) -> Result<Item, StoreError> {
    let json = serde_json::to_string(alias).map_err(|error| StoreError::Refused(error.to_string()))?;
    Ok(item::item([("a", text(json)), ("ua", number(alias.updated_at.as_millis()))]))
}

fn from_item(item: &Item) -> Result<Alias, StoreError> {
    let json = get_text(item, "a")?;
    serde_json::from_str(json).map_err(|error| StoreError::Unreadable(format!("an alias: {error}")))
}
