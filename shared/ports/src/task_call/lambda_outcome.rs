//! From Lambda's answer to the outcome of a task: error names and causes as AWS gives them.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html>

use engine::effect::{Target, TaskRequest};
use engine::failure::ErrorAndCause;
use engine::input::TaskOutcome;
use engine::payload::Payload;
use serde_json::{Map, Value, json};

use crate::task_target::{InvokeError, Invoked};

/// `Lambda.Unknown`: the function may have run or not.
pub(crate) fn unknown(why: &str) -> TaskOutcome {
    failed("Lambda.Unknown", why.to_owned())
}

pub(crate) fn of(request: &TaskRequest, answer: Result<Invoked, InvokeError>, limit_bytes: usize) -> TaskOutcome {
    let invoked = match answer {
        Ok(invoked) => invoked,
        Err(error) => return refused(error),
    };
    if invoked.function_error.is_some() {
        return function_failed(&request.target, &invoked.payload);
    }
    let output = match &request.target {
        Target::LambdaFunction { arn } | Target::Activity { arn } => match Payload::parse(&invoked.payload) {
            Some(payload) => payload,
            None if invoked.payload.is_empty() => Payload::from_text("null"),
            None => return not_json(arn),
        },
        Target::LambdaInvoke => Payload::from_value(&invoke_output(&invoked)),
    };
    if output.len() > limit_bytes { TaskOutcome::TooLarge } else { TaskOutcome::Succeeded { output } }
}

fn failed(error: &str, cause: String) -> TaskOutcome {
    TaskOutcome::Failed(ErrorAndCause { error: Some(error.to_owned()), cause: Some(cause) })
}

fn not_json(function: &str) -> TaskOutcome {
    failed("Lambda.Unknown", format!("The function {function} returned a result that is not valid JSON."))
}

/// The function ran and failed. Its error object names the error; `Lambda.Unknown` where it names none. With the
/// function's own ARN the cause is the object's text as it came, with `lambda:invoke` it is written anew.
fn function_failed(target: &Target, payload: &str) -> TaskOutcome {
    let object: Option<Value> = Payload::parse(payload).map(|payload| payload.value());
    let error = object
        .as_ref()
        .and_then(|object| object.get("errorType"))
        .and_then(Value::as_str)
        .filter(|name| !name.is_empty())
        .unwrap_or("Lambda.Unknown")
        .to_owned();
    let cause = match (target, object) {
        (Target::LambdaInvoke, Some(object)) => object.to_string(),
        (Target::LambdaInvoke, None) | (Target::LambdaFunction { .. } | Target::Activity { .. }, _) => {
            payload.to_owned()
        }
    };
    failed(&error, cause)
}

/// The function did not run, or nobody knows.
fn refused(error: InvokeError) -> TaskOutcome {
    match error {
        InvokeError::Service { code, message, status, request_id } => failed(
            &format!("Lambda.{}", exception(&code)),
            format!(
                "{message} (Service: AWSLambda; Status Code: {status}; Error Code: {code}; Request ID: {request_id}; Proxy: null)"
            ),
        ),
        InvokeError::Credentials(why) => failed("States.TaskFailed", why),
        InvokeError::Unreachable(why) => {
            failed("Lambda.SdkClientException", format!("Unable to execute HTTP request: {why}"))
        }
        InvokeError::NoAnswer(why) => unknown(&why),
    }
}

/// Codes without `Exception` get it, as the Java SDK's class names have it.
fn exception(code: &str) -> String {
    match code {
        "" => "AWSLambdaException".to_owned(),
        code if code.ends_with("Exception") => code.to_owned(),
        code => format!("{code}Exception"),
    }
}

/// The result of `lambda:invoke`: the response as an AWS SDK for Java shows it.
fn invoke_output(invoked: &Invoked) -> Value {
    let payload = match invoked.payload.as_str() {
        "" => json!(""),
        text => Payload::parse(text).map_or_else(|| json!(text), |payload| payload.value()),
    };
    let mut all_headers = Map::new();
    let mut headers = Map::new();
    for (name, value) in &invoked.headers {
        all_headers.insert(name.clone(), json!([value]));
        headers.insert(name.clone(), json!(value));
    }
    let mut output = Map::new();
    if let Some(version) = &invoked.executed_version {
        output.insert("ExecutedVersion".into(), json!(version));
    }
    if let Some(log_result) = &invoked.log_result {
        output.insert("LogResult".into(), json!(log_result));
    }
    output.insert("Payload".into(), payload);
    output.insert(
        "SdkHttpMetadata".into(),
        json!({
            "AllHttpHeaders": all_headers,
            "HttpHeaders": headers,
            "HttpStatusCode": invoked.status_code,
        }),
    );
    output.insert("SdkResponseMetadata".into(), json!({ "RequestId": invoked.request_id }));
    output.insert("StatusCode".into(), json!(invoked.status_code));
    Value::Object(output)
}
