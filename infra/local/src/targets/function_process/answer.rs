//! What Lambda's Invoke answers: the headers, and the error objects of a function that did not get to write its own.

use base64::Engine as _;
use ports::task_target::{InvokeError, Invoked};
use serde_json::json;
use time::OffsetDateTime;
use time::macros::format_description;
use uuid::Uuid;

use super::runtime_api::{Answer, Event};

/// The largest response of a synchronous invocation:
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>, and 100 bytes that Lambda leaves over.
pub const MAX_RESPONSE_BYTES: usize = 6 * 1024 * 1024 + 100;

const VERSION: &str = "$LATEST";

/// A finished invocation.
#[derive(Debug)]
pub struct Outcome {
    pub answer: Answer,
    /// The end of what the function logged meanwhile.
    pub log_tail: Vec<u8>,
}

pub fn request_id() -> String {
    Uuid::new_v4().to_string()
}

/// A new X-Ray trace: <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids>.
pub fn trace_root() -> String {
    let random = Uuid::new_v4().simple().to_string();
    let seconds = OffsetDateTime::now_utc().unix_timestamp();
    format!("1-{seconds:08x}-{}", random.get(..24).unwrap_or_default())
}

pub fn refused(code: &str, message: &str) -> InvokeError {
    InvokeError::Service { code: code.into(), message: message.into(), status: 400, request_id: request_id() }
}

/// Errors that Lambda words for the function.
impl Answer {
    pub fn exited(request_id: &str, how: &str) -> Self {
        Self::failed_with_request("Runtime.ExitError", request_id, how)
    }

    pub fn timed_out(request_id: &str, timeout: std::time::Duration) -> Self {
        let message = format!("Task timed out after {:.2} seconds", timeout.as_secs_f64());
        Self::failed_with_request("Sandbox.Timedout", request_id, &message)
    }

    pub fn no_entrypoint(request_id: &str, why: &str) -> Self {
        Self::failed_with_request("Runtime.InvalidEntrypoint", request_id, why)
    }

    pub fn too_large() -> Self {
        let message =
            format!("Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).");
        // The other way round than those above, as Lambda has it.
        let object = json!({"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"});
        Self { failed: true, payload: object.to_string().into() }
    }

    fn failed_with_request(error_type: &str, request_id: &str, message: &str) -> Self {
        let message = format!("RequestId: {request_id} Error: {message}");
        Self { failed: true, payload: json!({"errorType": error_type, "errorMessage": message}).to_string().into() }
    }
}

pub fn completed(event: &Event, outcome: Outcome, tail: bool) -> Invoked {
    let Outcome { answer, log_tail } = outcome;
    let payload = String::from_utf8_lossy(&answer.payload).into_owned();
    let function_error = answer.failed.then(|| "Unhandled".to_owned());
    let log_result = tail.then(|| base64::engine::general_purpose::STANDARD.encode(log_tail));

    let mut headers = Headers::default();
    headers.add("Date", &http_date(OffsetDateTime::now_utc()));
    headers.add("Content-Type", "application/json");
    headers.add("Content-Length", &payload.len().to_string());
    headers.add("Connection", "keep-alive");
    headers.add("x-amzn-RequestId", &event.request_id);
    headers.add_if("X-Amz-Function-Error", function_error.as_deref());
    headers.add("x-amzn-Remapped-Content-Length", "0");
    headers.add("X-Amz-Executed-Version", VERSION);
    headers.add_if("X-Amz-Log-Result", log_result.as_deref());
    headers.add("X-Amzn-Trace-Id", &trace_id(event));
    Invoked {
        status_code: 200,
        function_error,
        executed_version: Some(VERSION.into()),
        log_result,
        payload,
        request_id: event.request_id.clone(),
        headers: headers.0,
    }
}

pub fn accepted(event: &Event) -> Invoked {
    without_payload(event, 202)
}

pub fn dry_run(event: &Event) -> Invoked {
    without_payload(event, 204)
}

fn without_payload(event: &Event, status_code: u16) -> Invoked {
    let mut headers = Headers::default();
    headers.add("Date", &http_date(OffsetDateTime::now_utc()));
    if status_code != 204 {
        headers.add("Content-Length", "0");
    }
    headers.add("Connection", "keep-alive");
    headers.add("x-amzn-RequestId", &event.request_id);
    headers.add("x-amzn-Remapped-Content-Length", "0");
    headers.add("X-Amzn-Trace-Id", &trace_id(event));
    Invoked { status_code, request_id: event.request_id.clone(), headers: headers.0, ..Invoked::default() }
}

#[derive(Default)]
struct Headers(Vec<(String, String)>);

impl Headers {
    fn add(&mut self, name: &str, value: &str) {
        self.0.push((name.into(), value.into()));
    }

    fn add_if(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.add(name, value);
        }
    }
}

fn trace_id(event: &Event) -> String {
    format!("root={};sampled=0", event.trace_root)
}

fn http_date(at: OffsetDateTime) -> String {
    let format =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    at.format(&format).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_platform_are_worded_as_lambda_words_them() {
        for (answer, expected) in [
            (
                Answer::exited("r-1", "Runtime exited with error: exit status 1"),
                r#"{"errorType":"Runtime.ExitError","errorMessage":"RequestId: r-1 Error: Runtime exited with error: exit status 1"}"#,
            ),
            (
                Answer::timed_out("r-1", std::time::Duration::from_millis(3000)),
                r#"{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: r-1 Error: Task timed out after 3.00 seconds"}"#,
            ),
            (
                Answer::too_large(),
                r#"{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}"#,
            ),
        ] {
            assert!(answer.failed);
            assert_eq!(std::str::from_utf8(&answer.payload).unwrap(), expected);
        }
    }

    #[test]
    fn the_date_is_that_of_http() {
        let at = OffsetDateTime::from_unix_timestamp(784_111_777).unwrap();
        assert_eq!(http_date(at), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}
