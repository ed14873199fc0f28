//! A service's model, and how a value is held against a shape.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use crate::Mode;

#[derive(Debug, Deserialize)]
pub(crate) struct Model {
    /// The shape of the output, by action. One that answers nothing is not among them.
    pub operations: HashMap<String, usize>,
    pub shapes: Vec<Shape>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Shape {
    Structure {
        members: HashMap<String, usize>,
        #[serde(default)]
        required: Vec<String>,
    },
    List {
        member: usize,
        min: Option<usize>,
        max: Option<usize>,
    },
    Map {
        value: usize,
    },
    String {
        min: Option<usize>,
        max: Option<usize>,
        #[serde(default, rename = "enum")]
        words: Vec<String>,
    },
    /// Base64.
    Blob {
        min: Option<usize>,
        max: Option<usize>,
    },
    Number {
        min: Option<f64>,
        max: Option<f64>,
    },
    Timestamp,
    Boolean,
    Document,
}

impl Model {
    pub fn check(&self, action: &str, result: &Value, mode: Mode) -> Result<(), String> {
        match self.operations.get(action) {
            Some(shape) => self.check_value(*shape, "result", result, mode),
            None => Ok(()),
        }
    }

    fn check_value(&self, shape: usize, field: &str, value: &Value, mode: Mode) -> Result<(), String> {
        match (self.shapes.get(shape), value) {
            (None | Some(Shape::Document), _) => Ok(()),
            (Some(Shape::Structure { members, required }), Value::Object(object)) => {
                self.check_members(members, required, object, mode)
            }
            (Some(Shape::Structure { .. }), _) => must_be("an object", field),
            (Some(Shape::List { member, min, max }), Value::Array(items)) => {
                check_length(field, items.len(), *min, *max)?;
                items.iter().try_for_each(|item| self.check_value(*member, field, item, mode))
            }
            (Some(Shape::List { .. }), _) => must_be("an array", field),
            (Some(Shape::Map { value }), Value::Object(object)) => {
                object.iter().try_for_each(|(key, item)| self.check_value(*value, key, item, mode))
            }
            (Some(Shape::Map { .. }), _) => must_be("an object", field),
            (Some(leaf), value) => check_leaf(leaf, field, value),
        }
    }

    fn check_members(
        &self,
        members: &HashMap<String, usize>,
        required: &[String],
        object: &serde_json::Map<String, Value>,
        mode: Mode,
    ) -> Result<(), String> {
        let missing = required.iter().find(|name| !object.contains_key(*name)).filter(|_| mode == Mode::Strict);
        if let Some(name) = missing {
            return Err(format!("Required field '{name}' is missing"));
        }
        object.iter().try_for_each(|(name, value)| match members.get(name) {
            Some(shape) => self.check_value(*shape, name, value, mode),
            None => Ok(()),
        })
    }
}

fn check_leaf(leaf: &Shape, field: &str, value: &Value) -> Result<(), String> {
    match (leaf, value) {
        (Shape::String { min, max, words }, Value::String(text)) => {
            if !words.is_empty() && !words.contains(text) {
                return Err(format!("Field '{field}' is not an expected value"));
            }
            check_length(field, text.chars().count(), *min, *max)
        }
        // Four characters of base64 are three bytes.
        (Shape::Blob { min, max }, Value::String(text)) => {
            check_length(field, (text.len() * 3).div_ceil(4), *min, *max)
        }
        (Shape::Number { min, max }, Value::Number(number)) => check_range(field, number.as_f64(), *min, *max),
        (Shape::String { .. } | Shape::Blob { .. }, _) => must_be("a string", field),
        (Shape::Number { .. }, _) => must_be("a number", field),
        (Shape::Timestamp, value) if !value.is_string() => must_be("a string", field),
        (Shape::Boolean, value) if !value.is_boolean() => must_be("a boolean", field),
        _ => Ok(()),
    }
}

fn must_be(what: &str, field: &str) -> Result<(), String> {
    Err(format!("Field '{field}' must be {what}"))
}

fn check_length(field: &str, length: usize, min: Option<usize>, max: Option<usize>) -> Result<(), String> {
    if min.is_some_and(|min| length < min) {
        return Err(format!("Field '{field}' is smaller than the minimum length"));
    }
    if max.is_some_and(|max| length > max) {
        return Err(format!("Field '{field}' exceeds the maximum length"));
    }
    Ok(())
}

fn check_range(field: &str, number: Option<f64>, min: Option<f64>, max: Option<f64>) -> Result<(), String> {
    let Some(number) = number else { return Ok(()) };
    if min.is_some_and(|min| number < min) {
        return Err(format!("Field '{field}' is less than the minimum value"));
    }
    if max.is_some_and(|max| number > max) {
        return Err(format!("Field '{field}' exceeds the maximum value"));
    }
    Ok(())
}
