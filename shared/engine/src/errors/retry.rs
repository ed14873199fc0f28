//! `Retry`: <https://states-language.net/spec.html#retrying-after-error>.

use asl::machine::{ErrorName, JitterStrategy, Retrier};

use super::matching::matches;
use crate::limits::MAX_WAIT_SECONDS;
use crate::transition::Random;

/// The first retrier that matches, which decides, and its index.
pub(super) fn find<'a>(retriers: &'a [Retrier], error: &ErrorName) -> Option<(usize, &'a Retrier)> {
    retriers.iter().enumerate().find(|(_, retrier)| matches(&retrier.error_equals, error))
}

/// If the error is to be retried, counts the attempt and says how many milliseconds to wait before it. Each retrier has
/// a count of its own, for this visit of the state.
pub(super) fn delay((index, retrier): (usize, &Retrier), used: &mut Vec<u64>, random: &Random) -> Option<i64> {
    if used.len() <= index {
        used.resize(index + 1, 0);
    }
    let count = used.get_mut(index)?;
    if *count >= retrier.max_attempts {
        return None;
    }
    let delay = backoff_millis(retrier, *count, random);
    *count += 1;
    Some(delay)
}

/// `IntervalSeconds * BackoffRate^retries`, at most `MaxDelaySeconds`; with full jitter, anything from 0 up to that.
fn backoff_millis(retrier: &Retrier, retries: u64, random: &Random) -> i64 {
    #[expect(clippy::cast_precision_loss, reason = "seconds and counts are far below 2^53")]
    let (interval, limit, exponent) =
        (retrier.interval_seconds as f64, retrier.max_delay_seconds.unwrap_or(MAX_WAIT_SECONDS) as f64, retries as f64);
    let seconds = (interval * retrier.backoff_rate.powf(exponent)).min(limit);
    let seconds = match retrier.jitter_strategy {
        JitterStrategy::Full => seconds * random.fraction(),
        JitterStrategy::None => seconds,
    };
    #[expect(clippy::cast_possible_truncation, reason = "capped by the limit; `as` saturates")]
    let millis = (seconds * 1000.0).round() as i64;
    millis.max(0)
}
