//! Records of Parallel and Map states.

use asl::machine::StateName;
use engine::aside::{Chunk, ContentHash};
use engine::event::{Event, MapIteration, StateType};
use engine::input::Cause;
use engine::payload::Payload;
use engine::record::Record;
use engine::run::{Fork, Items, Iterations, Parent, Phase, Results, Token};

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
        items: Items::Kept(["3", "{ \"n\": 4 }", "3"].map(Payload::from_text).into()),
        results: Results { kept: vec![(0, Payload::from_text("\"ok\""))], aside: None, bytes: 4 },
    });
    let mut iteration = run.branches[0].clone();
    iteration.token = Token { branch: 3, place: 11 };
    iteration.parent = Some(Parent { branch: 2, index: 1 });
    iteration.item = Some(Payload::from_text("2"));
    iteration.phase = Phase::Ready;
    run.branches.extend([each, iteration]);
    Record { at, causes: vec![Cause::Advance(Token { branch: 3, place: 9 })], events: events(), run, effects: vec![] }
}

/// The same where items, results and the raw input are put aside.
pub fn put_aside() -> Record {
    let mut record = forked();
    let hash = |digit: &str| ContentHash::from_text(&digit.repeat(32));
    let each = &mut record.run.branches[1];
    (each.input, each.aside) = (Payload::null(), Some(hash("1")));
    each.phase = Phase::Iterating(Iterations {
        length: 10_000,
        started: 4_000,
        ended: 3_960,
        concurrency: 40,
        items: Items::Aside { chunk: hash("2"), taken: 17 },
        results: Results { kept: vec![(3_959, Payload::from_text("1"))], aside: Some(hash("3")), bytes: 123_456 },
    });
    record
}

pub fn chunk() -> Chunk {
    let payload = |text: &str| Payload::from_text(text);
    let link = Some(ContentHash::from_text("0123456789abcdef0123456789abcdef"));
    Chunk { link, payloads: vec![(7, payload("[ 1 ]")), (4_000_000_000, payload("null")), (3, payload("[ 1 ]"))] }
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
