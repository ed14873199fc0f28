//! What a valid definition may ask for and this engine cannot run yet. CreateStateMachine refuses it, so that no
//! execution finds out.

use asl::diagnostic::{Code, Diagnostic};
use asl::machine::{Machine, Map, ProcessorMode, Resource, State, StateKind, Task};

use crate::states::task;

/// Every finding, in the order of the definition. Empty: the engine runs it.
pub fn unsupported(machine: &Machine) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut states: Vec<&State> = machine.states.values().collect();
    states.sort_by(|left, right| left.location.cmp(&right.location));
    for state in states {
        check(state, &mut findings);
    }
    findings
}

/// Every finding in one state.
pub fn unsupported_in(state: &State) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    check(state, &mut findings);
    findings
}

fn check(state: &State, findings: &mut Vec<Diagnostic>) {
    match &state.kind {
        StateKind::Map(map) => check_map(map, &state.location, findings),
        StateKind::Task(task) => check_task(task, &state.location, findings),
        StateKind::Pass(_)
        | StateKind::Choice(_)
        | StateKind::Wait(_)
        | StateKind::Succeed(_)
        | StateKind::Fail(_)
        | StateKind::Parallel(_) => {}
    }
}

fn check_map(map: &Map, location: &str, findings: &mut Vec<Diagnostic>) {
    match map.mode {
        ProcessorMode::Inline => {}
        ProcessorMode::Distributed(_) => findings.push(finding("The processor mode DISTRIBUTED", location)),
    }
}

fn check_task(task: &Task, location: &str, findings: &mut Vec<Diagnostic>) {
    if task::target(&task.resource).is_some() {
        return;
    }
    let what = match &task.resource {
        Resource::LambdaFunction { arn } | Resource::Activity { arn } => format!("The resource {arn}"),
        Resource::Integration(integration) => {
            format!("The integration {}:{}", integration.service, integration.resource())
        }
    };
    findings.push(finding(&what, &format!("{location}/Resource")));
}

fn finding(what: &str, location: &str) -> Diagnostic {
    Diagnostic::new(Code::NotSupported, format!("{what} is not supported yet"), Some(location))
}
