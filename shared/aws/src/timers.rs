//! Timers in DynamoDB. One item is one timer:
//!
//! | attribute | |
//! |---|---|
//! | `b` | partition key: a shard, by the hash of the execution |
//! | `i` | sort key: due in milliseconds, in 20 digits, `#`, the execution's ARN, `#` and the timer |
//! | `a`, `q` | the execution's ARN, and the record that owed the timer |
//! | `x` | time to live |
//!
//! What is due is the beginning of each shard, so that no timer is ever missed, however late it is armed or looked for.
//! Buckets of time would spread writes better, and need a memory of which were looked through; a shard takes 1,000
//! writes a second, and only what is due in more than 15 minutes comes here.

use async_trait::async_trait;
use engine::execution::ExecutionArn;
use engine::timestamp::Timestamp;
use ports::timers::ArmedTimer;
use ports::{StoreError, Timers};

use crate::hash;
use crate::item::{self, Item, epoch_seconds, number, text};
use crate::sdk_error::store_error;
use crate::shards::{Found, earliest};
use crate::table::{Table, collect};

#[derive(Clone, Debug)]
pub struct DynamoDbTimers {
    pub table: Table,
}

/// Never to be lowered: a timer is found in the shard that it was put into.
const SHARDS: u8 = 16;

/// Timers are deleted when they were sent. This is for those that nobody ever looked for.
const KEPT_AFTER_DUE_MILLIS: i64 = 30 * 86_400_000;

#[async_trait]
impl Timers for DynamoDbTimers {
    async fn arm(&self, timer: &ArmedTimer) -> Result<(), StoreError> {
        let mut item = key(timer);
        item.insert("a".into(), text(timer.execution.as_str()));
        item.insert("q".into(), number(timer.seq));
        item.insert("x".into(), epoch_seconds(timer.due.plus_millis(KEPT_AFTER_DUE_MILLIS)));
        self.table.put(item).await
    }

    async fn due(&self, horizon: Timestamp, limit: usize) -> Result<Vec<ArmedTimer>, StoreError> {
        earliest(SHARDS, limit, |shard, limit| self.due_of_shard(shard, horizon, limit)).await
    }

    async fn disarm(&self, timer: &ArmedTimer) -> Result<(), StoreError> {
        let name = self.table.name()?;
        let deleted = self.table.client.delete_item().table_name(name).set_key(Some(key(timer))).send().await;
        deleted.map(drop).map_err(|error| store_error("DeleteItem", error))
    }
}

impl DynamoDbTimers {
    async fn due_of_shard(&self, shard: u8, horizon: Timestamp, limit: usize) -> Result<Found<ArmedTimer>, StoreError> {
        let query = self
            .table
            .query()?
            .consistent_read(true)
            .key_condition_expression("b = :b AND i < :i")
            .expression_attribute_values(":b", text(shard.to_string()))
            .expression_attribute_values(":i", text(sort_text(horizon)));
        let items = collect(query, limit).await?;
        let timers = items.iter().filter_map(readable).map(|timer| (timer.due, timer)).collect();
        Ok(Found { items: timers, is_cut_off: items.len() == limit })
    }
}

fn key(timer: &ArmedTimer) -> Item {
    let execution = timer.execution.as_str();
    let what = wire::timer::encode(timer.timer);
    item::item([
        ("b", text(hash::shard(execution, SHARDS).to_string())),
        ("i", text(format!("{}#{execution}#{what}", sort_text(timer.due)))),
    ])
}

fn sort_text(time: Timestamp) -> String {
    format!("{:020}", time.as_millis())
}

/// One timer that cannot be read must not keep the others from firing.
fn readable(item: &Item) -> Option<ArmedTimer> {
    from_item(item).inspect_err(|error| tracing::error!(%error, "a timer is passed over")).ok()
}

fn from_item(item: &Item) -> Result<ArmedTimer, StoreError> {
    let sort_key = item::get_text(item, "i")?;
    let unreadable = || StoreError::Unreadable(format!("timer `{sort_key}`"));
    let (due, _) = sort_key.split_once('#').ok_or_else(unreadable)?;
    let (_, timer) = sort_key.rsplit_once('#').ok_or_else(unreadable)?;
    Ok(ArmedTimer {
        due: Timestamp::from_millis(due.parse().map_err(|_| unreadable())?),
        execution: ExecutionArn::new(item::get_text(item, "a")?),
        seq: item::get_number(item, "q")?,
        timer: wire::timer::decode(timer).map_err(|_| unreadable())?,
    })
}
