//! Targets of tasks, called by the dispatcher on behalf of another function. Only the dispatcher takes on the roles of
//! state machines: what an Express execution or TestState calls, it calls by an invocation of its own.

use async_trait::async_trait;
use ports::TaskTarget;
use ports::task_target::{Invocation, InvokeError, Invoked};
use serde::{Deserialize, Serialize};

use crate::environment::Variable;
use crate::task_target::LambdaTarget;

pub struct DispatcherTarget {
    /// Calls the dispatcher.
    pub lambda: LambdaTarget,
    pub function: Variable,
}

/// The dispatcher's event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    pub invoke: Invocation,
}

/// What the dispatcher answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Invoked(Invoked),
    Failed(InvokeError),
}

impl From<Result<Invoked, InvokeError>> for Answer {
    fn from(result: Result<Invoked, InvokeError>) -> Self {
        match result {
            Ok(invoked) => Answer::Invoked(invoked),
            Err(error) => Answer::Failed(error),
        }
    }
}

#[async_trait]
impl TaskTarget for DispatcherTarget {
    async fn invoke(&self, invocation: &Invocation) -> Result<Invoked, InvokeError> {
        let function = self.function.get().map_err(|error| InvokeError::Unreachable(error.to_string()))?;
        let payload = serde_json::to_string(&Call { invoke: invocation.clone() })
            .map_err(|error| InvokeError::Unreachable(error.to_string()))?;
        let call = Invocation { function: function.to_owned(), payload, ..Invocation::default() };
        let invoked = self.lambda.invoke(&call).await.map_err(by_dispatcher)?;
        if invoked.function_error.is_some() {
            // It may have called the target before.
            return Err(InvokeError::NoAnswer(format!("the dispatcher failed: {}", invoked.payload)));
        }
        match serde_json::from_str(&invoked.payload) {
            Ok(Answer::Invoked(invoked)) => Ok(invoked),
            Ok(Answer::Failed(error)) => Err(error),
            Err(error) => Err(InvokeError::NoAnswer(format!("the dispatcher's answer cannot be read: {error}"))),
        }
    }
}

/// An error of the call of the dispatcher is none of the target's.
fn by_dispatcher(error: InvokeError) -> InvokeError {
    match error {
        InvokeError::Service { .. } | InvokeError::Credentials(_) => {
            InvokeError::Unreachable(format!("the dispatcher could not be called: {error}"))
        }
        InvokeError::Unreachable(_) | InvokeError::NoAnswer(_) => error,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// During a deployment, both sides may be of different versions.
    #[test]
    fn what_was_ever_sent_can_be_read() {
        let call: Call = serde_json::from_value(json!({ "invoke": { "function": "check", "payload": "{}" } })).unwrap();
        assert_eq!(call.invoke, Invocation { function: "check".into(), payload: "{}".into(), ..Invocation::default() });
        let invoked: Answer = serde_json::from_value(json!({
            "invoked": { "status_code": 200, "payload": "1", "request_id": "r", "headers": [["A", "b"]] },
        }))
        .unwrap();
        let expected = Invoked {
            status_code: 200,
            payload: "1".into(),
            request_id: "r".into(),
            headers: vec![("A".into(), "b".into())],
            ..Invoked::default()
        };
        assert_eq!(invoked, Answer::Invoked(expected));
        let failed = json!({
            "failed": { "Service": { "code": "C", "message": "m", "status": 404, "request_id": "r" } },
        });
        let expected =
            InvokeError::Service { code: "C".into(), message: "m".into(), status: 404, request_id: "r".into() };
        assert_eq!(serde_json::from_value::<Answer>(failed).unwrap(), Answer::Failed(expected));
        for (error, name) in [
            (InvokeError::Credentials("e".into()), "Credentials"),
            (InvokeError::Unreachable("e".into()), "Unreachable"),
            (InvokeError::NoAnswer("e".into()), "NoAnswer"),
        ] {
            let failed = serde_json::from_value(json!({ "failed": { name: "e" } })).unwrap();
            assert_eq!(Answer::Failed(error), failed);
        }
    }
}
