//! Summaries in DynamoDB. One item is one execution:
//!
//! | attribute | |
//! |---|---|
//! | `e` | partition key: the execution's ARN |
//! | `m`, `ms` | name of the state machine; the same, `#` and the status |
//! | `t` | start in milliseconds, in 20 digits, `#` and the execution's name: the order of lists |
//! | `z` | end in milliseconds |
//! | `o`, `c` | shard, and when the sweep should look at it, in milliseconds; absent when it has ended |
//! | `x` | time to live; absent while it runs |
//!
//! Indexes: `by_machine` (`m`, `t`), `by_status` (`ms`, `t`), and `open` (`o`, `c`), which holds what still runs.

use async_trait::async_trait;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use engine::execution::ExecutionArn;
use engine::timestamp::Timestamp;
use futures::future::try_join_all;
use ports::executions::{Cursor, ListQuery, Page, Summary, SummaryStatus};
use ports::{Executions, StoreError};

use crate::hash;
use crate::item::{self, Item, epoch_seconds, number, text};
use crate::sdk_error::store_error;
use crate::table::{Table, collect};

#[derive(Clone, Debug)]
pub struct DynamoDbExecutions {
    pub table: Table,
}

/// Shards of the index of open executions, so that no partition of it takes all writes. Never to be lowered.
const SHARDS: u8 = 8;

#[async_trait]
impl Executions for DynamoDbExecutions {
    async fn started(&self, summary: &Summary) -> Result<(), StoreError> {
        let put = self
            .table
            .client
            .put_item()
            .table_name(self.table.name()?)
            .set_item(Some(to_item(summary)))
            .condition_expression("attribute_not_exists(e)")
            .send()
            .await;
        match put {
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => Ok(()),
            other => other.map(drop).map_err(|error| store_error("PutItem", error)),
        }
    }

    async fn ended(&self, summary: &Summary, expires_at: Timestamp) -> Result<(), StoreError> {
        let mut item = to_item(summary);
        item.insert("x".into(), epoch_seconds(expires_at));
        self.table.put(item).await
    }

    async fn get(&self, execution: &ExecutionArn) -> Result<Option<Summary>, StoreError> {
        self.table.get(key(execution)).await?.map(|item| from_item(&item)).transpose()
    }

    async fn list(&self, query: &ListQuery) -> Result<Page, StoreError> {
        let mut found = collect(self.list_query(query)?, query.limit.saturating_add(1)).await?;
        let more = found.len() > query.limit;
        found.truncate(query.limit);
        let summaries: Vec<Summary> = found.iter().map(from_item).collect::<Result<_, _>>()?;
        let cursor = |last: &Summary| Cursor { started_at: last.started_at, arn: last.arn.clone() };
        let next = summaries.last().filter(|_| more).map(cursor);
        Ok(Page { summaries, next })
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ExecutionArn>, StoreError> {
        let shards = try_join_all((0..SHARDS).map(|shard| self.due_of_shard(shard, now, limit))).await?;
        let mut due: Vec<(Timestamp, ExecutionArn)> = shards.into_iter().flatten().collect();
        due.sort();
        Ok(due.into_iter().take(limit).map(|(_, execution)| execution).collect())
    }

    async fn check_again(&self, execution: &ExecutionArn, at: Timestamp) -> Result<(), StoreError> {
        let update = self
            .table
            .client
            .update_item()
            .table_name(self.table.name()?)
            .set_key(Some(key(execution)))
            .update_expression("SET o = :o, c = :c")
            .condition_expression("ms = :running")
            .expression_attribute_values(":o", text(shard(execution).to_string()))
            .expression_attribute_values(":c", number(at.as_millis()))
            .expression_attribute_values(
                ":running",
                text(machine_and_status(execution.state_machine_name(), SummaryStatus::Running)),
            )
            .send()
            .await;
        match update {
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => Ok(()),
            other => other.map(drop).map_err(|error| store_error("UpdateItem", error)),
        }
    }

    async fn forget(&self, summary: &Summary) -> Result<(), StoreError> {
        let Some(check_at) = summary.check_at else { return Ok(()) };
        let machine = summary.arn.state_machine_name();
        let delete = self
            .table
            .client
            .delete_item()
            .table_name(self.table.name()?)
            .set_key(Some(key(&summary.arn)))
            .condition_expression("ms = :status AND c = :c")
            .expression_attribute_values(":status", text(machine_and_status(machine, summary.status)))
            .expression_attribute_values(":c", number(check_at.as_millis()))
            .send()
            .await;
        match delete {
            Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => Ok(()),
            other => other.map(drop).map_err(|error| store_error("DeleteItem", error)),
        }
    }
}

impl DynamoDbExecutions {
    fn list_query(&self, query: &ListQuery) -> Result<QueryFluentBuilder, StoreError> {
        let (index, hash_key, value) = match query.status {
            None => ("by_machine", "m", query.state_machine.clone()),
            Some(status) => ("by_status", "ms", machine_and_status(&query.state_machine, status)),
        };
        let request = self
            .table
            .query()?
            .index_name(index)
            .scan_index_forward(false)
            .expression_attribute_names("#k", hash_key)
            .expression_attribute_values(":k", text(value));
        Ok(match &query.after {
            None => request.key_condition_expression("#k = :k"),
            Some(Cursor { started_at, arn }) => request
                .key_condition_expression("#k = :k AND t < :t")
                .expression_attribute_values(":t", text(sort_text(*started_at, arn))),
        })
    }

    async fn due_of_shard(
        &self,
        shard: u8,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, ExecutionArn)>, StoreError> {
        let query = self
            .table
            .query()?
            .index_name("open")
            .key_condition_expression("o = :o AND c <= :c")
            .expression_attribute_values(":o", text(shard.to_string()))
            .expression_attribute_values(":c", number(now.as_millis()));
        let found = collect(query, limit).await?;
        let read = |item: &Item| Ok((item::get_time(item, "c")?, ExecutionArn::new(item::get_text(item, "e")?)));
        found.iter().map(read).collect()
    }
}

fn key(execution: &ExecutionArn) -> Item {
    item::item([("e", text(execution.as_str()))])
}

fn shard(execution: &ExecutionArn) -> u8 {
    hash::shard(execution.as_str(), SHARDS)
}

fn machine_and_status(state_machine: &str, status: SummaryStatus) -> String {
    format!("{state_machine}#{}", status.as_str())
}

fn sort_text(started_at: Timestamp, execution: &ExecutionArn) -> String {
    format!("{:020}#{}", started_at.as_millis(), execution.name())
}

fn to_item(summary: &Summary) -> Item {
    let machine = summary.arn.state_machine_name();
    let mut item = key(&summary.arn);
    item.insert("m".into(), text(machine));
    item.insert("ms".into(), text(machine_and_status(machine, summary.status)));
    item.insert("t".into(), text(sort_text(summary.started_at, &summary.arn)));
    if let Some(stopped_at) = summary.stopped_at {
        item.insert("z".into(), number(stopped_at.as_millis()));
    }
    if let Some(check_at) = summary.check_at {
        item.insert("o".into(), text(shard(&summary.arn).to_string()));
        item.insert("c".into(), number(check_at.as_millis()));
    }
    item
}

fn from_item(item: &Item) -> Result<Summary, StoreError> {
    let unreadable = |what: &str| StoreError::Unreadable(format!("summary with an unknown {what}"));
    let (_, status) = item::get_text(item, "ms")?.rsplit_once('#').ok_or_else(|| unreadable("status"))?;
    let status = SummaryStatus::ALL.into_iter().find(|known| known.as_str() == status);
    let (started_at, _) = item::get_text(item, "t")?.split_once('#').ok_or_else(|| unreadable("start"))?;
    Ok(Summary {
        arn: ExecutionArn::new(item::get_text(item, "e")?),
        status: status.ok_or_else(|| unreadable("status"))?,
        started_at: Timestamp::from_millis(started_at.parse().map_err(|_| unreadable("start"))?),
        stopped_at: item::optional(item, "z", item::get_time)?,
        check_at: item::optional(item, "c", item::get_time)?,
    })
}
