//! The whole history of one state of each type, and of a few in a row.

use engine::effect::Target;
use serde_json::{Value, json};

use crate::definitions::{FUNCTION, caught_task, only, states, task};
use crate::world::{World, assert_same, cannot_start, check, fails, failure, ok, too_large};

#[test]
fn a_pass_state_hands_the_text_of_its_input_through() {
    check(
        only(json!({ "Type": "Pass" })),
        r#"{ "a" : 1.0 }"#,
        [],
        r#"
        1 <- 0 ExecutionStarted { "a" : 1.0 }
        2 <- 0 PassStateEntered S { "a" : 1.0 }
        3 <- 2 PassStateExited S { "a" : 1.0 }
        4 <- 3 ExecutionSucceeded { "a" : 1.0 }
    "#,
    );
}

#[test]
fn a_succeed_state_ends_the_execution() {
    check(
        only(json!({ "Type": "Succeed", "OutputPath": "$.a" })),
        r#"{"a": [1]}"#,
        [],
        r#"
        1 <- 0 ExecutionStarted {"a": [1]}
        2 <- 0 SucceedStateEntered S {"a": [1]}
        3 <- 2 SucceedStateExited S [1]
        4 <- 3 ExecutionSucceeded [1]
    "#,
    );
}

#[test]
fn a_fail_state_is_never_exited() {
    check(
        only(json!({ "Type": "Fail", "Error": "Shop.Closed", "Cause": "it is Sunday" })),
        "{}",
        [],
        "
        1 <- 0 ExecutionStarted {}
        2 <- 0 FailStateEntered S {}
        3 <- 2 ExecutionFailed Shop.Closed: it is Sunday
    ",
    );
    check(
        only(json!({ "Type": "Fail" })),
        "{}",
        [],
        "
        1 <- 0 ExecutionStarted {}
        2 <- 0 FailStateEntered S {}
        3 <- 2 ExecutionFailed
    ",
    );
}

#[test]
fn a_choice_state_goes_on_by_the_first_rule_that_holds() {
    let definition = states(json!({
        "Choose": {
            "Type": "Choice",
            "Choices": [
                { "Variable": "$.a", "NumericGreaterThan": 5, "Next": "Large" },
                { "Variable": "$.a", "NumericGreaterThan": 3, "Next": "Middle" },
                { "Variable": "$.a", "NumericGreaterThan": 2, "Next": "Large" },
            ],
            "Default": "Large",
        },
        "Middle": { "Type": "Succeed" },
        "Large": { "Type": "Succeed" },
    }));
    check(
        definition,
        r#"{"a":4}"#,
        [],
        r#"
        1 <- 0 ExecutionStarted {"a":4}
        2 <- 0 ChoiceStateEntered Choose {"a":4}
        3 <- 2 ChoiceStateExited Choose {"a":4}
        4 <- 3 SucceedStateEntered Middle {"a":4}
        5 <- 4 SucceedStateExited Middle {"a":4}
        6 <- 5 ExecutionSucceeded {"a":4}
    "#,
    );
}

#[test]
fn a_wait_state_lasts_its_time() {
    check(
        only(json!({ "Type": "Wait", "Seconds": 90 })),
        "[1]",
        [],
        "
        1 <- 0 ExecutionStarted [1]
        2 <- 0 WaitStateEntered S [1]
        3 <- 2 WaitStateExited S [1] @90s
        4 <- 3 ExecutionSucceeded [1]
    ",
    );
}

#[test]
fn a_task_by_function_arn_tells_lambda_function_events() {
    check(
        only(task(json!({}))),
        r#"{ "a": 1 }"#,
        [ok(r#"{ "b": 2 }"#).after(3)],
        r#"
        1 <- 0 ExecutionStarted { "a": 1 }
        2 <- 0 TaskStateEntered S { "a": 1 }
        3 <- 2 LambdaFunctionScheduled f { "a": 1 }
        4 <- 3 LambdaFunctionStarted
        5 <- 4 LambdaFunctionSucceeded { "b": 2 } @3s
        6 <- 5 TaskStateExited S { "b": 2 }
        7 <- 6 ExecutionSucceeded { "b": 2 }
    "#,
    );
}

#[test]
fn a_task_by_integration_tells_task_events() {
    let state = json!({
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": { "FunctionName": FUNCTION, "Payload.$": "$" },
        "OutputPath": "$.Payload",
    });
    check(
        only(state),
        r#"{"a":1}"#,
        [ok(r#"{"Payload":{"b":2},"StatusCode":200}"#)],
        r#"
        1 <- 0 ExecutionStarted {"a":1}
        2 <- 0 TaskStateEntered S {"a":1}
        3 <- 2 TaskScheduled lambda:invoke in us-east-1 {"FunctionName":"arn:aws:lambda:us-east-1:123456789012:function:f","Payload":{"a":1}}
        4 <- 3 TaskStarted
        5 <- 4 TaskSucceeded {"Payload":{"b":2},"StatusCode":200}
        6 <- 5 TaskStateExited S {"b":2}
        7 <- 6 ExecutionSucceeded {"b":2}
    "#,
    );
}

#[test]
fn what_becomes_of_a_task_by_function_arn() {
    check(
        only(task(json!({}))),
        "{}",
        [fails("Shop.Closed", "it is Sunday")],
        "
        1 <- 0 ExecutionStarted {}
        2 <- 0 TaskStateEntered S {}
        3 <- 2 LambdaFunctionScheduled f {}
        4 <- 3 LambdaFunctionStarted
        5 <- 4 LambdaFunctionFailed Shop.Closed: it is Sunday
        6 <- 5 ExecutionFailed Shop.Closed: it is Sunday
    ",
    );
    check(
        only(task(json!({}))),
        "{}",
        [cannot_start("Lambda.Gone", "no such")],
        "
        1 <- 0 ExecutionStarted {}
        2 <- 0 TaskStateEntered S {}
        3 <- 2 LambdaFunctionScheduled f {}
        4 <- 3 LambdaFunctionStarted
        5 <- 4 LambdaFunctionStartFailed Lambda.Gone: no such
        6 <- 5 ExecutionFailed Lambda.Gone: no such
    ",
    );
    check(only(task(json!({}))), "{}", [too_large()], "
        1 <- 0 ExecutionStarted {}
        2 <- 0 TaskStateEntered S {}
        3 <- 2 LambdaFunctionScheduled f {}
        4 <- 3 LambdaFunctionStarted
        5 <- 4 LambdaFunctionFailed States.DataLimitExceeded: The state/task 'arn:aws:lambda:us-east-1:123456789012:function:f' returned a result with a size exceeding the maximum number of bytes service limit.
        6 <- 5 ExecutionFailed States.DataLimitExceeded: The state/task 'arn:aws:lambda:us-east-1:123456789012:function:f' returned a result with a size exceeding the maximum number of bytes service limit.
    ");
}

#[test]
fn what_becomes_of_a_task_by_integration() {
    let definition = || {
        only(json!({
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": { "FunctionName": "f" },
        }))
    };
    check(
        definition(),
        "{}",
        [fails("Shop.Closed", "it is Sunday")],
        r#"
        1 <- 0 ExecutionStarted {}
        2 <- 0 TaskStateEntered S {}
        3 <- 2 TaskScheduled lambda:invoke in us-east-1 {"FunctionName":"f"}
        4 <- 3 TaskStarted
        5 <- 4 TaskFailed Shop.Closed: it is Sunday
        6 <- 5 ExecutionFailed Shop.Closed: it is Sunday
    "#,
    );
    check(
        definition(),
        "{}",
        [cannot_start("Lambda.Gone", "no such")],
        r#"
        1 <- 0 ExecutionStarted {}
        2 <- 0 TaskStateEntered S {}
        3 <- 2 TaskScheduled lambda:invoke in us-east-1 {"FunctionName":"f"}
        4 <- 3 TaskStarted
        5 <- 4 TaskStartFailed Lambda.Gone: no such
        6 <- 5 ExecutionFailed Lambda.Gone: no such
    "#,
    );
    check(
        definition(),
        "{}",
        [too_large()],
        r#"
        1 <- 0 ExecutionStarted {}
        2 <- 0 TaskStateEntered S {}
        3 <- 2 TaskScheduled lambda:invoke in us-east-1 {"FunctionName":"f"}
        4 <- 3 TaskStarted
        5 <- 4 TaskFailed States.DataLimitExceeded: The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit.
        6 <- 5 ExecutionFailed States.DataLimitExceeded: The state/task 'lambda' returned a result with a size exceeding the maximum number of bytes service limit.
    "#,
    );
}

#[test]
fn parameters_that_lambda_invoke_does_not_take_fail_the_state() {
    let state = |parameters: Value| {
        only(json!({ "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": parameters }))
    };
    let world = World::new(&state(json!({ "FunctionName.$": "$.name" })), r#"{"name":7}"#, []).play();
    assert_eq!(
        world.outcome(),
        "States.Runtime: An error occurred while executing the state 'S' (entered at the event id #2). \
         The Parameters '{\"FunctionName\":7}' could not be used to start the Task: \
         [The value for the field \"FunctionName\" must be a string but was 7]"
    );
}

#[test]
fn a_dispatched_task_says_all_that_the_dispatcher_needs() {
    let definition = only(task(json!({ "Parameters": { "b.$": "$.a" }, "TimeoutSeconds": 7 })));
    let world = World::new(&definition, r#"{"a":1}"#, [ok("{}")]).play();
    let [request] = &world.requests[..] else { panic!("one request") };
    assert_eq!(request.target, Target::LambdaFunction { arn: FUNCTION.into() });
    assert_eq!(request.payload.as_str(), r#"{"b":1}"#);
    assert_eq!(&*request.role_arn, "arn:aws:iam::123456789012:role/machine");

    let state = json!({
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": { "FunctionName": "f" },
        "Credentials": { "RoleArn.$": "$.role" },
    });
    let world = World::new(&only(state), r#"{"role":"arn:aws:iam::1:role/other"}"#, [ok("{}")]).play();
    let [request] = &world.requests[..] else { panic!("one request") };
    assert_eq!(request.target, Target::LambdaInvoke);
    assert_eq!(request.payload.as_str(), r#"{"FunctionName":"f"}"#);
    assert_eq!(&*request.role_arn, "arn:aws:iam::1:role/other");
}

#[test]
fn states_in_a_row_point_from_event_to_event() {
    let definition = states(json!({
        "Pack": task(json!({ "ResultPath": "$.packed", "Next": "Rest" })),
        "Rest": { "Type": "Wait", "Seconds": 60, "Next": "Send" },
        "Send": task(json!({ "InputPath": "$.packed", "Next": "Done" })),
        "Done": { "Type": "Succeed" },
    }));
    check(
        definition,
        r#"{"order":1}"#,
        [ok("[1]").after(1), ok(r#""sent""#).after(2)],
        r#"
        1 <- 0 ExecutionStarted {"order":1}
        2 <- 0 TaskStateEntered Pack {"order":1}
        3 <- 2 LambdaFunctionScheduled f {"order":1}
        4 <- 3 LambdaFunctionStarted
        5 <- 4 LambdaFunctionSucceeded [1] @1s
        6 <- 5 TaskStateExited Pack {"order":1,"packed":[1]}
        7 <- 6 WaitStateEntered Rest {"order":1,"packed":[1]}
        8 <- 7 WaitStateExited Rest {"order":1,"packed":[1]} @61s
        9 <- 8 TaskStateEntered Send {"order":1,"packed":[1]}
        10 <- 9 LambdaFunctionScheduled f [1]
        11 <- 10 LambdaFunctionStarted
        12 <- 11 LambdaFunctionSucceeded "sent" @63s
        13 <- 12 TaskStateExited Send "sent"
        14 <- 13 SucceedStateEntered Done "sent"
        15 <- 14 SucceedStateExited Done "sent"
        16 <- 15 ExecutionSucceeded "sent"
    "#,
    );
}

#[test]
fn a_retried_and_caught_task_tells_every_attempt() {
    let definition = caught_task(json!({
        "Retry": [{ "ErrorEquals": ["Shop.Busy"], "IntervalSeconds": 2, "MaxAttempts": 1 }],
        "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Caught" }],
    }));
    check(
        definition,
        "{}",
        [fails("Shop.Busy", "first"), fails("Shop.Busy", "second")],
        r#"
        1 <- 0 ExecutionStarted {}
        2 <- 0 TaskStateEntered S {}
        3 <- 2 LambdaFunctionScheduled f {}
        4 <- 3 LambdaFunctionStarted
        5 <- 4 LambdaFunctionFailed Shop.Busy: first
        6 <- 5 LambdaFunctionScheduled f {} @2s
        7 <- 6 LambdaFunctionStarted
        8 <- 7 LambdaFunctionFailed Shop.Busy: second
        9 <- 8 TaskStateExited S {"error":{"Error":"Shop.Busy","Cause":"second"}}
        10 <- 9 PassStateEntered Caught {"error":{"Error":"Shop.Busy","Cause":"second"}}
        11 <- 10 PassStateExited Caught {"error":{"Error":"Shop.Busy","Cause":"second"}}
        12 <- 11 ExecutionSucceeded {"error":{"Error":"Shop.Busy","Cause":"second"}}
    "#,
    );
}

#[test]
fn an_execution_is_stopped_and_failed_from_outside() {
    let definition = only(json!({ "Type": "Wait", "Seconds": 60 }));
    let mut world = World::new(&definition, "{}", []);
    world.advance();
    let step = engine::abort(&world.run, failure("Stopped", "enough"), world.now).unwrap();
    world.accept(step);
    assert_same(
        &world.printed(),
        "
        1 <- 0 ExecutionStarted {}
        2 <- 0 WaitStateEntered S {}
        3 <- 0 ExecutionAborted Stopped: enough
    ",
    );
    assert_eq!(engine::abort(&world.run, failure("Stopped", "again"), world.now), None, "it has ended");
    assert_eq!(engine::fail(&world.run, failure("Failed", "late"), world.now), None, "it has ended");

    let mut world = World::new(&definition, "{}", []);
    let step = engine::fail(&world.run, failure("Failed", "given up"), world.now).unwrap();
    world.accept(step);
    assert_same(
        &world.printed(),
        "
        1 <- 0 ExecutionStarted {}
        2 <- 0 ExecutionFailed Failed: given up
    ",
    );
}
