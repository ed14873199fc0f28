//! One atomic append to a journal.

use std::sync::Arc;

use crate::aside::{Chunk, Need};
use crate::effect::{Effect, TaskRequest};
use crate::event::HistoryEvent;
use crate::input::Cause;
use crate::run::{Run, Token};
use crate::timestamp::Timestamp;

/// What a step comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub events: Vec<HistoryEvent>,
    /// `run.seq` is already that of the record to be.
    pub run: Run,
    pub effects: Vec<Effect>,
    /// To be written before the record, by their hashes: what the run has put aside.
    pub aside: Vec<Arc<Chunk>>,
}

/// What [`crate::step()`] says to an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Stepped(Box<Step>),
    /// The place has been left, or the execution has ended: nothing to do.
    Stale,
    /// A timer's message came early: it is owed again.
    NotYet(Effect),
    /// It has to be tried again with these among [`crate::input::Given::aside`].
    Needs(Vec<Need>),
}

/// A step, with what caused it. The sequence number is `run.seq`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub at: Timestamp,
    /// The messages that this record answers; several where a batch was folded into one record.
    pub causes: Vec<Cause>,
    pub events: Vec<HistoryEvent>,
    pub run: Run,
    pub effects: Vec<Effect>,
}

impl Record {
    pub fn new(at: Timestamp, causes: Vec<Cause>, step: Step) -> Self {
        Self { at, causes, events: step.events, run: step.run, effects: step.effects }
    }

    pub fn seq(&self) -> u64 {
        self.run.seq
    }

    /// The task that it scheduled.
    pub fn request(&self, task: Token) -> Option<&TaskRequest> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Dispatch(request) if request.token == task => Some(request),
            Effect::Dispatch(_) | Effect::Advance(_) | Effect::Arm { .. } | Effect::Finish => None,
        })
    }
}
