//! The states: one file per type.

pub(crate) mod choice;
pub(crate) mod fail;
pub(crate) mod map;
mod mocked_task;
pub(crate) mod parallel;
pub(crate) mod pass;
pub(crate) mod succeed;
pub(crate) mod task;
pub(crate) mod task_events;
pub(crate) mod wait;

use asl::machine::{DataFlow, Next, Scope, State, StateKind};

use crate::data_flow::{Document, Evaluation};
use crate::event::{EventId, StateType};
use crate::failure::Failure;
use crate::input::TaskOutcome;
use crate::payload::Payload;
use crate::run::{Branch, Phase};
use crate::test_state::{self, Mock};
use crate::transition::{Ended, Transition};

/// Where a branch is after a transition within its state.
pub(crate) enum Arrival {
    /// In the state still, placed where it waits for something.
    Stays,
    /// The state has been exited.
    Leaves { next: Next, output: Payload },
}

pub(crate) type Result = std::result::Result<Arrival, Failure>;

/// `Advance`: enters the state that the branch is at, or goes on in it.
pub(crate) fn advance(transition: &mut Transition<'_>, branch: &mut Branch, state: &State) -> Result {
    match (&state.kind, branch.phase.clone()) {
        (StateKind::Task(task), Phase::Answered(answered)) => {
            task::answered(transition, branch, state, task, &answered.answer)
        }
        (_, Phase::Ready) => enter(transition, branch, state),
        (StateKind::Parallel(parallel), Phase::Forked(_)) => parallel::go_on(transition, branch, state, parallel),
        (StateKind::Map(map), Phase::Iterating(_)) => map::go_on(transition, branch, state, map),
        (
            _,
            Phase::Waiting { .. }
            | Phase::BackingOff { .. }
            | Phase::Task(_)
            | Phase::Answered(_)
            | Phase::Forked(_)
            | Phase::Iterating(_),
        ) => Err(unsupported(state)),
    }
}

/// Enters the state that the branch is at. One that is redriven is in it already, and does its work anew.
pub(crate) fn enter(transition: &mut Transition<'_>, branch: &mut Branch, state: &State) -> Result {
    if branch.entered.is_none() {
        transition.enter(branch, state);
    }
    match &state.kind {
        StateKind::Task(task) => task::schedule(transition, branch, state, task),
        StateKind::Pass(pass) => pass::run(transition, branch, state, pass),
        StateKind::Choice(choice) => choice::run(transition, branch, state, choice),
        StateKind::Wait(wait) => wait::begin(transition, branch, state, wait),
        StateKind::Succeed(succeed) => succeed::run(transition, branch, state, succeed),
        StateKind::Fail(fail) => fail::run(transition, branch, state, fail),
        StateKind::Parallel(parallel) => parallel::fork(transition, branch, state, parallel),
        StateKind::Map(map) => map::fork(transition, branch, state, map),
    }
}

/// The time of the branch's place has come: a wait is over, a retry is due, or a task has timed out.
pub(crate) fn time_came(transition: &mut Transition<'_>, branch: &mut Branch, state: &State) -> Result {
    match (&state.kind, branch.phase.clone()) {
        (StateKind::Wait(wait), Phase::Waiting { .. }) => wait::end(transition, branch, state, wait),
        (StateKind::Task(task), Phase::BackingOff { .. }) => task::schedule(transition, branch, state, task),
        (StateKind::Parallel(parallel), Phase::BackingOff { .. }) => {
            parallel::fork(transition, branch, state, parallel)
        }
        (StateKind::Map(map), Phase::BackingOff { .. }) => map::fork(transition, branch, state, map),
        (StateKind::Task(_), Phase::Task(phase)) => Err(task::time_out(transition, branch, &phase)),
        (
            _,
            Phase::Ready
            | Phase::Waiting { .. }
            | Phase::BackingOff { .. }
            | Phase::Task(_)
            | Phase::Answered(_)
            | Phase::Forked(_)
            | Phase::Iterating(_),
        ) => Err(unsupported(state)),
    }
}

/// A branch has ended that the state waits for.
pub(crate) fn joined(transition: &mut Transition<'_>, branch: &mut Branch, state: &State, ended: Ended) -> Result {
    match &state.kind {
        StateKind::Parallel(parallel) => parallel::joined(transition, branch, state, parallel, ended),
        StateKind::Map(map) => map::joined(transition, branch, state, map, ended),
        StateKind::Task(_)
        | StateKind::Pass(_)
        | StateKind::Choice(_)
        | StateKind::Wait(_)
        | StateKind::Succeed(_)
        | StateKind::Fail(_) => Err(unsupported(state)),
    }
}

/// The dispatcher has an outcome.
pub(crate) fn task_ended(
    transition: &mut Transition<'_>,
    branch: &mut Branch,
    state: &State,
    outcome: &TaskOutcome,
) -> Result {
    match (&state.kind, branch.phase.clone()) {
        (StateKind::Task(task), Phase::Task(phase)) => task::end(transition, branch, state, task, &phase, outcome),
        _ => Err(unsupported(state)),
    }
}

/// TestState with a mock, for a state that has been entered.
pub(crate) fn mocked(transition: &mut Transition<'_>, branch: &mut Branch, state: &State, mock: &Mock) -> Result {
    match &state.kind {
        StateKind::Task(task) => task::mocked(transition, branch, state, task, mock),
        StateKind::Parallel(parallel) => parallel::mocked(transition, branch, state, parallel, mock),
        StateKind::Map(map) => test_state::map::mocked(transition, branch, state, map, mock),
        StateKind::Pass(_) | StateKind::Choice(_) | StateKind::Wait(_) | StateKind::Succeed(_) | StateKind::Fail(_) => {
            Err(unsupported(state))
        }
    }
}

/// The branches of a Parallel state, the processor of a Map.
pub(crate) fn scopes(kind: &StateKind) -> &[Scope] {
    match kind {
        StateKind::Parallel(parallel) => &parallel.branches,
        StateKind::Map(map) => std::slice::from_ref(&map.item_processor),
        StateKind::Task(_)
        | StateKind::Pass(_)
        | StateKind::Choice(_)
        | StateKind::Wait(_)
        | StateKind::Succeed(_)
        | StateKind::Fail(_) => &[],
    }
}

/// Leaves a Parallel or Map state with the outputs of its branches. `succeeded` is the event that says so, to which only
/// the end of the execution points.
pub(crate) fn leave_joined(
    transition: &mut Transition<'_>,
    branch: &mut Branch,
    state: &State,
    flow: &DataFlow,
    next: &Next,
    result: Payload,
    succeeded: EventId,
) -> Result {
    transition.take_input_back(branch);
    let leaving = {
        let evaluation = Evaluation::new(transition, branch, state);
        let leave = || {
            let flow = evaluation.flow(flow);
            let result = flow.selected(Document::from(result))?;
            flow.leave_with(&Document::from(branch.input.clone()), result)
        };
        leave()
    };
    match leaving {
        Ok(leaving) => Ok(transition.exit(branch, state, leaving, next.clone())),
        Err(failure) => {
            if failure.is_fatal() {
                branch.previous_event_id = succeeded;
            }
            Err(failure)
        }
    }
}

pub(crate) fn state_type(kind: &StateKind) -> StateType {
    match kind {
        StateKind::Task(_) => StateType::Task,
        StateKind::Pass(_) => StateType::Pass,
        StateKind::Choice(_) => StateType::Choice,
        StateKind::Wait(_) => StateType::Wait,
        StateKind::Succeed(_) => StateType::Succeed,
        StateKind::Fail(_) => StateType::Fail,
        StateKind::Parallel(_) => StateType::Parallel,
        StateKind::Map(_) => StateType::Map,
    }
}

/// What CreateStateMachine refuses with a diagnostic; a definition from elsewhere fails visibly.
fn unsupported(state: &State) -> Failure {
    Failure::Runtime(format!("the {} state `{}` cannot do this in this version", state.kind.type_name(), state.name))
}
