//! Lambda's Invoke API, as the dispatcher uses it:
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

#[async_trait]
pub trait TaskTarget: Send + Sync {
    async fn invoke(&self, invocation: &Invocation) -> Result<Invoked, InvokeError>;
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Invocation {
    /// Name, partial ARN or ARN, with or without a qualifier.
    pub function: String,
    pub qualifier: Option<String>,
    /// The event: JSON text.
    pub payload: String,
    /// `RequestResponse` if absent.
    pub invocation_type: Option<String>,
    pub log_type: Option<String>,
    /// Base64, as the API takes it.
    pub client_context: Option<String>,
    /// The role to take on; `None` for the dispatcher's own.
    pub role_arn: Option<String>,
}

/// The function was reached, and answered or failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Invoked {
    pub status_code: u16,
    /// `X-Amz-Function-Error`: `Unhandled` or `Handled` where the function failed; the payload is then its error object.
    pub function_error: Option<String>,
    pub executed_version: Option<String>,
    pub log_result: Option<String>,
    pub payload: String,
    pub request_id: String,
    /// All headers of the response, in the order received, spelled as received.
    pub headers: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum InvokeError {
    /// Lambda answered with an error of its own: `ResourceNotFoundException` with status 404, `TooManyRequestsException`
    /// with 429, …. The function did not run.
    #[error("{code}: {message}")]
    Service { code: String, message: String, status: u16, request_id: String },
    /// The role could not be taken on.
    #[error("{0}")]
    Credentials(String),
    /// No connection was made: the function did not run.
    #[error("unreachable: {0}")]
    Unreachable(String),
    /// The connection broke after the request had gone out: nobody knows whether the function ran.
    #[error("no answer: {0}")]
    NoAnswer(String),
}
