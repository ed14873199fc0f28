//! From an error of the SDK to what it means for a message: try again, or not.

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use ports::StoreError;

/// What `call` failed with. A failed condition is an answer, and looked at before.
pub fn store_error<E>(call: &str, error: SdkError<E, Response>) -> StoreError
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    let what = format!("{call}: {}", with_sources(&error));
    match &error {
        SdkError::ConstructionFailure(_) => StoreError::Refused(what),
        SdkError::ServiceError(service) => by_code(service.err().code(), service.raw().status().as_u16(), what),
        // Timeouts, broken connections, answers that are none; and whatever a later SDK adds.
        _ => StoreError::Unavailable(what),
    }
}

/// The error and what it came from, each in its own words. The SDK's own such text adds dumps of its structures.
pub fn with_sources(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let next = error.to_string();
        // Some errors tell their source's text as their own.
        if !text.ends_with(&next) {
            text = format!("{text}: {next}");
        }
        source = error.source();
    }
    text
}

/// Codes: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>,
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>.
pub fn by_code(code: Option<&str>, status: u16, what: String) -> StoreError {
    match code.unwrap_or_default() {
        "ProvisionedThroughputExceededException"
        | "RequestLimitExceeded"
        | "ThrottlingException"
        | "Throttling"
        | "TransactionConflictException"
        | "TransactionInProgressException"
        | "RequestThrottled"
        | "OverLimit"
        | "KMSThrottlingException"
        | "KmsThrottled" => StoreError::Throttled(what),
        // Not the request is wrong, but the set-up around it: a table in restoration, a role without a permission,
        // credentials that have just expired. Somebody will mend it, and meanwhile no message is to be given up early.
        "ResourceNotFoundException"
        | "AWS.SimpleQueueService.NonExistentQueue"
        | "QueueDoesNotExist"
        | "AccessDeniedException"
        | "AccessDenied"
        | "ExpiredTokenException"
        | "UnrecognizedClientException"
        | "InvalidSignatureException"
        | "KMSAccessDeniedException" => StoreError::Unavailable(what),
        _ if status == 429 => StoreError::Throttled(what),
        _ if status >= 500 => StoreError::Unavailable(what),
        _ => StoreError::Refused(what),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_tells_whether_to_try_again() {
        for (code, status, passing) in [
            (Some("ThrottlingException"), 400, true),
            (Some("ProvisionedThroughputExceededException"), 400, true),
            (Some("AccessDeniedException"), 400, true),
            (Some("InternalServerError"), 500, true),
            (None, 503, true),
            (None, 429, true),
            (Some("ValidationException"), 400, false),
            (None, 400, false),
        ] {
            let error = by_code(code, status, "PutItem".into());
            assert_eq!(error.is_passing(), passing, "{code:?}, status {status}: {error}");
        }
    }
}
