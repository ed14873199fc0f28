//! Changes of several items at once, each under its condition.

use std::time::Duration;

use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::builders::{DeleteBuilder, PutBuilder, UpdateBuilder};
use aws_sdk_dynamodb::types::{
    CancellationReason, ConditionCheck, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};
use ports::StoreError;

use super::{DynamoDbCatalog, current_key};
use crate::item::Item;
use crate::sdk_error::store_error;

/// How many times a transaction is tried that met another one on the same items.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(20);

pub(super) enum Transacted {
    Done,
    /// The condition of this write failed, the first that did; on this item, on none if there is none or it was not asked
    /// for.
    Failed {
        write: usize,
        item: Option<Item>,
    },
}

impl DynamoDbCatalog {
    pub(super) fn put(&self, key: Item, attributes: &Item) -> Result<PutBuilder, StoreError> {
        let mut item = attributes.clone();
        item.extend(key);
        Ok(Put::builder()
            .table_name(self.table.name()?)
            .set_item(Some(item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld))
    }

    pub(super) fn update_item(&self, key: Item, expression: &str) -> Result<UpdateBuilder, StoreError> {
        Ok(Update::builder().table_name(self.table.name()?).set_key(Some(key)).update_expression(expression))
    }

    /// Sets the attributes and leaves others as they are, but for those of `optional` that are not set.
    pub(super) fn set(
        &self,
        key: Item,
        attributes: &Item,
        optional: &[&'static str],
    ) -> Result<UpdateBuilder, StoreError> {
        let names = attributes.keys().map(|name| format!("#{name} = :{name}"));
        let mut expression = format!("SET {}", names.collect::<Vec<_>>().join(", "));
        let absent = optional.iter().filter(|name| !attributes.contains_key(**name));
        let absent: Vec<String> = absent.map(|name| format!("#{name}")).collect();
        if !absent.is_empty() {
            expression.push_str(" REMOVE ");
            expression.push_str(&absent.join(", "));
        }
        let mut update = self.update_item(key, &expression)?;
        for (name, value) in attributes {
            update = update.expression_attribute_names(format!("#{name}"), name);
            update = update.expression_attribute_values(format!(":{name}"), value.clone());
        }
        for name in optional {
            update = update.expression_attribute_names(format!("#{name}"), *name);
        }
        Ok(update)
    }

    pub(super) fn delete_item(&self, key: Item) -> Result<DeleteBuilder, StoreError> {
        Ok(Delete::builder().table_name(self.table.name()?).set_key(Some(key)))
    }

    /// The condition that the state machine is there and not being deleted.
    pub(super) fn is_kept(&self, name: &str) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder()
            .table_name(self.table.name()?)
            .set_key(Some(current_key(name)))
            .condition_expression("attribute_exists(p) AND attribute_not_exists(dl)")
            .build()
            .map_err(refused)?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    pub(super) async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<Transacted, StoreError> {
        let mut tries = 1;
        loop {
            let request = self.table.client.transact_write_items().set_transact_items(Some(writes.clone()));
            let Err(error) = request.send().await else { return Ok(Transacted::Done) };
            let reasons = cancellation_reasons(&error);
            if let Some(write) = reasons.iter().position(|reason| reason.code() == Some("ConditionalCheckFailed")) {
                let item = reasons.get(write).and_then(|failed| failed.item.clone());
                return Ok(Transacted::Failed { write, item: item.filter(|item| !item.is_empty()) });
            }
            let conflict = reasons.iter().any(|reason| reason.code() == Some("TransactionConflict"));
            if !conflict {
                return Err(store_error("TransactWriteItems", error));
            }
            if tries == TRIES {
                return Err(too_many_changes());
            }
            tokio::time::sleep(PAUSE * tries).await;
            tries += 1;
        }
    }
}

pub(super) fn too_many_changes() -> StoreError {
    StoreError::Throttled("too many changes of a state machine at once".into())
}

pub(super) fn put(put: PutBuilder) -> Result<TransactWriteItem, StoreError> {
    Ok(TransactWriteItem::builder().put(put.build().map_err(refused)?).build())
}

pub(super) fn update(update: UpdateBuilder) -> Result<TransactWriteItem, StoreError> {
    Ok(TransactWriteItem::builder().update(update.build().map_err(refused)?).build())
}

pub(super) fn delete(delete: DeleteBuilder) -> Result<TransactWriteItem, StoreError> {
    Ok(TransactWriteItem::builder().delete(delete.build().map_err(refused)?).build())
}

fn refused(error: BuildError) -> StoreError {
    StoreError::Refused(error.to_string())
}

fn cancellation_reasons(error: &SdkError<TransactWriteItemsError>) -> &[CancellationReason] {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => canceled.cancellation_reasons(),
        _ => &[],
    }
}
