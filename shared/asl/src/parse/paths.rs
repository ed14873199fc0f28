//! Fields that are paths, templates or timestamps: what the crate `expressions` compiles.

use expressions::path::{Path, PathRoot};
use expressions::reference_path::{self, ReferencePath};
use expressions::template::{Expression, PayloadTemplate};
use expressions::timestamp::Timestamp;
use serde_json::Value;

use super::fields::{Fields, join};
use crate::diagnostic::{Code, Diagnostic, item_location};
use crate::machine::{PathField, ResultPath, Text};

const NO_PATH: &str = "Value must be a valid JSONPath.";
const NO_REFERENCE_PATH: &str = "Value is not a Reference Path";

/// Whether a text would be evaluated under a key that ends in `.$`.
pub(super) fn looks_evaluated(text: &str) -> bool {
    let path = text == "$" || text == "$$" || ["$.", "$[", "$$.", "$$["].iter().any(|start| text.starts_with(start));
    path || (text.starts_with("States.") && text.ends_with(')'))
}

/// What is said of a text that is no Reference Path, with `reason` where the words of AWS are not known.
fn no_reference_path(text: &str, reason: Option<String>) -> String {
    let reason = reference_path::known_reason(text).map(ToOwned::to_owned).or(reason);
    reason.map_or_else(|| NO_REFERENCE_PATH.to_owned(), |reason| format!("{NO_REFERENCE_PATH}: {reason}"))
}

/// The place to which steps lead from a value at `location`.
fn place_within(value: &Value, location: &str, steps: &[String]) -> String {
    let Some((step, rest)) = steps.split_first() else {
        return location.to_owned();
    };
    match (value.as_array(), step.parse::<usize>()) {
        (Some(items), Ok(index)) => {
            place_within(items.get(index).unwrap_or(&Value::Null), &item_location(location, index), rest)
        }
        _ => place_within(value.get(step).unwrap_or(&Value::Null), &join(location, step), rest),
    }
}

impl Fields<'_> {
    /// Any path.
    pub fn path(&self, field: &str) -> Option<Path> {
        let path = Path::parse(self.string(field)?).ok();
        if path.is_none() {
            self.report_at(field, NO_PATH);
        }
        path
    }

    /// A path of names and indexes, into the input, the context object or a variable.
    pub fn single_value_path(&self, field: &str) -> Option<Path> {
        let path = self.path(field)?;
        if !path.is_reference_path() {
            self.report_at(field, no_reference_path(&path.text, None));
        }
        Some(path)
    }

    /// A path in a Choice rule, where AWS words it differently.
    pub fn choice_path(&self, field: &str) -> Option<Path> {
        let text = self.string(field)?;
        match Path::parse(text) {
            Ok(path) => {
                if !path.is_reference_path() {
                    self.report_at(field, no_reference_path(text, None));
                }
                Some(path)
            }
            Err(error) => {
                self.report_at(field, no_reference_path(text, Some(error.to_string())));
                None
            }
        }
    }

    /// Refuses the context object in fields where AWS does not read it.
    pub fn refuse_context(&self, fields: &[&str]) {
        for field in fields {
            let path = self.get(field).and_then(Value::as_str).and_then(|text| Path::parse(text).ok());
            if path.is_some_and(|path| path.root == PathRoot::Context) {
                self.report_at(field, NO_REFERENCE_PATH);
            }
        }
    }

    /// `InputPath`, `OutputPath`.
    pub fn path_field(&self, field: &str) -> PathField {
        match self.get(field) {
            None => PathField::Whole,
            Some(Value::Null) => PathField::Null,
            Some(Value::String(text)) if text == "$" => PathField::Whole,
            Some(_) => self.path(field).map_or(PathField::Whole, PathField::Path),
        }
    }

    /// `ResultPath`.
    pub fn result_path(&self, field: &str) -> ResultPath {
        if self.get(field).is_some_and(Value::is_null) {
            return ResultPath::Discard;
        }
        let Some(text) = self.string(field) else {
            return ResultPath::Replace;
        };
        if !text.starts_with('$') {
            self.report_at(field, NO_PATH);
            return ResultPath::Replace;
        }
        match ReferencePath::parse(text) {
            Ok(path) if path.is_root() => ResultPath::Replace,
            Ok(path) => ResultPath::At(path),
            Err(error) => {
                self.report_at(field, error.to_string());
                ResultPath::Replace
            }
        }
    }

    /// A payload template. Each wrong member is noted at the object that has it.
    pub fn template(&self, field: &str) -> Option<PayloadTemplate> {
        let value = self.get(field)?;
        let location = self.location_of(field);
        self.warn_of_static_paths(value, &location);
        match PayloadTemplate::compile(value) {
            Ok(template) => Some(template),
            Err(errors) => {
                for error in errors {
                    let place = place_within(value, &location, &error.pointer);
                    let finding = Diagnostic::new(Code::SchemaValidationFailed, error.to_string(), Some(&place));
                    self.findings.push(finding.about(&error.key));
                }
                None
            }
        }
    }

    fn warn_of_static_paths(&self, value: &Value, location: &str) {
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.warn_of_static_paths(item, &item_location(location, index));
                }
            }
            Value::Object(object) => {
                for (key, item) in object {
                    let static_path = item.as_str().is_some_and(looks_evaluated) && !key.ends_with(".$");
                    if static_path {
                        let message = format!("The value of '{key}' is not evaluated: its name does not end with '.$'");
                        self.findings.push(Diagnostic::new(Code::NoDollar, message, Some(location)).about(key));
                    }
                    self.warn_of_static_paths(item, &join(location, key));
                }
            }
            _ => {}
        }
    }

    /// Warns of a constant that looks like the path that `fieldPath` would take.
    pub fn warn_of_constant_path(&self, field: &str) {
        if !self.is_jsonata() && self.get(field).and_then(Value::as_str).is_some_and(looks_evaluated) {
            let message = format!("The value of '{field}' is not evaluated: its name does not end with 'Path'");
            self.findings.add(Code::NoPath, message, Some(&self.location_of(field)));
        }
    }

    /// A path or an intrinsic function: `ErrorPath`, `RoleArn.$`.
    pub fn path_or_intrinsic(&self, field: &str) -> Option<Text> {
        match Expression::parse(self.string(field)?) {
            Ok(Expression::Path(path)) => Some(Text::Path(path)),
            Ok(Expression::Intrinsic(function)) => Some(Text::Intrinsic(function)),
            Err(_) => {
                let message = format!(
                    "The value for the field '{field}' must be a valid JSONPath or a valid intrinsic function call"
                );
                self.report_member(field, message);
                None
            }
        }
    }

    /// A constant timestamp, in epoch milliseconds.
    pub fn timestamp(&self, field: &str) -> Option<i64> {
        let text = self.string(field)?;
        let timestamp = Timestamp::parse(text).ok().filter(|_| is_rfc3339_profile(text));
        if timestamp.is_none() {
            self.report_at(field, "String does not match RFC3339 timestamp");
        }
        timestamp.map(|timestamp| timestamp.epoch_milliseconds())
    }
}

/// A definition's timestamps are stricter than those that come as data: with seconds, and `T` and `Z` in capitals.
/// <https://states-language.net/spec.html#timestamps>
fn is_rfc3339_profile(text: &str) -> bool {
    let byte = |index| text.as_bytes().get(index).copied();
    byte(10) == Some(b'T') && byte(16) == Some(b':') && !text.ends_with('z')
}
