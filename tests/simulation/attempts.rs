//! The attempts of tasks, and what became of each. An attempt is named by what its payload says: its state, its visit, its
//! iteration, its retries and its redrive.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use engine::event::{Event, EventId, HistoryEvent};
use engine::failure::ErrorAndCause;
use serde_json::{Value, json};
use tests::Reply;

/// Names one attempt. `None` for a payload that names none.
pub fn name(payload: &str) -> Option<String> {
    let payload: Value = serde_json::from_str(payload).ok()?;
    // What `lambda:invoke` is told has the payload in it.
    let names = payload.get("Payload").unwrap_or(&payload);
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let part = |part: &str| names.get(part).map(text);
    Some([part("state")?, part("visit")?, part("at")?, part("attempt")?, part("redrive")?].join(" "))
}

/// How an attempt ended, where that is not for the script to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A dispatcher fell over between its claim and its answer.
    Unknown,
    /// Nobody answered in time.
    TimedOut,
}

/// The attempts that did not end as the script says.
#[derive(Clone, Debug, Default)]
pub struct Fates(BTreeMap<String, Fate>);

impl Fates {
    pub fn of(history: &[HistoryEvent]) -> Result<Self, String> {
        let mut fates = BTreeMap::new();
        for event in history {
            if let Some(fate) = fate(&event.event) {
                fates.insert(attempt_of(history, event)?, fate);
            }
        }
        Ok(Self(fates))
    }

    pub fn get(&self, attempt: &str) -> Option<Fate> {
        self.0.get(attempt).copied()
    }

    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter(|(_, fate)| **fate == Fate::Unknown).map(|(attempt, _)| attempt.as_str())
    }
}

fn fate(event: &Event) -> Option<Fate> {
    let unknown =
        |failure: &ErrorAndCause| (failure.error.as_deref() == Some("Lambda.Unknown")).then_some(Fate::Unknown);
    match event {
        Event::LambdaFunctionFailed(failure)
        | Event::TaskFailed { failure, .. }
        | Event::TaskSubmitFailed { failure, .. } => unknown(failure),
        Event::LambdaFunctionTimedOut(_) | Event::TaskTimedOut { .. } | Event::ActivityTimedOut(_) => {
            Some(Fate::TimedOut)
        }
        _ => None,
    }
}

/// The attempt that the event ends: what was scheduled before it.
pub fn attempt_of(history: &[HistoryEvent], event: &HistoryEvent) -> Result<String, String> {
    let at = |id: EventId| usize::try_from(id).ok()?.checked_sub(1).and_then(|index| history.get(index));
    let mut before = std::iter::successors(at(event.previous_event_id), |event| at(event.previous_event_id));
    let scheduled = before.find_map(|event| match &event.event {
        Event::LambdaFunctionScheduled { input, .. } | Event::ActivityScheduled { input, .. } => Some(input),
        Event::TaskScheduled { parameters, .. } => Some(parameters),
        _ => None,
    });
    scheduled.and_then(|payload| name(payload.as_str())).ok_or_else(|| format!("no attempt before {event:?}"))
}

/// Chooses what attempts come to, always the same.
#[derive(Clone, Copy, Debug)]
pub struct Script(pub u64);

impl Script {
    /// What a function does that is called with this payload.
    pub fn reply(self, payload: &str, fates: &Fates) -> Reply {
        let Some(attempt) = name(payload) else { return Reply::Raises("Nameless") };
        match fates.get(&attempt) {
            Some(Fate::Unknown) => return Reply::NoAnswer,
            Some(Fate::TimedOut) if !passes_token_on(payload) => return Reply::Hangs,
            Some(Fate::TimedOut) => {}
            None => {}
        }
        let drawn = self.drawn(&attempt);
        let reply = match drawn % 4 {
            // It passes the token on, and whoever gets it answers.
            _ if passes_token_on(payload) => Reply::Returns("null".into()),
            0 => Reply::Raises("Busy"),
            1 => Reply::Raises("Broken"),
            _ => Reply::Returns(result(&attempt)),
        };
        match (drawn / 4) % 4 {
            0 => Reply::After((drawn / 16) % 30_000, Box::new(reply)),
            _ => reply,
        }
    }

    /// What a worker says, or whoever has been passed a token: the operation and its members.
    pub fn answer(self, attempt: &str, token: &str) -> (&'static str, Value) {
        match self.drawn(attempt) % 4 {
            0 => ("SendTaskFailure", json!({ "taskToken": token, "error": "Busy", "cause": attempt })),
            1 => ("SendTaskFailure", json!({ "taskToken": token, "error": "Broken", "cause": attempt })),
            _ => ("SendTaskSuccess", json!({ "taskToken": token, "output": result(attempt) })),
        }
    }

    /// How many seconds that takes.
    pub fn seconds(self, attempt: &str) -> u64 {
        (self.drawn(attempt) / 64) % 240
    }

    fn drawn(self, attempt: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.0, attempt).hash(&mut hasher);
        hasher.finish()
    }
}

fn passes_token_on(payload: &str) -> bool {
    payload.contains(r#""token":"#)
}

fn result(attempt: &str) -> String {
    json!({ "of": attempt }).to_string()
}
