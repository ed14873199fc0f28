#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use serde_json::json;

use super::*;
use crate::model::Shape;

#[test]
fn every_model_can_be_read_and_its_shapes_are_there() {
    let names: Vec<&str> = table::MODELS.iter().map(|(name, _)| *name).collect();
    assert!(names.is_sorted(), "looked up by binary search");
    for name in names {
        let model = load(name).unwrap_or_else(|| panic!("{name}"));
        let inside = model.shapes.iter().flat_map(|shape| match shape {
            Shape::Structure { members, .. } => members.values().copied().collect(),
            Shape::List { member, .. } => vec![*member],
            Shape::Map { value } => vec![*value],
            _ => Vec::new(),
        });
        let all = model.operations.values().copied().chain(inside);
        assert!(all.into_iter().all(|shape| shape < model.shapes.len()), "{name}");
    }
}

#[test]
fn a_field_is_held_against_its_shape() {
    for (service, action, result, expected) in [
        ("events", "putEvents", json!({ "FailedEntryCount": "1" }), Err("Field 'FailedEntryCount' must be a number")),
        ("events", "putEvents", json!({ "FailedEntryCount": true }), Err("Field 'FailedEntryCount' must be a number")),
        ("events", "putEvents", json!({ "Entries": {} }), Err("Field 'Entries' must be an array")),
        ("events", "putEvents", json!({ "Entries": [1] }), Err("Field 'Entries' must be an object")),
        ("events", "putEvents", json!({ "Entries": [{ "EventId": 1 }] }), Err("Field 'EventId' must be a string")),
        ("events", "putEvents", json!({ "Entries": [{ "EventId": "e" }, { "Unknown": 1 }] }), Ok(())),
        ("lambda", "invoke", json!({ "Payload": { "a": 1 } }), Err("Field 'Payload' must be a string")),
        ("dynamodb", "getItem", json!({ "Item": [] }), Err("Field 'Item' must be an object")),
        ("dynamodb", "getItem", json!({ "Item": { "id": { "S": "s" } } }), Ok(())),
        ("dynamodb", "getItem", json!({ "Item": { "id": { "S": 1 } } }), Err("Field 'S' must be a string")),
        (
            "aws-sdk:dynamodb",
            "getItem",
            json!({ "Item": { "id": { "Bool": 1 } } }),
            Err("Field 'Bool' must be a boolean"),
        ),
        ("aws-sdk:s3", "getObject", json!({ "LastModified": 1 }), Err("Field 'LastModified' must be a string")),
        (
            "aws-sdk:s3",
            "getObject",
            json!({ "ChecksumType": "ODD" }),
            Err("Field 'ChecksumType' is not an expected value"),
        ),
        ("aws-sdk:sqs", "receiveMessage", json!({ "Messages": [{ "Body": "b" }] }), Ok(())),
        (
            "aws-sdk:secretsmanager",
            "getSecretValue",
            json!({ "Name": "" }),
            Err("Field 'Name' is smaller than the minimum length"),
        ),
        (
            "aws-sdk:secretsmanager",
            "getSecretValue",
            json!({ "Name": "n".repeat(300) }),
            Err("Field 'Name' exceeds the maximum length"),
        ),
        (
            "aws-sdk:lambda",
            "getFunctionConfiguration",
            json!({ "Timeout": 0 }),
            Err("Field 'Timeout' is less than the minimum value"),
        ),
        (
            "aws-sdk:lambda",
            "getFunctionConfiguration",
            json!({ "MemorySize": 1_000_000 }),
            Err("Field 'MemorySize' exceeds the maximum value"),
        ),
        ("aws-sdk:nosuchservice", "get", json!({ "a": 1 }), Ok(())),
        ("lambda", "nosuchaction", json!([]), Ok(())),
    ] {
        let checked = check(service, action, &result, Mode::Present);
        assert_eq!(checked, expected.map_err(str::to_owned), "{service}:{action} {result}");
    }
}

#[test]
fn only_strict_asks_for_what_is_required() {
    let missing = Err("Required field 'ExecutionArn' is missing".to_owned());
    assert_eq!(check("states", "startExecution", &json!({}), Mode::Strict), missing);
    assert_eq!(check("states", "startExecution", &json!({}), Mode::Present), Ok(()));
}

#[test]
fn a_job_that_is_waited_for_answers_what_its_poll_does() {
    let started = json!({ "ExecutionArn": "a", "StartDate": "d" });
    assert_eq!(check("states", "startExecution", &started, Mode::Strict), Ok(()));
    let ended = check("states", "startExecution.sync:2", &started, Mode::Strict);
    assert_eq!(ended, Err("Required field 'StateMachineArn' is missing".to_owned()));
}

#[test]
fn members_have_the_names_that_step_functions_gives_them() {
    for (service, action, result) in [
        ("aws-sdk:rds", "describeDBInstances", json!({ "DbInstances": 1 })),
        ("aws-sdk:elasticloadbalancingv2", "describeLoadBalancers", json!({ "LoadBalancers": 1 })),
        ("aws-sdk:cognitoidentityprovider", "listUsers", json!({ "Users": 1 })),
        ("aws-sdk:sfn", "describeExecution", json!({ "ExecutionArn": 1 })),
        ("aws-sdk:s3", "headObject", json!({ "SsekmsKeyId": 1 })),
    ] {
        assert!(check(service, action, &result, Mode::Present).is_err(), "{service}:{action} {result}");
    }
}
