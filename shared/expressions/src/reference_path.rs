//! Reference paths: `$.a.b[0]['c']`, which name a single place. `ResultPath` writes there.
//! <https://states-language.net/spec.html#ref-paths>

use crate::json_path::JsonPath;
use serde_json::{Map, Value};
use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferencePath {
    text: String,
    steps: Vec<Step>,
}

/// One step down from the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    Field(String),
    Index(usize),
}

/// Why a text is not a reference path, in the words of Step Functions where those are known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Value is not a Reference Path: {reason}")]
pub struct ReferencePathSyntaxError {
    pub reason: String,
}

/// Why a result cannot be written. `Display` is what Step Functions reports, `input` the whole document as compact JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferencePathError {
    /// The document is a string, number, boolean or null.
    #[error("Unable to apply ReferencePath {path} to input {input}")]
    NotAContainer { path: String, input: String },
    /// Something on the way is neither missing nor of the kind that the step needs.
    #[error("Unable to apply step \"{step}\" to input {input}")]
    Conflict { step: String, input: String },
    /// An array on the way is too short.
    #[error("Unable to apply step \"{step}\" to input {input}")]
    IndexOutOfRange { step: usize, input: String },
}

impl ReferencePathError {
    /// `States.ReferencePathConflict` is what users of Step Functions see, although the guide has only
    /// `States.ResultPathMatchFailure`, which was seen for indexes outside an array.
    pub fn error_name(&self) -> &'static str {
        match self {
            ReferencePathError::NotAContainer { .. } | ReferencePathError::Conflict { .. } => {
                "States.ReferencePathConflict"
            }
            ReferencePathError::IndexOutOfRange { .. } => "States.ResultPathMatchFailure",
        }
    }
}

/// Why a text that is no Reference Path is none, where the words of Step Functions are known.
pub fn known_reason(text: &str) -> Option<&'static str> {
    let Some(mut steps) = text.strip_prefix('$') else {
        return Some("Reference path didn't start with '$'");
    };
    while let Some((_, bracketed)) = steps.split_once('[') {
        steps = match bracketed.chars().next() {
            Some(quote @ ('\'' | '"')) => bracketed.splitn(3, quote).nth(2).unwrap_or_default(),
            Some('0'..='9') => bracketed,
            _ => return Some("'[' must be followed by ' or '['"),
        };
    }
    None
}

impl ReferencePath {
    pub fn parse(text: &str) -> Result<ReferencePath, ReferencePathSyntaxError> {
        let refuse = |reason: String| ReferencePathSyntaxError {
            reason: known_reason(text).map(ToOwned::to_owned).unwrap_or(reason),
        };
        let path = JsonPath::parse(text).map_err(|error| refuse(error.to_string()))?;
        let steps = path.reference_steps();
        let steps =
            steps.ok_or_else(|| refuse("it can have only the names of members and array indexes".to_owned()))?;
        Ok(ReferencePath { text: text.to_owned(), steps })
    }

    /// Whether the path is `$`.
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    pub fn get<'v>(&self, root: &'v Value) -> Option<&'v Value> {
        self.steps.iter().try_fold(root, |value, step| step.take(value))
    }

    /// `root` with `value` at the path's place. `$` replaces all of it; objects that are missing on the way are created,
    /// array elements are not.
    pub fn set(&self, mut root: Value, value: Value) -> Result<Value, ReferencePathError> {
        if let Some(error) = self.obstacle(&root) {
            return Err(error);
        }
        let place = self.steps.iter().try_fold(&mut root, |place, step| match (step, place) {
            (Step::Field(name), Value::Object(members)) => {
                Some(members.entry(name.as_str()).or_insert_with(|| Value::Object(Map::new())))
            }
            (Step::Index(index), Value::Array(items)) => items.get_mut(*index),
            _ => None,
        });
        if let Some(place) = place {
            *place = value;
        }
        Ok(root)
    }

    /// Why a value cannot be written.
    fn obstacle(&self, root: &Value) -> Option<ReferencePathError> {
        let input = || root.to_string();
        if !self.is_root() && !root.is_object() && !root.is_array() {
            return Some(ReferencePathError::NotAContainer { path: self.text.clone(), input: input() });
        }
        // `None` from where objects have to be created.
        let mut place = Some(root);
        for step in &self.steps {
            place = match (step, place) {
                (Step::Field(_), None) => None,
                (Step::Field(name), Some(Value::Object(members))) => members.get(name),
                (Step::Index(index), Some(Value::Array(items))) => match items.get(*index) {
                    None => return Some(ReferencePathError::IndexOutOfRange { step: *index, input: input() }),
                    item => item,
                },
                (step, _) => return Some(ReferencePathError::Conflict { step: step.to_string(), input: input() }),
            };
        }
        None
    }
}

impl Step {
    fn take<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        match self {
            Step::Field(name) => value.as_object()?.get(name),
            Step::Index(index) => value.as_array()?.get(*index),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Field(name) => formatter.write_str(name),
            Step::Index(index) => write!(formatter, "{index}"),
        }
    }
}

/// The first step that finds nothing.
pub(crate) fn first_impossible<'s>(steps: &'s [Step], root: &Value) -> Option<&'s Step> {
    let mut value = root;
    steps.iter().find(|step| match step.take(value) {
        Some(next) => {
            value = next;
            false
        }
        None => true,
    })
}

impl fmt::Display for ReferencePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn path(text: &str) -> ReferencePath {
        ReferencePath::parse(text).unwrap()
    }

    #[test]
    fn only_names_and_indexes_make_a_reference_path() {
        for text in ["$", "$.a", "$.a.b[0]['c d']", "$['a'][\"b\"]", "$[2]", "$.a-b"] {
            assert_eq!(path(text).to_string(), text);
        }
        for text in [
            "",
            "a",
            "$a",
            "$$",
            "$$.a",
            "$.*",
            "$[*]",
            "$..a",
            "$[-1]",
            "$[0,1]",
            "$[1:2]",
            "$['a','b']",
            "$[?(@.a)]",
            "$.a.length()",
            "$.a.",
            "$[",
            "$.a[0",
        ] {
            assert!(ReferencePath::parse(text).is_err(), "{text}");
        }
        assert_eq!(
            ReferencePath::parse("States.UUID()").unwrap_err().to_string(),
            "Value is not a Reference Path: Reference path didn't start with '$'"
        );
        for text in ["$[", "$.a[$$.Execution.Id]S", "$['a[b'][*]", "$.a[0][-1]", "$[?(@.a)]"] {
            assert_eq!(
                ReferencePath::parse(text).unwrap_err().to_string(),
                "Value is not a Reference Path: '[' must be followed by ' or '['",
                "{text}"
            );
        }
        for text in ["$['a[b', 'c']", "$[0,1]", "$.a.*"] {
            assert_eq!(known_reason(text), None, "{text}");
        }
    }

    #[test]
    fn a_result_is_written_where_the_path_points() {
        for (text, root, expected) in [
            ("$", json!({"a": 1}), json!("r")),
            ("$.a", json!({"a": 1, "b": 2}), json!({"a": "r", "b": 2})),
            ("$.c", json!({"a": 1}), json!({"a": 1, "c": "r"})),
            ("$.a.b.c", json!({}), json!({"a": {"b": {"c": "r"}}})),
            ("$.a[1].b", json!({"a": [0, {}]}), json!({"a": [0, {"b": "r"}]})),
            ("$[1].payload", json!([1, {"id": 7}]), json!([1, {"id": 7, "payload": "r"}])),
        ] {
            assert_eq!(path(text).set(root.clone(), json!("r")).unwrap(), expected, "{text} in {root}");
            assert_eq!(path(text).get(&expected), Some(&json!("r")));
        }
    }

    #[test]
    fn what_cannot_be_written_is_a_named_failure() {
        for (text, root, name, cause) in [
            (
                "$.someTaskResult",
                json!("input1"),
                "States.ReferencePathConflict",
                r#"Unable to apply ReferencePath $.someTaskResult to input "input1""#,
            ),
            ("$.r", json!([1, 2]), "States.ReferencePathConflict", r#"Unable to apply step "r" to input [1,2]"#),
            ("$.a.b", json!({"a": 1}), "States.ReferencePathConflict", r#"Unable to apply step "b" to input {"a":1}"#),
            (
                "$.a[0]",
                json!({"a": {"0": 1}}),
                "States.ReferencePathConflict",
                r#"Unable to apply step "0" to input {"a":{"0":1}}"#,
            ),
            (
                "$.b.c[0]",
                json!({"a": 1}),
                "States.ReferencePathConflict",
                r#"Unable to apply step "0" to input {"a":1}"#,
            ),
            (
                "$.a[0][2]",
                json!({"a": [[1]]}),
                "States.ResultPathMatchFailure",
                r#"Unable to apply step "2" to input {"a":[[1]]}"#,
            ),
        ] {
            let error = path(text).set(root, json!("r")).unwrap_err();
            assert_eq!((error.error_name(), error.to_string().as_str()), (name, cause), "{text}");
        }
    }
}
