//! `tasks.json`: what the functions of a case do when they are called.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use ports::task_target::{Invocation, InvokeError, Invoked};
use serde::Deserialize;
use serde_json::Value;
use tests::Reply;

/// By the function's name.
pub struct Functions(BTreeMap<String, Function>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Function {
    Named(Named),
    /// Its calls are answered by these, each once.
    Replies(Mutex<VecDeque<Scripted>>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Named {
    /// Returns its event.
    Echo,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scripted {
    /// Answers only a call with this event.
    event: Option<Value>,
    /// How long it takes: a number, which serde cannot read as one beside a flattened field.
    #[serde(default)]
    seconds: Value,
    #[serde(flatten)]
    answer: Answer,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Answer {
    Returns(Value),
    /// This very text, JSON or not.
    ReturnsText(String),
    /// The text so many times, as a JSON string.
    ReturnsRepeated {
        text: String,
        times: usize,
    },
    /// This error object.
    Raises(Value),
    /// An error object that is no JSON, or is spelled in a way of its own.
    RaisesText(String),
    /// Lambda's own error.
    Refuses {
        code: String,
        status: u16,
        message: String,
    },
    /// The connection breaks while it runs.
    Breaks(String),
    /// It never ends: null.
    Hangs(()),
}

impl Functions {
    /// `None`: the case calls no function.
    pub fn new(tasks: Option<&str>) -> Result<Self, String> {
        let functions = tasks.map(serde_json::from_str).transpose().map_err(|error| format!("tasks.json: {error}"))?;
        Ok(Self(functions.unwrap_or_default()))
    }

    pub fn reply(&self, invocation: &Invocation) -> Reply {
        let name = invocation.function.rsplit(':').next().unwrap_or_default();
        match self.0.get(name) {
            None => panic!("`{name}` is called, which tasks.json does not have: {}", invocation.payload),
            Some(Function::Named(Named::Echo)) => answers(&invocation.payload, None),
            Some(Function::Replies(replies)) => {
                let mut replies = replies.lock().unwrap();
                let event: Value = serde_json::from_str(&invocation.payload).unwrap();
                let index = replies.iter().position(|reply| reply.event.as_ref().is_none_or(|given| *given == event));
                let found = index.and_then(|index| replies.remove(index));
                found.unwrap_or_else(|| panic!("`{name}` has no reply left to {event}")).reply()
            }
        }
    }

    /// The functions that were to be called more often than they were.
    pub fn unused(&self) -> Vec<&str> {
        let is_unused = |function: &Function| match function {
            Function::Named(_) => false,
            Function::Replies(replies) => !replies.lock().unwrap().is_empty(),
        };
        self.0.iter().filter(|(_, function)| is_unused(function)).map(|(name, _)| name.as_str()).collect()
    }
}

impl Scripted {
    fn reply(self) -> Reply {
        let reply = match self.answer {
            Answer::Returns(value) => answers(&value.to_string(), None),
            Answer::ReturnsText(text) => answers(&text, None),
            Answer::ReturnsRepeated { text, times } => answers(&Value::from(text.repeat(times)).to_string(), None),
            Answer::Raises(error) => answers(&error.to_string(), Some("Unhandled")),
            Answer::RaisesText(text) => answers(&text, Some("Unhandled")),
            Answer::Refuses { code, status, message } => {
                let request_id = "00000000-0000-4000-8000-000000000000".into();
                Reply::Answers(Err(InvokeError::Service { code, message, status, request_id }))
            }
            Answer::Breaks(why) => Reply::Answers(Err(InvokeError::NoAnswer(why))),
            Answer::Hangs(_) => Reply::Hangs,
        };
        match self.seconds.as_f64() {
            None => reply,
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "seconds of a test")]
            Some(seconds) => Reply::After((seconds * 1000.0) as u64, Box::new(reply)),
        }
    }
}

fn answers(payload: &str, function_error: Option<&str>) -> Reply {
    Reply::Answers(Ok(Invoked {
        status_code: 200,
        function_error: function_error.map(str::to_owned),
        executed_version: Some("$LATEST".into()),
        payload: payload.to_owned(),
        request_id: "00000000-0000-4000-8000-000000000000".into(),
        ..Invoked::default()
    }))
}
