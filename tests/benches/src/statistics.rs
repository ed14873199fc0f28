//! Of samples.

use std::time::Duration;

/// The smallest sample that at least `percent` of all are not above. Zero of none.
pub fn percentile(samples: &[Duration], percent: usize) -> Duration {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

pub fn median(samples: &[Duration]) -> Duration {
    percentile(samples, 50)
}

pub fn millis(duration: Duration) -> String {
    let millis = duration.as_secs_f64() * 1_000.0;
    if millis < 10.0 { format!("{millis:.2}") } else { format!("{millis:.1}") }
}
