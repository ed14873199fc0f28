//! The Wait state: <https://states-language.net/spec.html#wait-state>.

use asl::machine::{State, Wait, WaitFor};
use expressions::path::Path;
use serde_json::Value;

use super::{Arrival, Result};
use crate::data_flow::{Document, Evaluation};
use crate::failure::Failure;
use crate::limits::MAX_WAIT_SECONDS;
use crate::run::{Branch, Phase};
use crate::timestamp::Timestamp;
use crate::transition::Transition;

pub(crate) fn begin(transition: &mut Transition<'_>, branch: &mut Branch, state: &State, wait: &Wait) -> Result {
    let until = scaled(until(transition, branch, state, wait)?, transition);
    if until <= transition.now() {
        return end(transition, branch, state, wait);
    }
    transition.place_until(branch, until, Phase::Waiting { until });
    Ok(Arrival::Stays)
}

/// As far away as the installation has its Wait states wait.
fn scaled(until: Timestamp, transition: &Transition<'_>) -> Timestamp {
    let Some(permille) = transition.given.wait_time_permille else { return until };
    let millis = until.millis_since(transition.now()).saturating_mul(permille) / 1000;
    transition.now().plus_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

pub(crate) fn end(transition: &mut Transition<'_>, branch: &mut Branch, state: &State, wait: &Wait) -> Result {
    let leaving = {
        let evaluation = Evaluation::new(transition, branch, state);
        let flow = evaluation.flow(&wait.flow);
        flow.leave(&raw(branch))?
    };
    Ok(transition.exit(branch, state, leaving, wait.next.clone()))
}

fn raw(branch: &Branch) -> Document {
    Document::from(branch.input.clone())
}

fn until(
    transition: &Transition<'_>,
    branch: &Branch,
    state: &State,
    wait: &Wait,
) -> std::result::Result<Timestamp, Failure> {
    let now = transition.now();
    let evaluation = Evaluation::new(transition, branch, state);
    match &wait.wait_for {
        WaitFor::Seconds(seconds) => Ok(now.plus_seconds(*seconds)),
        WaitFor::Timestamp(millis) => Ok(Timestamp::from_millis(*millis)),
        WaitFor::SecondsPath(path) => {
            let value = referenced(&evaluation, branch, wait, path, "SecondsPath")?;
            seconds(&value, path).map(|seconds| now.plus_seconds(seconds)).map_err(|why| evaluation.runtime(&why))
        }
        WaitFor::TimestampPath(path) => {
            let value = referenced(&evaluation, branch, wait, path, "TimestampPath")?;
            instant(&value, path).map_err(|why| evaluation.runtime(&why))
        }
        WaitFor::SecondsJsonata(expression) => {
            let seconds = evaluation.jsonata(&raw(branch)).integer(expression, "Seconds", 0..=MAX_WAIT_SECONDS)?;
            Ok(now.plus_seconds(seconds))
        }
        WaitFor::TimestampJsonata(expression) => evaluation.jsonata(&raw(branch)).timestamp(expression, "Timestamp"),
    }
}

fn referenced(
    evaluation: &Evaluation<'_>,
    branch: &Branch,
    wait: &Wait,
    path: &Path,
    field: &str,
) -> std::result::Result<Value, Failure> {
    let input = evaluation.flow(&wait.flow).reference_input(&raw(branch))?;
    evaluation
        .find(path, &input)
        .ok_or_else(|| evaluation.runtime(&format!("The {field} parameter does not reference an input value: {path}")))
}

fn seconds(value: &Value, path: &Path) -> std::result::Result<u64, String> {
    let number = match value {
        Value::Number(number) => number.as_i64(),
        _ => None,
    };
    match number.map(u64::try_from) {
        Some(Ok(seconds)) if seconds <= MAX_WAIT_SECONDS => Ok(seconds),
        Some(_) => Err(format!(
            "The SecondsPath parameter must be between 0 and {MAX_WAIT_SECONDS}: {path} == {}",
            shown(value)
        )),
        None => Err(format!("The SecondsPath parameter cannot be parsed as a long value: {path} == {}", shown(value))),
    }
}

fn instant(value: &Value, path: &Path) -> std::result::Result<Timestamp, String> {
    let parsed = value.as_str().and_then(|text| expressions::timestamp::Timestamp::parse(text).ok());
    parsed.map(|instant| Timestamp::from_millis(instant.epoch_milliseconds())).ok_or_else(|| {
        format!(
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: {path} == {}",
            shown(value)
        )
    })
}

/// AWS shows a string without its quotes.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
