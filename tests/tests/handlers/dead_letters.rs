//! Messages that could not be handled, however often they came.

use std::sync::Arc;

use async_trait::async_trait;
use dead_letters::{DeadLetter, Known, Received, Undertaker};
use engine::event::Event;
use engine::execution::ExecutionArn;
use engine::record::Record;
use ports::journal::Direction;
use ports::{Appended, Ids, Journal, Ports, Settings, StoreError};
use serde_json::json;
use stepwell::store::MemoryStore;
use tests::{Fault, Installation, Letter, Options, states, told, untimed};

use crate::workflow::{started, started_with};

/// The first letters, all delivered.
fn delivered(installation: &Installation, count: usize) -> Vec<Letter> {
    (0..count).map(|_| installation.settle_next()).collect()
}

#[test]
fn a_dead_letter_fails_its_execution_and_says_so() {
    for before in 0..12 {
        let installation = started();
        delivered(&installation, before);
        let Some(letter) = installation.mail.waiting().first().cloned() else { continue };
        installation.bury(&letter);
        let history = installation.history();
        let Event::ExecutionFailed(failure) = &history.last().unwrap().event else { panic!("{}", told(&history)) };
        assert_eq!(failure.error.as_deref(), Some("States.Runtime"));
        let cause = failure.cause.as_deref().unwrap();
        assert!(cause.contains(&format!("message {} of the queue queue", letter.id)), "{cause}");
        assert_eq!(installation.summary().unwrap().status.as_str(), "FAILED");
        // Whatever else of it is under way finds nothing to do.
        let records = installation.records();
        installation.settle_all();
        installation.bury(&letter);
        assert_eq!(installation.records(), records);
    }
}

#[test]
fn a_dead_letter_of_a_place_that_was_left_does_nothing() {
    let installation = started();
    // The last of them is the end of a back-off: the place that it was for has been left, and so have all others.
    let letters = delivered(&installation, 5);
    let records = installation.records();
    for letter in &letters {
        installation.bury(letter);
    }
    assert_eq!(installation.records(), records);
    installation.run();
    assert_eq!(installation.summary().unwrap().status.as_str(), "SUCCEEDED");
    let records = installation.records();
    letters.iter().for_each(|letter| installation.bury(letter));
    assert_eq!(installation.records(), records, "nor after the end");
}

#[test]
fn a_burial_that_crashed_half_way_is_completed() {
    for (pauses, again) in (0..8).flat_map(|pauses| [(pauses, true), (pauses, false)]) {
        let definition = states(json!({ "S": { "Type": "Wait", "Seconds": 800, "End": true } }));
        let installation = started_with(&definition, Options::default().target);
        delivered(&installation, 1);
        let letter = installation.mail.waiting()[0].clone();
        let mut burial = installation.begin_burying(&letter);
        let done = burial.go_on(pauses).is_some();
        drop(burial);
        installation.mail.remove(letter.id);
        if again || !(installation.has_ended() || done) {
            installation.bury(&letter);
        } else {
            for _ in 0..60 {
                installation.clock.advance_seconds(60);
                installation.keep_time();
            }
        }
        let history = installation.history();
        assert!(matches!(history.last().unwrap().event, Event::ExecutionFailed(_)), "{}", told(&history));
        assert_eq!(installation.summary().unwrap().status.as_str(), "FAILED", "{pauses} {again}");
    }
}

fn cause(installation: &Installation) -> String {
    let history = installation.history();
    let Event::ExecutionFailed(failure) = &history.last().unwrap().event else { panic!("{}", told(&history)) };
    assert_eq!(failure.error.as_deref(), Some("States.Runtime"));
    failure.cause.clone().unwrap()
}

#[test]
fn the_cause_names_a_state_machine_that_is_missing() {
    let installation = spoilt(|ports| Ports { catalog: Arc::new(MemoryStore::new()), ..ports });
    installation.bury_unexplained(&installation.mail.waiting()[0]);
    let cause = cause(&installation);
    assert!(cause.contains("its state machine cannot be loaded: revision `"), "{cause}");
    assert!(cause.contains("` of state machine `machine` is missing. It was message"), "{cause}");
}

#[test]
fn the_cause_names_a_panic_of_the_interpreter() {
    let installation = spoilt(|ports| Ports { ids: Arc::new(Panics), ..ports });
    installation.bury_unexplained(&installation.mail.waiting()[0]);
    let cause = cause(&installation);
    assert!(cause.contains("the interpreter panicked: the dice are gone. It was message"), "{cause}");
}

#[test]
fn the_cause_names_what_was_put_aside_and_is_missing() {
    let settings = Settings { kept_bytes: 10, ..Settings::default() };
    let installation = Installation::new(Options { settings, ..Options::default() });
    let items: Vec<String> = (0..20).map(|n| format!("a long enough item, number {n}")).collect();
    installation.create(&states(json!({
        "S": {
            "Type": "Map",
            "MaxConcurrency": 1,
            "ItemProcessor": { "StartAt": "P", "States": { "P": { "Type": "Wait", "Seconds": 1, "End": true } } },
            "End": true,
        },
    })));
    installation.start(&json!(items));
    installation.settle_all();
    let empty = Ports { payloads: Arc::new(MemoryStore::new()), ..installation.ports.clone() };
    let letter = &installation.mail.waiting()[0];
    let message = letter.message().clone();
    let letter = DeadLetter { message: &message, id: "1", queue: "queue", known: Known::Nothing };
    installation.clock.move_to(installation.next_due().unwrap());
    futures::executor::block_on(dead_letters::bury(&empty, letter)).unwrap();
    let cause = cause(&installation);
    assert!(cause.contains("what it has put aside cannot be read: chunk "), "{cause}");
    assert!(!cause.contains("long enough item"), "{cause}");
}

#[test]
fn the_cause_says_so_where_the_last_error_is_known_or_fatal() {
    for (known, said) in [
        (Known::Fatal, "whoever handles it, falls over it"),
        (Known::Error("the disk is on fire"), "was given up: the disk is on fire. It was message"),
    ] {
        let installation = started();
        let message = installation.mail.waiting()[0].message().clone();
        let letter = DeadLetter { message: &message, id: "1", queue: "queue", known };
        futures::executor::block_on(dead_letters::bury(&installation.ports, letter)).unwrap();
        let cause = cause(&installation);
        assert!(cause.contains(said), "{cause}");
    }
}

#[test]
fn a_letter_whose_execution_cannot_be_read_is_set_aside_with_the_reason() {
    let installation = started();
    delivered(&installation, 3);
    let letter = installation.mail.waiting()[0].clone();
    let seq = installation.records().last().unwrap().seq();
    installation.gate.damage(&Installation::execution(), seq);
    let records = installation.records();
    installation.take_dead_letter(&letter.text(), 11).unwrap();
    assert_eq!(installation.records(), records);
    let [set_aside] = &installation.undeliverable.all()[..] else { panic!("one letter") };
    assert_eq!(set_aside.text, letter.text());
    assert!(set_aside.reason.starts_with(&format!("the record {seq} cannot be read: ")), "{set_aside:?}");
    // Nobody knows how it stands: it is not said to have failed.
    assert_eq!(installation.summary().unwrap().status.as_str(), "RUNNING");
}

#[test]
fn a_letter_that_nobody_can_read_is_set_aside() {
    let installation = started();
    for text in ["", "no message", "AAAA"] {
        installation.take_dead_letter(text, 11).unwrap();
    }
    let reasons: Vec<String> = installation.undeliverable.all().into_iter().map(|letter| letter.reason).collect();
    assert_eq!(reasons.len(), 3);
    assert!(reasons.iter().all(|reason| reason.starts_with("it cannot be read: ")), "{reasons:?}");
}

#[test]
fn a_letter_comes_again_while_a_store_is_away() {
    let installation = started();
    let letter = installation.mail.waiting()[0].clone();
    for call in ["newest", "append", "ended"] {
        installation.gate.fail_next(call, Fault::Before);
        assert!(installation.take_dead_letter(&letter.text(), 12).unwrap_err().is_passing(), "{call}");
    }
    installation.take_dead_letter(&letter.text(), 12).unwrap();
    assert_eq!(installation.summary().unwrap().status.as_str(), "FAILED");
    assert!(installation.undeliverable.all().is_empty());
}

#[test]
fn a_store_that_is_away_while_the_reason_is_looked_for_fails_nothing() {
    let installation = started();
    let letter = installation.mail.waiting()[0].clone();
    let records = installation.records();
    for fault in [Fault::Before, Fault::Throttled, Fault::After] {
        installation.gate.fail_next("revision", fault);
        assert!(installation.take_dead_letter(&letter.text(), 11).unwrap_err().is_passing(), "{fault:?}");
    }
    assert_eq!(installation.records(), records);
}

#[test]
fn what_was_given_up_while_a_store_was_away_goes_on_when_that_is_back() {
    let undisturbed = started();
    undisturbed.run();
    for before in 0..12 {
        let installation = started();
        installation.gate.keep_the_sweep_away();
        delivered(&installation, before);
        // All messages have been tried too often, for hours.
        installation.clock.advance_seconds(5 * 3_600);
        for letter in installation.mail.due() {
            installation.bury_unexplained(&letter);
            installation.mail.remove(letter.id);
        }
        installation.run();
        let (history, expected) = (installation.history(), undisturbed.history());
        assert_eq!(untimed(&history), untimed(&expected), "{before}\n{}", told(&history));
    }
}

#[test]
fn what_nothing_explains_is_given_up_in_the_end() {
    let installation = started();
    installation.clock.advance_seconds(7 * 3_600);
    installation.bury_unexplained(&installation.mail.waiting()[0]);
    let cause = cause(&installation);
    assert!(cause.contains("nothing that is stored explains it"), "{cause}");
}

#[test]
fn a_letter_that_somebody_fell_over_is_not_tried_again() {
    let installation = spoilt(|ports| Ports { ids: Arc::new(Panics), ..ports });
    installation.take_dead_letter(&installation.mail.waiting()[0].text(), 12).unwrap();
    let cause = cause(&installation);
    assert!(cause.contains("falls over it"), "{cause}");
}

#[test]
fn a_letter_whose_burial_panics_is_set_aside() {
    let installation = started();
    let letter = installation.mail.waiting()[0].clone();
    let ports = Ports { journal: Arc::new(Panics), ..installation.ports.clone() };
    let undertaker = Undertaker { ports, undeliverable: installation.undeliverable.clone() };
    let received = Received { id: "1".into(), queue: "queue".into(), text: letter.text(), receives: 1 };
    futures::executor::block_on(undertaker.take(&received)).unwrap();
    let [set_aside] = &installation.undeliverable.all()[..] else { panic!("one letter") };
    assert_eq!(set_aside.reason, "failing its execution panicked: the journal is gone");
}

/// Started as always; from then on the handlers have other ports.
fn spoilt(spoil: fn(Ports) -> Ports) -> Installation {
    let mut installation = started();
    installation.ports = spoil(installation.ports.clone());
    installation
}

struct Panics;

impl Ids for Panics {
    fn uuid(&self) -> String {
        "id".into()
    }

    fn seed(&self) -> u64 {
        panic!("the dice are gone")
    }
}

#[async_trait]
impl Journal for Panics {
    async fn append(&self, _: &Arc<Record>) -> Result<Appended, StoreError> {
        panic!("the journal is gone")
    }

    async fn record(&self, _: &ExecutionArn, _: u64) -> Result<Option<Arc<Record>>, StoreError> {
        panic!("the journal is gone")
    }

    async fn newest(&self, _: &ExecutionArn) -> Result<Option<Arc<Record>>, StoreError> {
        panic!("the journal is gone")
    }

    async fn records(
        &self,
        _: &ExecutionArn,
        _: Option<u64>,
        _: Direction,
        _: usize,
    ) -> Result<Vec<Arc<Record>>, StoreError> {
        panic!("the journal is gone")
    }
}
