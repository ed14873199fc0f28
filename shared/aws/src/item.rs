//! Reading and writing the attributes of DynamoDB items. Attribute names are short: they count as bytes of each item.

use std::collections::HashMap;

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use engine::timestamp::Timestamp;
use ports::StoreError;

pub type Item = HashMap<String, AttributeValue>;

pub fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub fn bytes(value: Vec<u8>) -> AttributeValue {
    AttributeValue::B(Blob::new(value))
}

/// For a time-to-live attribute: seconds since the epoch.
pub fn epoch_seconds(time: Timestamp) -> AttributeValue {
    number(time.as_millis().div_euclid(1000))
}

pub fn item<const N: usize>(attributes: [(&str, AttributeValue); N]) -> Item {
    attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

pub fn get_text<'i>(item: &'i Item, name: &str) -> Result<&'i str, StoreError> {
    match item.get(name) {
        Some(AttributeValue::S(text)) => Ok(text),
        _ => Err(missing(name)),
    }
}

pub fn get_number<T: std::str::FromStr>(item: &Item, name: &str) -> Result<T, StoreError> {
    match item.get(name) {
        Some(AttributeValue::N(number)) => number.parse().map_err(|_| missing(name)),
        _ => Err(missing(name)),
    }
}

pub fn get_bytes<'i>(item: &'i Item, name: &str) -> Result<&'i [u8], StoreError> {
    match item.get(name) {
        Some(AttributeValue::B(bytes)) => Ok(bytes.as_ref()),
        _ => Err(missing(name)),
    }
}

pub fn get_time(item: &Item, name: &str) -> Result<Timestamp, StoreError> {
    get_number(item, name).map(Timestamp::from_millis)
}

/// `None` if the attribute is absent.
pub fn optional<'i, T>(
    item: &'i Item,
    name: &str,
    get: impl Fn(&'i Item, &str) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    if item.contains_key(name) { get(item, name).map(Some) } else { Ok(None) }
}

fn missing(name: &str) -> StoreError {
    StoreError::Unreadable(format!("attribute `{name}` is missing or has another type"))
}
