//! What is refused, in AWS's words, and what a definition becomes. One table for each part of the language.

mod choice_rules;
mod data;
mod errors;
mod map;
mod resources;
mod states;
mod transitions;
mod typed;
mod whole;

use serde_json::{Value, json};

use super::{MachineType, parse};
use crate::machine::{Machine, State, StateName};

fn findings_of(text: &str, machine_type: MachineType) -> Vec<String> {
    match parse(text, machine_type) {
        Ok(parsed) => parsed.warnings.iter().map(ToString::to_string).collect(),
        Err(findings) => findings.iter().map(ToString::to_string).collect(),
    }
}

/// Compares all findings about a definition, warnings too; `SCHEMA_VALIDATION_FAILED: ` is left out for short.
#[track_caller]
fn check_text(text: &str, machine_type: MachineType, expected: &[&str]) {
    let found = findings_of(text, machine_type);
    let found: Vec<&str> =
        found.iter().map(|text| text.strip_prefix("SCHEMA_VALIDATION_FAILED: ").unwrap_or(text)).collect();
    assert_eq!(found, expected, "{text}");
}

#[track_caller]
fn check(definition: Value, expected: &[&str]) {
    check_text(&definition.to_string(), MachineType::Standard, expected);
}

/// Checks one state, `X`, in the smallest machine around it; `Done` is there if the state speaks of it.
#[track_caller]
fn check_state(state: Value, expected: &[&str]) {
    check(around(state), expected);
}

fn around(state: Value) -> Value {
    let done = state.to_string().contains("\"Done\"");
    let mut machine = json!({"StartAt": "X", "States": {"X": state}});
    if done {
        machine["States"]["Done"] = json!({"Type": "Succeed"});
    }
    machine
}

/// A state with more fields.
fn with(mut state: Value, fields: Value) -> Value {
    for (field, value) in fields.as_object().unwrap() {
        state[field] = value.clone();
    }
    state
}

fn machine(definition: &Value) -> Machine {
    parse(&definition.to_string(), MachineType::Standard).unwrap_or_else(|findings| panic!("{findings:?}")).machine
}

/// The state `X`, typed.
fn typed(state: Value) -> State {
    machine(&around(state)).state(&StateName::new("X")).unwrap().clone()
}

fn pass() -> Value {
    json!({"Type": "Pass", "End": true})
}

fn task() -> Value {
    json!({"Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f", "End": true})
}

fn jsonata(state: Value) -> Value {
    with(state, json!({"QueryLanguage": "JSONata"}))
}
