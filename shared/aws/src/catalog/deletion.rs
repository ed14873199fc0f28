//! The end of a state machine: first it is marked, so that nothing about it changes any more; then all that belongs to it
//! goes, and last itself. What a crash leaves in between is found by its mark.

use engine::timestamp::Timestamp;
use futures::future::try_join_all;
use ports::StoreError;

use super::transaction::{delete, put, update};
use super::{DynamoDbCatalog, current_key, listed_key, partition, tags};
use crate::item::{self, Item, get_text, number, text};
use crate::sdk_error::store_error;

const DELETING: &str = "deleting";

/// Sort keys of what belongs to a state machine and may be much.
const PREFIXES: [&str; 4] = ["alias#", "listed-alias#", "route#", "version#"];

/// Items deleted at once.
const BATCH: usize = 50;

impl DynamoDbCatalog {
    pub(super) async fn mark_deleting(&self, name: &str, at: Timestamp) -> Result<(), StoreError> {
        let mark = self
            .update_item(current_key(name), "SET dl = :at")?
            .condition_expression("attribute_exists(p) AND attribute_not_exists(dl)")
            .expression_attribute_values(":at", number(at.as_millis()));
        let listed = self.put(mark_key(name), &Item::new())?;
        // Whether it has been marked before or is not there, there is nothing to do.
        self.transact(vec![update(mark)?, put(listed)?]).await.map(drop)
    }

    pub(super) async fn marked_deleting(&self, limit: usize) -> Result<Vec<String>, StoreError> {
        let marks = self.after(DELETING, "", "", limit).await?;
        marks.iter().map(|mark| get_text(mark, "s").map(str::to_owned)).collect()
    }

    pub(super) async fn delete_all(&self, name: &str) -> Result<(), StoreError> {
        for prefix in PREFIXES {
            self.delete_prefix(name, prefix).await?;
        }
        let keys = [current_key(name), listed_key(name), tags::key(name), mark_key(name)];
        let deletes = keys.map(|key| self.delete_item(key).and_then(delete));
        self.transact(deletes.into_iter().collect::<Result<_, _>>()?).await.map(drop)
    }

    async fn delete_prefix(&self, name: &str, prefix: &str) -> Result<(), StoreError> {
        loop {
            let items = self.after(&partition(name), prefix, "", BATCH).await?;
            let count = items.len();
            try_join_all(items.iter().map(|item| self.delete_one(item))).await?;
            if count < BATCH {
                return Ok(());
            }
        }
    }

    async fn delete_one(&self, item: &Item) -> Result<(), StoreError> {
        let key = item::item([("p", text(get_text(item, "p")?)), ("s", text(get_text(item, "s")?))]);
        let delete = self.table.client.delete_item().table_name(self.table.name()?).set_key(Some(key)).send().await;
        delete.map(drop).map_err(|error| store_error("DeleteItem", error))
    }
}

fn mark_key(name: &str) -> Item {
    item::item([("p", text(DELETING)), ("s", text(name))])
}
