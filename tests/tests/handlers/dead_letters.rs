//! Messages that could not be handled, however often they came.

use engine::event::Event;
use serde_json::json;
use tests::{Installation, Letter, Options, states, told};

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
