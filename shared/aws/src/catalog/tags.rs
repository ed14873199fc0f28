//! Tags of state machines: the attribute `tg`, a JSON array of keys and values.

use ports::StoreError;
use ports::catalog::{Tags, Updated};

use super::transaction::{Transacted, put};
use super::{DynamoDbCatalog, current_key, state_machine_item};
use crate::item::{self, Item, get_text, text};

/// Tags as they were read.
pub(super) struct Read {
    pub tags: Tags,
    /// The text that they are kept as; `None` while they are those of the creation.
    stored: Option<String>,
}

pub(super) fn key(name: &str) -> Item {
    super::key(name, "tags")
}

impl DynamoDbCatalog {
    pub(super) async fn machine_tags(&self, name: &str) -> Result<Option<Read>, StoreError> {
        let (current, changed) = futures::try_join!(self.table.get(current_key(name)), self.table.get(key(name)))?;
        let Some(current) = current else { return Ok(None) };
        let Some(changed) = changed else {
            return Ok(Some(Read { tags: state_machine_item::created_tags(&current)?, stored: None }));
        };
        let stored = get_text(&changed, "tg")?;
        let tags = serde_json::from_str(stored)
            .map_err(|error| StoreError::Unreadable(format!("tags of state machine `{name}`: {error}")))?;
        Ok(Some(Read { tags, stored: Some(stored.to_owned()) }))
    }

    pub(super) async fn set_machine_tags(
        &self,
        name: &str,
        tags: &Tags,
        expected: &Tags,
    ) -> Result<Updated, StoreError> {
        let Some(read) = self.machine_tags(name).await? else { return Ok(Updated::Gone) };
        if read.tags != *expected {
            return Ok(Updated::Changed);
        }
        let json = serde_json::to_string(tags).map_err(|error| StoreError::Refused(error.to_string()))?;
        let item = self.put(key(name), &item::item([("tg", text(json))]))?;
        let item = match read.stored {
            None => item.condition_expression("attribute_not_exists(p)"),
            Some(stored) => item.condition_expression("tg = :tg").expression_attribute_values(":tg", text(stored)),
        };
        match self.transact(vec![self.is_kept(name)?, put(item)?]).await? {
            Transacted::Done => Ok(Updated::Updated),
            Transacted::Failed { write: 0, .. } => Ok(Updated::Gone),
            Transacted::Failed { .. } => Ok(Updated::Changed),
        }
    }
}
