use super::*;
use crate::{
    ListExecutionsRequest, StartExecutionRequest, TagResourceRequest, UntagResourceRequest, UpdateStateMachineRequest,
};

const MACHINE: &str = "arn:aws:states:eu-central-1:123456789012:stateMachine:x";

fn refusal<R: Request + std::fmt::Debug>(body: &str) -> ApiError {
    R::parse(body.as_bytes(), &Limits::default()).unwrap_err()
}

fn message<R: Request + std::fmt::Debug>(body: &str) -> (&'static str, String) {
    let error = refusal::<R>(body);
    (error.code(), error.message().unwrap_or_default().into_owned())
}

#[test]
fn a_body_that_is_no_json_object_is_a_serialization_exception() {
    for body in ["", "{", "null", "\"x\"", "{\"a\": 1,}", "{} {}", "\u{feff}{}"] {
        assert_eq!(refusal::<StartExecutionRequest>(body), ApiError::Serialization { message: None }, "{body}");
    }
    assert_eq!(
        refusal::<StartExecutionRequest>("[]"),
        ApiError::serialization("Start of list found where not expected")
    );
    let not_utf8 = StartExecutionRequest::parse(b"{\"name\": \"\xff\"}", &Limits::default());
    assert_eq!(not_utf8, Err(ApiError::Serialization { message: None }));
}

#[test]
fn a_wrong_json_type_is_named_as_aws_names_it_and_comes_before_anything_else() {
    for (body, expected) in [
        (r#"{"stateMachineArn": 1}"#, "NUMBER_VALUE can not be converted to a String"),
        (r#"{"stateMachineArn": true}"#, "TRUE_VALUE can not be converted to a String"),
        (r#"{"stateMachineArn": false}"#, "FALSE_VALUE can not be converted to a String"),
        (r#"{"stateMachineArn": ["x"]}"#, "Start of list found where not expected"),
        (r#"{"stateMachineArn": {}}"#, "Start of structure or map found where not expected."),
        (r#"{"maxResults": "10"}"#, "STRING_VALUE can not be converted to an Integer"),
        (r#"{"maxResults": "10", "stateMachineArn": "no arn"}"#, "STRING_VALUE can not be converted to an Integer"),
        (r#"{"maxResults": "10", "statusFilter": "no"}"#, "STRING_VALUE can not be converted to an Integer"),
    ] {
        let expected = ("SerializationException", expected.to_owned());
        assert_eq!(message::<ListExecutionsRequest>(body), expected, "{body}");
    }
    for (body, expected) in [
        (r#"{"loggingConfiguration": "x"}"#, "Expected null"),
        (r#"{"loggingConfiguration": []}"#, "Start of list found where not expected"),
        (r#"{"loggingConfiguration": {"destinations": {}}}"#, "Start of structure or map found where not expected."),
        (r#"{"loggingConfiguration": {"destinations": 1}}"#, "Expected list or null"),
        (r#"{"tracingConfiguration": {"enabled": "yes"}}"#, "STRING_VALUE can not be converted to an Boolean"),
    ] {
        let expected = ("SerializationException", expected.to_owned());
        assert_eq!(message::<UpdateStateMachineRequest>(body), expected, "{body}");
    }
}

#[test]
fn broken_constraints_are_all_told_at_once() {
    let long = "a".repeat(81);
    for (body, expected) in [
        (
            "{}".to_owned(),
            "1 validation error detected: Value null at 'stateMachineArn' failed to satisfy constraint: Member must not \
             be null"
                .to_owned(),
        ),
        (
            format!(r#"{{"stateMachineArn": "{MACHINE}", "name": "{long}"}}"#),
            format!(
                "1 validation error detected: Value '{long}' at 'name' failed to satisfy constraint: Member must have \
                 length less than or equal to 80"
            ),
        ),
        (
            format!(r#"{{"stateMachineArn": "{MACHINE}", "input": "{}"}}"#, "x".repeat(262_145)),
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have size less than \
             or equal to 262144 bytes in UTF-8 encoding"
                .to_owned(),
        ),
        (
            r#"{"stateMachineArn": null, "name": "", "traceHeader": "é"}"#.to_owned(),
            "3 validation errors detected: Value null at 'stateMachineArn' failed to satisfy constraint: Member must not \
             be null; Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1; \
             Value 'é' at 'traceHeader' failed to satisfy constraint: Member must satisfy regular expression pattern: \
             \\p{ASCII}*"
                .to_owned(),
        ),
    ] {
        assert_eq!(message::<StartExecutionRequest>(&body), ("ValidationException", expected));
    }
}

#[test]
fn recorded_violations_of_lists_are_worded_alike() {
    let token = "x".repeat(3097);
    for (member, told) in [
        (
            r#""maxResults": 1001"#.to_owned(),
            "Value '1001' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000"
                .to_owned(),
        ),
        (
            r#""maxResults": -1"#.to_owned(),
            "Value '-1' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 0"
                .to_owned(),
        ),
        (
            r#""statusFilter": "succeeded""#.to_owned(),
            "Value 'succeeded' at 'statusFilter' failed to satisfy constraint: Member must satisfy enum value set: \
             [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]"
                .to_owned(),
        ),
        (
            format!(r#""nextToken": "{token}""#),
            format!(
                "Value '{token}' at 'nextToken' failed to satisfy constraint: Member must have length less than or equal \
                 to 3096"
            ),
        ),
    ] {
        let body = format!(r#"{{"stateMachineArn": "{MACHINE}", {member}}}"#);
        let expected = format!("1 validation error detected: {told}");
        assert_eq!(message::<ListExecutionsRequest>(&body), ("ValidationException", expected));
    }
}

#[test]
fn elements_of_lists_are_numbered_from_1() {
    let body = format!(r#"{{"resourceArn": "{MACHINE}", "tags": [{{"key": "k"}}, {{"key": ""}}]}}"#);
    let expected = "1 validation error detected: Value '' at 'tags.2.member.key' failed to satisfy constraint: Member must \
                    have length greater than or equal to 1";
    assert_eq!(message::<TagResourceRequest>(&body), ("ValidationException", expected.to_owned()));
}

#[test]
fn constraints_on_elements_of_a_list_of_texts_are_told_for_the_list() {
    let body = format!(r#"{{"resourceArn": "{MACHINE}", "tagKeys": ["a", ""]}}"#);
    let expected = "1 validation error detected: Value '[a, ]' at 'tagKeys' failed to satisfy constraint: Member must \
                    satisfy constraint: [Member must have length less than or equal to 128, Member must have length \
                    greater than or equal to 1]";
    assert_eq!(message::<UntagResourceRequest>(&body), ("ValidationException", expected.to_owned()));
}

#[test]
fn a_wrong_arn_comes_before_broken_constraints() {
    let body = format!(r#"{{"stateMachineArn": "no-arn", "name": "{}"}}"#, "a".repeat(81));
    let expected = "Invalid Arn: 'Invalid ARN prefix: no-arn'";
    assert_eq!(message::<StartExecutionRequest>(&body), ("InvalidArn", expected.to_owned()));
}

#[test]
fn an_arn_too_long_breaks_a_constraint() {
    let body = format!(r#"{{"stateMachineArn": "{MACHINE}{}"}}"#, "x".repeat(300));
    assert_eq!(message::<StartExecutionRequest>(&body).0, "ValidationException");
}

#[test]
fn unknown_members_are_ignored_and_null_is_absent() {
    let body = format!(r#"{{"stateMachineArn": "{MACHINE}", "name": null, "input": null, "Foo": [1]}}"#);
    let request = StartExecutionRequest::parse(body.as_bytes(), &Limits::default()).unwrap();
    assert_eq!((request.name, request.input.as_str()), (None, "{}"));
}

#[test]
fn a_larger_payload_is_read_where_the_installation_allows_it() {
    let body = format!(r#"{{"stateMachineArn": "{MACHINE}", "input": "{}"}}"#, "1".repeat(300_000));
    assert!(StartExecutionRequest::parse(body.as_bytes(), &Limits::default()).is_err());
    assert!(StartExecutionRequest::parse(body.as_bytes(), &Limits { payload_bytes: 1_000_000 }).is_ok());
}

#[test]
fn numbers_are_cut_to_whole_ones_of_32_bits() {
    for (number, read) in [("7.9", Some(7)), ("1e2", Some(100)), ("1e99", None), ("99999999999", None)] {
        let body = format!(r#"{{"maxResults": {number}}}"#);
        let page = ListExecutionsRequest::parse(body.as_bytes(), &Limits::default());
        assert_eq!(page.ok().map(|request| request.page.max_results), read, "{number}");
    }
}
