//! Values on their way into an evaluation and out of it.
//!
//! JSONata's numbers are doubles. Step Functions keeps the integers of a Java `long` exact when they only pass through,
//! and writes other numbers as Java does: `1.0` comes out as `1`, 2^63 as `9.223372036854776E18`, an infinity as text.

use super::failure::Thrown;
use jsonata_core::value::JValue;
use serde_json::{Map, Number, Value};
use std::collections::HashMap;

/// The first integer that is not a Java `long`, 2^63.
const LONG_LIMIT: f64 = 9_223_372_036_854_775_808.0;
/// Beyond it two integers may share a double: 2^53.
const EXACT_LIMIT: u64 = 1 << 53;
/// Levels of arrays and objects in a result. What reads it back stops at 128, and a result may stand inside a template.
const MAX_RESULT_DEPTH: usize = 100;

/// Numbers that went in and do not fit a double, by the double that stands for them; `None` where several share it.
#[derive(Debug, Default)]
pub(super) struct ExactNumbers {
    by_double: HashMap<u64, Option<Number>>,
}

/// The value that an evaluation works on.
pub(super) fn to_jsonata(value: &Value, exact: &mut ExactNumbers) -> JValue {
    match value {
        Value::Null => JValue::Null,
        Value::Bool(flag) => JValue::Bool(*flag),
        Value::Number(number) => JValue::Number(exact.double(number)),
        Value::String(text) => JValue::string(text.as_str()),
        Value::Array(items) => JValue::array(items.iter().map(|item| to_jsonata(item, exact)).collect()),
        Value::Object(members) => {
            JValue::object(members.iter().map(|(key, member)| (key.clone(), to_jsonata(member, exact))).collect())
        }
    }
}

impl ExactNumbers {
    fn double(&mut self, number: &Number) -> f64 {
        let double = as_double(number);
        let is_lossy = match number.as_i64() {
            Some(integer) => integer.unsigned_abs() > EXACT_LIMIT,
            None => double.is_infinite(),
        };
        if is_lossy {
            let remembered = self.by_double.entry(double.to_bits()).or_insert_with(|| Some(number.clone()));
            if remembered.as_ref().is_some_and(|other| other != number) {
                *remembered = None;
            }
        }
        double
    }

    /// The value with a name in place of each integer that a double does not hold, and the digits by these names; `None` if
    /// there is none.
    pub fn named(&self, value: &JValue) -> Option<(JValue, Vec<(String, String)>)> {
        let mut digits = Vec::new();
        let named = if self.by_double.is_empty() { None } else { Some(self.with_names(value, &mut digits)) };
        named.filter(|_| !digits.is_empty()).map(|named| (named, digits))
    }

    fn with_names(&self, value: &JValue, digits: &mut Vec<(String, String)>) -> JValue {
        match value {
            JValue::Number(double) => match self.by_double.get(&double.to_bits()) {
                Some(Some(number)) if number.as_i64().is_some() => {
                    let name = format!("\u{F8FF}{}\u{F8FF}", digits.len());
                    digits.push((name.clone(), number.to_string()));
                    JValue::string(name)
                }
                _ => value.clone(),
            },
            JValue::Array(items) => JValue::array(items.iter().map(|item| self.with_names(item, digits)).collect()),
            JValue::Object(members) => JValue::object(
                members.iter().map(|(key, member)| (key.clone(), self.with_names(member, digits))).collect(),
            ),
            _ => value.clone(),
        }
    }

    fn restore(&self, double: f64) -> Option<Value> {
        self.by_double.get(&double.to_bits()).cloned().flatten().map(Value::Number)
    }
}

fn as_double(number: &Number) -> f64 {
    // `as_f64` has no infinities; the text has.
    number.as_f64().or_else(|| number.to_string().parse().ok()).unwrap_or(f64::NAN)
}

/// A number that passes through without an evaluation, as one would have written it.
pub(super) fn normalized(value: &Value) -> Value {
    match value {
        Value::Number(number) => match (number.as_i64(), as_double(number)) {
            // Not as it is written, which may be `-0`.
            (Some(integer), _) => Value::from(integer),
            (None, double) if double.is_finite() => number_value(double),
            (None, _) => value.clone(),
        },
        Value::Array(items) => Value::Array(items.iter().map(normalized).collect()),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(key, member)| (key.clone(), normalized(member))).collect())
        }
        _ => value.clone(),
    }
}

/// Why a result is no JSON value.
#[derive(Debug, PartialEq)]
pub(super) enum NoJson {
    Unsupported,
    TooLarge,
}

impl From<NoJson> for Thrown {
    fn from(_: NoJson) -> Thrown {
        Thrown::Memory
    }
}

/// Reads results. Values share their parts, so what is small in memory can be huge as JSON: `bytes_left` counts.
pub(super) struct ResultReader<'e> {
    pub exact: &'e ExactNumbers,
    pub bytes_left: usize,
}

impl ResultReader<'_> {
    /// Undefined members are left out, undefined items are null, as `JSON.stringify` has them.
    pub fn read(&mut self, value: &JValue, depth: usize) -> Result<Value, NoJson> {
        if depth > MAX_RESULT_DEPTH {
            return Err(NoJson::TooLarge);
        }
        self.spend(1)?;
        match value {
            JValue::Null | JValue::Undefined => Ok(Value::Null),
            JValue::Bool(flag) => Ok(Value::Bool(*flag)),
            JValue::Number(double) => Ok(self.exact.restore(*double).unwrap_or_else(|| number_value(*double))),
            JValue::String(text) => {
                self.spend(text.len())?;
                Ok(Value::String(text.to_string()))
            }
            JValue::Array(items) => {
                let items: Result<Vec<_>, _> = items.iter().map(|item| self.read(item, depth + 1)).collect();
                items.map(Value::Array)
            }
            JValue::Object(members) => {
                let mut object = Map::new();
                for (key, member) in members.iter().filter(|(_, member)| !member.is_undefined()) {
                    self.spend(key.len())?;
                    object.insert(key.clone(), self.read(member, depth + 1)?);
                }
                Ok(Value::Object(object))
            }
            _ => Err(NoJson::Unsupported),
        }
    }

    fn spend(&mut self, bytes: usize) -> Result<(), NoJson> {
        self.bytes_left = self.bytes_left.checked_sub(bytes).ok_or(NoJson::TooLarge)?;
        Ok(())
    }
}

/// A double as Step Functions writes it.
pub(super) fn number_value(double: f64) -> Value {
    if double.is_nan() {
        return Value::from("NaN");
    }
    if double.is_infinite() {
        return Value::from(if double > 0.0 { "Infinity" } else { "-Infinity" });
    }
    if double.fract() == 0.0 && double.abs() < LONG_LIMIT {
        return Value::from(double as i64);
    }
    serde_json::from_str(&java_double(double)).map_or(Value::Null, Value::Number)
}

/// Java's `Double.toString`: decimal from 10^-3 up to 10^7, scientific outside.
fn java_double(double: f64) -> String {
    if (1e-3..1e7).contains(&double.abs()) {
        return format!("{double:?}");
    }
    let text = format!("{double:E}");
    match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => text,
    }
}

/// How much `value` holds, each scalar as 8 and each character as 1, shared parts as often as they appear. Counting ends
/// soon after `limit`.
pub(super) fn weight(value: &JValue, limit: usize) -> usize {
    let mut total = 0_usize;
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        total = total.saturating_add(match value {
            JValue::String(text) => text.len().saturating_add(8),
            JValue::Array(items) => {
                pending.extend(items.iter().take(limit));
                8
            }
            JValue::Object(members) => {
                pending.extend(members.values());
                members.keys().map(String::len).sum::<usize>().saturating_add(8)
            }
            _ => 8,
        });
        if total > limit {
            break;
        }
    }
    total
}
