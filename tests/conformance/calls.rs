//! `calls.json`: what is called from outside while the execution runs, by workers and by holders of task tokens.

use serde::Deserialize;
use serde_json::{Map, Value};
use tests::{Installation, START};

/// In their order.
pub struct Calls(Vec<Call>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    /// How long after the start; before it, if missing.
    seconds: Option<u64>,
    operation: String,
    /// Without `taskToken`, where that is the one that was given out last.
    #[serde(default)]
    request: Map<String, Value>,
    /// The members of the answer, but for the task token.
    #[serde(default)]
    answer: Map<String, Value>,
    /// The error that comes back instead.
    error: Option<String>,
}

impl Calls {
    /// `None`: the case has none.
    pub fn new(calls: Option<&str>) -> Result<Self, String> {
        let calls = calls.map(serde_json::from_str).transpose().map_err(|error| format!("calls.json: {error}"))?;
        Ok(Self(calls.unwrap_or_default()))
    }

    pub fn before_the_start(&self, installation: &Installation) -> Result<(), String> {
        self.0.iter().filter(|call| call.seconds.is_none()).try_for_each(|call| call.make(installation, &mut None))
    }

    /// The execution goes on in between.
    pub fn after_the_start(&self, installation: &Installation) -> Result<(), String> {
        let mut token = None;
        for call in &self.0 {
            if let Some(seconds) = call.seconds {
                go_on_until(installation, seconds);
                call.make(installation, &mut token)?;
            }
        }
        Ok(())
    }
}

fn go_on_until(installation: &Installation, seconds: u64) {
    let time = START.plus_seconds(seconds);
    installation.settle_all();
    while let Some(next) = installation.next_due().filter(|next| *next <= time) {
        installation.clock.move_to(next);
        installation.settle_all();
    }
    installation.clock.move_to(time);
}

impl Call {
    /// `token`: of the worker that got a task last.
    fn make(&self, installation: &Installation, token: &mut Option<Value>) -> Result<(), String> {
        let mut request = self.request.clone();
        if self.operation.starts_with("SendTask") && !request.contains_key("taskToken") {
            let of_a_function = || installation.target.task_tokens().pop().map(Value::from);
            let token = token.clone().or_else(of_a_function).ok_or("nobody has a task token")?;
            request.insert("taskToken".into(), token);
        }
        let answer = installation.call(&self.operation, &Value::Object(request));
        let described = || format!("{} at {:?} s: {answer:?}", self.operation, self.seconds);
        let mut answer = match (answer.clone(), &self.error) {
            (Err(code), Some(error)) if code == *error => return Ok(()),
            (Ok(Value::Object(answer)), None) => answer,
            _ => return Err(described()),
        };
        if let Some(given) = answer.remove("taskToken") {
            *token = Some(given);
        }
        let expected = |(name, value): (&String, &Value)| answer.get(name) == Some(value);
        if self.answer.iter().all(expected) { Ok(()) } else { Err(described()) }
    }
}
