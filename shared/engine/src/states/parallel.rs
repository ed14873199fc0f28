//! The Parallel state: <https://states-language.net/spec.html#parallel-state>. It forks its branch of the run into one for
//! each of its own, waits for them in [`Phase::Forked`], and joins their outputs.

use asl::machine::{Parallel, State, StateKind};

use super::{Arrival, Result};
use crate::data_flow::{Document, Evaluation};
use crate::event::Event;
use crate::failure::Failure;
use crate::payload::Payload;
use crate::run::{Branch, Fork, Parent, Phase};
use crate::test_state::Mock;
use crate::transition::Transition;

/// Starts all branches, for the first time or for a retry.
pub(crate) fn fork(transition: &mut Transition<'_>, branch: &mut Branch, state: &State, parallel: &Parallel) -> Result {
    let input = input(transition, branch, state, parallel)?;
    transition.record(branch, Event::ParallelStateStarted);
    transition.place(branch, Phase::Forked(Fork { results: vec![None; parallel.branches.len()] }));
    for (index, scope) in (0..).zip(&parallel.branches) {
        let parent = Parent { branch: branch.token.branch, index };
        transition.spawn(branch, parent, scope.start_at.clone(), input.clone());
    }
    Ok(Arrival::Stays)
}

/// What each of the branches is given.
fn input(
    transition: &Transition<'_>,
    branch: &Branch,
    state: &State,
    parallel: &Parallel,
) -> std::result::Result<Payload, Failure> {
    let evaluation = Evaluation::new(transition, branch, state);
    let flow = evaluation.flow(&parallel.flow)?;
    let input = flow.effective_input(&Document::from(branch.input.clone()))?.payload();
    Failure::over_limit(state.name.as_str(), input.len(), &transition.given.limits)?;
    Ok(input)
}

/// A branch has ended: keeps its output, and if it was the last, leaves the state with all of them.
pub(crate) fn joined(
    transition: &mut Transition<'_>,
    branch: &mut Branch,
    state: &State,
    index: u32,
    output: Payload,
    last_event_id: u64,
) -> Result {
    let (StateKind::Parallel(parallel), Phase::Forked(fork)) = (&state.kind, &mut branch.phase) else {
        return Err(super::unsupported(state));
    };
    if let Some(result) = usize::try_from(index).ok().and_then(|index| fork.results.get_mut(index)) {
        *result = Some(output);
    }
    let Some(outputs) = fork.results.iter().map(Option::as_ref).collect::<Option<Vec<_>>>() else {
        return Ok(Arrival::Stays);
    };
    let result = Document::from(array(&outputs));
    // The exit points where the success does: to the last event of the branch that ended last.
    branch.previous_event_id = last_event_id;
    transition.push(last_event_id, Event::ParallelStateSucceeded);
    leave(transition, branch, state, parallel, result)
}

fn leave(
    transition: &mut Transition<'_>,
    branch: &mut Branch,
    state: &State,
    parallel: &Parallel,
    result: Document,
) -> Result {
    let leaving = {
        let evaluation = Evaluation::new(transition, branch, state);
        let flow = evaluation.flow(&parallel.flow)?;
        let result = flow.selected(result)?;
        flow.leave_with(&Document::from(branch.input.clone()), result)?
    };
    Ok(transition.exit(branch, state, leaving, parallel.next.clone()))
}

/// TestState, which takes a mock for what the branches give. It shows nothing of what they are given.
pub(crate) fn mocked(
    transition: &mut Transition<'_>,
    branch: &mut Branch,
    state: &State,
    parallel: &Parallel,
    mock: &Mock,
) -> Result {
    input(transition, branch, state, parallel)?;
    transition.inspect(|data| (data.after_input_path, data.after_parameters) = (None, None));
    match mock {
        Mock::Result(result) => leave(transition, branch, state, parallel, Document::from(result.clone())),
        Mock::Error(failure) => Err(Failure::Reported(failure.clone())),
    }
}

/// The outputs as they are, text by text, as AWS joins them.
fn array(outputs: &[&Payload]) -> Payload {
    let texts: Vec<&str> = outputs.iter().map(|output| output.as_str()).collect();
    Payload::from_text(format!("[{}]", texts.join(",")))
}
