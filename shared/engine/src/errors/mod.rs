//! What happens to a failure: `Retry` first, then `Catch`, then the execution fails.

mod catch;
mod matching;
mod retry;

use asl::machine::{Catcher, ErrorName, Retrier, State, StateKind};

use crate::event::Event;
use crate::failure::Failure;
use crate::run::{Branch, Phase};
use crate::transition::Transition;

pub use matching::{FATAL, matches};

pub(crate) fn handle(transition: &mut Transition<'_>, mut branch: Branch, state: &State, failure: &Failure) {
    let (retriers, catchers) = fields(&state.kind);
    let error = failure.error_name();
    let retrier = retry::find(retriers, &error);
    transition.inspect(|data| data.failed(failure, retrier.map(|(index, _)| index)));
    if failure.is_fatal() {
        return transition.fail_branch(branch, failure);
    }
    record_evaluation(transition, &mut branch, state, failure);
    transition.abort_all_below(branch.token.branch, branch.map().as_ref(), branch.previous_event_id);
    let delay_millis = retrier.and_then(|found| retry::delay(found, &mut branch.retries, &transition.random));
    if let Some(delay_millis) = delay_millis {
        transition.recover();
        let until = transition.now().plus_millis(delay_millis);
        transition.place_until(&mut branch, until, Phase::BackingOff { until });
        return transition.put_back(branch);
    }
    transition.take_input_back(&mut branch);
    let before = branch.previous_event_id;
    // Retries of a Parallel or Map state leave no trace of the failure itself.
    record_state_failed(transition, &mut branch, state);
    let Some((index, catcher)) = catch::find(catchers, &error) else {
        return transition.fail_branch(branch, failure);
    };
    transition.inspect(|data| data.caught(index));
    match catch::take(transition, &mut branch, state, (index, catcher), failure) {
        Ok(arrival) => {
            transition.recover();
            transition.settle(branch, arrival);
        }
        Err(failure) => {
            transition.inspect(|data| data.failed(&failure, None));
            // What the Catcher itself makes wrong is told from where the state stood before, which then fails anew.
            if let Failure::QueryEvaluation(_) = failure {
                branch.previous_event_id = before;
                record_evaluation(transition, &mut branch, state, &failure);
                record_state_failed(transition, &mut branch, state);
            }
            transition.fail_branch(branch, &failure);
        }
    }
}

fn record_state_failed(transition: &mut Transition<'_>, branch: &mut Branch, state: &State) {
    if let Some(failed) = state_failed(&state.kind) {
        transition.record(branch, failed);
    }
}

/// `EvaluationFailed`, if the failure is of an expression of this very state: those around it fail of it silently.
fn record_evaluation(transition: &mut Transition<'_>, branch: &mut Branch, state: &State, failure: &Failure) {
    match failure {
        Failure::QueryEvaluation(evaluation) if evaluation.state == state.name => {
            transition.record_evaluation(branch, state, evaluation);
        }
        _ => {}
    }
}

/// The index of the Retrier that the error goes to.
pub(crate) fn matching_retrier(kind: &StateKind, error: &ErrorName) -> Option<usize> {
    retry::find(fields(kind).0, error).map(|(index, _)| index)
}

fn state_failed(kind: &StateKind) -> Option<Event> {
    match kind {
        StateKind::Parallel(_) => Some(Event::ParallelStateFailed),
        StateKind::Map(_) => Some(Event::MapStateFailed),
        StateKind::Task(_)
        | StateKind::Pass(_)
        | StateKind::Choice(_)
        | StateKind::Wait(_)
        | StateKind::Succeed(_)
        | StateKind::Fail(_) => None,
    }
}

fn fields(kind: &StateKind) -> (&[Retrier], &[Catcher]) {
    match kind {
        StateKind::Task(task) => (&task.retry, &task.catch),
        StateKind::Parallel(parallel) => (&parallel.retry, &parallel.catch),
        StateKind::Map(map) => (&map.retry, &map.catch),
        StateKind::Pass(_) | StateKind::Choice(_) | StateKind::Wait(_) | StateKind::Succeed(_) | StateKind::Fail(_) => {
            (&[], &[])
        }
    }
}
