//! The promises, each by its number in the README: what has to be true when a storm is over.

use std::collections::{BTreeMap, BTreeSet};

use engine::effect::Effect;
use engine::event::{Event, HistoryEvent};
use engine::failure::ErrorAndCause;
use engine::input::{Cause, Timer};
use engine::payload::Payload;
use engine::run::Phase;
use ports::executions::SummaryStatus;
use serde_json::{Value, json};
use tests::{Installation, fold, told, untimed};

use crate::attempts::{self, Fates};
use crate::scenario::{Scenario, input};
use crate::storm::{Seen, place};
use crate::workers::Workers;

pub fn all(scenario: &Scenario, installation: &Installation, seen: &Seen) -> Result<(), String> {
    let history = installation.history();
    ids(&history)?;
    folds(scenario, installation)?;
    called_once(installation, &history)?;
    timers(installation)?;
    acknowledged(&history, seen)?;
    buried(installation, seen)?;
    reads_are_of_one_history(&seen.reads, &history)?;
    unknown_for_a_reason(installation, &history, seen)?;
    summarised(scenario, installation)?;
    as_undisturbed(scenario, installation)
}

/// The summary says how it ended. What a lost message, a StopExecution or a RedriveExecution has left half done, the sweep
/// completes.
fn summarised(scenario: &Scenario, installation: &Installation) -> Result<(), String> {
    let status = SummaryStatus::of(&installation.records().last().expect("a record").run.status);
    let is_told = || installation.summary().is_some_and(|summary| summary.status == status);
    let redriven = installation.records().iter().any(|record| record.run.redrives.is_some());
    if scenario.losses || redriven || status == SummaryStatus::Aborted {
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

/// 1. Ids are 1..n, events point back, and one event ends the execution, last; but a redrive comes after one.
fn ids(history: &[HistoryEvent]) -> Result<(), String> {
    let is_end = |event: &HistoryEvent| {
        matches!(
            event.event,
            Event::ExecutionSucceeded { .. }
                | Event::ExecutionFailed(_)
                | Event::ExecutionTimedOut(_)
                | Event::ExecutionAborted(_)
        )
    };
    let next = history.iter().skip(1).map(Some).chain([None]);
    for ((event, next), id) in history.iter().zip(next).zip(1..) {
        let last = next.is_none_or(|next| matches!(next.event, Event::ExecutionRedriven { .. }));
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

/// 2. Each attempt of a task reaches its target, or a worker, at most once: the payload names the attempt.
fn called_once(installation: &Installation, history: &[HistoryEvent]) -> Result<(), String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for call in installation.target.calls() {
        let attempt = attempts::name(&call.payload).ok_or_else(|| format!("no attempt: {}", call.payload))?;
        *counts.entry(attempt).or_default() += 1;
    }
    for event in history {
        if matches!(event.event, Event::ActivityStarted { .. }) {
            *counts.entry(attempts::attempt_of(history, event)?).or_default() += 1;
        }
    }
    match counts.into_iter().find(|(_, count)| *count > 1) {
        Some((attempt, count)) => Err(format!("{count} calls for one attempt: {attempt}\n{}", told(history))),
        None => Ok(()),
    }
}

/// 4. What waits for a time is left at that time at the earliest, unless somebody ends the execution.
fn timers(installation: &Installation) -> Result<(), String> {
    let records = installation.records();
    for (before, after) in records.iter().zip(records.iter().skip(1)) {
        let by_force = after.causes.iter().any(|cause| matches!(cause, Cause::Stop(_) | Cause::DeadLetter(_)));
        for branch in &before.run.branches {
            if after.run.branch(branch.token).is_some() {
                continue;
            }
            let timed_out = after.causes.contains(&Cause::TimeCame(Timer::Place(branch.token)));
            let until = match &branch.phase {
                Phase::Waiting { until } | Phase::BackingOff { until } if !by_force => Some(*until),
                Phase::Task(task) if timed_out => task.due(),
                _ => None,
            };
            if let Some(until) = until.filter(|until| after.at < *until) {
                return Err(format!("{} waits until {until} and was left at {}", branch.state, after.at));
            }
        }
    }
    Ok(())
}

/// 5. Each answer that was acknowledged ended its attempt, with what it said.
fn acknowledged(history: &[HistoryEvent], seen: &Seen) -> Result<(), String> {
    let mut answered: BTreeMap<String, usize> = BTreeMap::new();
    for event in history {
        let said = match &event.event {
            Event::ActivitySucceeded { output } | Event::TaskSucceeded { output, .. } => Some(output.as_str()),
            Event::ActivityFailed(failure) | Event::TaskFailed { failure, .. } => failure.cause.as_deref(),
            _ => None,
        };
        let attempt = attempts::attempt_of(history, event);
        if let (Some(said), Ok(attempt)) = (said, attempt)
            && said.contains(&*attempt)
        {
            *answered.entry(attempt).or_default() += 1;
        }
    }
    for (attempt, count) in &seen.acknowledged {
        if answered.get(attempt) != Some(count) {
            return Err(format!("{count} answers of {attempt} were acknowledged:\n{}", told(history)));
        }
    }
    Ok(())
}

/// A dead letter fails its execution only where that still was at the letter's place.
fn buried(installation: &Installation, seen: &Seen) -> Result<(), String> {
    let records = installation.records();
    for (before, record) in records.iter().zip(records.iter().skip(1)) {
        for cause in &record.causes {
            let Cause::DeadLetter(id) = cause else { continue };
            let letter = seen.buried.get(&**id).ok_or_else(|| format!("letter {id} was not given up"))?;
            if place(letter).is_some_and(|place| before.run.branch(place).is_none()) {
                return Err(format!("letter {id} was for a place that had been left: {}", crate::storm::told(letter)));
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
    let causes: Vec<Cause> = installation.records().iter().flat_map(|record| record.causes.clone()).collect();
    let given_up = causes.iter().any(|cause| matches!(cause, Cause::DeadLetter(_)));
    let aborted = history.iter().any(|event| matches!(event.event, Event::ExecutionAborted(_)));
    match (aborted && !scenario.stops, given_up && !scenario.poison) {
        (true, _) => return Err("nobody has stopped it".into()),
        (_, true) => return Err("no letter was given up".into()),
        // It ended somewhere else.
        _ if aborted || given_up => return Ok(()),
        _ => {}
    }
    let fates = Fates::of(&history)?;
    let redrives = history.iter().filter(|event| matches!(event.event, Event::ExecutionRedriven { .. })).count();
    let calm = undisturbed(scenario, &fates, redrives)?;
    compare(&comparable(&calm), &comparable(&history))
}

fn undisturbed(scenario: &Scenario, fates: &Fates, redrives: usize) -> Result<Vec<HistoryEvent>, String> {
    let calm = scenario.installation(None, fates.clone());
    let mut workers = Workers::default();
    calm.start(&input());
    calm.run_beside(|calm| workers.work(calm, scenario.script, fates));
    for _ in 0..redrives {
        let request = json!({ "executionArn": Installation::execution().as_str() });
        calm.call("RedriveExecution", &request).map_err(|error| format!("undisturbed, it is not redriven: {error}"))?;
        calm.run_beside(|calm| workers.work(calm, scenario.script, fates));
    }
    Ok(calm.history())
}

/// A function that passes a token on may be answered before it has ended, so that the time of TaskSubmitted says nothing,
/// and it may never come.
fn compare(expected: &[HistoryEvent], actual: &[HistoryEvent]) -> Result<(), String> {
    let has =
        |history: &[HistoryEvent], names: &[&str]| history.iter().any(|event| names.contains(&event.event.type_name()));
    let passes_on = has(expected, &["TaskSubmitted"]) || has(actual, &["TaskSubmitted"]);
    let forks = has(expected, &["ParallelStateStarted", "MapStateStarted"]);
    let bodies = |history: &[HistoryEvent]| -> Vec<String> {
        let told = history.iter().filter(|event| event.event.type_name() != "TaskSubmitted");
        let mut bodies: Vec<String> = told.map(|event| format!("{:?}", event.event)).collect();
        if forks {
            bodies.sort();
        }
        bodies
    };
    let same = if forks || passes_on { bodies(expected) == bodies(actual) } else { expected == actual };
    if same { Ok(()) } else { Err(format!("undisturbed it is\n{}but it was\n{}", told(expected), told(actual))) }
}

/// 2. An outcome is unknown only if a dispatcher has fallen over that had the task.
fn unknown_for_a_reason(installation: &Installation, history: &[HistoryEvent], seen: &Seen) -> Result<(), String> {
    let fates = Fates::of(history)?;
    let unknown: BTreeSet<&str> = fates.unknown().collect();
    for record in installation.records() {
        for effect in &record.effects {
            if let Effect::Dispatch(request) = effect
                && let Some(attempt) = attempts::name(request.payload.as_str())
                && unknown.contains(&*attempt)
                && !seen.fallen.contains(&request.token)
            {
                return Err(format!("nobody fell over, and the outcome is unknown of {attempt}"));
            }
        }
    }
    Ok(())
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
            Event::TaskFailed { resource, failure: failed } => {
                Event::TaskFailed { resource, failure: failure(&failed) }
            }
            Event::TaskSubmitFailed { resource, failure: failed } => {
                Event::TaskSubmitFailed { resource, failure: failure(&failed) }
            }
            // Each installation has tokens of its own.
            Event::TaskScheduled {
                resource,
                region,
                parameters,
                timeout_in_seconds,
                heartbeat_in_seconds,
                credentials,
            } => Event::TaskScheduled {
                resource,
                region,
                parameters: Payload::from_text(attempts::name(parameters.as_str()).unwrap_or_default()),
                timeout_in_seconds,
                heartbeat_in_seconds,
                credentials,
            },
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
