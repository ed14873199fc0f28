//! Records of Parallel and Map states.

use asl::machine::StateName;
use engine::event::{Event, MapIteration, StateType};
use engine::input::Cause;
use engine::payload::Payload;
use engine::record::Record;
use engine::run::{Fork, Iterations, Parent, Phase, Token};

use super::records::{at, event};
use super::{order, run, with_phase};

/// The branch of the Parallel state "Both" has ended that its number says; the other waits for iterations.
pub fn forked() -> Record {
    let at = at(400);
    let input = order(700);
    let fork = Fork { results: vec![Some(Payload::from_text("[ 1 ]")), None] };
    let mut run = with_phase(run(9, 30, 8, "Both", &input), 12, at, Phase::Forked(fork));
    let mut each = run.branches[0].clone();
    each.token = Token { branch: 2, place: 10 };
    each.parent = Some(Parent { branch: run.branches[0].token.branch, index: 1 });
    each.state = StateName::new("Each");
    each.phase = Phase::Iterating(Iterations {
        length: 5,
        started: 2,
        ended: 1,
        concurrency: 1,
        items: ["3", "{ \"n\": 4 }", "3"].map(Payload::from_text).into(),
        results: vec![(0, Payload::from_text("\"ok\""))],
    });
    let mut iteration = run.branches[0].clone();
    iteration.token = Token { branch: 3, place: 11 };
    iteration.parent = Some(Parent { branch: 2, index: 1 });
    iteration.item = Some(Payload::from_text("2"));
    iteration.phase = Phase::Ready;
    run.branches.extend([each, iteration]);
    Record { at, causes: vec![Cause::Advance(Token { branch: 3, place: 9 })], events: events(), run, effects: vec![] }
}

fn events() -> Vec<engine::event::HistoryEvent> {
    let iteration = |index| MapIteration { name: StateName::new("Each"), index };
    [
        Event::ParallelStateStarted,
        Event::MapStateStarted { length: 5 },
        Event::MapIterationStarted(iteration(0)),
        Event::MapIterationSucceeded(iteration(0)),
        Event::MapIterationFailed(iteration(1)),
        Event::MapIterationAborted(iteration(40)),
        Event::StateAborted(StateType::Map),
        Event::MapStateSucceeded,
        Event::MapStateFailed,
        Event::ParallelStateSucceeded,
        Event::ParallelStateFailed,
    ]
    .into_iter()
    .zip(20..)
    .map(|(it, id)| event(id, id - 1, at(400), it))
    .collect()
}
