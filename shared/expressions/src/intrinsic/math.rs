//! `States.MathAdd` and `States.MathRandom`.

use super::evaluate::{Evaluated, InvalidArguments};
use crate::java_random::JavaRandom;
use crate::numbers;
use serde_json::{Number, Value};

/// Operands are rounded; they and the sum must be 32-bit integers.
pub(super) fn add(left: &Number, right: &Number) -> Evaluated<Value> {
    match (rounded_i32(left), rounded_i32(right)) {
        (Some(left), Some(right)) => left.checked_add(right).map(Value::from).ok_or(InvalidArguments),
        _ => Err(InvalidArguments),
    }
}

fn rounded_i32(number: &Number) -> Option<i32> {
    i32::try_from(numbers::round(number)?).ok()
}

/// An integer from `start` up to but not including `end`. `draw` is asked for a uniform number, given how many values
/// there are to choose from.
pub(super) fn random(start: &Number, end: &Number, draw: impl FnOnce(u64) -> u64) -> Evaluated<Value> {
    let (Some(start), Some(end)) = (numbers::truncate(start), numbers::truncate(end)) else {
        return Err(InvalidArguments);
    };
    let span = match u64::try_from(i128::from(end) - i128::from(start)) {
        Ok(span @ 1..) => span,
        _ => return Err(InvalidArguments),
    };
    let offset = i128::from(draw(span) % span);
    i64::try_from(i128::from(start) + offset).map(Value::from).map_err(|_| InvalidArguments)
}

/// The same number for the same arguments, always: the first of `java.util.Random`.
pub(super) fn seeded_random(start: &Number, end: &Number, seed: &Number) -> Evaluated<Value> {
    let seed = numbers::truncate(seed).ok_or(InvalidArguments)?;
    random(start, end, |span| JavaRandom::new(seed).below(span))
}
