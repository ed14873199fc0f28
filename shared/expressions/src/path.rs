//! Paths: a JSONPath and the document that it is applied to.
//! <https://states-language.net/spec.html#paths>

use crate::error::EvaluationError;
use crate::json_path::{JsonPath, NotFound, NotFoundKind, PathSyntaxError, Selection};
use crate::reference_path;
use crate::scope::Scope;
use crate::variable_name::{self, VariableNameError};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    pub text: String,
    pub root: PathRoot,
    /// The path within the root's document, always beginning with `$`: that of `$$.a` and of `$name.a` is `$.a`.
    pub json_path: JsonPath,
}

/// The document that a path is applied to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathRoot {
    /// `$` and `$.x`
    Input,
    /// `$$` and `$$.x`
    Context,
    /// `$name` and `$name.x`, with the name
    Variable(String),
}

impl Path {
    pub fn parse(text: &str) -> Result<Path, PathSyntaxError> {
        let fail = |reason, position| Err(PathSyntaxError { reason, position });
        let Some(after) = text.strip_prefix('$') else {
            return fail("a path must begin with `$`", 0);
        };
        let (root, within) = if let Some(within) = after.strip_prefix('$') {
            (PathRoot::Context, within)
        } else {
            match variable_name::split(after) {
                ("", within) => (PathRoot::Input, within),
                (name, within) => match variable_name::check(name) {
                    Ok(()) => (PathRoot::Variable(name.to_owned()), within),
                    Err(VariableNameError::InvalidCharacters) => {
                        return fail("a variable's name begins with a letter", 1);
                    }
                    Err(VariableNameError::TooLong) => {
                        return fail("a variable's name has at most 80 characters", 1);
                    }
                },
            }
        };
        let json_path = JsonPath::parse(&format!("${within}")).map_err(|error| PathSyntaxError {
            position: error.position + text.len().saturating_sub(within.len() + 1),
            ..error
        })?;
        Ok(Path { text: text.to_owned(), root, json_path })
    }

    /// Whether the path names at most one value.
    pub fn is_definite(&self) -> bool {
        self.json_path.is_definite()
    }

    /// Whether the path has only member names and array indexes, as the fields that take a Reference Path require.
    pub fn is_reference_path(&self) -> bool {
        self.json_path.reference_steps().is_some()
    }

    /// Whether the path may read the context object at `members`, or something around it. Errs on the side of `true`.
    /// `$$.Execution` may read `["Execution", "Input"]`, and `$$.Execution.Name` may not.
    pub fn may_read_context(&self, members: &[&str]) -> bool {
        self.root == PathRoot::Context && self.json_path.may_read(members)
    }

    /// The document that the path is applied to; `None` for a variable without a value.
    fn document<'s>(&self, scope: &'s dyn Scope) -> Option<&'s Value> {
        match &self.root {
            PathRoot::Input => Some(scope.input()),
            PathRoot::Context => Some(scope.context()),
            PathRoot::Variable(name) => scope.variable(name),
        }
    }

    /// What the path selects; `One(None)` when the variable has no value.
    pub fn select<'s>(&self, scope: &'s dyn Scope) -> Selection<'s> {
        self.document(scope).map_or(Selection::One(None), |document| self.json_path.select(document))
    }

    /// The value that the path names, lists as arrays; `None` if there is none.
    pub fn value<'s>(&self, scope: &'s dyn Scope) -> Option<Cow<'s, Value>> {
        self.select(scope).into_value()
    }

    /// Why [`Path::value`] is `None`.
    pub fn explain(&self, scope: &dyn Scope) -> Option<NotFound> {
        match self.document(scope) {
            Some(document) => self.json_path.explain(document),
            None => Some(NotFound {
                kind: NotFoundKind::MissingProperty,
                reason: format!("No results for path: {}", self.text),
            }),
        }
    }

    /// The value for a field named in the message when there is none: a key of a payload template (with its `.$`),
    /// `ErrorPath` or `CausePath`.
    pub fn value_for_field<'s>(&self, field: &str, scope: &'s dyn Scope) -> Result<Cow<'s, Value>, EvaluationError> {
        self.value(scope).ok_or_else(|| EvaluationError::PathNotFound {
            path: self.text.clone(),
            field: field.to_owned(),
            input: self.document(scope).unwrap_or(scope.input()).to_string(),
        })
    }

    /// The value for `InputPath`, `OutputPath`, `TimeoutSecondsPath`, `HeartbeatSecondsPath`.
    pub fn value_for_state<'s>(&self, scope: &'s dyn Scope) -> Result<Cow<'s, Value>, EvaluationError> {
        self.value(scope).ok_or_else(|| EvaluationError::InvalidPath {
            path: self.text.clone(),
            reason: self.explain(scope).map(|not_found| not_found.reason).unwrap_or_default(),
        })
    }

    /// The value for a Map state's `ItemsPath`, of whatever kind it is.
    pub fn value_for_items<'s>(&self, scope: &'s dyn Scope) -> Result<Cow<'s, Value>, EvaluationError> {
        self.value(scope).ok_or_else(|| {
            let document = self.document(scope).unwrap_or(&Value::Null);
            let steps = self.json_path.reference_steps().unwrap_or_default();
            EvaluationError::ItemsPathConflict {
                step: reference_path::first_impossible(&steps, document).map(ToString::to_string).unwrap_or_default(),
                input: document.to_string(),
            }
        })
    }

    /// The value for `Variable`, or a comparison's `…Path`, in a Choice rule. `IsPresent` uses [`Path::value`].
    pub fn value_for_choice<'s>(&self, scope: &'s dyn Scope) -> Result<Cow<'s, Value>, EvaluationError> {
        self.value(scope).ok_or_else(|| EvaluationError::InvalidChoicePath { path: self.text.clone() })
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use serde_json::json;
    use std::cell::Cell;

    /// A scope of plain values for tests of this crate.
    pub(crate) struct TestScope {
        pub(crate) input: Value,
        pub(crate) context: Value,
        pub(crate) variables: Value,
        pub(crate) randoms: Cell<u64>,
    }

    impl TestScope {
        pub(crate) fn of_input(input: Value) -> TestScope {
            TestScope { input, context: json!({}), variables: json!({}), randoms: Cell::new(0) }
        }
    }

    impl Scope for TestScope {
        fn input(&self) -> &Value {
            &self.input
        }

        fn context(&self) -> &Value {
            &self.context
        }

        fn variable(&self, name: &str) -> Option<&Value> {
            self.variables.get(name)
        }

        fn random(&self) -> u64 {
            self.randoms.set(self.randoms.get().wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
            self.randoms.get()
        }

        fn uuid(&self) -> String {
            "0b1e5f6c-0d1e-4a4b-8d41-1c9d4a9d2f11".to_owned()
        }
    }

    #[test]
    fn the_root_is_read_off_the_beginning() {
        for (text, root, json_path) in [
            ("$", PathRoot::Input, "$"),
            ("$.a", PathRoot::Input, "$.a"),
            ("$[0]", PathRoot::Input, "$[0]"),
            ("$$", PathRoot::Context, "$"),
            ("$$.Execution.Input", PathRoot::Context, "$.Execution.Input"),
            ("$name", PathRoot::Variable("name".to_owned()), "$"),
            ("$größe_2.a[*]", PathRoot::Variable("größe_2".to_owned()), "$.a[*]"),
            ("$name['a']", PathRoot::Variable("name".to_owned()), "$['a']"),
        ] {
            let path = Path::parse(text).unwrap();
            assert_eq!((&path.root, path.json_path.to_string().as_str()), (&root, json_path), "{text}");
            assert_eq!(path.to_string(), text);
        }
    }

    #[test]
    fn texts_that_are_no_paths_are_refused() {
        let long = format!("${}", "n".repeat(81));
        for text in ["", "a", "$1a", "$_a", "$a-b", "$$a", "$$$", "$.", " $.a", "$.a ", "$a b", long.as_str()] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
        assert_eq!(Path::parse("$name.a[").unwrap_err().position, 8);
    }

    #[test]
    fn values_come_from_the_roots_document() {
        let scope = TestScope {
            context: json!({"Execution": {"Name": "n"}}),
            variables: json!({"list": [1, 2]}),
            ..TestScope::of_input(json!({"a": {"b": 1}}))
        };
        for (text, expected) in [
            ("$.a.b", Some(json!(1))),
            ("$.b", None),
            ("$$.Execution.Name", Some(json!("n"))),
            ("$list[1]", Some(json!(2))),
            ("$list[*]", Some(json!([1, 2]))),
            ("$none", None),
            ("$none[*]", None),
        ] {
            let value = Path::parse(text).unwrap().value(&scope).map(Cow::into_owned);
            assert_eq!(value, expected, "{text}");
        }
    }

    #[test]
    fn each_use_of_a_path_has_its_own_words_for_a_missing_value() {
        let scope = TestScope::of_input(json!({"x": 1}));
        let path = Path::parse("$.no.such.result.path").unwrap();
        for (error, expected) in [
            (
                path.value_for_field("value.$", &scope).unwrap_err(),
                "The JSONPath '$.no.such.result.path' specified for the field 'value.$' could not be found in the input \
                 '{\"x\":1}'",
            ),
            (
                path.value_for_state(&scope).unwrap_err(),
                "Invalid path '$.no.such.result.path' : Missing property in path $['no']",
            ),
            (
                path.value_for_choice(&scope).unwrap_err(),
                "Invalid path '$.no.such.result.path': The choice state's condition path references an invalid value.",
            ),
            (
                Path::parse("$.x.y.z").unwrap().value_for_state(&scope).unwrap_err(),
                "Invalid path '$.x.y.z' : Property ['y'] not found in path $['x']",
            ),
            (
                Path::parse("$.no").unwrap().value_for_state(&scope).unwrap_err(),
                "Invalid path '$.no' : No results for path: $['no']",
            ),
        ] {
            assert_eq!(error.to_string(), expected);
            assert_eq!(error.error_name(), "States.Runtime");
        }
    }

    #[test]
    fn items_that_are_missing_name_the_step() {
        let scope = TestScope::of_input(json!({"discovery": {"body": []}}));
        for (text, step) in
            [("$.discovery.objects", "objects"), ("$.discovery.body[2].x", "2"), ("$.discovery.body.x", "x")]
        {
            let error = Path::parse(text).unwrap().value_for_items(&scope).unwrap_err();
            assert_eq!(error.error_name(), "States.ReferencePathConflict");
            assert_eq!(
                error.to_string(),
                format!(r#"Unable to apply step "{step}" to input {{"discovery":{{"body":[]}}}}"#)
            );
        }
    }

    #[test]
    fn the_execution_input_counts_as_read_unless_that_is_impossible() {
        for (text, expected) in [
            ("$$", true),
            ("$$.Execution", true),
            ("$$.Execution.Input", true),
            ("$$['Execution']['Input'].a", true),
            ("$$.Execution['Input','Name']", true),
            ("$$.*", true),
            ("$$..Name", true),
            ("$$.Execution.Name", false),
            ("$$.State", false),
            ("$$.State[?(@.a == $.Execution.Input)]", true),
            ("$$[0]", false),
            ("$.Execution.Input", false),
            ("$name", false),
        ] {
            assert_eq!(Path::parse(text).unwrap().may_read_context(&["Execution", "Input"]), expected, "{text}");
        }
    }
}
