//! The FIFO lane: the messages of a run with several branches become one record.

use std::sync::Arc;

use asl::machine::StateName;
use engine::input::Cause;
use engine::record::{Record, Step};
use engine::run::{Branch, Token};
use interpreter::Handled;
use ports::queue::{Lane, Message};
use ports::{Journal, outbox};
use serde_json::json;
use tests::{Delivery, Installation, Letter, Options, pass, states};

use crate::workflow::started_with;

/// A run of three branches, as Parallel will make one, with a message for each on its way.
fn fanned_out() -> (Installation, Vec<Letter>) {
    let definition = states(json!({
        "Pass": pass(json!({ "Next": "Wait" })),
        "Wait": { "Type": "Wait", "Seconds": 60, "Next": "Rest" },
        "Rest": { "Type": "Wait", "Seconds": 600, "End": true },
    }));
    let installation = started_with(&definition, Options::default().target);
    installation.mail.lose_all();
    let mut run = installation.records()[0].run.clone();
    let root = run.branches[0].clone();
    run.seq = 1;
    run.next_place = 4;
    run.branches = (0..3)
        .zip(["Pass", "Wait", "Pass"])
        .map(|(branch, state)| Branch {
            token: Token { branch, place: u64::from(branch) + 1 },
            state: StateName::new(state),
            ..root.clone()
        })
        .collect();
    let effects = run.branches.iter().map(|branch| engine::effect::Effect::Advance(branch.token)).collect();
    let cause = Cause::Advance(root.token);
    let step = Step { events: Vec::new(), run, effects, aside: Vec::new() };
    let record = Arc::new(Record::new(installation.clock.now(), vec![cause], step));
    futures::executor::block_on(Journal::append(&*installation.store, &record)).unwrap();
    let ports = installation.ports.clone();
    Delivery::new(&installation.clock, async move { outbox::perform(&ports, &record).await }).finish().unwrap();
    let letters = installation.mail.due();
    assert_eq!(letters.len(), 3);
    (installation, letters)
}

fn lane(letter: &Letter) -> Lane {
    match letter.message() {
        Message::Transition(transition) => transition.lane,
        other => panic!("{other:?}"),
    }
}

#[test]
fn several_messages_of_one_execution_become_one_record() {
    let (installation, letters) = fanned_out();
    assert!(letters.iter().all(|letter| lane(letter) == Lane::Fifo));
    assert_eq!(installation.deliver_batch(&letters).unwrap(), Handled::Done);
    let records = installation.records();
    assert_eq!(records.len(), 3);
    assert_eq!(records[2].causes, [0, 1, 2].map(|n| Cause::Advance(Token { branch: n, place: u64::from(n) + 1 })));
    assert_eq!(records[2].events.len(), 5, "two are entered and exited, one is entered");
    assert_eq!(records[2].effects.len(), 3);
}

#[test]
fn a_batch_that_comes_again_in_any_portions_makes_no_second_record() {
    let portions: [&[usize]; 6] = [&[0, 1, 2], &[0], &[1, 2], &[2, 1], &[1, 1], &[2, 0, 1]];
    for portion in portions {
        let (installation, letters) = fanned_out();
        installation.deliver_batch(&letters).unwrap();
        let records = installation.records();
        let again: Vec<Letter> = portion.iter().map(|index| letters[*index].clone()).collect();
        installation.deliver_batch(&again).unwrap();
        assert_eq!(installation.records(), records, "{portion:?}");
    }
}

#[test]
fn a_batch_that_crashed_after_its_record_sends_what_it_owes_when_it_comes_again() {
    let portions: [&[usize]; 3] = [&[0, 1, 2], &[1], &[2, 0]];
    for portion in portions {
        let (installation, letters) = fanned_out();
        installation.gate.fail_next("send", tests::Fault::Before);
        assert!(installation.deliver_batch(&letters).is_err());
        let again: Vec<Letter> = portion.iter().map(|index| letters[*index].clone()).collect();
        installation.deliver_batch(&again).unwrap();
        let sent =
            installation.mail.waiting().iter().filter(|letter| letters.iter().all(|old| old.id != letter.id)).count();
        assert_eq!(sent, 3, "{portion:?}");
    }
}

#[test]
fn messages_one_by_one_and_in_any_order_lead_to_the_same_run() {
    let places = |installation: &Installation| {
        let records = installation.records();
        let branches = &records.last().unwrap().run.branches;
        branches.iter().map(|branch| (branch.token.branch, branch.state.clone())).collect::<Vec<_>>()
    };
    let (installation, letters) = fanned_out();
    installation.deliver_batch(&letters).unwrap();
    let expected = places(&installation);
    for order in [[0, 1, 2], [2, 1, 0], [1, 0, 2]] {
        let (installation, letters) = fanned_out();
        for index in order {
            installation.settle(&letters[index]).unwrap();
        }
        assert_eq!(places(&installation), expected, "{order:?}");
        assert_eq!(installation.records().len(), 5, "a record for each");
    }
}

#[test]
fn two_batches_at_once_lose_nothing() {
    for pauses in 0..12 {
        let (installation, letters) = fanned_out();
        let mut one = installation.begin(&letters[0]);
        let one_done = one.go_on(pauses).is_some();
        installation.deliver_batch(&letters[1..]).unwrap();
        if !one_done {
            assert_eq!(one.finish().unwrap(), Handled::Done);
        }
        let records = installation.records();
        let causes: usize = records[2..].iter().map(|record| record.causes.len()).sum();
        assert_eq!(causes, 3, "{pauses}: each message made its part of a record");
        let branches = &records.last().unwrap().run.branches;
        assert!(branches.iter().all(|branch| branch.token.place > 3), "{pauses}: {branches:?}");
    }
}

#[test]
fn a_message_newer_than_the_run_that_another_carries_is_not_taken_for_an_old_one() {
    let (installation, letters) = fanned_out();
    installation.settle(&letters[0]).unwrap();
    installation.mail.remove(letters[0].id);
    // The next message of that branch, as it is when its run is too large to travel.
    let newer = installation.mail.waiting().into_iter().find(|letter| letter.id > 3).unwrap();
    let Message::Transition(mut transition) = newer.message().clone() else { panic!("{newer:?}") };
    transition.run = None;
    let newer = newer.saying(Message::Transition(transition));
    installation.deliver_batch(&[letters[1].clone(), newer]).unwrap();
    let records = installation.records();
    assert_eq!(records.last().unwrap().causes.len(), 2, "{:?}", records.last().unwrap().causes);
}
