//! The workflow that most tests disturb, and what it comes to when nobody does.

use engine::event::HistoryEvent;
use ports::Settings;
use serde_json::{Value, json};
use tests::{Installation, Options, Reply, ScriptedTarget, pass, states, task, told, untimed};

/// All state types; a retry, a catch, a wait that a queue can delay and one that it cannot.
pub fn definition() -> Value {
    let attempt = |name: &str| json!({ "task": name, "attempt.$": "$$.State.RetryCount" });
    states(json!({
        "Begin": pass(json!({ "Parameters": { "n.$": "States.MathAdd($.n, 1)" }, "Next": "Busy" })),
        "Busy": task(json!({
            "Parameters": attempt("busy"),
            "ResultPath": "$.busy",
            "TimeoutSeconds": 86_400,
            "Retry": [{ "ErrorEquals": ["Shop.Busy"], "IntervalSeconds": 5 }],
            "Next": "Short",
        })),
        "Short": { "Type": "Wait", "Seconds": 30, "Next": "Choose" },
        "Choose": {
            "Type": "Choice",
            "Choices": [{ "Variable": "$.n", "NumericEquals": 1, "Next": "Broken" }],
            "Default": "Never",
        },
        "Broken": task(json!({
            "Parameters": attempt("broken"),
            "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Long" }],
            "Next": "Never",
        })),
        "Long": { "Type": "Wait", "Seconds": 4_000, "Next": "Done" },
        "Done": { "Type": "Succeed" },
        "Never": { "Type": "Fail", "Error": "Never" },
    }))
}

/// `busy` succeeds at the second attempt, `broken` never.
pub fn target() -> ScriptedTarget {
    ScriptedTarget::new(|invocation| match invocation.payload.as_str() {
        r#"{"task":"busy","attempt":0}"# => Reply::Raises("Shop.Busy"),
        r#"{"task":"busy","attempt":1}"# => Reply::Returns(r#""done""#.into()),
        r#"{"task":"broken","attempt":0}"# => Reply::Raises("Shop.Broken"),
        other => panic!("no attempt like this is scheduled: {other}"),
    })
}

/// The workflow, not yet started.
pub fn installed(settings: Settings) -> Installation {
    let installation = Installation::new(Options { settings, target: target(), ..Options::default() });
    installation.create(&definition());
    installation
}

/// Started, and nothing delivered yet.
pub fn started() -> Installation {
    let installation = installed(Settings::default());
    installation.start(&json!({ "n": 0 }));
    installation
}

/// One state, started.
pub fn started_with(definition: &Value, target: ScriptedTarget) -> Installation {
    let installation = Installation::new(Options { target, ..Options::default() });
    installation.create(definition);
    installation.start(&json!({}));
    installation
}

/// The history of the workflow when nothing goes wrong.
pub fn undisturbed() -> Vec<HistoryEvent> {
    let installation = started();
    installation.run();
    untimed(&installation.history())
}

/// Whether the installation has ended as the undisturbed one, each attempt having been called once.
#[track_caller]
pub fn assert_undisturbed(installation: &Installation, expected: &[HistoryEvent], context: &str) {
    let history = untimed(&installation.history());
    if history != expected {
        panic!("{context}\nexpected\n{}\nbut was\n{}", told(expected), told(&installation.history()));
    }
    assert_called_once(installation, context);
    assert_on_time(installation, context);
    let status = installation.summary().map(|summary| summary.status.as_str());
    assert_eq!(status, Some("SUCCEEDED"), "{context}: the summary");
}

/// No attempt reached its target twice.
#[track_caller]
pub fn assert_called_once(installation: &Installation, context: &str) {
    let calls = installation.target.calls_by_payload();
    assert!(calls.values().all(|count| *count == 1), "{context}: {calls:?}");
}

/// No wait was too short.
#[track_caller]
pub fn assert_on_time(installation: &Installation, context: &str) {
    use engine::event::Event;
    let history = installation.history();
    for (name, seconds) in [("Short", 30), ("Long", 4_000)] {
        let at = |found: fn(&Event) -> Option<&str>| {
            history.iter().find(|event| found(&event.event) == Some(name)).map(|event| event.timestamp)
        };
        let entered = at(|event| match event {
            Event::StateEntered { name, .. } => Some(name.as_str()),
            _ => None,
        });
        let exited = at(|event| match event {
            Event::StateExited { name, .. } => Some(name.as_str()),
            _ => None,
        });
        if let (Some(entered), Some(exited)) = (entered, exited) {
            assert!(exited >= entered.plus_seconds(seconds), "{context}: {name} was left early\n{}", told(&history));
        }
    }
}
