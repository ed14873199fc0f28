//! One call of a task's target: from the request to Lambda's Invoke API, and from its answer to the outcome. Whoever
//! calls, calls like this: the dispatcher, an Express execution, TestState.

mod lambda_outcome;

use engine::effect::{Target, TaskRequest};
use engine::failure::ErrorAndCause;
use engine::input::TaskOutcome;

use crate::task_target::{Invocation, TaskTarget};

/// `limit_bytes`: the largest result.
pub async fn call(target: &dyn TaskTarget, request: &TaskRequest, limit_bytes: usize) -> TaskOutcome {
    match invocation(request) {
        Ok(invocation) => lambda_outcome::of(request, target.invoke(&invocation).await, limit_bytes),
        Err(outcome) => outcome,
    }
}

/// `Lambda.Unknown`: the function may have run or not.
pub fn unknown(why: &str) -> TaskOutcome {
    lambda_outcome::unknown(why)
}

fn invocation(request: &TaskRequest) -> Result<Invocation, TaskOutcome> {
    let role_arn = Some(request.role_arn.to_string());
    match &request.target {
        Target::Activity { arn } => Err(failed(format!("The activity {arn} has workers of its own"))),
        Target::LambdaFunction { arn } => Ok(Invocation {
            function: arn.clone(),
            payload: request.payload.as_str().to_owned(),
            role_arn,
            ..Invocation::default()
        }),
        Target::LambdaInvoke => {
            let parameters = request.payload.value();
            let text = |name: &str| parameters.get(name).and_then(|value| value.as_str()).map(str::to_owned);
            let Some(function) = text("FunctionName") else {
                return Err(failed("The field \"FunctionName\" is required but was missing".to_owned()));
            };
            Ok(Invocation {
                function,
                qualifier: text("Qualifier"),
                payload: event(parameters.get("Payload")),
                invocation_type: text("InvocationType"),
                log_type: text("LogType"),
                client_context: text("ClientContext"),
                role_arn,
            })
        }
    }
}

/// What the engine lets through to no call.
fn failed(cause: String) -> TaskOutcome {
    TaskOutcome::Failed(ErrorAndCause { error: Some("States.Runtime".into()), cause: Some(cause) })
}

/// `Payload` as the function gets it: a string is the event's own text, nothing is an empty object.
fn event(payload: Option<&serde_json::Value>) -> String {
    match payload {
        None | Some(serde_json::Value::Null) => "{}".into(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}
