//! GetExecutionHistory. A page token names a record and an event, so any page is read from where it begins: the last one
//! of a long execution costs what the first does.

use std::sync::Arc;

use api_model::{ApiError, GetExecutionHistoryRequest, GetExecutionHistoryResponse, Operation};
use engine::event::{EventId, HistoryEvent};
use engine::record::Record;
use ports::journal::Direction;
use serde::{Deserialize, Serialize};

use super::json;
use crate::{Api, failed};

/// Records read at a time.
const READ_AHEAD: usize = 100;

/// Payload bytes after which a page ends early: a Lambda function answers with 6 MB at most, and JSON in JSON grows.
const PAGE_BYTES: usize = 2 * 1_048_576;

/// The event after which the next page begins, and the record that it stands in.
#[derive(Debug, Serialize, Deserialize)]
struct Position {
    seq: u64,
    event: EventId,
}

pub(super) async fn get(api: &Api, request: GetExecutionHistoryRequest) -> Result<Vec<u8>, ApiError> {
    let newest = api.newest(&request.execution_arn).await?;
    let arn_text = request.execution_arn.to_string();
    let order = if request.reverse_order { "reverse" } else { "forward" };
    let bound_to = [arn_text.as_str(), order];
    let operation = Operation::GetExecutionHistory;
    let after: Option<Position> = match &request.page.next_token {
        Some(token) => Some(api.page_tokens().await?.read(operation, &bound_to, token, api.now())?),
        None => None,
    };
    let page = Page::read(api, &newest, &request, after).await?;
    let events: Vec<_> = page
        .records
        .iter()
        .flat_map(|record| in_order(&record.events, request.reverse_order))
        .filter(|event| page.contains(event))
        .map(|event| history::event(event, &newest.run.execution, request.include_execution_data))
        .collect();
    let next_token = match &page.next {
        Some(position) => Some(api.page_tokens().await?.issue(operation, &bound_to, position, api.now())?),
        None => None,
    };
    json(&GetExecutionHistoryResponse { events, next_token })
}

/// The records that a page is taken from, and which of their events are on it.
struct Page {
    records: Vec<Arc<Record>>,
    lowest: EventId,
    highest: EventId,
    next: Option<Position>,
}

impl Page {
    fn contains(&self, event: &HistoryEvent) -> bool {
        (self.lowest..=self.highest).contains(&event.id)
    }

    async fn read(
        api: &Api,
        newest: &Arc<Record>,
        request: &GetExecutionHistoryRequest,
        after: Option<Position>,
    ) -> Result<Self, ApiError> {
        let reverse = request.reverse_order;
        let direction = if reverse { Direction::NewestFirst } else { Direction::OldestFirst };
        let execution = &newest.run.execution.arn;
        let mut page = Page { records: Vec::new(), lowest: EventId::MAX, highest: 0, next: None };
        let (mut events, mut bytes) = (0, 0);
        let mut last: Option<Position> = None;
        let mut from = after.as_ref().map(|position| position.seq);
        loop {
            let records = api.ports.journal.records(execution, from, direction, READ_AHEAD).await.map_err(failed)?;
            let Some(end) = records.last().map(|record| record.seq()) else { return Ok(page) };
            let was_last = if reverse { end == 0 } else { end >= newest.seq() };
            for record in records {
                let seq = record.seq();
                page.records.push(record.clone());
                for event in in_order(&record.events, reverse) {
                    if after.as_ref().is_some_and(|after| !is_after(event.id, after.event, reverse)) {
                        continue;
                    }
                    if events == request.page.max_results || (events > 0 && bytes > PAGE_BYTES) {
                        page.next = last;
                        return Ok(page);
                    }
                    events += 1;
                    bytes += history::payload_bytes(&event.event);
                    page.lowest = page.lowest.min(event.id);
                    page.highest = page.highest.max(event.id);
                    last = Some(Position { seq, event: event.id });
                }
            }
            if was_last {
                return Ok(page);
            }
            from = Some(if reverse { end.saturating_sub(1) } else { end + 1 });
        }
    }
}

fn in_order(events: &[HistoryEvent], reverse: bool) -> Box<dyn Iterator<Item = &HistoryEvent> + '_> {
    if reverse { Box::new(events.iter().rev()) } else { Box::new(events.iter()) }
}

fn is_after(event: EventId, other: EventId, reverse: bool) -> bool {
    if reverse { event < other } else { event > other }
}
