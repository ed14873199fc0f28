//! Results of the type that a field takes. Step Functions' words for the others.

use super::failure::kind;
use super::{JsonataExpression, JsonataFailure};
use crate::json_text::json_text;
use crate::numbers;
use crate::timestamp::Timestamp;
use serde_json::Value;
use std::ops::RangeInclusive;

impl JsonataExpression {
    pub fn as_string(&self, field: &str, value: Value) -> Result<String, JsonataFailure> {
        match value {
            Value::String(text) => Ok(text),
            other => Err(self.unexpected(field, "string", other)),
        }
    }

    pub fn as_boolean(&self, field: &str, value: Value) -> Result<bool, JsonataFailure> {
        match value {
            Value::Bool(flag) => Ok(flag),
            other => Err(self.unexpected(field, "boolean", other)),
        }
    }

    pub fn as_array(&self, field: &str, value: Value) -> Result<Vec<Value>, JsonataFailure> {
        match value {
            Value::Array(items) => Ok(items),
            other => Err(self.unexpected(field, "array", other)),
        }
    }

    /// `2` and `2.0`, of whatever sign. A number with a fraction is another failure than no number.
    pub fn as_integer(&self, field: &str, value: Value) -> Result<i64, JsonataFailure> {
        match value {
            Value::Number(number) => numbers::as_integer(&number).ok_or_else(|| JsonataFailure::Unparsable {
                field: field.to_owned(),
                expected: "an integer",
                found: number.to_string(),
            }),
            other => Err(self.unexpected(field, "number", other)),
        }
    }

    /// An integer that must lie within `range`.
    pub fn as_integer_within(
        &self,
        field: &str,
        value: Value,
        range: &RangeInclusive<u64>,
    ) -> Result<u64, JsonataFailure> {
        let shown = value.to_string();
        let integer = u64::try_from(self.as_integer(field, value)?).ok();
        integer.filter(|integer| range.contains(integer)).ok_or_else(|| JsonataFailure::OutOfRange {
            field: field.to_owned(),
            least: *range.start(),
            most: *range.end(),
            found: shown,
        })
    }

    /// A number from 0 to 100.
    pub fn as_percentage(&self, field: &str, value: Value) -> Result<f64, JsonataFailure> {
        match value {
            Value::Number(number) => number.as_f64().filter(|number| (0.0..=100.0).contains(number)).ok_or_else(|| {
                JsonataFailure::OutOfRange { field: field.to_owned(), least: 0, most: 100, found: number.to_string() }
            }),
            other => Err(self.unexpected(field, "number", other)),
        }
    }

    pub fn as_timestamp(&self, field: &str, value: Value) -> Result<Timestamp, JsonataFailure> {
        let text = self.as_string(field, value)?;
        Timestamp::parse(&text).map_err(|_| JsonataFailure::Unparsable {
            field: field.to_owned(),
            expected: "an ISO-8601 extended offset date-time format string",
            found: text,
        })
    }

    /// The failure for a result of another type. `expected` is one of JSON's: `array`, `number`.
    pub fn unexpected(&self, field: &str, expected: &'static str, found: Value) -> JsonataFailure {
        JsonataFailure::UnexpectedType {
            expression: self.text().to_owned(),
            field: field.to_owned(),
            expected,
            kind: kind(&found),
            found: json_text(&found),
        }
    }
}
