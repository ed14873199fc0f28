use super::*;

fn arn() -> String {
    "arn:aws:states:eu-central-1:123456789012:stateMachine:x".into()
}

#[test]
fn an_error_is_written_with_its_name_space_and_text() {
    let a = arn();
    for (error, status, json) in [
        (
            ApiError::InvalidName { name: "a b".into() },
            400,
            serde_json::json!({
                "__type": "com.amazonaws.swf.service.v2.model#InvalidName", "message": "Invalid Name: 'a b'"
            }),
        ),
        (
            ApiError::StateMachineDoesNotExist { arn: a.clone() },
            400,
            serde_json::json!({
                "__type": "com.amazonaws.swf.service.v2.model#StateMachineDoesNotExist",
                "message": format!("State Machine Does Not Exist: '{a}'")
            }),
        ),
        (
            ApiError::ConstraintViolations { violations: vec!["a".into()] },
            400,
            serde_json::json!({
                "__type": "com.amazon.coral.validate#ValidationException",
                "message": "1 validation error detected: a"
            }),
        ),
        (
            ApiError::ConstraintViolations { violations: vec!["a".into(), "b".into()] },
            400,
            serde_json::json!({
                "__type": "com.amazon.coral.validate#ValidationException",
                "message": "2 validation errors detected: a; b"
            }),
        ),
        (
            ApiError::validation("no", Some(ValidationExceptionReason::MissingRequiredParameter)),
            400,
            serde_json::json!({
                "__type": "com.amazonaws.swf.service.v2.model#ValidationException",
                "message": "no",
                "reason": "MISSING_REQUIRED_PARAMETER"
            }),
        ),
        (
            ApiError::Serialization { message: None },
            400,
            serde_json::json!({"__type": "com.amazon.coral.service#SerializationException"}),
        ),
        (
            ApiError::serialization("Expected null"),
            400,
            serde_json::json!({
                "__type": "com.amazon.coral.service#SerializationException", "Message": "Expected null"
            }),
        ),
        (
            ApiError::UnknownOperation,
            400,
            serde_json::json!({"__type": "com.amazon.coral.service#UnknownOperationException"}),
        ),
        (
            ApiError::ResourceNotFound { resource: Some(a.clone()) },
            400,
            serde_json::json!({
                "__type": "com.amazonaws.swf.service.v2.model#ResourceNotFound",
                "message": format!("Resource not found: '{a}'"),
                "resourceName": a
            }),
        ),
        (ApiError::InternalFailure, 500, serde_json::json!({"__type": "com.amazon.coral.service#InternalFailure"})),
    ] {
        assert_eq!(error.to_json(), json);
        assert_eq!(error.http_status(), status);
    }
}

#[test]
fn recorded_texts_are_kept() {
    for (error, text) in [
        (ApiError::InvalidToken, "Invalid Token: 'Invalid token'"),
        (
            ApiError::MissingRequiredParameter,
            "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
        ),
        (ApiError::StateMachineTypeNotSupported, "This operation is not supported by this type of state machine"),
        (ApiError::ResourceNotFound { resource: None }, "Request references a resource that does not exist."),
        (ApiError::ActivityDoesNotExist { arn: "a".into() }, "Activity Does Not Exist: 'a'"),
        (ApiError::ExecutionDoesNotExist { arn: "a".into() }, "Execution Does Not Exist: 'a'"),
        (ApiError::StateMachineAlreadyExists { arn: "a".into() }, "State Machine Already Exists: 'a'"),
        (
            ApiError::StateMachineAlreadyPublished { with: " using a different description" },
            "State Machine Already Exists: This state machine was already created with a published version using a \
             different description.",
        ),
        (
            ApiError::InvalidLoggingConfiguration { detail: "Log Destination not found.".into() },
            "Invalid Logging Configuration: Log Destination not found.",
        ),
    ] {
        assert_eq!(error.message().unwrap(), text);
    }
}
