//! The Parallel state. What events point to, and which states are aborted, is as AWS was seen to record it.

use serde_json::{Value, json};

use crate::definitions::{only, states, task, with};
use crate::world::{World, check, fails, ok, outcome};

fn pass(name: &str, fields: Value) -> Value {
    states(json!({ name: with(json!({ "Type": "Pass", "End": true }), fields) }))
}

fn parallel(branches: &[Value], fields: Value) -> Value {
    with(json!({ "Type": "Parallel", "Branches": branches }), fields)
}

#[test]
fn branches_run_side_by_side_and_join_in_their_order() {
    check(
        only(parallel(&[pass("L", json!({ "Result": "left" })), pass("R", json!({}))], json!({}))),
        r#"{ "a" : 1 }"#,
        [],
        r#"
        1 <- 0 ExecutionStarted { "a" : 1 }
        2 <- 0 ParallelStateEntered S { "a" : 1 }
        3 <- 2 ParallelStateStarted
        4 <- 3 PassStateEntered L { "a" : 1 }
        5 <- 4 PassStateExited L "left"
        6 <- 3 PassStateEntered R { "a" : 1 }
        7 <- 6 PassStateExited R { "a" : 1 }
        8 <- 7 ParallelStateSucceeded
        9 <- 7 ParallelStateExited S ["left",{ "a" : 1 }]
        10 <- 9 ExecutionSucceeded ["left",{ "a" : 1 }]
    "#,
    );
}

#[test]
fn data_goes_in_and_out_as_with_any_state_that_has_a_result() {
    let branches = [pass("L", json!({})), pass("R", json!({ "InputPath": "$.p" }))];
    for (fields, expected) in [
        (json!({ "InputPath": "$.a" }), r#"[{"p":1},1]"#),
        (json!({ "Parameters": { "p.$": "$.a.p" } }), r#"[{"p":1},1]"#),
        (json!({ "InputPath": "$.a", "ResultSelector": { "r.$": "$[1]" } }), r#"{"r":1}"#),
        (json!({ "InputPath": "$.a", "ResultPath": "$.r" }), r#"{"a":{"p":1},"r":[{"p":1},1]}"#),
        (json!({ "InputPath": "$.a", "OutputPath": "$[0].p" }), "1"),
        (json!({ "InputPath": "$.a", "ResultPath": null }), r#"{"a":{"p":1}}"#),
    ] {
        let definition = only(parallel(&branches, fields.clone()));
        assert_eq!(outcome(definition, r#"{"a":{"p":1}}"#, []), expected, "{fields}");
    }
}

#[test]
fn parallel_states_nest() {
    let inner = states(json!({
        "Inner": parallel(&[pass("A", json!({ "Result": 1 })), pass("B", json!({ "Result": 2 }))], json!({ "Next": "C" })),
        "C": { "Type": "Pass", "End": true },
    }));
    let definition = only(parallel(&[inner, pass("D", json!({ "Result": 3 }))], json!({})));
    assert_eq!(outcome(definition, "{}", []), "[[1,2],3]");
}

#[test]
fn a_failing_branch_takes_the_others_with_it() {
    let tasks = states(json!({ "T": task(json!({ "End": true })) }));
    let waits = states(json!({ "W": { "Type": "Wait", "Seconds": 60, "End": true } }));
    let passes = pass("P", json!({}));
    check(
        only(parallel(&[waits, passes, tasks], json!({}))),
        "{}",
        [fails("E", "why").after(1)],
        "
        1 <- 0 ExecutionStarted {}
        2 <- 0 ParallelStateEntered S {}
        3 <- 2 ParallelStateStarted
        4 <- 3 WaitStateEntered W {}
        5 <- 3 PassStateEntered P {}
        6 <- 5 PassStateExited P {}
        7 <- 3 TaskStateEntered T {}
        8 <- 7 LambdaFunctionScheduled f {}
        9 <- 8 LambdaFunctionStarted
        10 <- 9 LambdaFunctionFailed E: why @1s
        11 <- 10 TaskStateAborted
        12 <- 10 WaitStateAborted
        13 <- 10 ParallelStateFailed
        14 <- 13 ExecutionFailed E: why
    ",
    );
}

#[test]
fn a_fail_state_fails_the_parallel_state() {
    let fail = states(json!({ "F": { "Type": "Fail", "Error": "E" } }));
    check(
        only(parallel(&[fail], json!({}))),
        "{}",
        [],
        "
        1 <- 0 ExecutionStarted {}
        2 <- 0 ParallelStateEntered S {}
        3 <- 2 ParallelStateStarted
        4 <- 3 FailStateEntered F {}
        5 <- 4 ParallelStateFailed
        6 <- 5 ExecutionFailed E
    ",
    );
}

#[test]
fn a_retry_starts_all_branches_anew_and_only_the_last_failure_is_recorded() {
    let fail = states(json!({ "F": { "Type": "Fail", "Error": "E" } }));
    let retry = json!({ "Retry": [{ "ErrorEquals": ["E"], "MaxAttempts": 1 }] });
    check(
        only(parallel(&[fail], retry)),
        "{}",
        [],
        "
        1 <- 0 ExecutionStarted {}
        2 <- 0 ParallelStateEntered S {}
        3 <- 2 ParallelStateStarted
        4 <- 3 FailStateEntered F {}
        5 <- 4 ParallelStateStarted @1s
        6 <- 5 FailStateEntered F {}
        7 <- 6 ParallelStateFailed
        8 <- 7 ExecutionFailed E
    ",
    );
}

#[test]
fn a_caught_failure_leaves_the_parallel_state() {
    let definition = states(json!({
        "S": parallel(
            &[states(json!({ "T": task(json!({ "End": true })) })), pass("P", json!({}))],
            json!({ "Catch": [{ "ErrorEquals": ["E"], "ResultPath": "$.error", "Next": "C" }], "End": true }),
        ),
        "C": { "Type": "Pass", "End": true },
    }));
    assert_eq!(
        outcome(definition, r#"{"a":1}"#, [fails("E", "why")]),
        r#"{"a":1,"error":{"Error":"E","Cause":"why"}}"#
    );
}

#[test]
fn branches_see_the_variables_around_them_and_keep_their_own() {
    let assigning = states(json!({
        "A": { "Type": "Pass", "Assign": { "inner.$": "$outer" }, "Next": "Show" },
        "Show": { "Type": "Pass", "Parameters": { "v.$": "$inner" }, "End": true },
    }));
    let definition = states(json!({
        "First": { "Type": "Pass", "Assign": { "outer": 1 }, "Next": "S" },
        "S": parallel(&[assigning], json!({ "Next": "Last" })),
        "Last": { "Type": "Pass", "Parameters": { "result.$": "$", "outer.$": "$outer" }, "End": true },
    }));
    assert_eq!(outcome(definition, "{}", []), r#"{"result":[{"v":1}],"outer":1}"#);
}

#[test]
fn what_comes_late_for_a_branch_that_was_aborted_changes_nothing() {
    let fail =
        states(json!({ "W": { "Type": "Wait", "Seconds": 1, "Next": "F" }, "F": { "Type": "Fail", "Error": "E" } }));
    let slow = states(json!({ "T": task(json!({ "End": true })) }));
    let world = World::new(&only(parallel(&[fail, slow], json!({}))), "{}", [ok("1").after(5)]).play();
    assert_eq!(world.outcome(), "E");
}
