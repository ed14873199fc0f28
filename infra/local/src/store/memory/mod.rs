//! Keeps everything in memory, as typed values that readers share: nothing is encoded, nothing is copied. Gone when the
//! process ends, and nothing before that: what retention would drop stays.
//!
//! What executions write is spread over shards by the execution, each behind a lock of its own that is held for one look
//! or one change. State machines and long timers are few, and have one lock each.

mod activities;
mod catalog;
mod executions;
mod journal;
mod payloads;
mod timers;

#[cfg(test)]
mod tests;

use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock};

use engine::execution::ExecutionArn;

/// More than there are cores to run into one another.
const SHARDS: u64 = 64;

pub struct MemoryStore {
    hasher: RandomState,
    /// All but the last.
    shards: Vec<Shard>,
    last: Shard,
    catalog: RwLock<catalog::Machines>,
    activities: Mutex<activities::Kept>,
    timers: Mutex<timers::Armed>,
}

#[derive(Default)]
struct Shard {
    journals: Mutex<journal::Journals>,
    chunks: Mutex<payloads::Chunks>,
    executions: Mutex<executions::Summaries>,
}

impl MemoryStore {
    pub fn new() -> Self {
        Self {
            hasher: RandomState::new(),
            shards: (1..SHARDS).map(|_| Shard::default()).collect(),
            last: Shard::default(),
            catalog: RwLock::default(),
            activities: Mutex::default(),
            timers: Mutex::default(),
        }
    }

    fn shard(&self, execution: &ExecutionArn) -> &Shard {
        self.shards.get(self.shard_number(execution)).unwrap_or(&self.last)
    }

    fn shard_number(&self, execution: &ExecutionArn) -> usize {
        usize::try_from(self.hasher.hash_one(execution) % SHARDS).unwrap_or_default()
    }

    /// By their numbers.
    fn all_shards(&self) -> impl Iterator<Item = &Shard> {
        self.shards.iter().chain([&self.last])
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

/// A panic elsewhere cannot leave half a change: each is a few calls to collections, none of which panics.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
