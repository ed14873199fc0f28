use std::collections::BTreeSet;

use async_trait::async_trait;
use engine::execution::ExecutionArn;
use engine::input::Timer;
use engine::run::Token;
use engine::timestamp::Timestamp;
use ports::store_error::StoreError;
use ports::timers::{ArmedTimer, Timers};

use super::{MemoryStore, lock};

/// By due time; the rest tells timers of one millisecond apart.
pub(super) type Armed = BTreeSet<Key>;

#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    due: Timestamp,
    execution: ExecutionArn,
    /// `None` for [`Timer::Execution`].
    place: Option<Token>,
    seq: u64,
}

impl Key {
    fn of(timer: &ArmedTimer) -> Self {
        let place = match timer.timer {
            Timer::Place(token) => Some(token),
            Timer::Execution => None,
        };
        Self { due: timer.due, execution: timer.execution.clone(), place, seq: timer.seq }
    }

    fn timer(&self) -> ArmedTimer {
        let timer = self.place.map_or(Timer::Execution, Timer::Place);
        ArmedTimer { due: self.due, execution: self.execution.clone(), seq: self.seq, timer }
    }
}

#[async_trait]
impl Timers for MemoryStore {
    async fn arm(&self, timer: &ArmedTimer) -> Result<(), StoreError> {
        lock(&self.timers).insert(Key::of(timer));
        Ok(())
    }

    async fn due(&self, horizon: Timestamp, limit: usize) -> Result<Vec<ArmedTimer>, StoreError> {
        let armed = lock(&self.timers);
        Ok(armed.iter().take_while(|key| key.due < horizon).take(limit).map(Key::timer).collect())
    }

    async fn disarm(&self, timer: &ArmedTimer) -> Result<(), StoreError> {
        lock(&self.timers).remove(&Key::of(timer));
        Ok(())
    }
}
