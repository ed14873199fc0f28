//! Express executions: one message is all that there is of them, and it may come again.

use serde_json::{Value, json};
use tests::{Installation, Options, Reply, ScriptedTarget, pass, states, task};

/// With a state machine of that type that waits, calls a function, and ends.
fn installation_with(machine_type: &str) -> Installation {
    let installation = Installation::new(Options {
        target: ScriptedTarget::new(|_| Reply::Returns("\"answered\"".into())),
        ..Options::default()
    });
    let definition = states(json!({
        "Wait": { "Type": "Wait", "Seconds": 20, "Next": "Call" },
        "Call": task(json!({ "Next": "Last" })),
        "Last": pass(json!({ "End": true })),
    }));
    let request = json!({
        "name": "machine",
        "type": machine_type,
        "definition": definition.to_string(),
        "roleArn": "arn:aws:iam::123456789012:role/machine",
        "loggingConfiguration": {
            "level": "ALL",
            "includeExecutionData": true,
            "destinations": [{ "cloudWatchLogsLogGroup": { "logGroupArn": "arn:aws:logs:us-east-1:123456789012:log-group:g:*" } }],
        },
    });
    installation.call("CreateStateMachine", &request).unwrap();
    installation
}

fn start(installation: &Installation) -> Value {
    installation.call("StartExecution", &Installation::start_request(&json!({ "a": 1 }))).unwrap()
}

const COURSE: [&str; 11] = [
    "ExecutionStarted",
    "WaitStateEntered",
    "WaitStateExited",
    "TaskStateEntered",
    "LambdaFunctionScheduled",
    "LambdaFunctionStarted",
    "LambdaFunctionSucceeded",
    "TaskStateExited",
    "PassStateEntered",
    "PassStateExited",
    "ExecutionSucceeded",
];

#[test]
fn an_express_execution_is_one_message_and_leaves_nothing_but_its_log() {
    let installation = installation_with("EXPRESS");
    let arn = start(&installation)["executionArn"].clone();
    assert!(arn.as_str().unwrap().starts_with("arn:aws:states:us-east-1:123456789012:express:machine:name:"), "{arn}");
    let before = installation.clock.now();
    installation.settle_all();
    assert!(installation.clock.now().millis_since(before) >= 20_000, "the wait was slept");
    assert_eq!(installation.log.types(), COURSE);
    let events = installation.log.events();
    assert!(events.iter().all(|event| event["execution_arn"] == arn), "{events:#?}");
    assert_eq!(events[10]["details"]["output"], "\"answered\"");
    assert!(installation.mail.waiting().is_empty());
    assert!(installation.records().is_empty());
    assert_eq!(installation.summary(), None);
}

#[test]
fn each_start_is_a_new_execution_whatever_its_name() {
    let installation = installation_with("EXPRESS");
    assert_ne!(start(&installation)["executionArn"], start(&installation)["executionArn"]);
    assert_eq!(installation.mail.due().len(), 2);
}

#[test]
fn an_invocation_that_dies_is_followed_by_another_from_the_first_state() {
    for pauses in [0, 1, 5, 20, 100] {
        let installation = installation_with("EXPRESS");
        start(&installation);
        let letter = installation.mail.due().remove(0);
        let mut first = installation.begin(&letter);
        assert!(first.go_on(pauses).is_none());
        drop(first);
        let died = installation.log.types().len();
        assert_eq!(installation.mail.waiting().len(), 1, "its message is still there");
        installation.settle_all();
        assert_eq!(installation.log.types()[died..], COURSE, "{pauses}");
    }
}

#[test]
fn a_message_that_comes_twice_runs_the_execution_twice() {
    let installation = installation_with("EXPRESS");
    start(&installation);
    let letter = installation.mail.due().remove(0);
    installation.deliver(&letter).unwrap();
    installation.settle(&letter).unwrap();
    assert_eq!(installation.log.types(), [COURSE, COURSE].concat());
}

#[test]
fn a_message_that_was_given_up_is_buried_without_a_trace() {
    let installation = installation_with("EXPRESS");
    start(&installation);
    let letter = installation.mail.due().remove(0);
    installation.bury(&letter);
    assert!(installation.records().is_empty());
    assert!(installation.log.events().is_empty());
}

#[test]
fn start_sync_execution_answers_with_how_it_ended() {
    let installation = installation_with("EXPRESS");
    let answer = installation.call("StartSyncExecution", &Installation::start_request(&json!({ "a": 1 }))).unwrap();
    assert_eq!(answer["status"], "SUCCEEDED");
    assert_eq!(answer["output"], "\"answered\"");
    assert_eq!(answer["input"], r#"{"a":1}"#);
    assert_eq!(answer["name"], "name");
    assert_eq!(answer["billingDetails"]["billedMemoryUsedInMB"], 64);
    assert!(answer["billingDetails"]["billedDurationInMilliseconds"].as_u64().unwrap() >= 20_000);
    assert_eq!(installation.log.types(), COURSE);
    assert!(installation.mail.waiting().is_empty());
    assert!(installation.records().is_empty());
}

#[test]
fn start_sync_execution_leaves_out_data_that_is_not_asked_for() {
    let installation = installation_with("EXPRESS");
    let mut request = Installation::start_request(&json!({}));
    request["includedData"] = "METADATA_ONLY".into();
    let answer = installation.call("StartSyncExecution", &request).unwrap();
    assert_eq!(answer["status"], "SUCCEEDED");
    assert!(answer.get("input").is_none() && answer.get("output").is_none(), "{answer}");
    assert_eq!(answer["outputDetails"], json!({ "included": false }));
}

#[test]
fn start_sync_execution_is_for_express_machines_alone() {
    let installation = installation_with("STANDARD");
    let refused = installation.call("StartSyncExecution", &Installation::start_request(&json!({})));
    assert_eq!(refused.unwrap_err(), "StateMachineTypeNotSupported");
}
