//! Whoever answers from outside: the workers of the activity, and those to whom functions pass their tokens on.

use std::collections::BTreeMap;

use engine::timestamp::Timestamp;
use serde_json::{Value, json};
use tests::{ACTIVITY, ApiAnswer, Installation};

use crate::attempts::{self, Fates, Script};

/// A task that somebody has the token of.
#[derive(Clone, Debug)]
pub struct Held {
    pub attempt: String,
    pub token: String,
    /// When its holder answers.
    pub at: Timestamp,
}

#[derive(Default)]
pub struct Workers {
    /// How many calls of functions have been looked at for tokens.
    calls: usize,
    pub held: Vec<Held>,
    /// Tokens that have been answered.
    pub old: Vec<Held>,
    /// What the API has acknowledged: how often for each attempt.
    pub acknowledged: BTreeMap<String, usize>,
}

pub fn poll() -> Value {
    json!({ "activityArn": ACTIVITY, "workerName": "worker" })
}

impl Workers {
    /// Takes in the tokens that functions have passed on meanwhile.
    pub fn look(&mut self, installation: &Installation, script: Script) {
        let calls = installation.target.calls_after(self.calls);
        self.calls += calls.len();
        for call in calls {
            let payload: Value = serde_json::from_str(&call.payload).unwrap_or_default();
            if let (Some(token), Some(attempt)) = (payload["token"].as_str(), attempts::name(&call.payload)) {
                self.hold(installation, script, attempt, token);
            }
        }
    }

    /// Takes in what a poll was answered; whether that was a task.
    pub fn take(&mut self, installation: &Installation, script: Script, answer: &Value) -> bool {
        let Some(token) = answer["taskToken"].as_str() else { return false };
        let attempt = answer["input"].as_str().and_then(attempts::name).expect("the input names the attempt");
        self.hold(installation, script, attempt, token);
        true
    }

    fn hold(&mut self, installation: &Installation, script: Script, attempt: String, token: &str) {
        let at = installation.clock.now().plus_seconds(script.seconds(&attempt));
        self.held.push(Held { attempt, token: token.to_owned(), at });
    }

    /// The API has answered what the holder of the task said. What it does not know for certain is said again.
    pub fn answered(&mut self, attempt: &str, answer: &ApiAnswer) -> Result<(), String> {
        match answer {
            Ok(_) => *self.acknowledged.entry(attempt.to_owned()).or_default() += 1,
            Err(code) if code == "TaskTimedOut" || code == "TaskDoesNotExist" => {}
            Err(code) if is_passing(code) => return Ok(()),
            Err(code) => return Err(format!("the answer of {attempt} was refused: {code}")),
        }
        let (old, held) = std::mem::take(&mut self.held).into_iter().partition(|held| held.attempt == attempt);
        self.held = held;
        self.old.extend::<Vec<_>>(old);
        Ok(())
    }

    /// For a course without disturbances: takes what is offered and answers at once; whether there was anything.
    pub fn work(&mut self, installation: &Installation, script: Script, fates: &Fates) -> bool {
        while installation.offers.waiting() > 0 {
            let answer = installation.call("GetActivityTask", &poll()).expect("the activity is there");
            if !self.take(installation, script, &answer) {
                break;
            }
        }
        self.look(installation, script);
        let held = std::mem::take(&mut self.held);
        let mut answered = false;
        for Held { attempt, token, .. } in held {
            if fates.get(&attempt).is_none() {
                let (operation, body) = script.answer(&attempt, &token);
                // A stale one is of an attempt whose execution has ended.
                answered |= installation.call(operation, &body).is_ok();
            }
        }
        answered
    }
}

/// Whether the same call is made again after such an error.
pub fn is_passing(code: &str) -> bool {
    matches!(code, "InternalFailure" | "InternalServerError" | "ServiceUnavailable" | "ThrottlingException")
}
