//! `TimeoutSeconds` of tasks and of executions.

use engine::input::{Input, TaskOutcome, Timer};
use engine::payload::Payload;
use engine::record::Outcome;
use serde_json::{Value, json};

use crate::definitions::{caught_task, only, states, task, with};
use crate::world::{World, check, ok, outcome, silent};

#[test]
fn a_task_that_does_not_answer_in_time_times_out() {
    check(
        only(task(json!({ "TimeoutSeconds": 5 }))),
        "{}",
        [silent()],
        "
        1 <- 0 ExecutionStarted {}
        2 <- 0 TaskStateEntered S {}
        3 <- 2 LambdaFunctionScheduled f {} within 5s
        4 <- 3 LambdaFunctionStarted
        5 <- 4 LambdaFunctionTimedOut States.Timeout @5s
        6 <- 5 ExecutionFailed States.Timeout
    ",
    );
    check(
        only(task(json!({ "TimeoutSeconds": 5 }))),
        "{}",
        [ok("[]").after(4)],
        "
        1 <- 0 ExecutionStarted {}
        2 <- 0 TaskStateEntered S {}
        3 <- 2 LambdaFunctionScheduled f {} within 5s
        4 <- 3 LambdaFunctionStarted
        5 <- 4 LambdaFunctionSucceeded [] @4s
        6 <- 5 TaskStateExited S []
        7 <- 6 ExecutionSucceeded []
    ",
    );
    let invoke = json!({
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": { "FunctionName": "f" },
        "TimeoutSeconds": 5,
    });
    check(
        only(invoke),
        "{}",
        [silent()],
        r#"
        1 <- 0 ExecutionStarted {}
        2 <- 0 TaskStateEntered S {}
        3 <- 2 TaskScheduled lambda:invoke in us-east-1 {"FunctionName":"f"} within 5s
        4 <- 3 TaskStarted
        5 <- 4 TaskTimedOut States.Timeout @5s
        6 <- 5 ExecutionFailed States.Timeout
    "#,
    );
}

#[test]
fn an_answer_after_the_time_out_is_stale() {
    let definition = caught_task(json!({
        "TimeoutSeconds": 5, "Catch": [{ "ErrorEquals": ["States.Timeout"], "Next": "Caught" }],
    }));
    assert_eq!(outcome(definition, "{}", [ok("[]").after(6)]), r#"{"Error":"States.Timeout","Cause":""}"#);
}

#[test]
fn timeout_seconds_path_refers_to_what_input_path_leaves() {
    let definition = |fields| only(task(with(json!({ "TimeoutSecondsPath": "$.t" }), fields)));
    check(
        definition(json!({ "InputPath": "$.a", "Parameters": {} })),
        r#"{"a":{"t":7},"t":8}"#,
        [silent()],
        r#"
            1 <- 0 ExecutionStarted {"a":{"t":7},"t":8}
            2 <- 0 TaskStateEntered S {"a":{"t":7},"t":8}
            3 <- 2 LambdaFunctionScheduled f {} within 7s
            4 <- 3 LambdaFunctionStarted
            5 <- 4 LambdaFunctionTimedOut States.Timeout @7s
            6 <- 5 ExecutionFailed States.Timeout
        "#,
    );
    for value in [json!(0), json!(-1), json!(1.5), json!("7"), json!(100_000_000)] {
        let ended = outcome(definition(json!({})), &json!({ "t": value }).to_string(), []);
        assert!(ended.starts_with("States.Runtime: ") && ended.contains(&format!("$.t == {value}")), "{ended}");
    }
}

#[test]
fn the_timer_of_an_attempt_is_stale_for_the_next() {
    let definition = only(task(json!({
        "TimeoutSeconds": 10, "Retry": [{ "ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1 }],
    })));
    check(
        definition,
        "{}",
        [silent(), ok("[]").after(9)],
        "
        1 <- 0 ExecutionStarted {}
        2 <- 0 TaskStateEntered S {}
        3 <- 2 LambdaFunctionScheduled f {} within 10s
        4 <- 3 LambdaFunctionStarted
        5 <- 4 LambdaFunctionTimedOut States.Timeout @10s
        6 <- 5 LambdaFunctionScheduled f {} within 10s @11s
        7 <- 6 LambdaFunctionStarted
        8 <- 7 LambdaFunctionSucceeded [] @20s
        9 <- 8 TaskStateExited S []
        10 <- 9 ExecutionSucceeded []
    ",
    );
}

#[test]
fn an_execution_times_out_whatever_it_waits_for() {
    let definitions: [(Value, Vec<_>); 3] = [
        (only(json!({ "Type": "Wait", "Seconds": 60 })), vec![]),
        (only(task(json!({}))), vec![silent()]),
        (
            only(task(json!({ "Retry": [{ "ErrorEquals": ["States.ALL"], "IntervalSeconds": 60 }] }))),
            vec![crate::world::fails("E", "why")],
        ),
    ];
    for (definition, replies) in definitions {
        let definition = with(definition, json!({ "TimeoutSeconds": 30 }));
        let world = World::new(&definition, "{}", replies).play();
        let printed = world.printed();
        let last = printed.lines().last().unwrap();
        let id = world.history.len();
        assert_eq!(last, format!("{id} <- 0 ExecutionTimedOut @30s"), "{printed}");
    }
}

#[test]
fn an_execution_that_ends_in_time_does_not_time_out() {
    let definition = with(
        states(json!({ "A": { "Type": "Wait", "Seconds": 29, "Next": "B" }, "B": { "Type": "Succeed" } })),
        json!({ "TimeoutSeconds": 30 }),
    );
    let mut world = World::new(&definition, "{}", []).play();
    assert_eq!(world.outcome(), "{}");
    assert_eq!(world.input(&Input::TimeCame { timer: Timer::Execution }), Some(Outcome::Stale));
}

#[test]
fn a_claimed_task_that_timed_out_is_not_answered() {
    let mut world = World::new(&only(task(json!({ "TimeoutSeconds": 5 }))), "{}", [silent()]);
    world.advance();
    let token = world.run.branches[0].token;
    world = world.play();
    let outcome = TaskOutcome::Succeeded { output: Payload::from_text("1") };
    assert_eq!(world.input(&Input::TaskEnded { token, outcome }), Some(Outcome::Stale));
}
