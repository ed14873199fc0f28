//! Tags of state machines: the attribute `tg`, a JSON array of keys and values.

use aws_sdk_dynamodb::types::{ConditionCheck, TransactWriteItem};
use ports::StoreError;
use ports::catalog::{Tags, Updated};

use super::{DynamoDbCatalog, Transacted, current_key, put, refused, state_machine_item};
use crate::item::{self, Item, get_text, text};

/// Tags as they were read.
pub(super) struct Read {
    pub tags: Tags,
    /// The text that they are kept as; `None` while they are those of the creation.
    stored: Option<String>,
}

pub(super) fn key(name: &str) -> Item {
    item::item([("p", text(format!("machine#{name}"))), ("s", text("tags"))])
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
        match self.transact(vec![put(item)?, self.still_there(name)?]).await? {
            Transacted::Done => Ok(Updated::Updated),
            // Whether another change or the end of the state machine came first is for the caller's next look.
            Transacted::Failed(_) => Ok(Updated::Changed),
        }
    }

    fn still_there(&self, name: &str) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(self.table.name()?)
            .set_key(Some(current_key(name)))
            .condition_expression("attribute_exists(p)")
            .build()
            .map_err(refused)?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }
}
