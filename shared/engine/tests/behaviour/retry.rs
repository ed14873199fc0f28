//! `Retry`: <https://states-language.net/spec.html#retrying-after-error>.

use engine::event::Event;
use serde_json::{Value, json};

use crate::definitions::{caught_task, only, states, task};
use crate::world::{Reply, World, fails, ok, silent};

fn failing(error: &str, times: usize) -> Vec<Reply> {
    (0..times).map(|_| fails(error, "why")).collect()
}

/// The milliseconds before each retry, and how the execution ended.
fn played(definition: &Value, seed: u64, replies: Vec<Reply>) -> (Vec<u64>, String) {
    let mut world = World::new(definition, "{}", replies);
    world.seed = seed;
    let world = world.play();
    let mut failed_at = None;
    let mut delays = Vec::new();
    for event in &world.history {
        match &event.event {
            Event::LambdaFunctionFailed(_) | Event::LambdaFunctionTimedOut(_) => failed_at = Some(event.timestamp),
            Event::LambdaFunctionScheduled { .. } => {
                delays.extend(failed_at.take().map(|at| event.timestamp.millis_since(at)));
            }
            _ => {}
        }
    }
    (delays, world.outcome())
}

#[test]
fn each_field_has_its_say_in_the_delays() {
    for (fields, failures, expected) in [
        (json!({}), 3, vec![1_000, 2_000, 4_000]),
        (json!({ "IntervalSeconds": 5 }), 3, vec![5_000, 10_000, 20_000]),
        (json!({ "BackoffRate": 1.0 }), 3, vec![1_000, 1_000, 1_000]),
        (json!({ "BackoffRate": 1.5, "IntervalSeconds": 3 }), 3, vec![3_000, 4_500, 6_750]),
        (json!({ "MaxAttempts": 5 }), 5, vec![1_000, 2_000, 4_000, 8_000, 16_000]),
        (json!({ "MaxAttempts": 5, "MaxDelaySeconds": 3 }), 5, vec![1_000, 2_000, 3_000, 3_000, 3_000]),
        (json!({ "MaxDelaySeconds": 3, "IntervalSeconds": 2, "JitterStrategy": "NONE" }), 3, vec![2_000, 3_000, 3_000]),
    ] {
        let mut retrier = json!({ "ErrorEquals": ["States.ALL"] });
        retrier.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let definition = only(task(json!({ "Retry": [retrier] })));
        let mut replies = failing("E", failures);
        replies.push(ok("[]"));
        assert_eq!(played(&definition, 0, replies), (expected, "[]".into()), "{fields}");
    }
}

#[test]
fn attempts_are_counted_and_end() {
    for (max_attempts, delays) in [(json!(0), 0), (json!(1), 1), (json!(3), 3)] {
        let retry = json!([{ "ErrorEquals": ["E"], "MaxAttempts": max_attempts, "BackoffRate": 1 }]);
        let replies = failing("E", delays + 1);
        let (delayed, ended) = played(&only(task(json!({ "Retry": retry }))), 0, replies);
        assert_eq!((delayed.len(), ended.as_str()), (delays, "E: why"), "{max_attempts}");
    }
}

#[test]
fn each_retrier_has_a_counter_of_its_own() {
    let retry = json!([
        { "ErrorEquals": ["A", "B"], "MaxAttempts": 2, "IntervalSeconds": 1 },
        { "ErrorEquals": ["C"], "MaxAttempts": 2, "IntervalSeconds": 10 },
        { "ErrorEquals": ["States.ALL"], "MaxAttempts": 1, "IntervalSeconds": 100 },
    ]);
    let definition = only(task(json!({ "Retry": retry })));
    let play = |errors: &[&str]| played(&definition, 0, errors.iter().map(|error| fails(error, "why")).collect());
    for (errors, delays) in [
        // The count of one does not move the back-off of another.
        (vec!["A", "C", "A", "C", "C"], vec![1_000, 10_000, 2_000, 20_000]),
        (vec!["A", "B", "A"], vec![1_000, 2_000]),
        (vec!["D", "A", "D"], vec![100_000, 1_000]),
        // The first that matches decides: one that is used up does not hand over to the next.
        (vec!["A", "A", "A"], vec![1_000, 2_000]),
    ] {
        assert_eq!(play(&errors), (delays, format!("{}: why", errors.last().unwrap())), "{errors:?}");
    }
}

#[test]
fn entering_the_state_again_begins_to_count_anew() {
    let retry = json!([{ "ErrorEquals": ["E"], "MaxAttempts": 1 }]);
    let definition = states(json!({
        "S": task(json!({ "Retry": retry, "Next": "Again" })),
        "Again": {
            "Type": "Choice",
            "Choices": [{ "Variable": "$.again", "BooleanEquals": true, "Next": "S" }],
            "Default": "Done",
        },
        "Done": { "Type": "Succeed" },
    }));
    let replies = vec![
        fails("E", "why"),
        ok(r#"{"again":true}"#),
        fails("E", "why"),
        ok(r#"{"again":true}"#),
        fails("E", "why"),
        fails("E", "why"),
    ];
    assert_eq!(played(&definition, 0, replies), (vec![1_000, 1_000, 1_000], "E: why".into()));
}

#[test]
fn full_jitter_is_anything_up_to_the_delay() {
    let retry = json!([{
        "ErrorEquals": ["E"], "IntervalSeconds": 10, "MaxAttempts": 4, "MaxDelaySeconds": 30, "JitterStrategy": "FULL",
    }]);
    let definition = only(task(json!({ "Retry": retry })));
    let bounds = [10_000, 20_000, 30_000, 30_000];
    let mut seen = Vec::new();
    for seed in 0..200 {
        let (delays, _) = played(&definition, seed, failing("E", 5));
        assert_eq!(delays.len(), bounds.len());
        for (delay, bound) in delays.iter().zip(bounds) {
            assert!(*delay <= bound, "seed {seed}: {delays:?}");
        }
        assert_eq!(played(&definition, seed, failing("E", 5)).0, delays, "one seed, one draw");
        seen.push(delays[0]);
    }
    let mean = seen.iter().sum::<u64>() / 200;
    assert!((3_500..6_500).contains(&mean), "the mean of 200 is {mean}");
    assert!(seen.iter().any(|delay| *delay < 1_000) && seen.iter().any(|delay| *delay > 9_000));
}

#[test]
fn retries_used_up_hand_over_to_catch() {
    let definition = caught_task(json!({
        "Retry": [{ "ErrorEquals": ["E"], "MaxAttempts": 2 }],
        "Catch": [{ "ErrorEquals": ["E"], "Next": "Caught" }],
    }));
    let (delays, ended) = played(&definition, 0, failing("E", 3));
    assert_eq!((delays, ended.as_str()), (vec![1_000, 2_000], r#"{"Error":"E","Cause":"why"}"#));
}

#[test]
fn errors_that_no_retrier_names_are_not_retried() {
    let retry = json!([{ "ErrorEquals": ["E", "F"] }]);
    let definition = only(task(json!({ "Retry": retry })));
    assert_eq!(played(&definition, 0, failing("G", 1)), (vec![], "G: why".into()));
    assert_eq!(played(&definition, 0, failing("e", 1)), (vec![], "e: why".into()), "names are case-sensitive");
}

#[test]
fn what_special_names_retry() {
    for (pattern, error, retried) in [
        ("States.ALL", "E", true),
        ("States.TaskFailed", "E", true),
        ("States.ALL", "States.Timeout", true),
        ("States.TaskFailed", "States.Timeout", false),
        ("States.Timeout", "States.Timeout", true),
    ] {
        let retry = json!([{ "ErrorEquals": [pattern], "MaxAttempts": 1 }]);
        let definition = only(task(json!({ "Retry": retry, "TimeoutSeconds": 5 })));
        let mut replies = vec![if error == "States.Timeout" { silent() } else { fails(error, "why") }];
        if retried {
            replies.push(ok("[]"));
        }
        let (delays, _) = played(&definition, 0, replies);
        assert_eq!(!delays.is_empty(), retried, "{pattern} {error}");
    }
}

#[test]
fn an_input_that_cannot_be_evaluated_is_not_retried() {
    let retry = json!([{ "ErrorEquals": ["States.ALL"] }]);
    let definition = only(task(json!({ "Parameters": { "a.$": "$.nope" }, "Retry": retry })));
    let (delays, ended) = played(&definition, 0, vec![]);
    assert!(delays.is_empty() && ended.starts_with("States.Runtime: "), "{ended}");
}

#[test]
fn an_intrinsic_function_that_fails_is_neither_retried_nor_caught() {
    let definition = caught_task(json!({
        "Parameters": { "a.$": "States.StringToJson($.text)" },
        "Retry": [{ "ErrorEquals": ["States.ALL"] }],
        "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Caught" }],
    }));
    let world = World::new(&definition, r#"{"text":"{"}"#, []).play();
    assert!(world.outcome().starts_with("States.Runtime: "), "{}", world.printed());
}
