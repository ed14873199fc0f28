//! What the journal tells of an execution.

use std::fmt::Write;
use std::sync::Arc;

use engine::event::HistoryEvent;
use engine::record::Record;
use engine::timestamp::Timestamp;

pub fn events(records: &[Arc<Record>]) -> Vec<HistoryEvent> {
    records.iter().flat_map(|record| record.events.iter().cloned()).collect()
}

/// The same without times, which disturbances may change.
pub fn untimed(events: &[HistoryEvent]) -> Vec<HistoryEvent> {
    events.iter().map(|event| HistoryEvent { timestamp: Timestamp::default(), ..event.clone() }).collect()
}

/// A line an event, to be read when a test fails.
pub fn told(events: &[HistoryEvent]) -> String {
    let mut text = String::new();
    for HistoryEvent { id, previous_event_id, timestamp, event } in events {
        writeln!(text, "{id} <- {previous_event_id} {timestamp} {event:?}").expect("a string takes any text");
    }
    text
}
