use std::collections::BTreeSet;
use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use engine::timestamp::Timestamp;
use ports::{Clock, Ids};

/// 2026-01-01T00:00:00Z.
pub const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// Stands still until it is moved.
pub struct ManualClock(Mutex<State>);

struct State {
    now: Timestamp,
    /// When those want to wake who sleep by this clock.
    alarms: BTreeSet<Timestamp>,
}

impl Default for ManualClock {
    fn default() -> Self {
        Self(Mutex::new(State { now: START, alarms: BTreeSet::new() }))
    }
}

impl ManualClock {
    pub fn now(&self) -> Timestamp {
        self.lock().now
    }

    pub fn advance_seconds(&self, seconds: u64) {
        self.move_to(self.now().plus_seconds(seconds));
    }

    /// Never backwards.
    pub fn move_to(&self, to: Timestamp) {
        let mut state = self.lock();
        state.now = state.now.max(to);
    }

    /// Ready once the clock has been moved so far.
    pub fn sleep(self: Arc<Self>, duration: Duration) -> impl Future<Output = ()> + Send {
        let until = self.now().plus_millis(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX));
        self.lock().alarms.insert(until);
        poll_fn(move |context| {
            // Asked again and again: nobody tells when the clock is moved.
            context.waker().wake_by_ref();
            if self.now() < until { Poll::Pending } else { Poll::Ready(()) }
        })
    }

    /// Moves to the next time that somebody sleeps for; whether there is one.
    pub(crate) fn move_to_next_alarm(&self) -> bool {
        let Some(next) = self.next_alarm() else { return false };
        self.move_to(next);
        true
    }

    /// The next time that somebody may be sleeping for.
    pub(crate) fn next_alarm(&self) -> Option<Timestamp> {
        let mut state = self.lock();
        let now = state.now;
        state.alarms.retain(|alarm| *alarm > now);
        state.alarms.first().copied()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        ManualClock::now(self)
    }
}

/// Goes as the other does, so many milliseconds ahead of it, or behind.
pub struct SkewedClock {
    pub clock: Arc<ManualClock>,
    pub millis: i64,
}

impl Clock for SkewedClock {
    fn now(&self) -> Timestamp {
        self.clock.now().plus_millis(self.millis)
    }
}

/// Ids that count.
#[derive(Default)]
pub struct CountedIds(AtomicU64);

impl Ids for CountedIds {
    fn uuid(&self) -> String {
        format!("00000000-0000-4000-8000-{:012x}", self.seed())
    }

    fn seed(&self) -> u64 {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}
