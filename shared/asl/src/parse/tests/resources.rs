//! What a Task's `Resource` may be.

use super::*;
use crate::machine::{Integration, Pattern, Resource, StateKind};

fn resource(arn: &str) -> Resource {
    let parameters = json!({
        "FunctionName": "f", "QueueUrl": "q", "MessageBody": "b", "Message": "m", "TableName": "t", "Item": {}, "Key": {},
        "StateMachineArn": "s", "Entries": [], "TaskDefinition": "t", "JobName": "j"
    });
    let mut state = with(task(), json!({"Resource": arn}));
    if arn.contains(":states:::") {
        state["Parameters"] = parameters;
    }
    match typed(state).kind {
        StateKind::Task(task) => task.resource,
        kind => panic!("{kind:?}"),
    }
}

#[test]
fn functions_activities_and_integrations_are_told_apart() {
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:f:live";
    assert_eq!(resource(arn), Resource::LambdaFunction { arn: arn.to_owned() });
    let arn = "arn:aws-cn:states:cn-north-1:123456789012:activity:a";
    assert_eq!(resource(arn), Resource::Activity { arn: arn.to_owned() });
    for (arn, partition, service, action, pattern) in [
        ("arn:aws:states:::lambda:invoke", "aws", "lambda", "invoke", Pattern::RequestResponse),
        ("arn:aws:states:::lambda:invoke.waitForTaskToken", "aws", "lambda", "invoke", Pattern::WaitForTaskToken),
        ("arn:aws-cn:states:::sqs:sendMessage", "aws-cn", "sqs", "sendMessage", Pattern::RequestResponse),
        ("arn:aws:states:::states:startExecution.sync", "aws", "states", "startExecution", Pattern::Sync),
        ("arn:aws:states:::states:startExecution.sync:2", "aws", "states", "startExecution", Pattern::Sync2),
        ("arn:aws:states:::emr-serverless:startJobRun.sync", "aws", "emr-serverless", "startJobRun", Pattern::Sync),
        ("arn:aws:states:::http:invoke", "aws", "http", "invoke", Pattern::RequestResponse),
        ("arn:aws:states:::aws-sdk:s3:getObject", "aws", "aws-sdk:s3", "getObject", Pattern::RequestResponse),
        (
            "arn:aws:states:::aws-sdk:s3:listBuckets.waitForTaskToken",
            "aws",
            "aws-sdk:s3",
            "listBuckets",
            Pattern::WaitForTaskToken,
        ),
    ] {
        let expected = Resource::Integration(Integration {
            partition: partition.to_owned(),
            service: service.to_owned(),
            action: action.to_owned(),
            pattern,
        });
        assert_eq!(resource(arn), expected, "{arn}");
    }
}

#[test]
fn what_aws_does_not_know_is_refused() {
    check_state(json!({"Type": "Task", "End": true}), &["These fields are required: [Resource] at /States/X"]);
    check_state(with(task(), json!({"Resource": "f"})), &["Value is not a valid resource ARN at /States/X/Resource"]);
    for arn in [
        "arn:",
        "arn:aws:lambda:us-east-1:123456789012",
        "arn:aws:s3:::bucket",
        "arn:aws:states:us-east-1:123456789012:stateMachine:m",
        "arn:aws:states:::dynamodb:query",
        "arn:aws:states:::dynamodb:getItem.sync",
        "arn:aws:states:::lambda:invoke.sync",
        "arn:aws:states:::batch:submitJob.waitForTaskToken",
        "arn:aws:states:::glue:startJobRun.sync:2",
        "arn:aws:states:::aws-sdk:s3:GetObject",
        "arn:aws:states:::aws-sdk:s3:getObject.sync",
        "arn:aws:states:::lambda",
    ] {
        let message = format!(
            "The resource provided {arn} is not recognized. The value is not a valid resource ARN, or the resource is not \
             available in this region. at /States/X/Resource"
        );
        check_state(with(task(), json!({"Resource": arn})), &[&message]);
    }
}

#[test]
fn an_express_machine_does_not_wait_for_answers() {
    for (resource, finding) in [
        ("arn:aws:states:::sqs:sendMessage.waitForTaskToken", "'.waitForTaskToken' service integration"),
        ("arn:aws:states:::states:startExecution.sync", "'.sync' service integration"),
        ("arn:aws:states:::states:startExecution.sync:2", "'.sync' service integration"),
        ("arn:aws:states:us-east-1:123456789012:activity:a", "Activity ARN"),
    ] {
        let state = with(
            task(),
            json!({"Resource": resource, "Parameters": {"QueueUrl": "q", "MessageBody": "b", "StateMachineArn": "s"}}),
        );
        let definition = around(state).to_string();
        check_text(&definition, MachineType::Standard, &[]);
        let finding = format!("Express state machine does not support {finding} at /States/X/Resource");
        check_text(&definition, MachineType::Express, &[&finding]);
    }
}

#[test]
fn integrations_need_their_parameters() {
    let publish = json!({"Type": "Task", "Resource": "arn:aws:states:::sns:publish", "End": true});
    let missing = "The field 'Message' is required but was missing at /States/X";
    for (state, expected) in [
        (
            publish.clone(),
            "Parameters field is required for resource ARN: arn:aws:states:::sns:publish at /States/X/Resource"
                .to_owned(),
        ),
        (
            jsonata(publish.clone()),
            "Arguments field is required for resource ARN: arn:aws:states:::sns:publish at /States/X/Resource"
                .to_owned(),
        ),
        (
            with(publish.clone(), json!({"Parameters": 1})),
            "Expected value of type [OBJECT] at /States/X/Parameters".to_owned(),
        ),
        (with(publish.clone(), json!({"Parameters": {}})), format!("{missing}/Parameters")),
        (with(jsonata(publish.clone()), json!({"Arguments": {}})), format!("{missing}/Arguments")),
    ] {
        check_state(state, &[&expected]);
    }
    check_state(with(publish.clone(), json!({"Parameters": {"Message.$": "$.m"}})), &[]);
    check_state(with(jsonata(publish), json!({"Arguments": "{% $states.input %}"})), &[]);
}
