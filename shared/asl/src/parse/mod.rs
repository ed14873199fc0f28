//! Definition text to a typed machine.
//!
//! Every reader notes what it finds wrong and answers with a placeholder, so that one pass gives all findings. The
//! placeholders never leave this module: with any error among the findings, [`parse`] gives no machine.

mod choice_rules;
mod data_flow;
mod error_handling;
mod fields;
mod findings;
mod input_use;
mod integration_parameters;
mod json;
mod jsonata;
mod map_fields;
mod numbers;
mod paths;
mod repeated_states;
mod resource;
mod scope;
mod state_fields;
mod states;
mod transitions;
mod variables;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, Severity};
use crate::machine::Machine;
use findings::Findings;

/// The `type` argument of CreateStateMachine. Some definitions are refused for Express machines only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MachineType {
    #[default]
    Standard,
    Express,
}

#[derive(Clone, Debug)]
pub struct Parsed {
    pub machine: Machine,
    /// What is allowed but looks like a mistake.
    pub warnings: Vec<Diagnostic>,
}

/// Parses and checks a whole definition. The error holds all findings, warnings among them.
///
/// The text's size (1,048,576 bytes) is for the caller to check.
pub fn parse(text: &str, machine_type: MachineType) -> Result<Parsed, Vec<Diagnostic>> {
    let object = json::object(text).map_err(|finding| vec![finding])?;
    let findings = Findings::default();
    let machine = scope::machine(&object, machine_type, &findings);
    repeated_states::check(text, &findings);
    variables::check_scopes(&object, &findings);
    transitions::check(&machine, &findings);
    finish(machine, findings)
}

/// Parses the definition of one state, as TestState takes it. It stands at `/States/StateName` in findings, and its
/// transitions may lead anywhere.
pub fn parse_state(text: &str, machine_type: MachineType) -> Result<Parsed, Vec<Diagnostic>> {
    let state = json::object(text).map_err(|finding| vec![finding])?;
    let findings = Findings::default();
    let machine = scope::machine(&around(state), machine_type, &findings);
    finish(machine, findings)
}

/// The smallest machine that has this one state, under the name that AWS gives it.
fn around(state: Map<String, Value>) -> Map<String, Value> {
    const NAME: &str = "StateName";
    let mut states = Map::new();
    states.insert(NAME.to_owned(), Value::Object(state));
    let mut machine = Map::new();
    machine.insert("StartAt".to_owned(), Value::from(NAME));
    machine.insert("States".to_owned(), Value::Object(states));
    machine
}

fn finish(machine: Machine, findings: Findings) -> Result<Parsed, Vec<Diagnostic>> {
    let findings = findings.into_vec();
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(findings);
    }
    Ok(Parsed { machine, warnings: findings })
}
