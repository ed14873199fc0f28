//! `Assign`, and the names of variables: <https://states-language.net/spec.html#variables>,
//! <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>.

use std::collections::HashSet;

use expressions::variable_name::{self, VariableNameError};
use serde_json::{Map, Value};

use super::fields::{Fields, join};
use super::findings::Findings;
use crate::diagnostic::Code;
use crate::machine::Assign;

const RESERVED_NAME: &str = "states";

/// `Assign` of a state, a Choice rule or a catcher.
pub(super) fn assign(fields: &Fields) -> Option<Assign> {
    let variables = fields.child("Assign")?;
    for key in variables.object().keys() {
        check_name(&variables, key);
    }
    if fields.is_jsonata() {
        fields.jsonata_template("Assign").map(Assign::Jsonata)
    } else {
        fields.template("Assign").map(Assign::JsonPath)
    }
}

/// The variable that a key of `Assign` names: in JSONPath, `total.$` is `total`.
fn variable(key: &str) -> &str {
    key.strip_suffix(".$").unwrap_or(key)
}

fn check_name(variables: &Fields, key: &str) {
    let name = if variables.is_jsonata() { key } else { variable(key) };
    let location = variables.location_of(key);
    if name == RESERVED_NAME {
        let message = "Cannot assign to reserved variable '$states'.";
        variables.findings.add(Code::ReservedVariableName, message, Some(&location));
        return;
    }
    let problem = match variable_name::check(name) {
        Ok(()) => return,
        Err(VariableNameError::TooLong) => "the variable name is longer than 80 characters",
        Err(VariableNameError::InvalidCharacters) => "the variable name contains invalid characters",
    };
    let message = format!("Invalid variable name '{name}': {problem}.");
    variables.findings.add(Code::InvalidVariableName, message, Some(&location));
}

/// A nested scope reads the variables around it, so it cannot have its own of the same name. A distributed Map does not
/// see them, and is left alone.
pub(super) fn check_scopes(machine: &Map<String, Value>, findings: &Findings) {
    check_scope(machine, "/", &HashSet::new(), findings);
}

fn check_scope(scope: &Map<String, Value>, location: &str, outer: &HashSet<&str>, findings: &Findings) {
    let Some(states) = scope.get("States").and_then(Value::as_object) else {
        return;
    };
    let mut visible = outer.clone();
    for (name, state) in states {
        let location = join(location, &format!("States/{name}"));
        for (key, place) in assignments(state, &location) {
            if outer.contains(variable(key)) {
                let name = variable(key);
                let message = format!("The variable name '{name}' was already defined in a parent scope.");
                findings.add(Code::DuplicateVariableName, message, Some(&join(&place, key)));
            }
            visible.insert(variable(key));
        }
    }
    for (name, state) in states {
        let location = join(location, &format!("States/{name}"));
        for (scope, place) in inner_scopes(state) {
            check_scope(scope, &join(&location, &place), &visible, findings);
        }
    }
}

/// The keys of every `Assign` of a state, and where that stands.
fn assignments<'a>(state: &'a Value, location: &str) -> Vec<(&'a str, String)> {
    let mut found = Vec::new();
    let mut collect = |holder: &'a Value, location: &str| {
        if let Some(variables) = holder.get("Assign").and_then(Value::as_object) {
            let place = join(location, "Assign");
            found.extend(variables.keys().map(|key| (key.as_str(), place.clone())));
        }
    };
    collect(state, location);
    for field in ["Choices", "Catch"] {
        let entries = state.get(field).and_then(Value::as_array);
        for (index, entry) in entries.into_iter().flatten().enumerate() {
            collect(entry, &join(location, &format!("{field}[{index}]")));
        }
    }
    found
}

fn inner_scopes(state: &Value) -> Vec<(&Map<String, Value>, String)> {
    let branches = state.get("Branches").and_then(Value::as_array);
    let branches = branches.into_iter().flatten().enumerate();
    let mut found: Vec<_> =
        branches.filter_map(|(index, branch)| Some((branch.as_object()?, format!("Branches[{index}]")))).collect();
    for field in ["ItemProcessor", "Iterator"] {
        let distributed =
            state.pointer(&format!("/{field}/ProcessorConfig/Mode")).is_some_and(|mode| mode == "DISTRIBUTED");
        if let Some(processor) = state.get(field).and_then(Value::as_object).filter(|_| !distributed) {
            found.push((processor, field.to_owned()));
        }
    }
    found
}
