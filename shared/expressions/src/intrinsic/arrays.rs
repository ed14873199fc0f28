//! Functions of arrays. Fractions are cut off, not rounded, whatever the guide says: so Step Functions was seen to do.

use super::evaluate::{Evaluated, InvalidArguments};
use super::java_set;
use crate::numbers;
use serde_json::{Number, Value};

/// "The function can generate up to 1000 items."
const MAX_RANGE_ITEMS: i64 = 1_000;

pub(super) fn partition(items: &[Value], size: &Number) -> Evaluated<Value> {
    match numbers::truncate(size).map(usize::try_from) {
        Some(Ok(size @ 1..)) => Ok(items.chunks(size).map(|chunk| Value::Array(chunk.to_vec())).collect()),
        _ => Err(InvalidArguments),
    }
}

/// By text: `true` is in `["true"]`, and the order of an object's keys matters.
pub(super) fn contains(items: &[Value], wanted: &Value) -> bool {
    let wanted = as_text(wanted);
    items.iter().any(|item| as_text(item) == wanted)
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

pub(super) fn range(first: &Number, last: &Number, step: &Number) -> Evaluated<Value> {
    let bounds = (numbers::truncate(first), numbers::truncate(last), numbers::truncate(step));
    let (Some(first), Some(last), Some(step)) = bounds else {
        return Err(InvalidArguments);
    };
    // In i128 neither the difference nor the last sum can overflow.
    let (first, last, step) = (i128::from(first), i128::from(last), i128::from(step));
    if step == 0 {
        return Err(InvalidArguments);
    }
    let steps = (last - first) / step;
    if (last - first).signum() * step.signum() < 0 {
        return Ok(Value::Array(Vec::new()));
    }
    if steps >= i128::from(MAX_RANGE_ITEMS) {
        return Err(InvalidArguments);
    }
    (0..=steps)
        .map(|count| i64::try_from(first + count * step).map(Value::from).map_err(|_| InvalidArguments))
        .collect()
}

/// Any index into an empty array gives null; outside of another array it is an error.
pub(super) fn get_item(items: &[Value], index: &Number) -> Evaluated<Value> {
    let index = numbers::truncate(index).and_then(|index| usize::try_from(index).ok()).ok_or(InvalidArguments)?;
    if items.is_empty() {
        return Ok(Value::Null);
    }
    items.get(index).cloned().ok_or(InvalidArguments)
}

/// The first of each, in the order of Java's `HashSet`, which Step Functions was seen to use.
pub(super) fn unique(items: &[Value]) -> Value {
    let mut unique: Vec<&Value> = Vec::new();
    for item in items {
        if !unique.iter().any(|seen| java_set::equal(seen, item)) {
            unique.push(item);
        }
    }
    java_set::sort(&mut unique);
    unique.into_iter().cloned().collect()
}
