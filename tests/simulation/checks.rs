//! The promises, each by its number in the README: what has to be true when a storm is over.

use std::collections::BTreeSet;

use engine::effect::Effect;
use engine::event::{Event, HistoryEvent};
use engine::failure::ErrorAndCause;
use engine::payload::Payload;
use engine::run::{Phase, Status, Token};
use engine::timestamp::Timestamp;
use ports::executions::SummaryStatus;
use serde_json::Value;
use tests::{Installation, fold, told, untimed};

use crate::scenario::Scenario;
use crate::storm::Seen;

pub fn all(scenario: &Scenario, installation: &Installation, seen: &Seen) -> Result<(), String> {
    let history = installation.history();
    ids(&history)?;
    folds(scenario, installation)?;
    called_once(installation)?;
    timers(installation)?;
    reads_are_of_one_history(&seen.reads, &history)?;
    unknown_for_a_reason(installation, seen)?;
    summarised(scenario, installation)?;
    as_undisturbed(scenario, installation)
}

/// The summary says how it ended. What a lost message or a StopExecution has left half done, the sweep completes.
fn summarised(scenario: &Scenario, installation: &Installation) -> Result<(), String> {
    let status = SummaryStatus::of(&installation.records().last().expect("a record").run.status);
    let is_told = || installation.summary().is_some_and(|summary| summary.status == status);
    if scenario.losses || status == SummaryStatus::Aborted {
        installation.gate.let_the_sweep_in();
        for _ in (0..1_500).take_while(|_| !is_told()) {
            installation.clock.advance_seconds(60);
            let _ = installation.begin_keeping_time().finish();
        }
    }
    if is_told() {
        Ok(())
    } else {
        Err(format!("it has ended as {status:?}, and its summary is {:?}", installation.summary()))
    }
}

/// 1. Ids are 1..n, events point back, and one event ends the execution, last.
fn ids(history: &[HistoryEvent]) -> Result<(), String> {
    let is_end = |event: &HistoryEvent| event.id > 1 && event.event.type_name().starts_with("Execution");
    for (event, id) in history.iter().zip(1..) {
        let last = id == history.len() as u64;
        if event.id != id || event.previous_event_id >= id || is_end(event) != last {
            return Err(format!("event {id} is out of order:\n{}", told(history)));
        }
    }
    Ok(())
}

/// 3. Records have no gaps, are read as they were written, and each run is what the records up to it make of it.
fn folds(scenario: &Scenario, installation: &Installation) -> Result<(), String> {
    let definition = scenario.machine().definition().to_string();
    let machine = asl::parse(&definition, asl::MachineType::Standard).expect("it was created").machine;
    let mut history = Vec::new();
    for (record, seq) in installation.records().iter().zip(0..) {
        if record.seq() != seq {
            return Err(format!("record {} where {seq} should be", record.seq()));
        }
        history.extend(record.events.iter().cloned());
        fold::check(&machine, &history, &record.run)
            .map_err(|why| format!("record {seq}: {why}\n{}", told(&history)))?;
        let bytes = wire::record::encode(record).map_err(|error| error.to_string())?;
        let read = wire::record::decode(&record.run.execution.arn, &bytes).map_err(|error| error.to_string())?;
        if read != **record {
            return Err(format!("record {seq} is not read as it was written"));
        }
    }
    Ok(())
}

/// 2. Each attempt of a task reaches its target at most once: the payload names the attempt.
fn called_once(installation: &Installation) -> Result<(), String> {
    match installation.target.calls_by_payload().into_iter().find(|(_, count)| *count > 1) {
        Some((payload, count)) => Err(format!("{count} calls for one attempt: {payload}")),
        None => Ok(()),
    }
}

/// 4. What waits for a time is left at that time at the earliest.
fn timers(installation: &Installation) -> Result<(), String> {
    let records = installation.records();
    let left_at = |seq: usize, token: Token| -> Option<Timestamp> {
        let mut later = records.iter().skip(seq);
        later.find(|record| record.run.branch(token).is_none()).map(|record| record.at)
    };
    let stopped = matches!(records.last().expect("a record").run.status, Status::Aborted(_));
    for (seq, record) in records.iter().enumerate() {
        for branch in &record.run.branches {
            if let Phase::Waiting { until } | Phase::BackingOff { until } = branch.phase
                && let Some(left) = left_at(seq, branch.token).filter(|left| *left < until && !stopped)
            {
                return Err(format!("{} waits until {until} and was left at {left}", branch.state));
            }
        }
    }
    Ok(())
}

/// 5. What was read once stays: every answer is the beginning of the history.
fn reads_are_of_one_history(reads: &[Vec<Value>], history: &[HistoryEvent]) -> Result<(), String> {
    for events in reads {
        for (read, event) in events.iter().zip(history) {
            if read["id"] != event.id || read["type"] != event.event.type_name() {
                return Err(format!("{read} was read, and is {event:?} now"));
            }
        }
        if events.len() > history.len() {
            return Err("events that were read are gone".into());
        }
    }
    Ok(())
}

/// 2. It ends as the undisturbed run does. Where branches may overtake each other the same happens, in another order.
fn as_undisturbed(scenario: &Scenario, installation: &Installation) -> Result<(), String> {
    let history = installation.history();
    if matches!(history.last().map(|event| &event.event), Some(Event::ExecutionAborted(_))) {
        return if scenario.stops { Ok(()) } else { Err("nobody has stopped it".into()) };
    }
    let calm = scenario.installation(None, unknown_attempts(&history)?);
    scenario.start(&calm);
    calm.run_concurrently();
    let (expected, actual) = (comparable(&calm.history()), comparable(&history));
    let forks = |event: &HistoryEvent| matches!(event.event.type_name(), "ParallelStateStarted" | "MapStateStarted");
    let same =
        if expected.iter().any(forks) { in_any_order(&expected) == in_any_order(&actual) } else { expected == actual };
    if same { Ok(()) } else { Err(format!("undisturbed it is\n{}but it was\n{}", told(&expected), told(&history))) }
}

fn in_any_order(history: &[HistoryEvent]) -> Vec<String> {
    let mut events: Vec<String> = history.iter().map(|event| format!("{:?}", event.event)).collect();
    events.sort();
    events
}

/// 2. An outcome is unknown only if a dispatcher has fallen over that had the task.
fn unknown_for_a_reason(installation: &Installation, seen: &Seen) -> Result<(), String> {
    let unknown = unknown_attempts(&installation.history())?;
    for record in installation.records() {
        for effect in &record.effects {
            if let Effect::Dispatch(request) = effect
                && unknown.contains(request.payload.as_str())
                && !seen.fallen.contains(&request.token)
            {
                return Err(format!("nobody fell over, and the outcome is unknown of {:?}", request.payload));
            }
        }
    }
    Ok(())
}

/// The payloads of attempts whose dispatcher fell over between claim and answer.
fn unknown_attempts(history: &[HistoryEvent]) -> Result<BTreeSet<String>, String> {
    let before = |id: u64| history.iter().find(move |event| event.id == id);
    let mut unknown = BTreeSet::new();
    for event in history {
        let Event::LambdaFunctionFailed(failure) = &event.event else { continue };
        if failure.error.as_deref() == Some("Lambda.Unknown") {
            let scheduled = before(event.previous_event_id).and_then(|started| before(started.previous_event_id));
            let Some(Event::LambdaFunctionScheduled { input, .. }) = scheduled.map(|event| &event.event) else {
                return Err(format!("no attempt before {event:?}"));
            };
            unknown.insert(input.as_str().to_owned());
        }
    }
    Ok(unknown)
}

/// Without times, and without the reasons why an outcome is not known: a broken connection tells another than a dead
/// dispatcher.
fn comparable(history: &[HistoryEvent]) -> Vec<HistoryEvent> {
    let mut events = untimed(history);
    for event in &mut events {
        event.event = match event.event.clone() {
            Event::ExecutionSucceeded { output } => Event::ExecutionSucceeded { output: payload(&output) },
            Event::ExecutionFailed(failed) => Event::ExecutionFailed(failure(&failed)),
            Event::LambdaFunctionFailed(failed) => Event::LambdaFunctionFailed(failure(&failed)),
            Event::StateEntered { state_type, name, input } => {
                Event::StateEntered { state_type, name, input: payload(&input) }
            }
            Event::StateExited { state_type, name, output, assigned_variables } => {
                Event::StateExited { state_type, name, output: payload(&output), assigned_variables }
            }
            other => other,
        };
    }
    events
}

fn without_reasons(text: &str) -> String {
    const REASONS: [&str; 3] = [
        "the connection broke",
        "the dispatcher ended after it had taken the task, and before it had the outcome",
        "the target did not answer while the dispatcher lived",
    ];
    REASONS.iter().fold(text.to_owned(), |text, reason| text.replace(reason, "unknown"))
}

fn payload(payload: &Payload) -> Payload {
    Payload::from_text(without_reasons(payload.as_str()))
}

fn failure(failure: &ErrorAndCause) -> ErrorAndCause {
    ErrorAndCause { error: failure.error.clone(), cause: failure.cause.as_deref().map(without_reasons) }
}
