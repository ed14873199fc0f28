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
    transition.abort_all_below(branch.token.branch, branch.map().as_ref(), branch.previous_event_id);
    let delay_millis = retrier.and_then(|found| retry::delay(found, &mut branch.retries, &transition.random));
    if let Some(delay_millis) = delay_millis {
        let until = transition.now().plus_millis(delay_millis);
        transition.place_until(&mut branch, until, Phase::BackingOff { until });
        return transition.put_back(branch);
    }
    // Retries of a Parallel or Map state leave no trace of the failure itself.
    if let Some(failed) = state_failed(&state.kind) {
        transition.record(&mut branch, failed);
    }
    let Some((index, catcher)) = catch::find(catchers, &error) else {
        return transition.fail_branch(branch, failure);
    };
    transition.inspect(|data| data.caught(index));
    match catch::take(transition, &mut branch, state, catcher, failure) {
        Ok(arrival) => transition.settle(branch, arrival),
        Err(failure) => {
            transition.inspect(|data| data.failed(&failure, None));
            transition.fail_branch(branch, &failure);
        }
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
