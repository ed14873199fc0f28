//! The catalog in DynamoDB. Partition key `p`, sort key `s`:
//!
//! | `p` | `s` | |
//! |---|---|---|
//! | `machine#NAME` | `current` | the current revision of the state machine |
//! | `machine#NAME` | `revision#ID` | each revision that was current once; kept when the state machine is deleted |
//! | `machine#NAME` | `tags` | its tags, once they were changed; before that, they are in the current revision |
//! | `machines` | `NAME` | what lists show |
//! | `definition#NAME#HASH` | number | parts of a definition that is too large for an item |
//!
//! What belongs together is written in one transaction.

mod state_machine_item;
mod tags;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::builders::PutBuilder;
use aws_sdk_dynamodb::types::{
    CancellationReason, Delete, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use ports::catalog::{Created, ListedMachine, Listing, MachineType, Resource, StateMachine, Tags, Updated};
use ports::{Catalog, StoreError};

use crate::item::{self, Item, number, text};
use crate::sdk_error::store_error;
use crate::table::{Table, collect};

#[derive(Clone, Debug)]
pub struct DynamoDbCatalog {
    pub table: Table,
}

/// How many times a transaction is tried that met another one on the same items.
const TRIES: u32 = 6;
const PAUSE: Duration = Duration::from_millis(20);

const CURRENT: &str = "current";
const MACHINES: &str = "machines";

/// What came of a transaction whose first condition may fail.
enum Transacted {
    Done,
    /// The condition failed, on this item; on none if there is none.
    Failed(Option<Item>),
}

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
            Transacted::Failed(Some(item)) => {
                let found = state_machine_item::read(&self.table, &item).await?;
                Ok(Created::Exists(Arc::new(found)))
            }
            Transacted::Failed(None) => match self.get(name).await? {
                Some(found) => Ok(Created::Exists(found)),
                None => Err(StoreError::Throttled(format!("state machine `{name}` comes and goes"))),
            },
        }
    }

    async fn update(&self, machine: &StateMachine, expected_revision: &str) -> Result<Updated, StoreError> {
        let item = state_machine_item::write(&self.table, machine).await?;
        let current = self
            .put(current_key(&machine.name), &item)?
            .condition_expression("r = :expected")
            .expression_attribute_values(":expected", text(expected_revision));
        let revision = self.put(revision_key(&machine.name, &machine.revision_id), &item)?;
        match self.transact(vec![put(current)?, put(revision)?]).await? {
            Transacted::Done => Ok(Updated::Updated),
            Transacted::Failed(Some(_)) => Ok(Updated::Changed),
            Transacted::Failed(None) => match self.get(&machine.name).await? {
                Some(_) => Ok(Updated::Changed),
                None => Ok(Updated::Gone),
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
        let query = self.table.query()?.consistent_read(true).expression_attribute_values(":p", text(MACHINES));
        let query = match after {
            None => query.key_condition_expression("p = :p"),
            Some(after) => {
                query.key_condition_expression("p = :p AND s > :s").expression_attribute_values(":s", text(after))
            }
        };
        let found = collect(query, limit.saturating_add(1)).await?;
        let machines = found.iter().take(limit).map(from_listed_item).collect::<Result<_, _>>()?;
        Ok(Listing { machines, more: found.len() > limit })
    }

    async fn delete(&self, name: &str) -> Result<(), StoreError> {
        let deletes = [current_key(name), listed_key(name), tags::key(name)].map(|key| self.delete(key));
        self.transact(deletes.into_iter().collect::<Result<_, _>>()?).await.map(drop)
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

    fn put(&self, key: Item, attributes: &Item) -> Result<PutBuilder, StoreError> {
        let mut item = attributes.clone();
        item.extend(key);
        Ok(Put::builder()
            .table_name(self.table.name()?)
            .set_item(Some(item))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld))
    }

    fn delete(&self, key: Item) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder().table_name(self.table.name()?).set_key(Some(key)).build().map_err(refused)?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<Transacted, StoreError> {
        let mut tries = 1;
        loop {
            let request = self.table.client.transact_write_items().set_transact_items(Some(writes.clone()));
            let Err(error) = request.send().await else { return Ok(Transacted::Done) };
            let reasons = cancellation_reasons(&error);
            if let Some(failed) = reasons.iter().find(|reason| reason.code() == Some("ConditionalCheckFailed")) {
                return Ok(Transacted::Failed(failed.item.clone().filter(|item| !item.is_empty())));
            }
            let conflict = reasons.iter().any(|reason| reason.code() == Some("TransactionConflict"));
            if !conflict {
                return Err(store_error("TransactWriteItems", error));
            }
            if tries == TRIES {
                return Err(StoreError::Throttled("too many changes of a state machine at once".into()));
            }
            tokio::time::sleep(PAUSE * tries).await;
            tries += 1;
        }
    }
}

fn put(put: PutBuilder) -> Result<TransactWriteItem, StoreError> {
    Ok(TransactWriteItem::builder().put(put.build().map_err(refused)?).build())
}

fn refused(error: aws_sdk_dynamodb::error::BuildError) -> StoreError {
    StoreError::Refused(error.to_string())
}

fn cancellation_reasons(error: &SdkError<TransactWriteItemsError>) -> &[CancellationReason] {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => canceled.cancellation_reasons(),
        _ => &[],
    }
}

fn current_key(name: &str) -> Item {
    item::item([("p", text(format!("machine#{name}"))), ("s", text(CURRENT))])
}

fn revision_key(name: &str, revision_id: &str) -> Item {
    item::item([("p", text(format!("machine#{name}"))), ("s", text(format!("revision#{revision_id}")))])
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
