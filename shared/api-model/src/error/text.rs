//! What the errors say, in AWS's words.

use std::borrow::Cow;

use super::ApiError;

impl ApiError {
    /// The text of the error; a few errors of the protocol have none.
    pub fn message(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Serialization { message } => return message.as_deref().map(Cow::Borrowed),
            Self::UnknownOperation | Self::InternalFailure => return None,
            Self::Conflict { message }
            | Self::ExecutionNotRedrivable { message }
            | Self::InvalidArn { message }
            | Self::KmsAccessDenied { message }
            | Self::KmsInvalidState { message, .. }
            | Self::KmsThrottling { message }
            | Self::ServiceQuotaExceeded { message }
            | Self::Validation { message, .. }
            | Self::IncompleteSignature { message }
            | Self::AccessDenied { message } => Cow::Borrowed(message),
            Self::InvalidTestDefinition { message } | Self::Contradiction { message } => Cow::Borrowed(message),
            Self::ConstraintViolations { violations } => Cow::Owned(detected(violations)),
            _ => self.quoting().map_or_else(|| Cow::Borrowed(self.fixed()), Cow::Owned),
        })
    }

    /// Texts that quote something: `Invalid Name: 'a b'`.
    fn quoting(&self) -> Option<String> {
        Some(match self {
            Self::ActivityAlreadyExists { arn } => format!("Activity Already Exists: '{arn}'"),
            Self::ActivityDoesNotExist { arn } => format!("Activity Does Not Exist: '{arn}'"),
            Self::ExecutionAlreadyExists { arn } => format!("Execution Already Exists: '{arn}'"),
            Self::ExecutionDoesNotExist { arn } => format!("Execution Does Not Exist: '{arn}'"),
            Self::InvalidDefinition { detail } => {
                format!("Invalid State Machine Definition: '{detail}'")
            }
            Self::InvalidEncryptionConfiguration { detail } => {
                format!("Invalid Encryption Configuration: {detail}")
            }
            Self::InvalidExecutionInput { detail } => {
                format!("Invalid State Machine Execution Input: '{detail}'")
            }
            Self::InvalidLoggingConfiguration { detail } => {
                format!("Invalid Logging Configuration: {detail}")
            }
            Self::InvalidName { name } => format!("Invalid Name: '{name}'"),
            Self::InvalidOutput { detail } => format!("Invalid Output: '{detail}'"),
            Self::InvalidTracingConfiguration { detail } => {
                format!("Invalid Tracing Configuration: {detail}")
            }
            Self::ResourceNotFound { resource: Some(resource) } => format!("Resource not found: '{resource}'"),
            Self::StateMachineAlreadyExists { arn } => {
                format!("State Machine Already Exists: '{arn}'")
            }
            Self::StateMachineAlreadyPublished { with } => format!(
                "State Machine Already Exists: This state machine was already created with a published version{with}."
            ),
            Self::StateMachineDeleting { arn } => format!("State Machine is being deleted: '{arn}'"),
            Self::StateMachineDoesNotExist { arn } => {
                format!("State Machine Does Not Exist: '{arn}'")
            }
            Self::TaskDoesNotExist { detail } => format!("Task Does Not Exist: '{detail}'"),
            Self::TaskTimedOut { detail } => format!("Task Timed Out: '{detail}'"),
            Self::TooManyTags { resource } => format!("Too many tags: '{resource}'"),
            Self::InvalidSignature { message: Some(message) } => message.clone(),
            Self::NotImplemented { operation } => {
                format!("Operation {operation} is not supported yet")
            }
            _ => return None,
        })
    }

    /// Texts that are always the same.
    const fn fixed(&self) -> &'static str {
        match self {
            Self::ActivityLimitExceeded => {
                "The maximum number of activities has been reached. Existing activities must be deleted before a new \
                 activity can be created."
            }
            Self::ActivityWorkerLimitExceeded => {
                "The maximum number of workers concurrently polling for activity tasks has been reached."
            }
            Self::ExecutionLimitExceeded => {
                "The maximum number of running executions has been reached. Running executions must end or be stopped \
                 before a new execution can be started."
            }
            Self::InvalidToken => "Invalid Token: 'Invalid token'",
            Self::MissingRequiredParameter => {
                "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be \
                 specified"
            }
            Self::ResourceNotFound { .. } => "Request references a resource that does not exist.",
            Self::StateMachineLimitExceeded => "The maximum number of state machines has been reached",
            Self::StateMachineTypeNotSupported => "This operation is not supported by this type of state machine",
            Self::MissingAuthenticationToken => "Missing Authentication Token",
            Self::InvalidSignature { .. } => {
                "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
                 Access Key and signing method. Consult the service documentation for details."
            }
            Self::UnrecognizedClient => "The security token included in the request is invalid.",
            Self::ExpiredToken => "The security token included in the request is expired",
            Self::Throttling => "Rate exceeded",
            Self::RequestEntityTooLarge => "Request Too Long",
            Self::RequestTimeout => "The body of the request did not come in time.",
            Self::ServiceUnavailable => "Service unavailable. Please try again.",
            _ => "",
        }
    }
}

/// `2 validation errors detected: …; …`
fn detected(violations: &[String]) -> String {
    let count = violations.len();
    let noun = if count == 1 { "error" } else { "errors" };
    format!("{count} validation {noun} detected: {}", violations.join("; "))
}
