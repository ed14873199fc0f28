//! `StartAt` and `States`: the machine itself, the branches of a Parallel, the processor of a Map.
//! <https://states-language.net/spec.html#toplevelfields>

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::fields::Fields;
use super::findings::Findings;
use super::numbers::SECONDS;
use super::{MachineType, input_use, state_fields, states};
use crate::diagnostic::Code;
use crate::machine::{Machine, QueryLanguage, Scope, State, StateName};

/// What holds for the whole machine, and the states found so far.
pub(super) struct Whole {
    pub machine_type: MachineType,
    /// The machine's own. States of nested scopes fall back to it too, whatever the Map or Parallel around them says.
    pub query_language: QueryLanguage,
    states: RefCell<HashMap<StateName, State>>,
    names: RefCell<HashSet<StateName>>,
    labels: RefCell<Vec<String>>,
}

impl Whole {
    /// Whether the label of a distributed Map is the first of its name.
    pub fn claim_label(&self, label: &str) -> bool {
        let mut labels = self.labels.borrow_mut();
        let new = !labels.iter().any(|other| other == label);
        labels.push(label.to_owned());
        new
    }
}

const MACHINE_FIELDS: [&str; 6] = ["Comment", "QueryLanguage", "StartAt", "TimeoutSeconds", "Version", "States"];
const NESTED_FIELDS: [&str; 3] = ["Comment", "StartAt", "States"];
/// States have names of 1 to 80 characters.
const MAX_NAME_LENGTH: usize = 80;

pub(super) fn machine(object: &Map<String, Value>, machine_type: MachineType, findings: &Findings) -> Machine {
    let fields = Fields::root(object, QueryLanguage::JsonPath, findings);
    let query_language = query_language(&fields).unwrap_or_default();
    let fields = fields.with_language(query_language);
    fields.allow(&MACHINE_FIELDS);
    check_query_language(&fields);
    let whole = Whole {
        machine_type,
        query_language,
        states: RefCell::default(),
        names: RefCell::default(),
        labels: RefCell::default(),
    };
    let root = scope(&fields, &whole);
    let states = whole.states.into_inner();
    Machine {
        comment: fields.comment(),
        version: fields.one_of("Version", &["1.0"]).map(ToOwned::to_owned),
        query_language,
        timeout_seconds: fields.whole_number("TimeoutSeconds", SECONDS),
        root,
        waits_for_task_tokens: states.values().any(State::waits_for_task_token),
        states,
        reads_execution_input: input_use::may_read_execution_input(object),
    }
}

/// A branch of a Parallel, or the processor of a Map with its `ProcessorConfig`.
pub(super) fn nested(fields: &Fields, whole: &Whole, further_fields: &[&str]) -> Scope {
    let known: Vec<&str> = NESTED_FIELDS.iter().chain(further_fields).copied().collect();
    fields.allow(&known);
    fields.comment();
    scope(fields, whole)
}

fn scope(fields: &Fields, whole: &Whole) -> Scope {
    fields.require(&["States", "StartAt"]);
    let start_at = fields.string("StartAt").unwrap_or_default();
    let mut names = Vec::new();
    if let Some(states) = fields.child("States") {
        if states.object().is_empty() {
            fields.report_at("States", "Value cannot be empty");
        }
        for name in states.object().keys() {
            names.push(StateName::new(name.as_str()));
            if let Some(state) = states.child(name) {
                add_state(name, &state, whole);
            }
        }
    }
    Scope { start_at: StateName::new(start_at), states: names }
}

fn add_state(name: &str, fields: &Fields, whole: &Whole) {
    let location = Some(fields.location());
    if name.is_empty() || name.chars().count() > MAX_NAME_LENGTH {
        let message = "Invalid State name: State exceeds the 80-character limit allowed by the service";
        fields.findings.add(Code::InvalidStateName, message, location);
    }
    let name = StateName::new(name);
    // Claimed before the states inside it are read, so that they cannot take it.
    let new = whole.names.borrow_mut().insert(name.clone());
    if !new {
        fields.findings.add(Code::DuplicateStateName, format!("Duplicate State name: {name}"), location);
    }
    if let Some(state) = state(name.clone(), fields, whole).filter(|_| new) {
        whole.states.borrow_mut().insert(name, state);
    }
}

/// `None` if nothing can be said of the state, since its `Type` is missing or unknown.
fn state(name: StateName, fields: &Fields, whole: &Whole) -> Option<State> {
    fields.require(&["Type"]);
    let type_name = state_fields::type_name(fields)?;
    let before = fields.findings.count();
    let declared = query_language(fields);
    let fields = &fields.clone().with_language(declared.unwrap_or(whole.query_language));
    let downgraded = whole.query_language == QueryLanguage::Jsonata && declared == Some(QueryLanguage::JsonPath);
    if downgraded {
        let message = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine";
        fields.report_member("QueryLanguage", message);
    }
    state_fields::check_type(fields, type_name);
    if !downgraded {
        state_fields::check_language(fields, type_name);
    }
    check_query_language(fields);
    let comment = fields.comment();
    let kind = states::kind(type_name, fields, whole, before);
    Some(State { name, comment, query_language: fields.language, location: fields.location().to_owned(), kind })
}

/// `QueryLanguage`. AWS takes anything but `JSONPath` for JSONata when it goes on to check, as does this.
fn query_language(fields: &Fields) -> Option<QueryLanguage> {
    let declared = fields.get("QueryLanguage")?;
    Some(if declared == "JSONPath" { QueryLanguage::JsonPath } else { QueryLanguage::Jsonata })
}

fn check_query_language(fields: &Fields) {
    fields.one_of("QueryLanguage", &["JSONPath", "JSONata"]);
}
