//! Access keys in DynamoDB: one item each. Its key `k` is the id, `d` the rest, as the crate `access` writes it.

use access::{AccessKey, AccessKeyId};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::ReturnValue;
use ports::{AccessKeys, StoreError};

use crate::item::{self, Item, text};
use crate::sdk_error::store_error;
use crate::table::Table;

#[derive(Clone, Debug)]
pub struct DynamoDbAccessKeys {
    pub table: Table,
}

#[async_trait]
impl AccessKeys for DynamoDbAccessKeys {
    async fn add(&self, key: &AccessKey) -> Result<(), StoreError> {
        let mut item = item_key(&key.id);
        item.insert("d".to_owned(), text(key.to_json()));
        self.table.put(item).await
    }

    async fn get(&self, id: &AccessKeyId) -> Result<Option<AccessKey>, StoreError> {
        self.table.get(item_key(id)).await?.as_ref().map(read).transpose()
    }

    async fn list(&self) -> Result<Vec<AccessKey>, StoreError> {
        let mut pages = self.table.client.scan().table_name(self.table.name()?).consistent_read(true);
        let mut keys = Vec::new();
        loop {
            let page = pages.clone().send().await.map_err(|error| store_error("Scan", error))?;
            keys.extend(page.items().iter().map(read).collect::<Result<Vec<_>, _>>()?);
            match page.last_evaluated_key {
                Some(last) => pages = pages.set_exclusive_start_key(Some(last)),
                None => break,
            }
        }
        keys.sort_by_key(|key| key.created_at);
        Ok(keys)
    }

    async fn remove(&self, id: &AccessKeyId) -> Result<bool, StoreError> {
        let delete = self.table.client.delete_item().table_name(self.table.name()?).set_key(Some(item_key(id)));
        let deleted = delete.return_values(ReturnValue::AllOld).send().await;
        Ok(deleted.map_err(|error| store_error("DeleteItem", error))?.attributes.is_some())
    }
}

fn item_key(id: &AccessKeyId) -> Item {
    item::item([("k", text(id.as_str()))])
}

fn read(item: &Item) -> Result<AccessKey, StoreError> {
    AccessKey::from_json(item::get_text(item, "d")?).map_err(|error| StoreError::Unreadable(error.to_string()))
}
