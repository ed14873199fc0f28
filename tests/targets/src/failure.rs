//! The error of a function, as the caller gets it: `errorType` and `errorMessage`.

use lambda_runtime::Diagnostic;

#[derive(Debug)]
pub struct Failure {
    error_type: String,
    message: String,
}

impl Failure {
    pub fn new(error_type: &str, message: impl Into<String>) -> Self {
        Self { error_type: error_type.into(), message: message.into() }
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: failure.error_type, error_message: failure.message }
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::new("Target.BadEvent", error.to_string())
    }
}
