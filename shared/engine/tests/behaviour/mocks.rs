//! Executions that were started with a test case: their tasks are mocked.

use std::ops::RangeInclusive;
use std::sync::Arc;

use asl::machine::StateName;
use engine::execution::Execution;
use engine::mocks::{MockedResponse, TestCase};
use engine::payload::Payload;
use engine::run::Answer;
use serde_json::{Value, json};

use crate::definitions::{activity, only, states, task, with};
use crate::world::{World, assert_same, failure, ok};

type Answers = Vec<(RangeInclusive<u32>, Answer)>;

fn returns(output: &str) -> Answer {
    Answer::Succeeded { output: Payload::from_text(output) }
}

fn throws(error: &str) -> Answer {
    Answer::Failed(failure(error, "why"))
}

/// The machine, started with mocked responses for the state `S`.
fn mocked(definition: &Value, input: &str, answers: Answers) -> World {
    let mut world = World::new(definition, input, []);
    let response = MockedResponse { name: "Response".into(), answers };
    let states = [(StateName::new("S"), Arc::new(response))].into();
    let test_case = Some(Arc::new(TestCase { name: "Case".into(), states }));
    world.run.execution = Arc::new(Execution { test_case, ..(*world.run.execution).clone() });
    world
}

fn check(definition: Value, answers: Answers, expected: &str) {
    assert_same(&mocked(&definition, r#"{"n":1}"#, answers).play().printed(), expected);
}

fn integration(resource: &str, parameters: Value) -> Value {
    json!({ "Type": "Task", "Resource": resource, "Parameters": parameters, "ResultPath": "$.result" })
}

fn publish() -> Value {
    integration("arn:aws:states:::sns:publish", json!({ "TopicArn": "t", "Message.$": "$.n" }))
}

#[test]
fn a_mocked_function_is_not_called_and_its_answer_is_the_result() {
    check(
        only(task(json!({ "ResultPath": "$.result" }))),
        vec![(0..=0, returns(r#"{"a" : 1.50}"#))],
        r#"
        1 <- 0 ExecutionStarted {"n":1}
        2 <- 0 TaskStateEntered S {"n":1}
        3 <- 2 LambdaFunctionScheduled f {"n":1}
        4 <- 3 LambdaFunctionStarted
        5 <- 4 LambdaFunctionSucceeded {"a" : 1.50}
        6 <- 5 TaskStateExited S {"n":1,"result":{"a":1.50}}
        7 <- 6 ExecutionSucceeded {"n":1,"result":{"a":1.50}}
    "#,
    );
}

#[test]
fn every_integration_can_be_mocked_also_those_that_cannot_be_called() {
    check(
        only(integration("arn:aws:states:::aws-sdk:dynamodb:getItem", json!({ "n.$": "$.n" }))),
        vec![(0..=0, returns("7"))],
        r#"
        1 <- 0 ExecutionStarted {"n":1}
        2 <- 0 TaskStateEntered S {"n":1}
        3 <- 2 TaskScheduled aws-sdk:dynamodb:getItem in us-east-1 {"n":1}
        4 <- 3 TaskStarted
        5 <- 4 TaskSucceeded 7
        6 <- 5 TaskStateExited S {"n":1,"result":7}
        7 <- 6 ExecutionSucceeded {"n":1,"result":7}
    "#,
    );
}

#[test]
fn a_mock_also_stands_for_what_would_end_a_job_or_hold_a_token() {
    for (resource, parameters) in [
        ("batch:submitJob.sync", json!({ "JobName": "j", "JobDefinition": "d", "JobQueue": "q" })),
        ("states:startExecution.sync:2", json!({ "StateMachineArn": "m" })),
        ("sqs:sendMessage.waitForTaskToken", json!({ "QueueUrl": "q", "MessageBody.$": "$$.Task.Token" })),
    ] {
        let definition = only(integration(&format!("arn:aws:states:::{resource}"), parameters));
        let world = mocked(&definition, r#"{"n":1}"#, vec![(0..=0, returns("7"))]).play();
        let types: Vec<_> = world.history[2..6].iter().map(|event| event.event.type_name()).collect();
        assert_eq!(types, ["TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded"], "{resource}");
        assert_eq!(world.outcome(), r#"{"n":1,"result":7}"#);
    }
}

#[test]
fn retries_get_one_answer_after_another() {
    let retry = json!([{ "ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 5, "BackoffRate": 1 }]);
    check(
        only(task(json!({ "Retry": retry }))),
        vec![(0..=0, throws("Busy")), (1..=2, throws("Busy")), (3..=3, returns("[]"))],
        r#"
        1 <- 0 ExecutionStarted {"n":1}
        2 <- 0 TaskStateEntered S {"n":1}
        3 <- 2 LambdaFunctionScheduled f {"n":1}
        4 <- 3 LambdaFunctionStarted
        5 <- 4 LambdaFunctionFailed Busy: why
        6 <- 5 LambdaFunctionScheduled f {"n":1} @1s
        7 <- 6 LambdaFunctionStarted
        8 <- 7 LambdaFunctionFailed Busy: why
        9 <- 8 LambdaFunctionScheduled f {"n":1} @2s
        10 <- 9 LambdaFunctionStarted
        11 <- 10 LambdaFunctionFailed Busy: why
        12 <- 11 LambdaFunctionScheduled f {"n":1} @3s
        13 <- 12 LambdaFunctionStarted
        14 <- 13 LambdaFunctionSucceeded []
        15 <- 14 TaskStateExited S []
        16 <- 15 ExecutionSucceeded []
    "#,
    );
}

#[test]
fn calls_are_counted_over_the_whole_execution() {
    let definition = states(json!({
        "Each": {
            "Type": "Map", "MaxConcurrency": 1, "End": true,
            "ItemProcessor": { "StartAt": "S", "States": { "S": with(task(json!({
                "Retry": [{ "ErrorEquals": ["Boom"], "IntervalSeconds": 1 }],
            })), json!({ "End": true })) } },
        },
    }));
    let answers = vec![(0..=0, throws("Boom")), (1..=1, returns("1")), (2..=2, returns("2"))];
    assert_eq!(mocked(&definition, "[0, 0]", answers).play().outcome(), "[1,2]");
}

#[test]
fn a_thrown_error_is_caught_as_any_other() {
    let definition = states(json!({
        "S": with(publish(), json!({
            "Catch": [{ "ErrorEquals": ["SNS.Busy"], "Next": "Caught" }], "End": true,
        })),
        "Caught": { "Type": "Pass", "End": true },
    }));
    let world = mocked(&definition, r#"{"n":1}"#, vec![(0..=0, throws("SNS.Busy"))]).play();
    assert_eq!(world.outcome(), r#"{"Error":"SNS.Busy","Cause":"why"}"#);
}

#[test]
fn a_call_without_an_answer_fails_the_execution() {
    let catch = json!([{ "ErrorEquals": ["States.ALL"], "Next": "Caught" }]);
    let definition = states(json!({
        "S": task(json!({ "Retry": [{ "ErrorEquals": ["States.ALL"] }], "Catch": catch, "End": true })),
        "Caught": { "Type": "Pass", "End": true },
    }));
    for answers in [vec![], vec![(1..=9, returns("1"))]] {
        let world = mocked(&definition, "{}", answers).play();
        assert_eq!(
            world.outcome(),
            "States.Runtime: An error occurred while executing the state 'S' (entered at the event id #2). \
             The mocked response 'Response' has no answer for call 0."
        );
    }
}

#[test]
fn an_activity_cannot_be_mocked() {
    let world = mocked(&only(activity(json!({}))), "{}", vec![(0..=0, returns("1"))]).play();
    assert_eq!(
        world.outcome(),
        "States.Runtime: Activity state cannot be mocked. Please remove mocks mapped for all activity state in the mock \
         config file."
    );
}

#[test]
fn states_without_a_mock_are_called() {
    let definition = states(json!({
        "S": with(task(json!({})), json!({ "Next": "Real" })),
        "Real": with(task(json!({})), json!({ "End": true })),
    }));
    let mut world = World::new(&definition, "{}", [ok("[2]")]);
    world.run.execution = mocked(&definition, "{}", vec![(0..=0, returns("[1]"))]).run.execution.clone();
    let world = world.play();
    assert_eq!((world.requests.len(), world.outcome().as_str()), (1, "[2]"));
    assert_eq!(world.requests[0].payload.as_str(), "[1]");
}

#[test]
fn what_a_state_is_given_is_checked_all_the_same() {
    let definition = only(publish());
    let world = mocked(&definition, "{}", vec![(0..=0, returns("1"))]).play();
    let expected = "could not be found in the input '{}'";
    assert!(
        world.outcome().starts_with("States.Runtime") && world.outcome().ends_with(expected),
        "{}",
        world.outcome()
    );
}
