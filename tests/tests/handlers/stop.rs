//! StopExecution, against everything else that may be under way.

use engine::event::Event;
use serde_json::json;
use tests::{Installation, told};

use crate::workflow::{started, started_with};

/// Aborted, with nothing after it, and known as such everywhere.
#[track_caller]
fn assert_aborted(installation: &Installation, context: &str) {
    let history = installation.history();
    let ends: Vec<_> = history.iter().filter(|event| event.event.type_name().starts_with("ExecutionAborted")).collect();
    assert_eq!(ends.len(), 1, "{context}\n{}", told(&history));
    assert!(matches!(history.last().unwrap().event, Event::ExecutionAborted(_)), "{context}\n{}", told(&history));
    assert!(history.iter().zip(1..).all(|(event, id)| event.id == id), "{context}\n{}", told(&history));
    assert_eq!(installation.summary().unwrap().status.as_str(), "ABORTED", "{context}");
}

#[test]
fn what_is_answered_is_in_the_journal() {
    let installation = started();
    installation.stop().unwrap();
    let described =
        installation.call("DescribeExecution", &json!({ "executionArn": Installation::execution().as_str() })).unwrap();
    assert_eq!((&described["status"], &described["error"]), (&json!("ABORTED"), &json!("Stopped")));
}

#[test]
fn a_stop_and_a_transition_may_interleave_anyhow() {
    for (transition_pauses, stop_pauses) in (0..8).flat_map(|one| (0..8).map(move |other| (one, other))) {
        let installation = started();
        let letters = installation.mail.due();
        let mut transition = installation.begin(&letters[0]);
        let stop_request = json!({ "executionArn": Installation::execution().as_str() });
        let mut stop = installation.begin_call("StopExecution", &stop_request);
        let transition_done = transition.go_on(transition_pauses).is_some();
        let stop_done = stop.go_on(stop_pauses).is_some();
        if !transition_done {
            transition.finish().unwrap();
        }
        if !stop_done {
            stop.finish().unwrap().unwrap();
        }
        installation.mail.remove(letters[0].id);
        installation.settle_all();
        assert_aborted(&installation, &format!("{transition_pauses} {stop_pauses}"));
    }
}

#[test]
fn an_execution_can_be_stopped_at_any_point() {
    for after in 0.. {
        let installation = started();
        for _ in 0..after {
            installation.settle_next();
        }
        if installation.has_ended() {
            return;
        }
        installation.stop().unwrap();
        installation.run();
        installation.settle_all();
        assert_aborted(&installation, &format!("after {after} deliveries"));
    }
}

#[test]
fn an_execution_that_has_ended_stays_as_it_is() {
    let installation = started();
    installation.run();
    let records = installation.records();
    let ended = installation.history().last().unwrap().timestamp;
    installation.clock.advance_seconds(60);
    let answer = installation.stop().unwrap();
    assert_eq!(answer["stopDate"].as_f64(), Some(ended.as_millis() as f64 / 1000.0));
    assert_eq!(installation.records(), records);
}

#[test]
fn a_stop_that_crashed_half_way_is_completed_by_the_next_call_or_the_sweep() {
    for (pauses, again) in (0..6).flat_map(|pauses| [(pauses, true), (pauses, false)]) {
        let installation = started_with(
            &tests::states(json!({ "S": { "Type": "Wait", "Seconds": 2_000, "End": true } })),
            tests::Options::default().target,
        );
        installation.settle_all();
        let request = json!({ "executionArn": Installation::execution().as_str() });
        let mut stop = installation.begin_call("StopExecution", &request);
        let done = stop.go_on(pauses).is_some();
        drop(stop);
        if again {
            installation.stop().unwrap();
        } else if !installation.has_ended() && !done {
            continue;
        } else {
            for _ in 0..120 {
                installation.clock.advance_seconds(60);
                installation.keep_time();
                installation.settle_all();
            }
        }
        assert_aborted(&installation, &format!("crashed after {pauses} pauses, again {again}"));
    }
}
