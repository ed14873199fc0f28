//! The Map state, inline: <https://states-language.net/spec.html#map-state>. It starts iterations of its processor for as
//! many items as may be live at a time, starts the next one where one has ended, and joins their outputs.

use std::collections::VecDeque;

use asl::machine::map::ItemSelector;
use asl::machine::{Integer, Items, Map, Percentage, State};
use expressions::jsonata::JsonataTemplate;
use expressions::path::Path;
use serde_json::Value;

use super::{Arrival, Result};
use crate::context_object::MapItem;
use crate::data_flow::{Document, Evaluation};
use crate::event::{Event, EventId, MapIteration};
use crate::failure::Failure;
use crate::limits::MAX_LIVE_ITERATIONS;
use crate::payload::Payload;
use crate::run::{Branch, Iterations, Phase};
use crate::transition::{Child, Ended, Transition};

/// The greatest integer of a Java `long`.
const MAX_JSONATA_NUMBER: u64 = i64::MAX as u64;

type Evaluated<T> = std::result::Result<T, Failure>;

/// Starts the first iterations, of a first attempt or of a retry.
pub(crate) fn fork(transition: &mut Transition<'_>, branch: &mut Branch, state: &State, map: &Map) -> Result {
    let (items, concurrency) = {
        let evaluation = Evaluation::new(transition, branch, state);
        let input = evaluation.flow(&map.flow).reference_input(&Document::from(branch.input.clone()))?;
        (items(&evaluation, &map.items, &input)?, live(max_concurrency(&evaluation, map, &input)?))
    };
    let length = u32::try_from(items.len()).unwrap_or(u32::MAX);
    let started = transition.record(branch, Event::MapStateStarted { length });
    // An inline Map tolerates no failure, but its fields have to be right.
    tolerance(&Evaluation::new(transition, branch, state), branch, map)?;
    let iterations = Iterations { length, started: 0, ended: 0, concurrency, items, results: Vec::new() };
    transition.place(branch, Phase::Iterating(iterations));
    advance(transition, branch, state, map, started, started)
}

/// An iteration has ended: keeps its output, and starts the next one. If it was the last, leaves the state.
pub(crate) fn joined(
    transition: &mut Transition<'_>,
    branch: &mut Branch,
    state: &State,
    map: &Map,
    ended: Ended,
) -> Result {
    let Ended { index, output, last_event_id } = ended;
    let iteration = MapIteration { name: state.name.clone(), index };
    let succeeded = transition.push(last_event_id, Event::MapIterationSucceeded(iteration));
    let iterations = iterations(branch, state)?;
    iterations.ended += 1;
    iterations.results.push((index, output));
    branch.previous_event_id = succeeded;
    advance(transition, branch, state, map, last_event_id, succeeded)
}

/// Fills what is free with iterations, which begin at the event `from`. If all have ended, leaves the state at the event
/// `last`.
fn advance(
    transition: &mut Transition<'_>,
    branch: &mut Branch,
    state: &State,
    map: &Map,
    from: EventId,
    last: EventId,
) -> Result {
    while let Some((index, item)) = next(iterations(branch, state)?) {
        let input = {
            let evaluation = Evaluation::of_item(transition, branch, state, MapItem { index, value: item.clone() });
            input(&evaluation, branch, map, &item)
        }?;
        Failure::over_limit(state.name.as_str(), input.len(), &transition.given.limits)?;
        let iteration = MapIteration { name: state.name.clone(), index };
        let previous_event_id = transition.push(from, Event::MapIterationStarted(iteration));
        let start_at = map.item_processor.start_at.clone();
        let item = map.reads_item.then_some(item);
        transition.spawn(branch, Child { index, start_at, input, previous_event_id, item });
    }
    let iterations = iterations(branch, state)?;
    if iterations.ended < iterations.length {
        return Ok(Arrival::Stays);
    }
    let result = outputs(iterations);
    branch.previous_event_id = last;
    let succeeded = transition.push(last, Event::MapStateSucceeded);
    super::leave_joined(transition, branch, state, &map.flow, &map.next, result, succeeded)
}

fn iterations<'b>(branch: &'b mut Branch, state: &State) -> Evaluated<&'b mut Iterations> {
    match &mut branch.phase {
        Phase::Iterating(iterations) => Ok(iterations),
        _ => Err(super::unsupported(state)),
    }
}

/// The next item, if one more iteration may be live.
fn next(iterations: &mut Iterations) -> Option<(u32, Payload)> {
    if iterations.started - iterations.ended >= iterations.concurrency {
        return None;
    }
    let item = iterations.items.pop_front()?;
    iterations.started += 1;
    Some((iterations.started - 1, item))
}

/// In the order of the items, text by text as they are.
fn outputs(iterations: &mut Iterations) -> Payload {
    iterations.results.sort_by_key(|(index, _)| *index);
    Payload::array(iterations.results.iter().map(|(_, output)| output))
}

pub(crate) fn items(evaluation: &Evaluation<'_>, items: &Items, input: &Document) -> Evaluated<VecDeque<Payload>> {
    let (value, path) = match items {
        Items::Input => (input.value().clone(), "$"),
        Items::Path(path) => (evaluation.items(path, input)?, path.text.as_str()),
        Items::JsonPath(template) => (evaluation.render(template, input)?.into_value(), "$"),
        Items::Jsonata(template) => return jsonata_items(evaluation, template, input),
    };
    match value {
        Value::Array(items) => Ok(items.iter().map(Payload::from_value).collect()),
        other if evaluation.is_jsonata() => {
            Err(evaluation.query_failure(None, &format!("Map state input must be an array but was: {other}")))
        }
        _ => Err(evaluation.runtime(&format!("Reference path \"{path}\" must point to array."))),
    }
}

fn jsonata_items(
    evaluation: &Evaluation<'_>,
    template: &JsonataTemplate,
    input: &Document,
) -> Evaluated<VecDeque<Payload>> {
    const FIELD: &str = "Items";
    let jsonata = evaluation.jsonata(input);
    let items = match template.expression() {
        Some(expression) => jsonata.array(expression, FIELD)?,
        None => match jsonata.render(template, FIELD)?.into_value() {
            Value::Array(items) => items,
            other => {
                let why = format!("Map state input must be an array but was: {other}");
                return Err(evaluation.query_failure(Some(FIELD), &why));
            }
        },
    };
    Ok(items.iter().map(Payload::from_value).collect())
}

/// What the iteration begins with: the item, or what `ItemSelector` makes of it.
pub(crate) fn input(evaluation: &Evaluation<'_>, branch: &Branch, map: &Map, item: &Payload) -> Evaluated<Payload> {
    match &map.item_selector {
        None => Ok(item.clone()),
        Some(ItemSelector::JsonPath(template)) => {
            let input = evaluation.flow(&map.flow).reference_input(&Document::from(branch.input.clone()))?;
            Ok(evaluation.render(template, &input)?.payload())
        }
        Some(ItemSelector::Jsonata(template)) => {
            let raw = Document::from(branch.input.clone());
            Ok(evaluation.jsonata(&raw).render(template, "ItemSelector")?.payload())
        }
    }
}

/// How many iterations may be live, as the definition says; 0: as many as there are.
pub(crate) fn max_concurrency(evaluation: &Evaluation<'_>, map: &Map, input: &Document) -> Evaluated<u64> {
    match &map.max_concurrency {
        None => Ok(0),
        Some(Integer::Constant(number)) => Ok(*number),
        Some(Integer::Path(path)) => {
            let number = whole_number(evaluation, "MaxConcurrencyPath", path, input)?;
            u64::try_from(number).map_err(|_| {
                evaluation
                    .runtime(&format!("Expected non-negative integer for MaxConcurrency, got '{number}' instead."))
            })
        }
        Some(Integer::Jsonata(expression)) => {
            evaluation.jsonata(input).integer(expression, "MaxConcurrency", 0..=MAX_JSONATA_NUMBER)
        }
    }
}

/// AWS has at most 40 live, whatever the definition says.
fn live(asked: u64) -> u32 {
    match u32::try_from(asked) {
        Ok(asked @ 1..MAX_LIVE_ITERATIONS) => asked,
        _ => MAX_LIVE_ITERATIONS,
    }
}

/// How many iterations may fail.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tolerance {
    pub count: Option<u64>,
    pub percentage: Option<f64>,
}

/// What the `ToleratedFailure` fields say.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html#maprun-fail-threshold>
pub(crate) fn tolerance(evaluation: &Evaluation<'_>, branch: &Branch, map: &Map) -> Evaluated<Tolerance> {
    let input = || evaluation.flow(&map.flow).reference_input(&Document::from(branch.input.clone()));
    let count = map.tolerated_failure_count.as_ref().map(|field| tolerated_count(evaluation, field, &input()?));
    let percentage =
        map.tolerated_failure_percentage.as_ref().map(|field| tolerated_percentage(evaluation, field, &input()?));
    Ok(Tolerance { count: count.transpose()?, percentage: percentage.transpose()? })
}

fn tolerated_count(evaluation: &Evaluation<'_>, field: &Integer, input: &Document) -> Evaluated<u64> {
    match field {
        Integer::Constant(number) => Ok(*number),
        Integer::Path(path) => {
            let number = whole_number(evaluation, "ToleratedFailureCountPath", path, input)?;
            u64::try_from(number).map_err(|_| evaluation.runtime("ToleratedFailureCount cannot be negative."))
        }
        Integer::Jsonata(expression) => {
            evaluation.jsonata(input).integer(expression, "ToleratedFailureCount", 0..=MAX_JSONATA_NUMBER)
        }
    }
}

fn tolerated_percentage(evaluation: &Evaluation<'_>, field: &Percentage, input: &Document) -> Evaluated<f64> {
    match field {
        Percentage::Constant(number) => Ok(*number),
        Percentage::Path(path) => {
            let value = evaluation.evaluate(path, input)?;
            match text(&value).parse::<f64>() {
                Ok(number) if (0.0..=100.0).contains(&number) => Ok(number),
                Ok(_) => Err(evaluation.runtime("ToleratedFailurePercentage must be between 0 and 100.")),
                Err(_) => Err(no_number(evaluation, "ToleratedFailurePercentagePath", path, &value, "float")),
            }
        }
        Percentage::Jsonata(expression) => {
            evaluation.jsonata(input).percentage(expression, "ToleratedFailurePercentage")
        }
    }
}

/// Texts of numbers count as numbers.
fn whole_number(evaluation: &Evaluation<'_>, field: &str, path: &Path, input: &Document) -> Evaluated<i64> {
    let value = evaluation.evaluate(path, input)?;
    text(&value).parse().map_err(|_| no_number(evaluation, field, path, &value, "integer"))
}

fn no_number(evaluation: &Evaluation<'_>, field: &str, path: &Path, value: &Value, expected: &str) -> Failure {
    let shown = text(value);
    evaluation
        .runtime(&format!("The {field} field refers to value \"{shown}\" which is not a valid {expected}: {path}"))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
