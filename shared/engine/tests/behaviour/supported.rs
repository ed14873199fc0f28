//! What `unsupported` finds: all that this engine does not run yet, and nothing else.

use engine::supported::unsupported;
use serde_json::{Value, json};

use crate::definitions::{ACTIVITY, FUNCTION, only, parse, states, task, with};

fn findings(definition: &Value) -> Vec<String> {
    let found = unsupported(&parse(definition));
    found
        .iter()
        .map(|finding| format!("{} at {}", finding.message, finding.location.as_deref().unwrap_or("-")))
        .collect()
}

/// A processor of one state with this name.
fn distributed(name: &str) -> Value {
    let config = json!({ "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" } });
    with(states(json!({ name: { "Type": "Pass", "End": true } })), config)
}

#[test]
fn what_is_not_supported_yet_is_found_where_it_stands() {
    let map = json!({ "Type": "Map", "ItemProcessor": distributed("I") });
    let call =
        |resource: &str, parameters: Value| json!({ "Type": "Task", "Resource": resource, "Parameters": parameters });
    for (definition, expected) in [
        (
            only(
                json!({ "Type": "Parallel", "Branches": [states(json!({ "M": with(map.clone(), json!({ "End": true })) }))] }),
            ),
            "The processor mode DISTRIBUTED is not supported yet at /States/S/Branches[0]/States/M",
        ),
        (only(map), "The processor mode DISTRIBUTED is not supported yet at /States/S"),
        (
            only(call("arn:aws:states:::sqs:sendMessage", json!({ "QueueUrl": "q", "MessageBody": "b" }))),
            "The integration sqs:sendMessage is not supported yet at /States/S/Resource",
        ),
        (
            only(call("arn:aws:states:::aws-sdk:s3:getObject", json!({}))),
            "The integration aws-sdk:s3:getObject is not supported yet at /States/S/Resource",
        ),
        (
            only(call("arn:aws:states:::states:startExecution.sync", json!({ "StateMachineArn": "a" }))),
            "The integration states:startExecution.sync is not supported yet at /States/S/Resource",
        ),
    ] {
        let found = findings(&definition);
        assert!(found.iter().any(|finding| finding == expected), "{definition}\nfinds {found:?}");
    }
}

#[test]
fn what_the_engine_runs_is_not_found() {
    for definition in [
        only(json!({ "Type": "Pass", "Parameters": { "a.$": "States.UUID()" }, "ResultPath": "$.a" })),
        only(task(
            json!({ "TimeoutSecondsPath": "$.t", "Retry": [{ "ErrorEquals": ["States.ALL"], "JitterStrategy": "FULL" }] }),
        )),
        only(json!({
            "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": { "FunctionName": FUNCTION },
            "Credentials": { "RoleArn": "arn:aws:iam::123456789012:role/r" },
        })),
        only(task(json!({ "HeartbeatSecondsPath": "$.h", "TimeoutSeconds": 7 }))),
        only(json!({
            "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Parameters": { "FunctionName": FUNCTION, "Payload": { "t.$": "$$.Task.Token" } }, "HeartbeatSeconds": 1,
        })),
        only(json!({ "Type": "Task", "Resource": ACTIVITY, "HeartbeatSeconds": 1 })),
        only(json!({ "Type": "Wait", "TimestampPath": "$.t", "Assign": { "v.$": "$.t" } })),
        only(json!({ "Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('{}', $.c)" })),
        only(json!({ "Type": "Succeed" })),
        only(json!({ "Type": "Map", "Iterator": states(json!({ "I": { "Type": "Succeed" } })) })),
        only(json!({
            "Type": "Map",
            "ItemProcessor": with(
                states(json!({ "I": { "Type": "Succeed" } })),
                json!({ "ProcessorConfig": { "Mode": "INLINE" } }),
            ),
        })),
        only(json!({ "Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input %}" })),
        with(only(json!({ "Type": "Wait", "Seconds": "{% 1 %}" })), json!({ "QueryLanguage": "JSONata" })),
    ] {
        assert_eq!(findings(&definition), Vec::<String>::new(), "{definition}");
    }
}

#[test]
fn every_state_that_is_not_supported_is_found() {
    let definition = states(json!({
        "A": { "Type": "Map", "ItemProcessor": distributed("I"), "Next": "B" },
        "B": { "Type": "Map", "ItemProcessor": distributed("J"), "Next": "C" },
        "C": { "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:getObject", "Parameters": {}, "End": true },
    }));
    assert_eq!(
        findings(&definition),
        [
            "The processor mode DISTRIBUTED is not supported yet at /States/A",
            "The processor mode DISTRIBUTED is not supported yet at /States/B",
            "The integration aws-sdk:s3:getObject is not supported yet at /States/C/Resource",
        ]
    );
}
