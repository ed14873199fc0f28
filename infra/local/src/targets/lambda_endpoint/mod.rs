//! Any Lambda Invoke API by its URL: an emulator's or the real one.
//! <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>

mod connection;
mod head;
mod signature;
#[cfg(feature = "https")]
mod tls;

#[cfg(test)]
mod tests;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use http_body_util::Full;
use ports::TaskTarget;
use ports::task_target::{Invocation, InvokeError, Invoked};
use time::OffsetDateTime;

use connection::{Answer, Server};
pub use signature::Credentials;

/// A function may run for 15 minutes; the rest is for Lambda to tell.
const ANSWER_LIMIT: Duration = Duration::from_secs(16 * 60);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    #[error("`{0}` is not a URL such as http://127.0.0.1:4566")]
    Url(String),
    #[error("`{0}`: this program was built without the feature `https`")]
    NoTls(String),
    #[error("no certificate authorities to trust: {0}")]
    Certificates(String),
}

pub struct LambdaEndpoint {
    server: Server,
    /// What the URL's path has before that of the API, without a slash at its end.
    base_path: String,
    region: String,
    credentials: Credentials,
}

impl LambdaEndpoint {
    /// `region` and `credentials` are what requests are signed with.
    pub fn new(url: &str, region: &str, credentials: Credentials) -> Result<Self, EndpointError> {
        let uri: Uri = url.parse().map_err(|_| EndpointError::Url(url.into()))?;
        Ok(Self {
            server: Server::of(&uri)?,
            base_path: uri.path().trim_end_matches('/').to_owned(),
            region: region.into(),
            credentials,
        })
    }

    fn request(&self, invocation: &Invocation, now: OffsetDateTime) -> Result<Request<Full<Bytes>>, InvokeError> {
        let path = format!("{}/2015-03-31/functions/{}/invocations", self.base_path, encode(&invocation.function));
        let query = invocation.qualifier.as_deref().map(|qualifier| format!("Qualifier={}", encode(qualifier)));
        let mut headers = self.headers(invocation)?;
        let signed = signature::Request {
            path: &path,
            query: query.as_deref().unwrap_or(""),
            headers: &headers,
            body: invocation.payload.as_bytes(),
        };
        for (name, value) in signature::sign(&signed, &self.credentials, &self.region, now) {
            headers.insert(name, header_value(&value)?);
        }
        let target = query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
        let body = Full::new(Bytes::from(invocation.payload.clone()));
        let mut request = Request::builder().method(Method::POST).uri(target).body(body).map_err(not_sendable)?;
        *request.headers_mut() = headers;
        Ok(request)
    }

    fn headers(&self, invocation: &Invocation) -> Result<HeaderMap, InvokeError> {
        let mut headers = HeaderMap::new();
        headers.insert("host", header_value(self.server.authority())?);
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        for (name, value) in [
            ("x-amz-invocation-type", &invocation.invocation_type),
            ("x-amz-log-type", &invocation.log_type),
            ("x-amz-client-context", &invocation.client_context),
        ] {
            if let Some(value) = value {
                headers.insert(name, header_value(value)?);
            }
        }
        Ok(headers)
    }
}

#[async_trait]
impl TaskTarget for LambdaEndpoint {
    /// Roles are not taken on: requests are signed with the endpoint's credentials.
    async fn invoke(&self, invocation: &Invocation) -> Result<Invoked, InvokeError> {
        let request = self.request(invocation, OffsetDateTime::now_utc())?;
        let answer = self.server.exchange(request, ANSWER_LIMIT).await?;
        if (200..300).contains(&answer.status) { Ok(invoked(answer)) } else { Err(refused(&answer)) }
    }
}

fn invoked(answer: Answer) -> Invoked {
    Invoked {
        status_code: answer.status,
        function_error: answer.header("x-amz-function-error").map(str::to_owned),
        executed_version: answer.header("x-amz-executed-version").map(str::to_owned),
        log_result: answer.header("x-amz-log-result").map(str::to_owned),
        payload: String::from_utf8_lossy(&answer.body).into_owned(),
        request_id: answer.request_id(),
        headers: answer.headers,
    }
}

/// An error of Lambda names itself in a header or in the body. What does not, and blames a server, may be a gateway's
/// that lost the answer.
fn refused(answer: &Answer) -> InvokeError {
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let text = |names: &[&str]| names.iter().find_map(|name| body.get(name)?.as_str());
    let code = answer.header("x-amzn-errortype").or_else(|| text(&["__type", "code", "Code"])).map(error_name);
    let message = text(&["Message", "message", "errorMessage"]);
    match code {
        None if answer.status >= 500 => InvokeError::NoAnswer(format!("HTTP status {}", answer.status)),
        code => InvokeError::Service {
            code: code.unwrap_or("UnknownError").to_owned(),
            message: message.map_or_else(|| format!("HTTP status {}", answer.status), str::to_owned),
            status: answer.status,
            request_id: answer.request_id(),
        },
    }
}

/// `com.amazonaws.lambda#ServiceException:http://…` is `ServiceException`.
fn error_name(text: &str) -> &str {
    let text = text.split(':').next().unwrap_or_default();
    text.rsplit('#').next().unwrap_or_default()
}

/// Percent-encodes all but the unreserved characters, as AWS SDKs do.
fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

fn header_value(text: &str) -> Result<HeaderValue, InvokeError> {
    HeaderValue::from_str(text).map_err(not_sendable)
}

fn not_sendable(error: impl std::fmt::Display) -> InvokeError {
    InvokeError::Unreachable(format!("the request cannot be sent: {error}"))
}
