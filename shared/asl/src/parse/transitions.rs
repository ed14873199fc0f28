//! What the states make together: every target exists, every state can be reached, the workflow can end.

use std::collections::HashSet;

use super::fields::join;
use super::findings::Findings;
use crate::diagnostic::Code;
use crate::machine::{Catcher, Machine, Next, Scope, State, StateKind, StateName};

/// Missing targets are always noted. The rest follows from the whole graph, so it waits until every state is well formed.
pub(super) fn check(machine: &Machine, findings: &Findings) {
    // States are told apart by name: with a name taken twice, a scope could even seem to be inside itself.
    if findings.has(Code::DuplicateStateName) {
        return;
    }
    let scopes = scopes(machine);
    for scope in &scopes {
        scope.check_targets(machine, findings);
    }
    if !findings.states_are_well_formed() {
        return;
    }
    // Only the machine itself needs a way to end, and if it has none AWS says no more about it.
    let can_end = machine.root.states.iter().filter_map(|name| machine.state(name)).any(is_terminal);
    if !can_end {
        findings.add(Code::MissingEndState, "Workflow has no terminal state", None);
    }
    for scope in scopes.iter().skip(usize::from(!can_end)) {
        scope.check_reachability(machine, findings);
    }
}

/// A scope and where it stands: `/`, `/States/Both/Branches[0]`.
struct Located<'a> {
    scope: &'a Scope,
    location: String,
}

/// All scopes, the machine's own first, each before those inside it.
fn scopes(machine: &Machine) -> Vec<Located<'_>> {
    let mut found = vec![Located { scope: &machine.root, location: "/".to_owned() }];
    let mut next = 0;
    while let Some(located) = found.get(next) {
        let states = located.scope.states.iter().filter_map(|name| machine.state(name));
        let inner: Vec<Located> = states.flat_map(inner_scopes).map(|scope| locate(machine, scope)).collect();
        found.extend(inner);
        next += 1;
    }
    found
}

fn inner_scopes(state: &State) -> Vec<&Scope> {
    match &state.kind {
        StateKind::Parallel(parallel) => parallel.branches.iter().collect(),
        StateKind::Map(map) => vec![&map.item_processor],
        _ => Vec::new(),
    }
}

/// A scope stands where its states do, but for `/States/NAME`.
fn locate<'a>(machine: &'a Machine, scope: &'a Scope) -> Located<'a> {
    let state = scope.states.iter().find_map(|name| machine.state(name));
    let location = state.and_then(|state| {
        let end = format!("/States/{}", state.name);
        state.location.strip_suffix(&end)
    });
    Located { scope, location: location.unwrap_or("/").to_owned() }
}

impl Located<'_> {
    fn check_targets(&self, machine: &Machine, findings: &Findings) {
        let names: HashSet<&StateName> = self.scope.states.iter().collect();
        let missing = |target: &StateName, location: &str| {
            // A target without a name was never given; that has its own finding.
            if !names.contains(target) && !target.as_str().is_empty() {
                let message = format!("Missing 'Next' target: {target}");
                findings.add(Code::MissingTransitionTarget, message, Some(location));
            }
        };
        if !names.is_empty() {
            missing(&self.scope.start_at, &join(&self.location, "StartAt"));
        }
        for state in self.scope.states.iter().filter_map(|name| machine.state(name)) {
            for edge in edges(state) {
                missing(edge.target, &join(&state.location, &edge.field));
            }
        }
    }

    fn check_reachability(&self, machine: &Machine, findings: &Findings) {
        let names: HashSet<&StateName> = self.scope.states.iter().collect();
        let mut reached = HashSet::new();
        let mut open = vec![&self.scope.start_at];
        while let Some(name) = open.pop() {
            if let Some(state) = machine.state(name)
                && names.contains(name)
                && reached.insert(name)
            {
                open.extend(edges(state).into_iter().map(|edge| edge.target));
            }
        }
        for state in self.scope.states.iter().filter(|name| !reached.contains(name)) {
            let location = join(&self.location, &format!("States/{state}"));
            let message = format!("State \"{state}\" is not reachable.");
            findings.add(Code::MissingTransitionTarget, message, Some(&location));
        }
    }
}

fn is_terminal(state: &State) -> bool {
    match &state.kind {
        StateKind::Succeed(_) | StateKind::Fail(_) => true,
        StateKind::Choice(_) => false,
        kind => next(kind) == Some(&Next::End),
    }
}

fn next(kind: &StateKind) -> Option<&Next> {
    match kind {
        StateKind::Task(task) => Some(&task.next),
        StateKind::Pass(pass) => Some(&pass.next),
        StateKind::Wait(wait) => Some(&wait.next),
        StateKind::Parallel(parallel) => Some(&parallel.next),
        StateKind::Map(map) => Some(&map.next),
        StateKind::Choice(_) | StateKind::Succeed(_) | StateKind::Fail(_) => None,
    }
}

fn catchers(kind: &StateKind) -> &[Catcher] {
    match kind {
        StateKind::Task(task) => &task.catch,
        StateKind::Parallel(parallel) => &parallel.catch,
        StateKind::Map(map) => &map.catch,
        _ => &[],
    }
}

/// A transition out of a state, and the field that names its target: `Next`, `Choices[0]/Next`.
struct Edge<'a> {
    target: &'a StateName,
    field: String,
}

fn edges(state: &State) -> Vec<Edge<'_>> {
    let mut edges = Vec::new();
    if let Some(Next::State(target)) = next(&state.kind) {
        edges.push(Edge { target, field: "Next".to_owned() });
    }
    if let StateKind::Choice(choice) = &state.kind {
        for (index, rule) in choice.choices.iter().enumerate() {
            edges.push(Edge { target: &rule.next, field: format!("Choices[{index}]/Next") });
        }
        if let Some(target) = &choice.default {
            edges.push(Edge { target, field: "Default".to_owned() });
        }
    }
    for (index, catcher) in catchers(&state.kind).iter().enumerate() {
        edges.push(Edge { target: &catcher.next, field: format!("Catch[{index}]/Next") });
    }
    edges
}
