//! Activities, as items of the catalog's table: `p` is `activities`, `s` the name.
//!
//! | attribute | |
//! |---|---|
//! | `ca` | when it was created |
//! | `q` | the URL of its queue |
//! | `ec` | its encryption configuration, as JSON; absent if there is none |
//! | `tg` | its tags: a JSON array of keys and values |
//!
//! One partition for all, so that lists are in order: an activity is read twice for each of its tasks, and a partition has
//! 3,000 reads a second.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use ports::StoreError;
use ports::activities::{Activities, Activity, ActivityListing, CreatedActivity};
use ports::catalog::{Tags, Updated};

use crate::item::{self, Item, number, text};
use crate::sdk_error::store_error;
use crate::table::{Table, collect};

#[derive(Clone, Debug)]
pub struct DynamoDbActivities {
    /// The catalog.
    pub table: Table,
}

const PARTITION: &str = "activities";

#[async_trait]
impl Activities for DynamoDbActivities {
    async fn create(&self, activity: &Activity) -> Result<CreatedActivity, StoreError> {
        let put = self
            .table
            .client
            .put_item()
            .table_name(self.table.name()?)
            .set_item(Some(write(activity)?))
            .condition_expression("attribute_not_exists(p)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = put else { return Ok(CreatedActivity::Created) };
        let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() else {
            return Err(store_error("PutItem", error));
        };
        let existing = match failed.item() {
            Some(item) => Some(Arc::new(read(item)?)),
            None => self.get(&activity.name).await?,
        };
        let comes_and_goes = || StoreError::Throttled(format!("activity `{}` comes and goes", activity.name));
        existing.map(CreatedActivity::Exists).ok_or_else(comes_and_goes)
    }

    async fn get(&self, name: &str) -> Result<Option<Arc<Activity>>, StoreError> {
        let item = self.table.get(key(name)).await?;
        item.as_ref().map(|item| read(item).map(Arc::new)).transpose()
    }

    async fn list(&self, limit: usize, after: Option<&str>) -> Result<ActivityListing, StoreError> {
        let query = self.table.query()?.consistent_read(true).expression_attribute_values(":p", text(PARTITION));
        let query = match after {
            None => query.key_condition_expression("p = :p"),
            Some(after) => {
                query.key_condition_expression("p = :p AND s > :s").expression_attribute_values(":s", text(after))
            }
        };
        let found = collect(query, limit.saturating_add(1)).await?;
        let activities = found.iter().take(limit).map(|item| read(item).map(Arc::new)).collect::<Result<_, _>>()?;
        Ok(ActivityListing { activities, more: found.len() > limit })
    }

    async fn delete(&self, name: &str) -> Result<Option<Arc<Activity>>, StoreError> {
        let delete = self
            .table
            .client
            .delete_item()
            .table_name(self.table.name()?)
            .set_key(Some(key(name)))
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        let removed = delete.map_err(|error| store_error("DeleteItem", error))?.attributes;
        removed.filter(|item| !item.is_empty()).map(|item| read(&item).map(Arc::new)).transpose()
    }

    async fn set_tags(&self, name: &str, tags: &Tags, expected: &Tags) -> Result<Updated, StoreError> {
        let update = self
            .table
            .client
            .update_item()
            .table_name(self.table.name()?)
            .set_key(Some(key(name)))
            .update_expression("SET tg = :tags")
            .condition_expression("tg = :expected")
            .expression_attribute_values(":tags", text(json(tags)?))
            .expression_attribute_values(":expected", text(json(expected)?))
            .send()
            .await;
        let Err(error) = update else { return Ok(Updated::Updated) };
        if !matches!(error.as_service_error(), Some(UpdateItemError::ConditionalCheckFailedException(_))) {
            return Err(store_error("UpdateItem", error));
        }
        Ok(if self.get(name).await?.is_some() { Updated::Changed } else { Updated::Gone })
    }
}

fn key(name: &str) -> Item {
    item::item([("p", text(PARTITION)), ("s", text(name))])
}

fn write(activity: &Activity) -> Result<Item, StoreError> {
    let mut item = key(&activity.name);
    item.insert("ca".into(), number(activity.created_at.as_millis()));
    item.insert("q".into(), text(&activity.queue));
    item.insert("tg".into(), text(json(&activity.tags)?));
    if let Some(configuration) = &activity.encryption_configuration {
        item.insert("ec".into(), text(configuration.to_string()));
    }
    Ok(item)
}

fn json(tags: &Tags) -> Result<String, StoreError> {
    serde_json::to_string(tags).map_err(|error| StoreError::Refused(error.to_string()))
}

fn read(item: &Item) -> Result<Activity, StoreError> {
    let name = item::get_text(item, "s")?;
    let unreadable = |error: serde_json::Error| StoreError::Unreadable(format!("activity `{name}`: {error}"));
    let configuration = item::optional(item, "ec", item::get_text)?;
    Ok(Activity {
        name: name.to_owned(),
        created_at: item::get_time(item, "ca")?,
        queue: item::get_text(item, "q")?.to_owned(),
        encryption_configuration: configuration.map(serde_json::from_str).transpose().map_err(unreadable)?,
        tags: serde_json::from_str(item::get_text(item, "tg")?).map_err(unreadable)?,
    })
}
