//! How soon a function that does not come up is started again.

use std::time::{Duration, Instant};

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// Doubles with each start in a row that failed; one that worked resets it. A process that dies over an event says
/// nothing about its start, and is replaced at once.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
    not_before: Option<Instant>,
}

impl Backoff {
    pub fn failed(&mut self, now: Instant) {
        let delay = FIRST.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        self.not_before = Some(now + delay);
    }

    pub fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// How long to wait before the next start.
    pub fn wait(&self, now: Instant) -> Duration {
        self.not_before.map_or(Duration::ZERO, |at| at.saturating_duration_since(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_a_limit_and_starts_over_after_a_success() {
        let now = Instant::now();
        let mut backoff = Backoff::default();
        assert_eq!(backoff.wait(now), Duration::ZERO);
        for millis in [100, 200, 400, 800, 1600, 3200, 5000, 5000] {
            backoff.failed(now);
            assert_eq!(backoff.wait(now), Duration::from_millis(millis));
        }
        assert_eq!(backoff.wait(now + Duration::from_secs(6)), Duration::ZERO);
        backoff.succeeded();
        backoff.failed(now);
        assert_eq!(backoff.wait(now), FIRST);
    }
}
