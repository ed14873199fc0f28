//! Journal records.

use std::borrow::Cow;

use engine::execution::ExecutionArn;
use engine::record;
use serde::{Deserialize, Serialize};

use super::effect::Effect;
use super::event::HistoryEvent;
use super::input::Cause;
use super::run::Run;
use super::texts::{self, Reader, Writer};
use crate::error::{DecodeError, EncodeError};

/// Times are relative to the record's own.
#[derive(Serialize, Deserialize)]
struct Record<'a> {
    #[serde(rename = "c", borrow, default, skip_serializing_if = "Vec::is_empty")]
    causes: Vec<Cause<'a>>,
    #[serde(rename = "e", borrow, default, skip_serializing_if = "Vec::is_empty")]
    events: Vec<HistoryEvent<'a>>,
    #[serde(rename = "r", borrow)]
    run: Run<'a>,
    #[serde(rename = "o", borrow, default, skip_serializing_if = "Vec::is_empty")]
    owed: Vec<Effect<'a>>,
}

pub fn encode(record: &record::Record) -> Result<Vec<u8>, EncodeError> {
    let execution = &*record.run.execution;
    let mut writer = Writer::new(&execution.arn, Some(&execution.role_arn), record.at);
    let content = Record {
        causes: record.causes.iter().map(Cause::from).collect(),
        events: expected_ids(record.run.last_event_id, record.events.len())
            .zip(&record.events)
            .map(|(expected_id, event)| HistoryEvent::write(event, expected_id, &mut writer))
            .collect(),
        run: Run::write(&record.run, &mut writer),
        owed: record.effects.iter().map(|effect| Effect::write(effect, &mut writer)).collect(),
    };
    writer.body(content)
}

pub fn decode(execution: &ExecutionArn, body: &[u8]) -> Result<record::Record, DecodeError> {
    let texts::Opened { base, content, texts } = texts::open::<Record<'_>>(body)?;
    let mut reader = Reader::new(execution, base, &texts);
    // First, because it tells the role.
    let run = content.run.read(&mut reader)?;
    Ok(record::Record {
        at: base,
        causes: content.causes.into_iter().map(Into::into).collect(),
        events: expected_ids(run.last_event_id, content.events.len())
            .zip(content.events)
            .map(|(expected_id, event)| event.read(expected_id, &reader))
            .collect::<Result<_, _>>()?,
        run,
        effects: content.owed.into_iter().map(|effect| effect.read(&reader)).collect::<Result<_, _>>()?,
    })
}

/// The ids of `count` events of which the last is `last`.
fn expected_ids(last: u64, count: usize) -> impl Iterator<Item = u64> {
    let before_first = last.wrapping_sub(count as u64);
    (1..).map(move |index| before_first.wrapping_add(index))
}

/// A value that most often is what the reader expects anyway: absent then.
pub fn unless<'a>(expected: &str, value: &'a str) -> Option<Cow<'a, str>> {
    (value != expected).then_some(Cow::Borrowed(value))
}
