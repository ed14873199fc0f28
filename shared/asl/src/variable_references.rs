//! Which variables each state refers to, as DescribeStateMachine tells it:
//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html>.
//!
//! Found in the JSON of the definition by the rules that hold for all fields alike: in JSONPath, a field whose name ends in
//! `Path`, `Variable`, and whatever ends in `.$`; in JSONata, every text between `{%` and `%}`.

use std::collections::{BTreeMap, BTreeSet};

use expressions::jsonata::{JsonataExpression, expression_text, is_builtin};
use expressions::path::{Path, PathRoot};
use expressions::template::Expression;
use serde_json::{Map, Value};

/// By the state's name; states without any are left out.
pub type VariableReferences = BTreeMap<String, BTreeSet<String>>;

/// JSONPath fields that hold data and not paths: only what ends in `.$` counts in them.
const TEMPLATES: [&str; 7] =
    ["Parameters", "Arguments", "ResultSelector", "ItemSelector", "Assign", "BatchInput", "WriterConfig"];

/// Of a definition that has been found valid; of anything else, what can be found.
pub fn variable_references(definition: &str) -> VariableReferences {
    let mut found = Found::default();
    if let Ok(Value::Object(machine)) = serde_json::from_str(definition) {
        found.scope(&machine, is_jsonata(&machine).unwrap_or(false));
    }
    let Found { mut references, in_expressions, assigned } = found;
    for (state, names) in in_expressions {
        // A function is called, unless the machine has a variable of its name.
        let variables = names.into_iter().filter(|name| assigned.contains(name) || !is_builtin(name));
        references.entry(state).or_default().extend(variables);
    }
    references.retain(|_, names| !names.is_empty());
    references
}

#[derive(Default)]
struct Found {
    references: VariableReferences,
    /// In JSONata, where the name may be a function's.
    in_expressions: VariableReferences,
    assigned: BTreeSet<String>,
}

impl Found {
    /// The states of a machine, a branch or a processor. `jsonata` is what holds for the whole machine.
    fn scope(&mut self, scope: &Map<String, Value>, jsonata: bool) {
        let states = scope.get("States").and_then(Value::as_object);
        for (name, state) in states.into_iter().flatten() {
            let Some(state) = state.as_object() else { continue };
            let (references, names) = match is_jsonata(state).unwrap_or(jsonata) {
                true => (&mut self.in_expressions, in_jsonata(state)),
                false => (&mut self.references, in_fields(state)),
            };
            references.entry(name.clone()).or_default().extend(names);
            self.nested(state, jsonata);
        }
    }

    /// Scopes inside a state, and what it assigns anywhere.
    fn nested(&mut self, object: &Map<String, Value>, jsonata: bool) {
        if object.get("States").is_some_and(Value::is_object) {
            return self.scope(object, jsonata);
        }
        for (key, value) in object {
            match value {
                Value::Object(variables) if key == "Assign" => {
                    let names = variables.keys().map(|name| name.strip_suffix(".$").unwrap_or(name).to_owned());
                    self.assigned.extend(names);
                }
                Value::Object(object) => self.nested(object, jsonata),
                Value::Array(items) => {
                    items.iter().filter_map(Value::as_object).for_each(|object| self.nested(object, jsonata));
                }
                _ => {}
            }
        }
    }
}

fn is_jsonata(object: &Map<String, Value>) -> Option<bool> {
    Some(object.get("QueryLanguage")?.as_str()? == "JSONata")
}

/// Everything that is a state's own, and not that of states inside it.
fn own(object: &Map<String, Value>) -> impl Iterator<Item = (&String, &Value)> {
    object.iter().filter(|(key, _)| !matches!(key.as_str(), "States" | "Comment" | "Result"))
}

fn in_fields(object: &Map<String, Value>) -> Vec<String> {
    own(object)
        .flat_map(|(key, value)| match value {
            Value::String(text) if key.ends_with("Path") || key.ends_with(".$") || key == "Variable" => in_path(text),
            Value::Object(template) if TEMPLATES.contains(&key.as_str()) => in_template(template),
            Value::Object(object) => in_fields(object),
            Value::Array(items) => items.iter().filter_map(Value::as_object).flat_map(in_fields).collect(),
            _ => Vec::new(),
        })
        .collect()
}

fn in_template(object: &Map<String, Value>) -> Vec<String> {
    object
        .iter()
        .flat_map(|(key, value)| match value {
            Value::String(text) if key.ends_with(".$") => in_path(text),
            Value::Object(object) => in_template(object),
            Value::Array(items) => items.iter().flat_map(in_template_item).collect(),
            _ => Vec::new(),
        })
        .collect()
}

fn in_template_item(item: &Value) -> Vec<String> {
    match item {
        Value::Object(object) => in_template(object),
        Value::Array(items) => items.iter().flat_map(in_template_item).collect(),
        _ => Vec::new(),
    }
}

/// A path, or a call of intrinsic functions with paths in it.
fn in_path(text: &str) -> Vec<String> {
    let Ok(expression) = Expression::parse(text) else { return Vec::new() };
    let variable = |path: &Path| match &path.root {
        PathRoot::Variable(name) => Some(name.clone()),
        PathRoot::Input | PathRoot::Context => None,
    };
    expression.paths().into_iter().filter_map(variable).collect()
}

fn in_jsonata(object: &Map<String, Value>) -> Vec<String> {
    own(object).flat_map(|(_, value)| in_jsonata_value(value)).collect()
}

fn in_jsonata_value(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => {
            let expression = expression_text(text).and_then(|text| JsonataExpression::parse(text).ok());
            expression.iter().flat_map(JsonataExpression::variables).map(str::to_owned).collect()
        }
        Value::Array(items) => items.iter().flat_map(in_jsonata_value).collect(),
        Value::Object(object) if object.get("States").is_some_and(Value::is_object) => Vec::new(),
        Value::Object(object) => object.values().flat_map(in_jsonata_value).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(states: &str, expected: &[(&str, &[&str])]) {
        let definition = format!(r#"{{"StartAt":"A","States":{states}}}"#);
        let found = variable_references(&definition);
        let found: Vec<(&str, Vec<&str>)> =
            found.iter().map(|(state, names)| (state.as_str(), names.iter().map(String::as_str).collect())).collect();
        let expected: Vec<(&str, Vec<&str>)> = expected.iter().map(|(state, names)| (*state, names.to_vec())).collect();
        assert_eq!(found, expected, "{states}");
    }

    #[test]
    fn fields_that_take_a_path_refer_to_variables() {
        for (state, names) in [
            (r#"{"Type":"Pass","InputPath":"$in.a","OutputPath":"$out"}"#, &["in", "out"][..]),
            (r#"{"Type":"Pass","InputPath":"$.a","OutputPath":"$$.State"}"#, &[]),
            (r#"{"Type":"Pass","Assign":{"a":"$no","b.$":"$yes","c":{"d":[{"e.$":"$too"}]}}}"#, &["too", "yes"]),
            (r#"{"Type":"Pass","Parameters":{"FilePath":"$no","f.$":"States.Format('{}', $yes[0], $.x)"}}"#, &["yes"]),
            (r#"{"Type":"Pass","Result":{"f.$":"$no","Path":"$no"}}"#, &[]),
            (r#"{"Type":"Wait","SecondsPath":"$seconds"}"#, &["seconds"]),
            (r#"{"Type":"Fail","ErrorPath":"$error","CausePath":"States.Format('{}', $cause)"}"#, &["cause", "error"]),
            (
                r#"{"Type":"Choice","Choices":[{"And":[{"Variable":"$v","StringEqualsPath":"$p"}],"Assign":{"a.$":"$c"}}]}"#,
                &["c", "p", "v"],
            ),
            (
                r#"{"Type":"Task","TimeoutSecondsPath":"$t","Credentials":{"RoleArn.$":"$r"},"Catch":[{"ErrorEquals":["States.ALL"],"Assign":{"a.$":"$c"}}]}"#,
                &["c", "r", "t"],
            ),
        ] {
            let expected: &[(&str, &[&str])] = &[("A", names)];
            check(&format!(r#"{{"A":{state}}}"#), if names.is_empty() { &[] } else { expected });
        }
    }

    #[test]
    fn states_inside_a_state_stand_for_themselves() {
        let inner = r#"{"StartAt":"B","States":{"B":{"Type":"Pass","InputPath":"$inner"}}}"#;
        check(
            &format!(r#"{{"A":{{"Type":"Map","ItemsPath":"$items","ItemProcessor":{inner}}}}}"#),
            &[("A", &["items"]), ("B", &["inner"])],
        );
        check(&format!(r#"{{"A":{{"Type":"Parallel","Branches":[{inner}]}}}}"#), &[("B", &["inner"])]);
    }

    #[test]
    fn expressions_refer_to_variables_that_they_do_not_bind_and_to_no_functions() {
        let state =
            |output: &str| format!(r#"{{"A":{{"Type":"Pass","QueryLanguage":"JSONata","Output":"{output}"}}}}"#);
        check(&state("{% $a + $states.input.b + $sum([$c.d]) %}"), &[("A", &["a", "c"])]);
        check(&state("{% ($x := 1; $map([1], function($i) { $i + $x + $y })) %}"), &[("A", &["y"])]);
        check(&state("$a"), &[]);
        check(
            r#"{"A":{"Type":"Pass","QueryLanguage":"JSONata","Assign":{"sum":1},"Output":{"a":["{% $sum %}"]}}}"#,
            &[("A", &["sum"])],
        );
    }

    #[test]
    fn the_query_language_of_the_machine_holds_where_a_state_has_none() {
        let definition = r#"{"QueryLanguage":"JSONata","StartAt":"A","States":{"A":{"Type":"Map","Items":"{% $i %}",
            "ItemProcessor":{"StartAt":"B","States":{"B":{"Type":"Succeed","Output":"{% $o %}"}}}}}}"#;
        let found = variable_references(definition);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["A", "B"]);
    }

    #[test]
    fn what_is_no_definition_has_no_references() {
        for text in ["", "[]", "{}", r#"{"States":1}"#, r#"{"States":{"A":1,"B":{"InputPath":7}}}"#] {
            assert!(variable_references(text).is_empty(), "{text}");
        }
    }
}
