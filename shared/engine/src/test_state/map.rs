//! A Map state with a mock for what its iterations give: its items, their inputs and its limits are computed as ever.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html#testing-map-parallel-states>

use std::collections::VecDeque;

use asl::machine::{Map, ProcessorMode, State};

use super::{Mock, MockAnswer, item_reader};
use crate::context_object::MapItem;
use crate::data_flow::{Document, Evaluation};
use crate::failure::{ErrorAndCause, Failure};
use crate::inspection::MapInspection;
use crate::payload::Payload;
use crate::run::Branch;
use crate::states::map::{self, Tolerance};
use crate::states::{self, Result};
use crate::transition::Transition;

pub(crate) fn mocked(
    transition: &mut Transition<'_>,
    branch: &mut Branch,
    state: &State,
    map: &Map,
    mock: &Mock,
) -> Result {
    let mut seen = MapInspection::default();
    let prepared = prepare(transition, branch, state, map, mock, &mut seen);
    transition.inspect(|data| data.map = Some(seen));
    prepared?;
    match &mock.answer {
        MockAnswer::Result(result) => {
            let last = branch.previous_event_id;
            states::leave_joined(transition, branch, state, &map.flow, &map.next, result.clone(), last)
        }
        MockAnswer::Error(failure) => Err(Failure::Reported(failure.clone())),
    }
}

/// What comes before the iterations, and whether too many of them have failed.
fn prepare(
    transition: &Transition<'_>,
    branch: &Branch,
    state: &State,
    map: &Map,
    mock: &Mock,
    seen: &mut MapInspection,
) -> std::result::Result<(), Failure> {
    let evaluation = Evaluation::new(transition, branch, state);
    let input = evaluation.flow(&map.flow).reference_input(&Document::from(branch.input.clone()))?;
    seen.max_concurrency = map::max_concurrency(&evaluation, map, &input)?;
    let tolerance = map::tolerance(&evaluation, branch, map)?;
    (seen.tolerated_failure_count, seen.tolerated_failure_percentage) = (tolerance.count, tolerance.percentage);
    let items = match item_reader::items(&evaluation, map, mock, seen)? {
        Some(items) => items,
        None => items(&evaluation, map, &input, seen)?,
    };
    seen.iterations = items.len();
    if map.item_selector.is_some() {
        let inputs = inputs(transition, branch, state, map, &items)?;
        seen.after_item_selector = Some(Payload::array(&inputs));
    }
    let fails = matches!(map.mode, ProcessorMode::Distributed(_)) && is_exceeded(tolerance, mock, items.len());
    if fails { Err(exceeded()) } else { Ok(()) }
}

fn items(
    evaluation: &Evaluation<'_>,
    map: &Map,
    input: &Document,
    seen: &mut MapInspection,
) -> std::result::Result<VecDeque<Payload>, Failure> {
    let items = map::items(evaluation, &map.items, input)?;
    if !evaluation.is_jsonata() {
        seen.after_items_path = Some(listed(&items));
    }
    Ok(items)
}

/// An array as AWS shows this one: each item compact, but a blank after each comma (recorded in 2025).
fn listed(items: &VecDeque<Payload>) -> Payload {
    let texts: Vec<&str> = items.iter().map(Payload::as_str).collect();
    Payload::from_text(format!("[{}]", texts.join(", ")))
}

fn inputs(
    transition: &Transition<'_>,
    branch: &Branch,
    state: &State,
    map: &Map,
    items: &VecDeque<Payload>,
) -> std::result::Result<Vec<Payload>, Failure> {
    let input = |(index, item): (u32, &Payload)| {
        let evaluation = Evaluation::of_item(transition, branch, state, MapItem { index, value: item.clone() });
        map::input(&evaluation, branch, map, item)
    };
    (0..).zip(items).map(input).collect()
}

/// With neither a count nor a percentage nothing is checked, though a Map run tolerates no failure then (observed 2025).
fn is_exceeded(tolerance: Tolerance, mock: &Mock, iterations: usize) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "both are far below 2^53")]
    let percentage = mock.failed_iterations as f64 * 100.0 / iterations.max(1) as f64;
    tolerance.count.is_some_and(|count| mock.failed_iterations > count)
        || tolerance.percentage.is_some_and(|tolerated| percentage > tolerated)
}

fn exceeded() -> Failure {
    Failure::Reported(ErrorAndCause {
        error: Some("States.ExceedToleratedFailureThreshold".into()),
        cause: Some("The specified tolerated failure threshold was exceeded".into()),
    })
}
