//! Iterations that fail, and what becomes of the others. What events point to is as it was measured on AWS.

use serde_json::{Value, json};

use crate::definitions::{only, states, task, with};
use crate::map::{map, pass};
use crate::world::{World, assert_same, check, fails, ok, outcome, silent};

fn fail() -> Value {
    json!({ "F": { "Type": "Fail", "Error": "E", "Cause": "why" } })
}

/// Waits as long as the item says; an item without a time fails after a second.
fn waits_or_fails() -> Value {
    json!({
        "C": {
            "Type": "Choice",
            "Choices": [{ "Variable": "$.wait", "IsPresent": true, "Next": "W" }],
            "Default": "Pause",
        },
        "W": { "Type": "Wait", "SecondsPath": "$.wait", "End": true },
        "Pause": { "Type": "Wait", "Seconds": 1, "Next": "F" },
        "F": { "Type": "Fail", "Error": "E", "Cause": "why" },
    })
}

#[test]
fn a_failing_iteration_takes_the_others_with_it() {
    check(
        only(map(waits_or_fails(), json!({}))),
        r#"[{"wait":15},{}]"#,
        [],
        r#"
        1 <- 0 ExecutionStarted [{"wait":15},{}]
        2 <- 0 MapStateEntered S [{"wait":15},{}]
        3 <- 2 MapStateStarted 2
        4 <- 3 MapIterationStarted S 0
        5 <- 3 MapIterationStarted S 1
        6 <- 4 ChoiceStateEntered C {"wait":15}
        7 <- 6 ChoiceStateExited C {"wait":15}
        8 <- 5 ChoiceStateEntered C {}
        9 <- 8 ChoiceStateExited C {}
        10 <- 7 WaitStateEntered W {"wait":15}
        11 <- 9 WaitStateEntered Pause {}
        12 <- 11 WaitStateExited Pause {} @1s
        13 <- 12 FailStateEntered F {}
        14 <- 13 MapIterationAborted S 0
        15 <- 13 WaitStateAborted
        16 <- 13 MapIterationFailed S 1
        17 <- 13 MapStateFailed
        18 <- 17 ExecutionFailed E: why
    "#,
    );
}

#[test]
fn a_failing_task_is_told_before_its_iteration() {
    check(
        only(map(json!({ "T": task(json!({ "End": true })) }), json!({}))),
        "[1,2]",
        [fails("E", "why").after(1), silent()],
        "
        1 <- 0 ExecutionStarted [1,2]
        2 <- 0 MapStateEntered S [1,2]
        3 <- 2 MapStateStarted 2
        4 <- 3 MapIterationStarted S 0
        5 <- 3 MapIterationStarted S 1
        6 <- 4 TaskStateEntered T 1
        7 <- 6 LambdaFunctionScheduled f 1
        8 <- 5 TaskStateEntered T 2
        9 <- 8 LambdaFunctionScheduled f 2
        10 <- 7 LambdaFunctionStarted
        11 <- 9 LambdaFunctionStarted
        12 <- 10 LambdaFunctionFailed E: why @1s
        13 <- 12 TaskStateAborted
        14 <- 12 MapIterationAborted S 1
        15 <- 12 TaskStateAborted
        16 <- 12 MapIterationFailed S 0
        17 <- 12 MapStateFailed
        18 <- 17 ExecutionFailed E: why
    ",
    );
}

#[test]
fn what_is_aborted_is_told_from_the_outside_in() {
    let inner =
        json!({ "M": map(json!({ "W": { "Type": "Wait", "Seconds": 60, "End": true } }), json!({ "End": true })) });
    let failing = states(
        json!({ "Pause": { "Type": "Wait", "Seconds": 1, "Next": "F" }, "F": { "Type": "Fail", "Error": "E" } }),
    );
    check(
        only(json!({ "Type": "Parallel", "Branches": [states(inner), failing] })),
        "[1]",
        [],
        "
        1 <- 0 ExecutionStarted [1]
        2 <- 0 ParallelStateEntered S [1]
        3 <- 2 ParallelStateStarted
        4 <- 3 MapStateEntered M [1]
        5 <- 4 MapStateStarted 1
        6 <- 5 MapIterationStarted M 0
        7 <- 3 WaitStateEntered Pause [1]
        8 <- 6 WaitStateEntered W 1
        9 <- 7 WaitStateExited Pause [1] @1s
        10 <- 9 FailStateEntered F [1]
        11 <- 10 MapStateAborted
        12 <- 10 MapIterationAborted M 0
        13 <- 10 WaitStateAborted
        14 <- 10 ParallelStateFailed
        15 <- 14 ExecutionFailed E
    ",
    );
}

#[test]
fn a_failure_goes_through_every_map_around_it() {
    let inner = json!({ "M": map(fail(), json!({ "End": true })) });
    check(
        only(map(inner, json!({}))),
        "[[1]]",
        [],
        "
        1 <- 0 ExecutionStarted [[1]]
        2 <- 0 MapStateEntered S [[1]]
        3 <- 2 MapStateStarted 1
        4 <- 3 MapIterationStarted S 0
        5 <- 4 MapStateEntered M [1]
        6 <- 5 MapStateStarted 1
        7 <- 6 MapIterationStarted M 0
        8 <- 7 FailStateEntered F 1
        9 <- 8 MapIterationFailed M 0
        10 <- 8 MapStateFailed
        11 <- 10 MapIterationFailed S 0
        12 <- 10 MapStateFailed
        13 <- 12 ExecutionFailed E: why
    ",
    );
}

#[test]
fn a_retry_begins_with_all_items_anew() {
    check(
        only(map(fail(), json!({ "Retry": [{ "ErrorEquals": ["E"], "MaxAttempts": 1 }] }))),
        "[1]",
        [],
        "
        1 <- 0 ExecutionStarted [1]
        2 <- 0 MapStateEntered S [1]
        3 <- 2 MapStateStarted 1
        4 <- 3 MapIterationStarted S 0
        5 <- 4 FailStateEntered F 1
        6 <- 5 MapIterationFailed S 0
        7 <- 5 MapStateStarted 1 @1s
        8 <- 7 MapIterationStarted S 0
        9 <- 8 FailStateEntered F 1
        10 <- 9 MapIterationFailed S 0
        11 <- 9 MapStateFailed
        12 <- 11 ExecutionFailed E: why
    ",
    );
}

#[test]
fn a_retry_may_succeed() {
    let processor = json!({ "T": task(json!({ "End": true })) });
    let retry = json!({ "Retry": [{ "ErrorEquals": ["E"] }], "MaxConcurrency": 1 });
    let replies = [ok("\"kept\""), fails("E", "why"), ok("10"), ok("20")];
    assert_eq!(outcome(only(map(processor, retry)), "[1,2]", replies), "[10,20]");
}

#[test]
fn a_caught_failure_leaves_the_map_with_its_input() {
    let definition = states(json!({
        "S": map(fail(), json!({
            "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "C" }],
            "ItemsPath": "$.items", "End": true,
        })),
        "C": { "Type": "Pass", "End": true },
    }));
    check(
        definition,
        r#"{"items":[1]}"#,
        [],
        r#"
        1 <- 0 ExecutionStarted {"items":[1]}
        2 <- 0 MapStateEntered S {"items":[1]}
        3 <- 2 MapStateStarted 1
        4 <- 3 MapIterationStarted S 0
        5 <- 4 FailStateEntered F 1
        6 <- 5 MapIterationFailed S 0
        7 <- 5 MapStateFailed
        8 <- 7 MapStateExited S {"items":[1],"error":{"Error":"E","Cause":"why"}}
        9 <- 8 PassStateEntered C {"items":[1],"error":{"Error":"E","Cause":"why"}}
        10 <- 9 PassStateExited C {"items":[1],"error":{"Error":"E","Cause":"why"}}
        11 <- 10 ExecutionSucceeded {"items":[1],"error":{"Error":"E","Cause":"why"}}
    "#,
    );
}

#[test]
fn what_nobody_can_catch_ends_the_execution_and_leaves_no_trace_in_between() {
    let broken = json!({ "P": { "Type": "Pass", "Parameters": { "m.$": "$.no" }, "End": true } });
    let catch = json!({ "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "C" }], "End": true });
    let definition =
        |state: Value| states(json!({ "S": with(state, catch.clone()), "C": { "Type": "Pass", "End": true } }));
    let waiting = states(json!({ "W": { "Type": "Wait", "Seconds": 60, "End": true } }));
    check(
        definition(map(json!({ "B": { "Type": "Parallel", "Branches": [waiting, states(broken)], "End": true } }), json!({}))),
        "[1]",
        [],
        "
        1 <- 0 ExecutionStarted [1]
        2 <- 0 MapStateEntered S [1]
        3 <- 2 MapStateStarted 1
        4 <- 3 MapIterationStarted S 0
        5 <- 4 ParallelStateEntered B 1
        6 <- 5 ParallelStateStarted
        7 <- 6 WaitStateEntered W 1
        8 <- 6 PassStateEntered P 1
        9 <- 8 ExecutionFailed States.Runtime: An error occurred while executing the state 'P' (entered at the event id #8). The JSONPath '$.no' specified for the field 'm.$' could not be found in the input '1'
    ",
    );
}

#[test]
fn a_failure_after_the_last_iteration_points_to_the_success() {
    check(
        only(map(pass(), json!({ "ResultSelector": { "m.$": "$.no" } }))),
        "[1]",
        [],
        "
        1 <- 0 ExecutionStarted [1]
        2 <- 0 MapStateEntered S [1]
        3 <- 2 MapStateStarted 1
        4 <- 3 MapIterationStarted S 0
        5 <- 4 PassStateEntered P 1
        6 <- 5 PassStateExited P 1
        7 <- 6 MapIterationSucceeded S 0
        8 <- 7 MapStateSucceeded
        9 <- 8 ExecutionFailed States.Runtime: An error occurred while executing the state 'S' (entered at the event id #2). The JSONPath '$.no' specified for the field 'm.$' could not be found in the input '[1]'
    ",
    );
}

#[test]
fn an_item_that_cannot_be_taken_in_fails_the_map_before_its_iteration_starts() {
    let processor = json!({ "W": { "Type": "Wait", "Seconds": 60, "End": true } });
    let mut world = World::new(&only(map(processor, json!({}))), r#"["a","too long"]"#, []);
    world.limits.payload_bytes = 5;
    assert_same(
        &world.play().printed(),
        r#"
        1 <- 0 ExecutionStarted ["a","too long"]
        2 <- 0 MapStateEntered S ["a","too long"]
        3 <- 2 MapStateStarted 2
        4 <- 3 MapIterationStarted S 0
        5 <- 3 MapIterationAborted S 0
        6 <- 3 MapStateFailed
        7 <- 6 ExecutionFailed States.DataLimitExceeded: The state/task 'S' returned a result with a size exceeding the maximum number of bytes service limit.
    "#,
    );
}

#[test]
fn what_comes_late_for_an_iteration_that_was_aborted_changes_nothing() {
    let processor = json!({ "T": task(json!({ "End": true })) });
    let catch = json!({ "Catch": [{ "ErrorEquals": ["E"], "Next": "C" }], "End": true });
    let definition = states(json!({
        "S": map(processor, catch),
        "C": { "Type": "Wait", "Seconds": 60, "Next": "D" },
        "D": { "Type": "Pass", "Result": "caught", "End": true },
    }));
    let world = World::new(&definition, "[1,2]", [fails("E", "why"), ok("1").after(5)]).play();
    assert_eq!(world.outcome(), r#""caught""#);
}
