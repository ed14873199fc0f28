//! What AWS would bill: <https://aws.amazon.com/step-functions/pricing/>.

use engine::run::Run;
use engine::timestamp::Timestamp;

const MILLIS_STEP: u64 = 100;
const MEGABYTE: usize = 1_048_576;
const MEMORY_STEP: usize = 64;

/// `billingDetails` of StartSyncExecution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Billing {
    /// In steps of 100, at least one.
    pub duration_millis: u64,
    /// In steps of 64, at least one.
    pub memory_megabytes: u64,
}

impl Billing {
    /// `bytes`: the definition, and the most data at a time.
    pub fn of(started_at: Timestamp, stopped_at: Timestamp, bytes: usize) -> Self {
        let steps = stopped_at.millis_since(started_at).div_ceil(MILLIS_STEP).max(1);
        let memory_steps = bytes.div_ceil(MEMORY_STEP * MEGABYTE).max(1);
        Self { duration_millis: steps * MILLIS_STEP, memory_megabytes: (memory_steps * MEMORY_STEP) as u64 }
    }
}

/// How much data the run holds.
pub(crate) fn data_bytes(run: &Run) -> usize {
    let branches = run.branches.iter().map(|branch| {
        let variables: usize = branch.variables.iter().map(|(name, value)| name.len() + value.len()).sum();
        branch.input.len() + variables
    });
    branches.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_and_memory_are_billed_in_whole_steps() {
        let started = Timestamp::from_millis(1_000);
        for (millis, bytes, expected) in [
            (0, 0, (100, 64)),
            (100, 64 * MEGABYTE, (100, 64)),
            (101, 64 * MEGABYTE + 1, (200, 128)),
            (300_000, 10, (300_000, 64)),
        ] {
            let billing = Billing::of(started, started.plus_millis(millis), bytes);
            assert_eq!((billing.duration_millis, billing.memory_megabytes), expected, "{millis} ms, {bytes} bytes");
        }
    }
}
