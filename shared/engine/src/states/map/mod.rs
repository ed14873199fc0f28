//! The Map state, inline: <https://states-language.net/spec.html#map-state>. It starts iterations of its processor for as
//! many items as may be live at a time, starts the next one where one has ended, and joins their outputs.
//!
//! 1. `fields` evaluates what the definition says of items, their inputs and limits.
//! 2. `collection` keeps the items that have not started and the outputs of those that have ended. Where they are many,
//!    they are put aside, so that the run grows with the live iterations alone.

mod collection;
mod fields;

use asl::machine::{Map, State};

use super::{Arrival, Result};
use crate::context_object::MapItem;
use crate::data_flow::{Document, Evaluation};
use crate::event::{Event, EventId, MapIteration};
use crate::failure::Failure;
use crate::payload::Payload;
use crate::run::{Branch, Items, Iterations, Phase, Results};
use crate::transition::{Child, Ended, Transition};
pub(crate) use fields::{Tolerance, input, items, max_concurrency, tolerance};
use fields::{live, uses_result};

/// Starts the first iterations, of a first attempt or of a retry.
pub(crate) fn fork(transition: &mut Transition<'_>, branch: &mut Branch, state: &State, map: &Map) -> Result {
    transition.take_input_back(branch);
    let (items, concurrency) = {
        let evaluation = Evaluation::new(transition, branch, state);
        let input = evaluation.flow(&map.flow).reference_input(&Document::from(branch.input.clone()))?;
        let concurrency = live(max_concurrency(&evaluation, map, &input)?);
        (items(&evaluation, &map.items, &input)?, concurrency)
    };
    let length = u32::try_from(items.len()).unwrap_or(u32::MAX);
    let started = transition.record(branch, Event::MapStateStarted { length });
    // An inline Map tolerates no failure, but its fields have to be right.
    tolerance(&Evaluation::new(transition, branch, state), branch, map)?;
    let (items, results) = (Items::Kept(items), Results::default());
    let iterations = Iterations { length, started: 0, ended: 0, concurrency, items, results };
    transition.place(branch, Phase::Iterating(iterations));
    let arrival = advance(transition, branch, state, map, started, started)?;
    if let Arrival::Stays = arrival {
        collection::put_items_aside(transition, iterations_of(branch, state)?);
        transition.put_input_aside(branch);
    }
    Ok(arrival)
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
    branch.previous_event_id = succeeded;
    let iterations = iterations_of(branch, state)?;
    iterations.ended += 1;
    if uses_result(map) {
        collection::keep(transition, &mut iterations.results, index, output);
    }
    advance(transition, branch, state, map, last_event_id, succeeded)
}

/// A redrive: starts what may start, and if all iterations have ended, leaves the state.
pub(crate) fn go_on(transition: &mut Transition<'_>, branch: &mut Branch, state: &State, map: &Map) -> Result {
    let last = branch.previous_event_id;
    advance(transition, branch, state, map, last, last)
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
    while let Some((index, value)) = collection::next_item(transition, iterations_of(branch, state)?) {
        let item = MapItem { index, value };
        let input = match input_of(transition, branch, state, map, &item) {
            Ok(input) => input,
            Err(failure) => {
                collection::not_started(iterations_of(branch, state)?, item.value);
                return Err(failure);
            }
        };
        let iteration = MapIteration { name: state.name.clone(), index };
        let previous_event_id = transition.push(from, Event::MapIterationStarted(iteration));
        let start_at = map.item_processor.start_at.clone();
        let item = map.reads_item.then_some(item.value);
        transition.spawn(branch, Child { index, start_at, input, previous_event_id, item });
    }
    let iterations = iterations_of(branch, state)?;
    if iterations.ended < iterations.length {
        return Ok(Arrival::Stays);
    }
    Failure::over_limit(state.name.as_str(), iterations.results.bytes, &transition.given.limits)?;
    let result = collection::joined(transition, &mut iterations.results);
    branch.previous_event_id = last;
    let succeeded = transition.push(last, Event::MapStateSucceeded);
    super::leave_joined(transition, branch, state, &map.flow, &map.next, result, succeeded)
}

/// What the iteration of the item is given.
fn input_of(
    transition: &Transition<'_>,
    branch: &Branch,
    state: &State,
    map: &Map,
    item: &MapItem,
) -> std::result::Result<Payload, Failure> {
    let evaluation = Evaluation::of_item(transition, branch, state, item.clone());
    let input = input(&evaluation, branch, map, &item.value)?;
    Failure::over_limit(state.name.as_str(), input.len(), &transition.given.limits)?;
    Ok(input)
}

fn iterations_of<'b>(branch: &'b mut Branch, state: &State) -> std::result::Result<&'b mut Iterations, Failure> {
    match &mut branch.phase {
        Phase::Iterating(iterations) => Ok(iterations),
        _ => Err(super::unsupported(state)),
    }
}
