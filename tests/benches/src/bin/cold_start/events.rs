//! An event for each function, whose first work is a call of DynamoDB.

use engine::execution::ExecutionArn;
use engine::input::Input;
use engine::run::Token;
use serde_json::{Value, json};
use wire::message::{Lane, Message, Task, TaskBody, Transition};

const EXECUTION: &str =
    "arn:aws:states:us-east-1:123456789012:execution:order-workflow:0b7c6f5e-3f0a-4d0e-9b57-2a4f8f1f6c11";

const PLACE: Token = Token { branch: 0, place: 0 };

pub fn of(function: &str) -> Value {
    match function {
        "api" => describe_execution(),
        "dispatcher" => sqs("tasks", &task()),
        "timekeeper" => json!({}),
        "dead_letters" => sqs("transitions-dead-letters", &transition()),
        _ => sqs("transitions", &transition()),
    }
}

fn transition() -> Message {
    Message::Transition(Transition {
        execution: ExecutionArn::new(EXECUTION),
        seq: 0,
        input: Input::Advance { token: PLACE },
        run: None,
        lane: Lane::Standard,
        not_before: None,
    })
}

fn task() -> Message {
    let execution = ExecutionArn::new(EXECUTION);
    Message::Task(Task { execution, seq: 0, request: TaskBody::InRecord(PLACE), run: None, not_before: None })
}

fn sqs(queue: &str, message: &Message) -> Value {
    json!({"Records": [{
        "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d",
        "receiptHandle": "handle",
        "body": wire::message::encode(message).unwrap(),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1545082649183",
            "SenderId": "sender",
            "ApproximateFirstReceiveTimestamp": "1545082649185",
        },
        "messageAttributes": {},
        "md5OfBody": "",
        "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:us-east-1:123456789012:{queue}"),
        "awsRegion": "us-east-1",
    }]})
}

/// Of a REST API: <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>.
fn describe_execution() -> Value {
    let headers =
        [("Content-Type", "application/x-amz-json-1.0"), ("X-Amz-Target", "AWSStepFunctions.DescribeExecution")];
    let single: serde_json::Map<String, Value> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let multiple: serde_json::Map<String, Value> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), json!([value]))).collect();
    json!({
        "resource": "/",
        "path": "/",
        "httpMethod": "POST",
        "headers": single,
        "multiValueHeaders": multiple,
        "queryStringParameters": null,
        "multiValueQueryStringParameters": null,
        "pathParameters": null,
        "stageVariables": null,
        "requestContext": {
            "resourceId": "id",
            "resourcePath": "/",
            "httpMethod": "POST",
            "path": "/v1/",
            "accountId": "123456789012",
            "protocol": "HTTP/1.1",
            "stage": "v1",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "identity": {"sourceIp": "127.0.0.1", "userAgent": "bench"},
            "apiId": "id",
        },
        "body": json!({"executionArn": EXECUTION}).to_string(),
        "isBase64Encoded": false,
    })
}
