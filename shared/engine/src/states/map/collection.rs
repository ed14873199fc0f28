//! The items and the results of a Map state, in the run while they are small, and put aside where they are not. Items are
//! chunks that link to the next, results chunks that link to the one before.

use std::collections::VecDeque;

use crate::aside::{Chunk, ContentHash};
use crate::payload::Payload;
use crate::run::{Items, Iterations, Results};
use crate::transition::Transition;

/// How much more a chunk of items has than the run keeps: it is read, which costs less than what every record writes.
const CHUNK: usize = 4;

/// The next item, if one more iteration may be live.
pub(super) fn next_item(transition: &Transition<'_>, iterations: &mut Iterations) -> Option<(u32, Payload)> {
    if iterations.started - iterations.ended >= iterations.concurrency || iterations.started == iterations.length {
        return None;
    }
    let item = match &mut iterations.items {
        Items::Kept(items) => items.pop_front()?,
        Items::Aside { chunk, taken } => item_aside(transition, chunk, taken)?,
    };
    iterations.started += 1;
    Some((iterations.started - 1, item))
}

fn item_aside(transition: &Transition<'_>, hash: &mut ContentHash, taken: &mut usize) -> Option<Payload> {
    let mut chunk = transition.look_up(hash)?;
    if *taken == chunk.payloads.len() {
        (*hash, *taken) = (chunk.link.clone()?, 0);
        chunk = transition.look_up(hash)?;
    }
    let (_, item) = chunk.payloads.get(*taken)?;
    *taken += 1;
    Some(item.clone())
}

/// The item that was the next one is so again: a redrive finds it there.
pub(super) fn not_started(iterations: &mut Iterations, item: Payload) {
    iterations.started = iterations.started.saturating_sub(1);
    match &mut iterations.items {
        Items::Kept(items) => items.push_front(item),
        Items::Aside { taken, .. } => *taken = taken.saturating_sub(1),
    }
}

/// Puts the items that have not started aside, if they are many.
pub(super) fn put_items_aside(transition: &mut Transition<'_>, iterations: &mut Iterations) {
    let Items::Kept(items) = &mut iterations.items else { return };
    if items.iter().map(Payload::len).sum::<usize>() <= transition.given.limits.kept_bytes {
        return;
    }
    let chunk_bytes = CHUNK * transition.given.limits.kept_bytes;
    let mut link = None;
    for payloads in in_chunks(iterations.started, std::mem::take(items), chunk_bytes).into_iter().rev() {
        link = Some(transition.put_aside(Chunk { link, payloads }));
    }
    if let Some(chunk) = link {
        iterations.items = Items::Aside { chunk, taken: 0 };
    }
}

fn in_chunks(first: u32, items: VecDeque<Payload>, chunk_bytes: usize) -> Vec<Vec<(u32, Payload)>> {
    let mut chunks: Vec<Vec<(u32, Payload)>> = Vec::new();
    let mut bytes = 0;
    for (index, item) in (first..).zip(items) {
        bytes += item.len();
        match chunks.last_mut() {
            Some(chunk) if bytes <= chunk_bytes => chunk.push((index, item)),
            _ => {
                bytes = item.len();
                chunks.push(vec![(index, item)]);
            }
        }
    }
    chunks
}

/// Keeps the output of an iteration. Once they are more than a payload may have, which fails the state at its end, none is
/// kept any more.
pub(super) fn keep(transition: &mut Transition<'_>, results: &mut Results, index: u32, output: Payload) {
    results.bytes = results.bytes.saturating_add(output.len());
    if results.bytes > transition.given.limits.payload_bytes {
        // Whatever the limit may be by then.
        *results = Results { bytes: usize::MAX, ..Results::default() };
        return;
    }
    results.kept.push((index, output));
    if results.kept.iter().map(|(_, output)| output.len()).sum::<usize>() > transition.given.limits.kept_bytes {
        let (link, payloads) = (results.aside.take(), std::mem::take(&mut results.kept));
        results.aside = Some(transition.put_aside(Chunk { link, payloads }));
    }
}

/// All results in the order of the items, text by text as they are.
pub(super) fn joined(transition: &Transition<'_>, results: &mut Results) -> Payload {
    let chain = results.aside.as_ref().and_then(|hash| transition.look_up_chain(hash)).unwrap_or_default();
    let mut all: Vec<&(u32, Payload)> = chain.iter().flat_map(|chunk| &chunk.payloads).chain(&results.kept).collect();
    all.sort_by_key(|(index, _)| *index);
    Payload::array(all.into_iter().map(|(_, output)| output))
}
