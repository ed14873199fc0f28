//! Summaries in DynamoDB. One item is one execution:
//!
//! | attribute | |
//! |---|---|
//! | `e` | partition key: the execution's ARN |
//! | `m`, `ms` | name of the state machine; the same, `#` and the status |
//! | `t` | start in milliseconds, in 20 digits, `#` and the execution's name: the order of lists |
//! | `v`, `vs` | what `m` and `ms` are, with `#` and the version in between; absent without one |
//! | `a`, `as` | the same with the alias |
//! | `z` | end in milliseconds |
//! | `rc`, `rd` | redrives, and the time of the last; absent without one |
//! | `o`, `c` | shard, and when the sweep should look at it, in milliseconds; absent when it has ended |
//! | `x` | time to live; absent while it runs |
//!
//! Indexes: `by_machine` (`m`, `t`), `by_status` (`ms`, `t`), `by_version` (`v`, `t`), `by_version_and_status` (`vs`, `t`),
//! `by_alias` (`a`, `t`), `by_alias_and_status` (`as`, `t`), and `open` (`o`, `c`), which holds what still runs.

use async_trait::async_trait;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use engine::execution::ExecutionArn;
use engine::timestamp::Timestamp;
use ports::executions::{Cursor, ListQuery, Open, Page, Redriven, Summary, SummaryStatus, Through};
use ports::{Executions, StoreError};

use crate::hash;
use crate::item::{self, Item, epoch_seconds, number, text};
use crate::sdk_error::store_error;
use crate::shards::{Found, earliest};
use crate::table::{Table, collect, collect_after};

#[derive(Clone, Debug)]
pub struct DynamoDbExecutions {
    pub table: Table,
}

/// Shards of the index of open executions, so that no partition of it takes all writes. Never to be lowered.
const SHARDS: u8 = 8;

#[async_trait]
impl Executions for DynamoDbExecutions {
    async fn started(&self, summary: &Summary) -> Result<(), StoreError> {
        let put = self.put(to_item(summary))?.condition_expression("attribute_not_exists(e)");
        unless_refused(put).await
    }

    async fn ended(&self, summary: &Summary, expires_at: Timestamp) -> Result<(), StoreError> {
        let mut item = to_item(summary);
        item.insert("x".into(), epoch_seconds(expires_at));
        let put = self
            .put(item)?
            .condition_expression("attribute_not_exists(rc) OR rc <= :rc")
            .expression_attribute_values(":rc", number(summary.redrive_count()));
        unless_refused(put).await
    }

    async fn redriven(&self, summary: &Summary) -> Result<(), StoreError> {
        let put = self
            .put(to_item(summary))?
            .condition_expression("attribute_not_exists(rc) OR rc < :rc")
            .expression_attribute_values(":rc", number(summary.redrive_count()));
        unless_refused(put).await
    }

    async fn get(&self, execution: &ExecutionArn) -> Result<Option<Summary>, StoreError> {
        self.table.get(key(execution)).await?.map(|item| from_item(&item)).transpose()
    }

    async fn list(&self, query: &ListQuery) -> Result<Page, StoreError> {
        let after = query.after.as_ref().map(|Cursor { started_at, arn }| sort_text(*started_at, arn));
        // One more tells whether there are more; and the range includes its end, which the page before has shown.
        let wanted = query.limit.saturating_add(1 + usize::from(after.is_some()));
        let mut found = collect(self.list_query(query, after.as_deref())?, wanted).await?;
        if let Some(after) = &after {
            found.retain(|item| item::get_text(item, "t").is_ok_and(|place| place != after));
        }
        let more = found.len() > query.limit;
        found.truncate(query.limit);
        let summaries: Vec<Summary> = found.iter().map(from_item).collect::<Result<_, _>>()?;
        let cursor = |last: &Summary| Cursor { started_at: last.started_at, arn: last.arn.clone() };
        let next = summaries.last().filter(|_| more).map(cursor);
        Ok(Page { summaries, next })
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ExecutionArn>, StoreError> {
        earliest(SHARDS, limit, |shard, limit| self.due_of_shard(shard, now, limit)).await
    }

    /// One shard after the other.
    async fn open(&self, after: Option<&Open>, limit: usize) -> Result<Vec<Open>, StoreError> {
        let first = after.map_or(0, |open| shard(&open.arn));
        let mut start = after.map(|Open { check_at, arn }| {
            let place = [("o", text(shard(arn).to_string())), ("c", number(check_at.as_millis()))];
            key(arn).into_iter().chain(item::item(place)).collect()
        });
        let mut found = Vec::new();
        for shard in first..SHARDS {
            let query = self
                .table
                .query()?
                .index_name("open")
                .key_condition_expression("o = :o")
                .expression_attribute_values(":o", text(shard.to_string()));
            found.extend(collect_after(query, start.take(), limit - found.len()).await?);
            if found.len() >= limit {
                break;
            }
        }
        found.iter().map(open).collect()
    }

    async fn check_again(&self, execution: &ExecutionArn, at: Timestamp) -> Result<(), StoreError> {
        let update = self
            .table
            .client
            .update_item()
            .table_name(self.table.name()?)
            .set_key(Some(key(execution)))
            .update_expression("SET o = :o, c = :c")
            .condition_expression("ms = :running OR attribute_exists(c)")
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

/// Leaves what is there, where the condition does not hold.
async fn unless_refused(put: PutItemFluentBuilder) -> Result<(), StoreError> {
    match put.send().await {
        Err(SdkError::ServiceError(error)) if error.err().is_conditional_check_failed_exception() => Ok(()),
        other => other.map(drop).map_err(|error| store_error("PutItem", error)),
    }
}

impl DynamoDbExecutions {
    fn put(&self, item: Item) -> Result<PutItemFluentBuilder, StoreError> {
        Ok(self.table.client.put_item().table_name(self.table.name()?).set_item(Some(item)))
    }

    fn list_query(&self, query: &ListQuery, after: Option<&str>) -> Result<QueryFluentBuilder, StoreError> {
        let (index, hash_key, whose) = match (&query.through, query.status) {
            (None, None) => ("by_machine", "m", query.state_machine.clone()),
            (None, Some(_)) => ("by_status", "ms", query.state_machine.clone()),
            (Some(Through::Version(version)), None) => ("by_version", "v", part(&query.state_machine, version)),
            (Some(Through::Version(version)), Some(_)) => {
                ("by_version_and_status", "vs", part(&query.state_machine, version))
            }
            (Some(Through::Alias(alias)), None) => ("by_alias", "a", part(&query.state_machine, alias)),
            (Some(Through::Alias(alias)), Some(_)) => ("by_alias_and_status", "as", part(&query.state_machine, alias)),
        };
        let value = query.status.map_or_else(|| whose.clone(), |status| part(&whose, status.as_str()));
        Ok(self
            .table
            .query()?
            .index_name(index)
            .scan_index_forward(false)
            .key_condition_expression("#k = :k AND t BETWEEN :first AND :last")
            .expression_attribute_names("#k", hash_key)
            .expression_attribute_values(":k", text(value))
            .expression_attribute_values(":first", text(format!("{:020}", query.since.as_millis())))
            .expression_attribute_values(":last", text(after.unwrap_or(LAST))))
    }

    async fn due_of_shard(&self, shard: u8, now: Timestamp, limit: usize) -> Result<Found<ExecutionArn>, StoreError> {
        let query = self
            .table
            .query()?
            .index_name("open")
            .key_condition_expression("o = :o AND c <= :c")
            .expression_attribute_values(":o", text(shard.to_string()))
            .expression_attribute_values(":c", number(now.as_millis()));
        let found = collect(query, limit).await?;
        let place = |item: &Item| open(item).map(|Open { check_at, arn }| (check_at, arn));
        let items = found.iter().map(place).collect::<Result<_, StoreError>>()?;
        Ok(Found { items, is_cut_off: found.len() == limit })
    }
}

/// Of the index of that name.
fn open(item: &Item) -> Result<Open, StoreError> {
    Ok(Open { check_at: item::get_time(item, "c")?, arn: ExecutionArn::new(item::get_text(item, "e")?) })
}

fn key(execution: &ExecutionArn) -> Item {
    item::item([("e", text(execution.as_str()))])
}

fn shard(execution: &ExecutionArn) -> u8 {
    hash::shard(execution.as_str(), SHARDS)
}

/// After every place in a list.
const LAST: &str = "\u{10ffff}";

/// Part of a whole: neither names nor numbers nor statuses hold the separator.
fn part(whole: &str, part: impl std::fmt::Display) -> String {
    format!("{whole}#{part}")
}

fn machine_and_status(state_machine: &str, status: SummaryStatus) -> String {
    part(state_machine, status.as_str())
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
    let through = [
        ("v", "vs", summary.version.map(|version| part(machine, version))),
        ("a", "as", summary.alias.as_ref().map(|alias| part(machine, alias))),
    ];
    for (name, with_status, value) in through {
        if let Some(value) = value {
            item.insert(with_status.into(), text(part(&value, summary.status.as_str())));
            item.insert(name.into(), text(value));
        }
    }
    if let Some(redriven) = summary.redriven {
        item.insert("rc".into(), number(redriven.count));
        item.insert("rd".into(), number(redriven.at.as_millis()));
    }
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
        version: item::optional(item, "v", last_part)?
            .map(|version| version.parse().map_err(|_| unreadable("version")))
            .transpose()?,
        alias: item::optional(item, "a", last_part)?.map(str::to_owned),
        redriven: item::optional(item, "rd", item::get_time)?
            .map(|at| Ok::<_, StoreError>(Redriven { count: item::get_number(item, "rc")?, at }))
            .transpose()?,
    })
}

fn last_part<'i>(item: &'i Item, name: &str) -> Result<&'i str, StoreError> {
    let text = item::get_text(item, name)?;
    Ok(text.rsplit_once('#').map_or(text, |(_, last)| last))
}
