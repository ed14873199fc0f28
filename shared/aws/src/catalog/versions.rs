//! Versions: what is published is the current revision, under a number that the state machine counts.

use engine::timestamp::Timestamp;
use ports::StoreError;
use ports::catalog::{Published, Version, VersionDeleted, Versions};

use super::transaction::{Transacted, delete, put, too_many_changes, update};
use super::{DynamoDbCatalog, TRIES, current_key, key, partition, revision_key};
use crate::item::{self, Item, get_number, get_text, get_time, number, text};
use crate::table::collect;

impl DynamoDbCatalog {
    pub(super) async fn publish_revision(
        &self,
        name: &str,
        expected_revision: &str,
        description: Option<&str>,
        at: Timestamp,
    ) -> Result<Published, StoreError> {
        for _ in 0..TRIES {
            let Some(current) = self.table.get(current_key(name)).await?.filter(|item| !item.contains_key("dl")) else {
                return Ok(Published::Gone);
            };
            if get_text(&current, "r")? != expected_revision {
                return Ok(Published::Changed);
            }
            if let Some(number) = self.published_as(name, expected_revision).await? {
                match self.read_version(name, number).await? {
                    Some(version) => return Ok(Published::As(version)),
                    // It has just been deleted.
                    None => continue,
                }
            }
            let last: Option<u64> = item::optional(&current, "lv", get_number)?;
            let version = Version {
                number: last.unwrap_or_default() + 1,
                revision_id: expected_revision.to_owned(),
                description: description.map(str::to_owned),
                created_at: at,
            };
            if self.put_version(name, &version, last).await? {
                return Ok(Published::As(version));
            }
        }
        Err(too_many_changes())
    }

    /// Whether nothing came in between.
    async fn put_version(&self, name: &str, version: &Version, last: Option<u64>) -> Result<bool, StoreError> {
        let counter = self
            .update_item(current_key(name), "SET lv = :n")?
            .expression_attribute_values(":n", number(version.number))
            .expression_attribute_values(":r", text(&version.revision_id));
        let counter = match last {
            None => counter.condition_expression("r = :r AND attribute_not_exists(dl) AND attribute_not_exists(lv)"),
            Some(last) => counter
                .condition_expression("r = :r AND attribute_not_exists(dl) AND lv = :last")
                .expression_attribute_values(":last", number(last)),
        };
        let revision = self
            .update_item(revision_key(name, &version.revision_id), "SET v = :n")?
            .condition_expression("attribute_exists(p) AND attribute_not_exists(v)")
            .expression_attribute_values(":n", number(version.number));
        let new = self.put(version_key(name, version.number), &to_item(version))?;
        let done = self.transact(vec![update(counter)?, update(revision)?, put(new)?]).await?;
        Ok(matches!(done, Transacted::Done))
    }

    /// The number of the version that a revision was published as.
    async fn published_as(&self, name: &str, revision_id: &str) -> Result<Option<u64>, StoreError> {
        let revision = self.table.get(revision_key(name, revision_id)).await?;
        Ok(revision.map(|revision| item::optional(&revision, "v", get_number)).transpose()?.flatten())
    }

    pub(super) async fn read_version(&self, name: &str, number: u64) -> Result<Option<Version>, StoreError> {
        self.table.get(version_key(name, number)).await?.map(|item| from_item(&item)).transpose()
    }

    pub(super) async fn list_versions(
        &self,
        name: &str,
        limit: usize,
        below: Option<u64>,
    ) -> Result<Versions, StoreError> {
        let Some(last) = below.unwrap_or(u64::MAX).checked_sub(1) else {
            return Ok(Versions { versions: Vec::new(), more: false });
        };
        let query = self
            .table
            .query()?
            .consistent_read(true)
            .scan_index_forward(false)
            .key_condition_expression("p = :p AND s BETWEEN :first AND :last")
            .expression_attribute_values(":p", text(partition(name)))
            .expression_attribute_values(":first", text(sort_key(0)))
            .expression_attribute_values(":last", text(sort_key(last)));
        let found = collect(query, limit.saturating_add(1)).await?;
        let versions = found.iter().take(limit).map(from_item).collect::<Result<_, _>>()?;
        Ok(Versions { versions, more: found.len() > limit })
    }

    pub(super) async fn delete_unreferenced_version(
        &self,
        name: &str,
        number: u64,
    ) -> Result<VersionDeleted, StoreError> {
        for _ in 0..TRIES {
            let Some(version) = self.read_version(name, number).await? else { return Ok(VersionDeleted::Deleted) };
            let referring = self.list_aliases(name, Some(number), usize::MAX - 1, None).await?.aliases;
            if !referring.is_empty() {
                return Ok(VersionDeleted::Referenced(referring.into_iter().map(|alias| alias.name).collect()));
            }
            let gone = self
                .delete_item(version_key(name, number))?
                .condition_expression("attribute_exists(p) AND (attribute_not_exists(al) OR al = :none)")
                .expression_attribute_values(":none", crate::item::number(0));
            let revision = self
                .update_item(revision_key(name, &version.revision_id), "REMOVE v")?
                .condition_expression("attribute_exists(p)");
            if let Transacted::Done = self.transact(vec![delete(gone)?, update(revision)?]).await? {
                return Ok(VersionDeleted::Deleted);
            }
        }
        Err(too_many_changes())
    }
}

pub(super) fn version_key(name: &str, number: u64) -> Item {
    key(name, sort_key(number))
}

fn sort_key(number: u64) -> String {
    format!("version#{number:020}")
}

fn to_item(version: &Version) -> Item {
    let mut item = item::item([
        ("n", number(version.number)),
        ("r", text(&version.revision_id)),
        ("ca", number(version.created_at.as_millis())),
    ]);
    if let Some(description) = &version.description {
        item.insert("ds".into(), text(description));
    }
    item
}

fn from_item(item: &Item) -> Result<Version, StoreError> {
    Ok(Version {
        number: get_number(item, "n")?,
        revision_id: get_text(item, "r")?.to_owned(),
        description: item::optional(item, "ds", get_text)?.map(str::to_owned),
        created_at: get_time(item, "ca")?,
    })
}
