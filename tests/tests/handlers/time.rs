//! Timers: never early, never for a branch that has moved on, however long.

use engine::event::Event;
use engine::timestamp::Timestamp;
use interpreter::Handled;
use serde_json::{Value, json};
use tests::{Installation, Options, Reply, START, ScriptedTarget, states, task, told, with};

use crate::workflow::started_with;

fn wait(seconds: u64) -> Value {
    states(json!({ "S": { "Type": "Wait", "Seconds": seconds, "End": true } }))
}

fn echo() -> ScriptedTarget {
    Options::default().target
}

fn ended_at(installation: &Installation) -> Timestamp {
    let history = installation.history();
    let last = history.last().filter(|_| installation.has_ended());
    last.unwrap_or_else(|| panic!("it has not ended:\n{}", told(&history))).timestamp
}

#[test]
fn waits_of_any_length_end_to_the_millisecond() {
    for seconds in [1, 59, 60, 61, 119, 120, 121, 899, 900, 901, 961, 3_600, 90_000] {
        let installation = started_with(&wait(seconds), echo());
        installation.run();
        assert_eq!(ended_at(&installation), START.plus_seconds(seconds), "{seconds}");
    }
}

#[test]
fn a_message_that_comes_early_is_sent_again_and_changes_nothing() {
    let installation = started_with(&wait(600), echo());
    installation.settle_all();
    let records = installation.records();
    let [letter] = &installation.mail.waiting()[..] else { panic!("one timer") };
    for seconds in [0, 1, 299] {
        installation.clock.advance_seconds(seconds);
        let letters = installation.mail.waiting();
        assert_eq!(installation.settle(letters.last().unwrap()).unwrap(), Handled::Done);
        let again = installation.mail.waiting();
        assert_eq!(again.len(), 1, "{again:?}");
        assert_eq!(again[0].due, letter.due, "due when it was due before");
        assert_eq!(installation.records(), records);
    }
    installation.run();
    assert_eq!(ended_at(&installation), START.plus_seconds(600));
}

#[test]
fn a_timer_that_wrote_its_record_sends_what_that_owes_even_by_a_slow_clock() {
    let definition =
        states(json!({ "S": { "Type": "Wait", "Seconds": 60, "Next": "After" }, "After": { "Type": "Succeed" } }));
    let installation = started_with(&definition, echo());
    installation.gate.keep_the_sweep_away();
    installation.settle_all();
    installation.clock.advance_seconds(60);
    let [letter] = &installation.mail.due()[..] else { panic!("one timer") };
    installation.gate.fail_next("send", tests::Fault::Before);
    assert!(installation.settle(letter).is_err(), "its record is there, its message is not");
    let ports = installation.ports_by(-3_000);
    let slow = interpreter::Interpreter { ports, ..installation.interpreter.clone() };
    let again = installation.begin_in(letter, &slow, &installation.dispatcher).finish();
    assert_eq!(again.unwrap(), Handled::Done);
    installation.mail.remove(letter.id);
    installation.run();
    assert_eq!(ended_at(&installation), START.plus_seconds(60));
}

#[test]
fn a_wait_longer_than_a_queue_delays_goes_to_the_timers_and_comes_back() {
    let installation = started_with(&wait(7_200), echo());
    installation.settle_all();
    assert!(installation.mail.waiting().is_empty(), "no message carries it");
    assert!(installation.has_armed_timers());
    installation.clock.advance_seconds(7_000);
    assert_eq!(installation.keep_time().timers, 0, "not yet");
    installation.clock.advance_seconds(100);
    assert_eq!(installation.keep_time().timers, 1);
    assert!(!installation.has_armed_timers(), "it is the message's from now on");
    let [letter] = &installation.mail.waiting()[..] else { panic!("one timer") };
    assert_eq!(letter.due, START.plus_seconds(7_200));
    installation.run();
    assert_eq!(ended_at(&installation), START.plus_seconds(7_200));
}

#[test]
fn a_timekeeper_that_crashes_loses_no_timer() {
    for pauses in 0.. {
        let installation = started_with(&wait(7_200), echo());
        installation.settle_all();
        installation.clock.advance_seconds(7_100);
        let mut run = installation.begin_keeping_time();
        if run.go_on(pauses).is_some() {
            break;
        }
        drop(run);
        installation.run();
        assert_eq!(ended_at(&installation), START.plus_seconds(7_200), "crashed after {pauses} pauses");
    }
}

#[test]
fn a_timekeeper_that_rested_for_hours_delays_and_loses_nothing() {
    let installation = started_with(&wait(7_200), echo());
    installation.settle_all();
    installation.clock.advance_seconds(20_000);
    installation.keep_time();
    installation.settle_all();
    assert_eq!(ended_at(&installation), START.plus_seconds(20_000));
}

#[test]
fn a_task_times_out_at_its_limit_short_or_long() {
    for seconds in [5, 890, 901, 5_000] {
        let definition = states(json!({ "S": task(json!({ "TimeoutSeconds": seconds, "End": true })) }));
        let installation = started_with(&definition, ScriptedTarget::new(|_| Reply::Hangs));
        let letters = installation.mail.due();
        installation.settle(&letters[0]).unwrap();
        let letters = installation.mail.due();
        let mut call = installation.begin(&letters[0]);
        assert!(call.go_on(1_000).is_none(), "the target hangs");
        drop(call);
        installation.mail.remove(letters[0].id);
        installation.run();
        let history = installation.history();
        let timed_out = history.iter().any(|event| matches!(event.event, Event::LambdaFunctionTimedOut(_)));
        // A dispatcher lives for 900 seconds; the outcome of a longer call is unknown then.
        if seconds < 900 {
            assert!(timed_out, "{}", told(&history));
            assert_eq!(ended_at(&installation), START.plus_seconds(seconds));
        } else {
            assert!(told(&history).contains("Lambda.Unknown") || timed_out, "{}", told(&history));
        }
    }
}

#[test]
fn a_time_out_of_a_task_that_has_answered_is_no_more() {
    for seconds in [60, 5_000] {
        let definition = states(json!({
            "S": task(json!({ "TimeoutSeconds": seconds, "Next": "Rest" })),
            "Rest": { "Type": "Wait", "Seconds": 20_000, "End": true },
        }));
        let installation = started_with(&definition, echo());
        installation.run();
        assert_eq!(ended_at(&installation), START.plus_seconds(20_000), "{}", told(&installation.history()));
    }
}

#[test]
fn an_execution_times_out_at_its_limit_short_or_long() {
    for seconds in [30, 5_000] {
        let definition = with(wait(20_000), json!({ "TimeoutSeconds": seconds }));
        let installation = started_with(&definition, echo());
        installation.run();
        assert_eq!(ended_at(&installation), START.plus_seconds(seconds));
        assert_eq!(installation.summary().unwrap().status.as_str(), "TIMED_OUT");
        let records = installation.records();
        // The timer of the wait comes later, and finds nothing to do.
        for _ in 0..400 {
            installation.clock.advance_seconds(60);
            installation.keep_time();
            installation.settle_all();
        }
        assert_eq!(installation.records(), records);
    }
}

#[test]
fn the_limit_of_an_execution_outlives_lost_messages() {
    let definition = with(wait(20_000), json!({ "TimeoutSeconds": 600 }));
    let installation = started_with(&definition, echo());
    installation.settle_all();
    installation.mail.lose_all();
    installation.run();
    assert_eq!(installation.summary().unwrap().status.as_str(), "TIMED_OUT");
    let late = ended_at(&installation).millis_since(START.plus_seconds(600)) / 1000;
    assert!(late <= 300, "{late} seconds late");
}
