//! Every error of the API: its code, HTTP status, text and JSON. No other place words an error.
//!
//! An error of the service model is written as
//! `{"__type":"com.amazonaws.swf.service.v2.model#InvalidName","message":"Invalid Name: 'a b'"}`, one of the protocol (a body
//! that is not JSON, an unknown operation, credentials) with the name space `com.amazon.coral.service`, a violated
//! constraint of the model with `com.amazon.coral.validate`. Clients look at what follows the `#`.

mod text;

use serde_json::{Map, Value};

use crate::{KmsKeyState, ValidationExceptionReason};

const SERVICE: &str = "com.amazonaws.swf.service.v2.model";
const PROTOCOL: &str = "com.amazon.coral.service";
const VALIDATE: &str = "com.amazon.coral.validate";

/// An error of the API. A variant is a shape of the service model or an error of the protocol; its fields are what its text
/// tells. Texts: [`ApiError::message`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", self.code(), self.message().unwrap_or_default())]
pub enum ApiError {
    // The service model.
    ActivityAlreadyExists {
        arn: String,
    },
    ActivityDoesNotExist {
        arn: String,
    },
    ActivityLimitExceeded,
    ActivityWorkerLimitExceeded,
    /// `message`: what else happens at the same time.
    Conflict {
        message: String,
    },
    ExecutionAlreadyExists {
        arn: String,
    },
    ExecutionDoesNotExist {
        arn: String,
    },
    ExecutionLimitExceeded,
    ExecutionNotRedrivable {
        message: String,
    },
    InvalidArn {
        message: String,
    },
    /// `detail`: e.g. `SCHEMA_VALIDATION_FAILED: … at /States/A`
    InvalidDefinition {
        detail: String,
    },
    /// InvalidDefinition without its frame: a state that TestState does not run.
    InvalidTestDefinition {
        message: &'static str,
    },
    InvalidEncryptionConfiguration {
        detail: String,
    },
    /// `detail`: what is wrong with the JSON text
    InvalidExecutionInput {
        detail: String,
    },
    InvalidLoggingConfiguration {
        detail: String,
    },
    InvalidName {
        name: String,
    },
    InvalidOutput {
        detail: String,
    },
    InvalidToken,
    InvalidTracingConfiguration {
        detail: String,
    },
    KmsAccessDenied {
        message: String,
    },
    KmsInvalidState {
        key_state: KmsKeyState,
        message: String,
    },
    KmsThrottling {
        message: String,
    },
    MissingRequiredParameter,
    /// `resource`: its ARN; without one the text names none.
    ResourceNotFound {
        resource: Option<String>,
    },
    ServiceQuotaExceeded {
        message: String,
    },
    StateMachineAlreadyExists {
        arn: String,
    },
    /// StateMachineAlreadyExists for the same state machine, which was created with a version. `with`: what about it is
    /// not as asked for.
    StateMachineAlreadyPublished {
        with: &'static str,
    },
    StateMachineDeleting {
        arn: String,
    },
    StateMachineDoesNotExist {
        arn: String,
    },
    StateMachineLimitExceeded,
    StateMachineTypeNotSupported,
    TaskDoesNotExist {
        detail: String,
    },
    TaskTimedOut {
        detail: String,
    },
    TooManyTags {
        resource: String,
    },
    /// The request contradicts itself or its resource.
    Validation {
        message: String,
        reason: Option<ValidationExceptionReason>,
    },

    // The protocol.
    /// Members that break the constraints of the model, each as `Value … at '…' failed to satisfy constraint: …`.
    ConstraintViolations {
        violations: Vec<String>,
    },
    /// Members that do not go with each other, told like a broken constraint.
    Contradiction {
        message: &'static str,
    },
    /// The body is not JSON (no message), or a member is of the wrong JSON type.
    Serialization {
        message: Option<String>,
    },
    UnknownOperation,
    MissingAuthenticationToken,
    /// `message`: which part of the signature is missing
    IncompleteSignature {
        message: String,
    },
    InvalidSignature {
        message: Option<String>,
    },
    /// The access key is not known.
    UnrecognizedClient,
    ExpiredToken,
    AccessDenied {
        message: String,
    },
    Throttling,
    RequestEntityTooLarge,
    /// The body did not come in time.
    RequestTimeout,
    /// The operation is known and not served here.
    NotImplemented {
        operation: &'static str,
    },
    ServiceUnavailable,
    InternalFailure,
}

impl ApiError {
    /// InvalidArn, with AWS's frame around the detail.
    pub fn invalid_arn(detail: impl std::fmt::Display) -> Self {
        Self::InvalidArn { message: format!("Invalid Arn: '{detail}'") }
    }

    /// InvalidArn for what has not the form of an ARN.
    pub fn malformed_arn(text: impl std::fmt::Display) -> Self {
        Self::invalid_arn(format!("Invalid ARN format: {text}"))
    }

    /// InvalidArn for a role.
    pub fn invalid_role_arn(arn: &str) -> Self {
        Self::InvalidArn { message: format!("Invalid Role Arn: '{arn}'") }
    }

    /// A ValidationException of the service model.
    pub fn validation(message: impl Into<String>, reason: Option<ValidationExceptionReason>) -> Self {
        Self::Validation { message: message.into(), reason }
    }

    /// An ARN with the label of a Distributed Map state where none may be.
    pub fn labeled_arn(arn: &crate::StateMachineArn) -> Self {
        Self::validation(
            format!("This operation does not support state machine ARNs with a label. Received: {arn}"),
            Some(ValidationExceptionReason::ApiDoesNotSupportLabeledArns),
        )
    }

    /// The task of a token has been answered, has timed out, or its execution has ended.
    pub fn task_is_gone() -> Self {
        Self::TaskTimedOut { detail: "Provided task does not exist anymore".to_owned() }
    }

    /// The caller may not do that.
    pub fn access_denied(principal: &str, operation: crate::Operation, resource: impl std::fmt::Display) -> Self {
        Self::AccessDenied {
            message: format!(
                "User: {principal} is not authorized to perform: states:{operation} on resource: {resource} because no \
                 identity-based policy allows the states:{operation} action"
            ),
        }
    }

    /// A SerializationException with a text.
    pub fn serialization(message: impl Into<String>) -> Self {
        Self::Serialization { message: Some(message.into()) }
    }

    /// The error's name without its name space, as SDKs report it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ActivityAlreadyExists { .. } => "ActivityAlreadyExists",
            Self::ActivityDoesNotExist { .. } => "ActivityDoesNotExist",
            Self::ActivityLimitExceeded => "ActivityLimitExceeded",
            Self::ActivityWorkerLimitExceeded => "ActivityWorkerLimitExceeded",
            Self::Conflict { .. } => "ConflictException",
            Self::ExecutionAlreadyExists { .. } => "ExecutionAlreadyExists",
            Self::ExecutionDoesNotExist { .. } => "ExecutionDoesNotExist",
            Self::ExecutionLimitExceeded => "ExecutionLimitExceeded",
            Self::ExecutionNotRedrivable { .. } => "ExecutionNotRedrivable",
            Self::InvalidArn { .. } => "InvalidArn",
            Self::InvalidDefinition { .. } | Self::InvalidTestDefinition { .. } => "InvalidDefinition",
            Self::InvalidEncryptionConfiguration { .. } => "InvalidEncryptionConfiguration",
            Self::InvalidExecutionInput { .. } => "InvalidExecutionInput",
            Self::InvalidLoggingConfiguration { .. } => "InvalidLoggingConfiguration",
            Self::InvalidName { .. } => "InvalidName",
            Self::InvalidOutput { .. } => "InvalidOutput",
            Self::InvalidToken => "InvalidToken",
            Self::InvalidTracingConfiguration { .. } => "InvalidTracingConfiguration",
            Self::KmsAccessDenied { .. } => "KmsAccessDeniedException",
            Self::KmsInvalidState { .. } => "KmsInvalidStateException",
            Self::KmsThrottling { .. } => "KmsThrottlingException",
            Self::MissingRequiredParameter => "MissingRequiredParameter",
            Self::ResourceNotFound { .. } => "ResourceNotFound",
            Self::ServiceQuotaExceeded { .. } => "ServiceQuotaExceededException",
            Self::StateMachineAlreadyExists { .. } | Self::StateMachineAlreadyPublished { .. } => {
                "StateMachineAlreadyExists"
            }
            Self::StateMachineDeleting { .. } => "StateMachineDeleting",
            Self::StateMachineDoesNotExist { .. } => "StateMachineDoesNotExist",
            Self::StateMachineLimitExceeded => "StateMachineLimitExceeded",
            Self::StateMachineTypeNotSupported => "StateMachineTypeNotSupported",
            Self::TaskDoesNotExist { .. } => "TaskDoesNotExist",
            Self::TaskTimedOut { .. } => "TaskTimedOut",
            Self::TooManyTags { .. } => "TooManyTags",
            Self::Validation { .. } | Self::ConstraintViolations { .. } | Self::Contradiction { .. } => {
                "ValidationException"
            }
            Self::Serialization { .. } => "SerializationException",
            Self::UnknownOperation => "UnknownOperationException",
            Self::MissingAuthenticationToken => "MissingAuthenticationTokenException",
            Self::IncompleteSignature { .. } => "IncompleteSignatureException",
            Self::InvalidSignature { .. } => "InvalidSignatureException",
            Self::UnrecognizedClient => "UnrecognizedClientException",
            Self::ExpiredToken => "ExpiredTokenException",
            Self::AccessDenied { .. } => "AccessDeniedException",
            Self::Throttling => "ThrottlingException",
            Self::RequestEntityTooLarge => "RequestEntityTooLargeException",
            Self::RequestTimeout => "RequestTimeout",
            Self::NotImplemented { .. } => "NotImplemented",
            Self::ServiceUnavailable => "ServiceUnavailable",
            Self::InternalFailure => "InternalFailure",
        }
    }

    /// The HTTP status: 400 but for a few.
    pub const fn http_status(&self) -> u16 {
        match self {
            Self::RequestTimeout => 408,
            Self::RequestEntityTooLarge => 413,
            Self::InternalFailure => 500,
            // Not 501: SDKs would send the request again.
            Self::ServiceUnavailable => 503,
            _ => 400,
        }
    }

    /// Whether the caller did nothing wrong and may try again.
    pub const fn is_server_fault(&self) -> bool {
        self.http_status() >= 500
    }

    const fn name_space(&self) -> &'static str {
        match self {
            Self::ConstraintViolations { .. } | Self::Contradiction { .. } => VALIDATE,
            Self::Serialization { .. }
            | Self::UnknownOperation
            | Self::MissingAuthenticationToken
            | Self::IncompleteSignature { .. }
            | Self::InvalidSignature { .. }
            | Self::UnrecognizedClient
            | Self::ExpiredToken
            | Self::AccessDenied { .. }
            | Self::Throttling
            | Self::RequestEntityTooLarge
            | Self::RequestTimeout
            | Self::NotImplemented { .. }
            | Self::ServiceUnavailable
            | Self::InternalFailure => PROTOCOL,
            _ => SERVICE,
        }
    }

    /// The member of the JSON that holds the text.
    const fn message_member(&self) -> &'static str {
        match self {
            Self::Serialization { .. } | Self::AccessDenied { .. } => "Message",
            _ => "message",
        }
    }

    /// The body of the response.
    pub fn to_body(&self) -> Vec<u8> {
        self.to_json().to_string().into_bytes()
    }

    /// The JSON of the response.
    pub fn to_json(&self) -> Value {
        let mut members = Map::new();
        let mut put = |member: &str, value: &str| {
            members.insert(member.to_owned(), Value::String(value.to_owned()));
        };
        put("__type", &format!("{}#{}", self.name_space(), self.code()));
        if let Some(message) = self.message() {
            put(self.message_member(), &message);
        }
        match self {
            Self::Validation { reason: Some(reason), .. } => put("reason", &reason.to_string()),
            Self::KmsInvalidState { key_state, .. } => put("kmsKeyState", &key_state.to_string()),
            Self::ResourceNotFound { resource: Some(resource) } | Self::TooManyTags { resource } => {
                put("resourceName", resource);
            }
            _ => {}
        }
        Value::Object(members)
    }
}

#[cfg(test)]
mod tests;
