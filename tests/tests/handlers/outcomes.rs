//! What Lambda answers, and what the task makes of it.

use serde_json::{Value, json};
use tests::{FUNCTION, Installation, Options, Reply, ScriptedTarget, states, task};

use crate::workflow::started_with;

fn ended(definition: &Value, reply: Reply) -> Value {
    let installation = started_with(definition, ScriptedTarget::new(move |_| reply.clone()));
    installation.run();
    let request = json!({ "executionArn": Installation::execution().as_str() });
    installation.call("DescribeExecution", &request).unwrap()
}

fn by_arn() -> Value {
    states(json!({ "S": task(json!({ "End": true })) }))
}

fn by_invoke(parameters: Value) -> Value {
    states(json!({ "S": {
        "Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Parameters": parameters, "End": true,
    } }))
}

#[test]
fn errors_have_the_names_that_aws_gives_them() {
    for (reply, error, cause) in [
        (Reply::Raises("Shop.Closed"), "Shop.Closed", r#"{"errorMessage":"why","errorType":"Shop.Closed"}"#),
        (Reply::Raises(""), "Lambda.Unknown", r#"{"errorMessage":"why","errorType":""}"#),
        (
            Reply::Refused("TooManyRequestsException", 429),
            "Lambda.TooManyRequestsException",
            "refused (Service: AWSLambda; Status Code: 429; Error Code: TooManyRequestsException; Request ID: request; Proxy: null)",
        ),
        (
            Reply::Refused("ResourceNotFoundException", 404),
            "Lambda.ResourceNotFoundException",
            "refused (Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: request; Proxy: null)",
        ),
        (Reply::NoAnswer, "Lambda.Unknown", "the connection broke"),
    ] {
        for definition in [by_arn(), by_invoke(json!({ "FunctionName": FUNCTION }))] {
            let ended = ended(&definition, reply.clone());
            assert_eq!(ended["status"], "FAILED");
            assert_eq!((ended["error"].as_str(), ended["cause"].as_str()), (Some(error), Some(cause)), "{reply:?}");
        }
    }
}

#[test]
fn a_result_is_handed_on_as_it_came() {
    for (result, output) in
        [(r#"{ "a" : 1.0 }"#, r#"{ "a" : 1.0 }"#), ("null", "null"), ("", "null"), ("\"x\"", "\"x\"")]
    {
        let ended = ended(&by_arn(), Reply::Returns(result.into()));
        assert_eq!(ended["output"], output, "{result}");
    }
}

#[test]
fn a_result_that_is_no_json_or_too_large_fails_the_task() {
    for (result, error) in [
        ("{".to_owned(), "Lambda.Unknown"),
        ("[".repeat(100_000), "Lambda.Unknown"),
        (format!("\"{}\"", "x".repeat(262_143)), "States.DataLimitExceeded"),
    ] {
        let ended = ended(&by_arn(), Reply::Returns(result.clone()));
        assert_eq!(ended["error"], error, "{} bytes", result.len());
    }
    let largest = format!("\"{}\"", "x".repeat(262_142));
    assert_eq!(ended(&by_arn(), Reply::Returns(largest.clone()))["output"], largest.as_str());
}

#[test]
fn a_target_that_never_answers_is_given_up_before_the_dispatcher_ends() {
    let ended = ended(&by_arn(), Reply::Hangs);
    assert_eq!(ended["error"], "Lambda.Unknown");
}

#[test]
fn lambda_invoke_calls_as_its_parameters_say() {
    let definition = by_invoke(json!({
        "FunctionName": "f", "Qualifier": "live", "Payload": { "a": 1 }, "LogType": "Tail", "InvocationType": "Event",
        "ClientContext": "e30=",
    }));
    let installation = started_with(&definition, Options::default().target);
    installation.run();
    let [call] = &installation.target.calls()[..] else { panic!("one call") };
    assert_eq!(call.function, "f");
    assert_eq!(call.qualifier.as_deref(), Some("live"));
    assert_eq!(call.payload, r#"{"a":1}"#);
    assert_eq!(call.log_type.as_deref(), Some("Tail"));
    assert_eq!(call.invocation_type.as_deref(), Some("Event"));
    assert_eq!(call.client_context.as_deref(), Some("e30="));
    assert_eq!(call.role_arn.as_deref(), Some("arn:aws:iam::123456789012:role/machine"));
}
