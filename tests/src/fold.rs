//! The run is the fold of the records: what it says of each branch can be read off the events alone.

use std::collections::BTreeMap;

use asl::machine::Machine;
use engine::event::{Event, EventId, HistoryEvent};
use engine::run::{Branch, Run, Variables};

/// Compares the run with what the history makes of it.
pub fn check(machine: &Machine, history: &[HistoryEvent], run: &Run) -> Result<(), String> {
    let outermost = outermost_variables(machine, history);
    for branch in &run.branches {
        let chain = Chain { history, from: branch.previous_event_id };
        match branch.entered {
            Some(entered) => is_in_state(&chain, branch, entered.event_id)?,
            None => is_before_state(&chain, branch)?,
        }
        let visible: Variables =
            branch.variables.iter().filter(|(name, _)| outermost.contains_key(*name)).map(owned).collect();
        if visible != outermost {
            return Err(format!("variables {visible:?}, but the history has {outermost:?}"));
        }
        if branch.parent.is_none() && branch.variables.len() != outermost.len() {
            return Err(format!("variables of branches have come out of them: {:?}", branch.variables));
        }
    }
    Ok(())
}

/// The events of a branch and of those that it came from, newest first.
struct Chain<'a> {
    history: &'a [HistoryEvent],
    from: EventId,
}

impl<'a> Chain<'a> {
    fn events(&self) -> impl Iterator<Item = &'a HistoryEvent> {
        let at = |id: EventId| usize::try_from(id).ok()?.checked_sub(1).and_then(|index| self.history.get(index));
        std::iter::successors(at(self.from), move |event| self.entry(event).or_else(|| at(event.previous_event_id)))
    }

    /// AWS has an EvaluationFailed point to what the entry of its state points to, so that the way back misses that one.
    fn entry(&self, failed: &HistoryEvent) -> Option<&'a HistoryEvent> {
        let Event::EvaluationFailed { state, .. } = &failed.event else { return None };
        let is_entry = |event: &&HistoryEvent| {
            event.previous_event_id == failed.previous_event_id
                && matches!(&event.event, Event::StateEntered { name, .. } if name == state)
        };
        self.history.iter().rev().skip_while(|event| event.id >= failed.id).find(is_entry)
    }
}

/// It has entered its state by that event, with the input that it has, and not left it since.
fn is_in_state(chain: &Chain<'_>, branch: &Branch, entered: EventId) -> Result<(), String> {
    for event in chain.events() {
        match &event.event {
            Event::StateEntered { name, input, .. } if event.id == entered => {
                let same = *name == branch.state && (*input == branch.input || branch.aside.is_some());
                return if same { Ok(()) } else { Err(format!("it is not in {name} with {input:?}")) };
            }
            // The end before it may point to nothing, and the way goes on at the entry.
            Event::ExecutionRedriven { .. } => {
                let before = chain.history.iter().find(|event| event.id == entered);
                return match before.map(|event| &event.event) {
                    Some(Event::StateEntered { name, .. }) if *name == branch.state => Ok(()),
                    other => Err(format!("it was redriven in {other:?}, and not in {}", branch.state)),
                };
            }
            Event::StateExited { name, .. } if *name == branch.state => break,
            _ => {}
        }
    }
    Err(format!("nothing of {} leads back to event {entered}", branch.state))
}

/// What is left of the state before is its input; or it is a branch that has just been forked.
fn is_before_state(chain: &Chain<'_>, branch: &Branch) -> Result<(), String> {
    match chain.events().next().map(|event| &event.event) {
        Some(Event::StateExited { output, .. }) if *output != branch.input => {
            Err(format!("its input is not {output:?}"))
        }
        _ => Ok(()),
    }
}

/// What the states of the outermost line have assigned. They alone may: names are never taken twice.
fn outermost_variables(machine: &Machine, history: &[HistoryEvent]) -> Variables {
    let mut variables = BTreeMap::new();
    for event in history {
        if let Event::StateExited { name, assigned_variables, .. } = &event.event
            && machine.root.states.contains(name)
        {
            variables.extend(assigned_variables.iter().map(owned));
        }
    }
    variables
}

fn owned<K: Clone, V: Clone>((name, value): (&K, &V)) -> (K, V) {
    (name.clone(), value.clone())
}
