//! The functions that may end a path.

use super::select;
use crate::numbers;
use serde_json::{Number, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathFunction {
    Length,
    Min,
    Max,
    Average,
    StandardDeviation,
    /// Any other name: accepted as part of a path, never found in a document. This is what Step Functions was seen to
    /// do with `sum()`.
    Unknown,
}

impl PathFunction {
    pub(super) fn named(name: &str) -> PathFunction {
        match name {
            "length" => PathFunction::Length,
            "min" => PathFunction::Min,
            "max" => PathFunction::Max,
            "avg" => PathFunction::Average,
            "stddev" => PathFunction::StandardDeviation,
            _ => PathFunction::Unknown,
        }
    }

    /// The function of an array's elements; `length` also of an object's members.
    pub(super) fn of_value(self, value: &Value) -> Option<Value> {
        match value {
            Value::Array(items) => self.of_items(items.iter()),
            Value::Object(members) if self == PathFunction::Length => Some(Value::from(members.len())),
            _ => None,
        }
    }

    pub(super) fn of_selected(self, values: &[select::Node<'_>]) -> Option<Value> {
        self.of_items(values.iter().map(AsRef::as_ref))
    }

    fn of_items<'v>(self, items: impl ExactSizeIterator<Item = &'v Value>) -> Option<Value> {
        if self == PathFunction::Length {
            return Some(Value::from(items.len()));
        }
        let values: Vec<&Number> = items.filter_map(Value::as_number).collect();
        let result = match self {
            PathFunction::Length | PathFunction::Unknown => return None,
            PathFunction::Min => values.into_iter().min_by(|left, right| numbers::compare(left, right))?.as_f64()?,
            PathFunction::Max => values.into_iter().max_by(|left, right| numbers::compare(left, right))?.as_f64()?,
            PathFunction::Average => mean(&values)?,
            PathFunction::StandardDeviation => {
                let mean = mean(&values)?;
                let squares = values.iter().filter_map(|number| number.as_f64()).map(|value| (value - mean).powi(2));
                (squares.sum::<f64>() / values.len() as f64).sqrt()
            }
        };
        Number::from_f64(result).map(Value::Number)
    }
}

fn mean(values: &[&Number]) -> Option<f64> {
    let sum: f64 = values.iter().filter_map(|number| number.as_f64()).sum();
    (!values.is_empty()).then(|| sum / values.len() as f64)
}
