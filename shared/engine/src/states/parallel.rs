//! The Parallel state: <https://states-language.net/spec.html#parallel-state>. It forks its branch of the run into one for
//! each of its own, waits for them in [`Phase::Forked`], and joins their outputs.

use asl::machine::{Parallel, State};

use super::{Arrival, Result};
use crate::data_flow::{Document, Evaluation};
use crate::event::Event;
use crate::failure::Failure;
use crate::inspection::InspectionData;
use crate::payload::Payload;
use crate::run::{Branch, Fork, Phase};
use crate::test_state::{Mock, MockAnswer};
use crate::transition::{Child, Ended, Transition};

/// Starts all branches, for the first time or for a retry.
pub(crate) fn fork(transition: &mut Transition<'_>, branch: &mut Branch, state: &State, parallel: &Parallel) -> Result {
    transition.take_input_back(branch);
    let input = input(transition, branch, state, parallel)?;
    transition.record(branch, Event::ParallelStateStarted);
    transition.place(branch, Phase::Forked(Fork { results: vec![None; parallel.branches.len()] }));
    for (index, scope) in (0..).zip(&parallel.branches) {
        let (start_at, input, previous_event_id) = (scope.start_at.clone(), input.clone(), branch.previous_event_id);
        transition.spawn(branch, Child { index, start_at, input, previous_event_id, item: None });
    }
    transition.put_input_aside(branch);
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
    let flow = evaluation.flow(&parallel.flow);
    let input = flow.effective_input(&Document::from(branch.input.clone()))?.payload();
    Failure::over_limit(state.name.as_str(), input.len(), &transition.given.limits)?;
    Ok(input)
}

/// A branch has ended: keeps its output, and if it was the last, leaves the state with all of them.
pub(crate) fn joined(
    transition: &mut Transition<'_>,
    branch: &mut Branch,
    state: &State,
    parallel: &Parallel,
    ended: Ended,
) -> Result {
    let Phase::Forked(fork) = &mut branch.phase else {
        return Err(super::unsupported(state));
    };
    if let Some(result) = usize::try_from(ended.index).ok().and_then(|index| fork.results.get_mut(index)) {
        *result = Some(ended.output);
    }
    let Some(result) = outputs(fork) else { return Ok(Arrival::Stays) };
    // The exit points where the success does: to the last event of the branch that ended last.
    branch.previous_event_id = ended.last_event_id;
    leave(transition, branch, state, parallel, result)
}

/// A redrive: leaves the state if all branches have ended.
pub(crate) fn go_on(
    transition: &mut Transition<'_>,
    branch: &mut Branch,
    state: &State,
    parallel: &Parallel,
) -> Result {
    match &branch.phase {
        Phase::Forked(fork) => match outputs(fork) {
            Some(result) => leave(transition, branch, state, parallel, result),
            None => Ok(Arrival::Stays),
        },
        _ => Err(super::unsupported(state)),
    }
}

/// The outputs of all branches, once they have ended.
fn outputs(fork: &Fork) -> Option<Payload> {
    fork.results.iter().map(Option::as_ref).collect::<Option<Vec<_>>>().map(Payload::array)
}

fn leave(
    transition: &mut Transition<'_>,
    branch: &mut Branch,
    state: &State,
    parallel: &Parallel,
    result: Payload,
) -> Result {
    let succeeded = transition.push(branch.previous_event_id, Event::ParallelStateSucceeded);
    super::leave_joined(transition, branch, state, &parallel.flow, &parallel.next, result, succeeded)
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
    transition.inspect(InspectionData::hide_input);
    match &mock.answer {
        MockAnswer::Result(result) => {
            let last = branch.previous_event_id;
            super::leave_joined(transition, branch, state, &parallel.flow, &parallel.next, result.clone(), last)
        }
        MockAnswer::Error(failure) => Err(Failure::Reported(failure.clone())),
    }
}
