//! One execution of a case, and what has to be true of any.

use std::sync::Arc;
use std::time::Duration;

use ports::Settings;
use serde_json::{Value, json};
use tests::{Installation, Options, ScriptedTarget};

use crate::calls::Calls;
use crate::case::Case;
use crate::functions::Functions;
use crate::history;

pub struct Played<'a> {
    case: &'a Case,
    transitions_per_message: u32,
}

impl<'a> Played<'a> {
    pub fn new(case: &'a Case, transitions_per_message: u32) -> Self {
        Self { case, transitions_per_message }
    }

    /// Runs the case; its history as `history.json` has it.
    pub fn history(&self) -> Result<String, String> {
        let functions = Arc::new(Functions::new(self.case.tasks().as_deref())?);
        let calls = Calls::new(self.case.calls().as_deref())?;
        let script = functions.clone();
        let mut installation = Installation::new(Options {
            settings: Settings { transitions_per_message: self.transitions_per_message, ..Settings::default() },
            target: ScriptedTarget::new(move |invocation| script.reply(invocation)),
            ..Options::default()
        });
        claim_without_delay(&mut installation);
        calls.before_the_start(&installation)?;
        self.start(&installation)?;
        calls.after_the_start(&installation)?;
        installation.run_concurrently();
        let events = events(&installation)?;
        well_formed(&events)?;
        described(&installation, &events)?;
        let history = history::told(&events);
        match functions.unused()[..] {
            [] => Ok(history),
            ref names => Err(format!("not called as often as tasks.json says: {names:?}\n{history}")),
        }
    }

    fn start(&self, installation: &Installation) -> Result<(), String> {
        let machine = json!({
            "name": "machine",
            "definition": self.case.definition(),
            "roleArn": "arn:aws:iam::123456789012:role/machine",
        });
        if let Err(code) = installation.call("CreateStateMachine", &machine) {
            let findings =
                installation.call("ValidateStateMachineDefinition", &json!({ "definition": self.case.definition() }));
            return Err(format!("{code}: {:#}", findings.unwrap_or_default()));
        }
        let start = json!({
            "stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:machine",
            "name": "name",
            "input": self.case.input(),
        });
        installation.call("StartExecution", &start).map(|_| ())
    }
}

/// Dispatchers that claim tasks of one execution get out of each other's way for some milliseconds at random: here they
/// do so in no time.
fn claim_without_delay(installation: &mut Installation) {
    const LONGEST: Duration = Duration::from_millis(50);
    let clock = installation.clock.clone();
    installation.dispatcher.ports.sleep = Arc::new(move |duration| {
        let duration = if duration <= LONGEST { Duration::ZERO } else { duration };
        Box::pin(clock.clone().sleep(duration))
    });
}

fn events(installation: &Installation) -> Result<Vec<Value>, String> {
    let mut request =
        json!({ "executionArn": Installation::execution().as_str(), "includeExecutionData": true, "maxResults": 1000 });
    let mut events = Vec::new();
    loop {
        let mut page = installation.call("GetExecutionHistory", &request)?;
        events.append(page["events"].as_array_mut().expect("events"));
        match page.get("nextToken") {
            Some(token) => request["nextToken"] = token.clone(),
            None => return Ok(events),
        }
    }
}

/// What holds of every history.
fn well_formed(events: &[Value]) -> Result<(), String> {
    let is_end = |event: &Value| {
        ["ExecutionSucceeded", "ExecutionFailed", "ExecutionTimedOut", "ExecutionAborted"]
            .iter()
            .any(|end| event["type"] == *end)
    };
    for (event, id) in events.iter().zip(1..) {
        let is_last = id == events.len();
        if event["id"] != id || event["previousEventId"].as_u64() >= event["id"].as_u64() || is_end(event) != is_last {
            return Err(format!("not a well-formed history at {event}"));
        }
    }
    Ok(())
}

/// DescribeExecution says what the last event says.
fn described(installation: &Installation, events: &[Value]) -> Result<(), String> {
    let described =
        installation.call("DescribeExecution", &json!({ "executionArn": Installation::execution().as_str() }))?;
    let last = events.last().expect("an event");
    let details = last.as_object().expect("an event").iter().find(|(name, _)| name.ends_with("EventDetails"));
    let details = details.map(|(_, details)| details.clone()).unwrap_or_default();
    for member in ["output", "error", "cause"] {
        if described.get(member) != details.get(member) {
            return Err(format!("{member}: {last} ended it, but DescribeExecution says {described}"));
        }
    }
    Ok(())
}
