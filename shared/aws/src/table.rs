//! A table, and the calls that all stores make the same way.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use futures::future::try_join_all;
use ports::StoreError;

use crate::environment::Variable;
use crate::item::{self, Item, bytes, number, text};
use crate::sdk_error::store_error;

#[derive(Clone, Debug)]
pub struct Table {
    pub client: Client,
    name: Variable,
}

/// DynamoDB reads at most 1 MB at a time, whatever the limit: more than this many items never come at once.
const PAGE: usize = 10_000;

impl Table {
    pub fn new(client: Client, name: Variable) -> Self {
        Self { client, name }
    }

    pub fn name(&self) -> Result<&str, StoreError> {
        self.name.get()
    }

    /// Strongly consistent.
    pub async fn get(&self, key: Item) -> Result<Option<Item>, StoreError> {
        let got = self.client.get_item().table_name(self.name()?).set_key(Some(key)).consistent_read(true).send().await;
        Ok(got.map_err(|error| store_error("GetItem", error))?.item)
    }

    pub async fn put(&self, item: Item) -> Result<(), StoreError> {
        let put = self.client.put_item().table_name(self.name()?).set_item(Some(item)).send().await;
        put.map_err(|error| store_error("PutItem", error)).map(drop)
    }

    pub fn query(&self) -> Result<QueryFluentBuilder, StoreError> {
        Ok(self.client.query().table_name(self.name()?))
    }
}

/// Reads on until there are `limit` items or no more.
pub async fn collect(query: QueryFluentBuilder, limit: usize) -> Result<Vec<Item>, StoreError> {
    collect_after(query, None, limit).await
}

/// The same, after this key.
pub async fn collect_after(
    query: QueryFluentBuilder,
    mut start: Option<Item>,
    limit: usize,
) -> Result<Vec<Item>, StoreError> {
    let mut items = Vec::new();
    while items.len() < limit {
        let page = page(query.clone().set_exclusive_start_key(start), limit - items.len()).await?;
        items.extend(page.0);
        start = page.1;
        if start.is_none() {
            break;
        }
    }
    Ok(items)
}

/// One page, and the key that the next one starts after.
pub async fn page(query: QueryFluentBuilder, limit: usize) -> Result<(Vec<Item>, Option<Item>), StoreError> {
    let limit = i32::try_from(limit.clamp(1, PAGE)).unwrap_or(i32::MAX);
    let found = query.limit(limit).send().await.map_err(|error| store_error("Query", error))?;
    Ok((found.items.unwrap_or_default(), found.last_evaluated_key.filter(|key| !key.is_empty())))
}

/// A value that is too large for one item, kept beside it in items of its own: the partition is named after the value's
/// hash, and the sort key counts the parts. Parts are written before what refers to them, and writing them again changes
/// nothing.
#[derive(Clone, Debug)]
pub struct Parts {
    /// Of the partition and of the number of a part.
    pub key_names: (&'static str, &'static str),
    pub partition: String,
    pub sort_key: fn(usize) -> aws_sdk_dynamodb::types::AttributeValue,
}

/// DynamoDB's limit is 400 KB, names and all:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>.
pub const INLINE_BYTES: usize = 380_000;

impl Parts {
    /// Returns the number of parts. `more` is added to each.
    pub async fn write(&self, table: &Table, value: &[u8], more: &Item) -> Result<usize, StoreError> {
        let writes = value.chunks(INLINE_BYTES).enumerate().map(|(part, chunk)| {
            let mut item = more.clone();
            item.insert(self.key_names.0.to_owned(), text(&self.partition));
            item.insert(self.key_names.1.to_owned(), (self.sort_key)(part));
            item.insert("d".to_owned(), bytes(chunk.to_vec()));
            table.put(item)
        });
        Ok(try_join_all(writes).await?.len())
    }

    pub async fn read(&self, table: &Table, count: usize) -> Result<Vec<u8>, StoreError> {
        let query = table
            .query()?
            .key_condition_expression("#p = :p")
            .expression_attribute_names("#p", self.key_names.0)
            .expression_attribute_values(":p", text(&self.partition))
            .consistent_read(true);
        let parts = collect(query, count).await?;
        if parts.len() != count {
            let found = parts.len();
            return Err(StoreError::Unreadable(format!("{found} of {count} parts of `{}`", self.partition)));
        }
        let mut value = Vec::new();
        for part in &parts {
            value.extend_from_slice(item::get_bytes(part, "d")?);
        }
        Ok(value)
    }
}

/// Parts counted by a number.
pub fn part_number(part: usize) -> aws_sdk_dynamodb::types::AttributeValue {
    number(part)
}

/// Parts counted by a text that sorts as the number does.
pub fn part_text(part: usize) -> aws_sdk_dynamodb::types::AttributeValue {
    text(format!("{part:06}"))
}
