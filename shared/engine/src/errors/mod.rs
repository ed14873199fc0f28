//! What happens to a failure: `Retry` first, then `Catch`, then the execution fails.

mod catch;
mod matching;
mod retry;

use asl::machine::{Catcher, Retrier, State, StateKind};

use crate::event::Event;
use crate::failure::Failure;
use crate::run::{Branch, Phase};
use crate::transition::Transition;

pub use matching::matches;

pub(crate) fn handle(transition: &mut Transition<'_>, mut branch: Branch, state: &State, failure: &Failure) {
    let (retriers, catchers) = fields(&state.kind);
    let error = failure.error_name();
    if let Some(delay_millis) = retry::delay(retriers, &error, &mut branch.retries, &transition.random) {
        let until = transition.now().plus_millis(delay_millis);
        transition.place_until(&mut branch, until, Phase::BackingOff { until });
        return transition.put_back(branch);
    }
    // Retries of a Parallel state leave no trace of the failure itself.
    if let StateKind::Parallel(_) = state.kind {
        transition.record(&mut branch, Event::ParallelStateFailed);
    }
    let Some(catcher) = catch::find(catchers, &error) else {
        return transition.fail_branch(branch, failure);
    };
    match catch::take(transition, &mut branch, state, catcher, failure) {
        Ok(arrival) => transition.settle(branch, arrival),
        Err(failure) => transition.fail_branch(branch, &failure),
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
