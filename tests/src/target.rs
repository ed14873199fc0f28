//! The functions that tasks call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use ports::TaskTarget;
use ports::task_target::{Invocation, InvokeError, Invoked};

use crate::ManualClock;

/// What a function does when it is called.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Returns this JSON text.
    Returns(String),
    /// Fails with this error.
    Raises(&'static str),
    /// Lambda refuses the call, with this code and status.
    Refused(&'static str, u16),
    /// The connection broke.
    NoAnswer,
    /// It runs for ever.
    Hangs,
    /// What the Invoke API says, word by word.
    Answers(Result<Invoked, InvokeError>),
    /// The same, so many milliseconds later.
    After(u64, Box<Reply>),
}

/// Answers by a script, and counts its calls.
pub struct ScriptedTarget {
    script: Box<dyn Fn(&Invocation) -> Reply + Send + Sync>,
    calls: Mutex<Vec<Invocation>>,
    clock: OnceLock<Arc<ManualClock>>,
}

impl ScriptedTarget {
    pub fn new(script: impl Fn(&Invocation) -> Reply + Send + Sync + 'static) -> Self {
        Self { script: Box::new(script), calls: Mutex::default(), clock: OnceLock::new() }
    }

    /// The clock that its functions take their time by.
    pub(crate) fn run_by(&self, clock: &Arc<ManualClock>) {
        self.clock.get_or_init(|| clock.clone());
    }

    /// All calls, in their order.
    pub fn calls(&self) -> Vec<Invocation> {
        self.lock().clone()
    }

    /// All calls but the first `known`.
    pub fn calls_after(&self, known: usize) -> Vec<Invocation> {
        self.lock().get(known..).unwrap_or_default().to_vec()
    }

    /// How often it was called with each payload. Where a payload names its attempt: how often for each attempt.
    pub fn calls_by_payload(&self) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for call in self.lock().iter() {
            *counts.entry(call.payload.clone()).or_default() += 1;
        }
        counts
    }

    /// The task tokens that it was passed, in the order of its calls.
    pub fn task_tokens(&self) -> Vec<String> {
        let token = |call: &Invocation| {
            let payload: serde_json::Value = serde_json::from_str(&call.payload).ok()?;
            payload["token"].as_str().map(str::to_owned)
        };
        self.lock().iter().filter_map(token).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Invocation>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TaskTarget for ScriptedTarget {
    async fn invoke(&self, invocation: &Invocation) -> Result<Invoked, InvokeError> {
        self.lock().push(invocation.clone());
        let mut reply = (self.script)(invocation);
        while let Reply::After(millis, then) = reply {
            let clock = self.clock.get().expect("an installation has a clock").clone();
            clock.sleep(Duration::from_millis(millis)).await;
            reply = *then;
        }
        match reply {
            Reply::Returns(payload) => Ok(Invoked { status_code: 200, payload, ..Invoked::default() }),
            Reply::Raises(error) => Ok(Invoked {
                status_code: 200,
                function_error: Some("Unhandled".into()),
                payload: format!(r#"{{"errorMessage":"why","errorType":"{error}"}}"#),
                ..Invoked::default()
            }),
            Reply::Refused(code, status) => Err(InvokeError::Service {
                code: code.into(),
                message: "refused".into(),
                status,
                request_id: "request".into(),
            }),
            Reply::NoAnswer => Err(InvokeError::NoAnswer("the connection broke".into())),
            Reply::Answers(answer) => answer,
            Reply::Hangs | Reply::After(..) => futures::future::pending().await,
        }
    }
}
