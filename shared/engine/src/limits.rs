//! Numbers that AWS sets: <https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>.

/// The size of an input, an output or a task's result, in bytes of UTF-8. A stack parameter raises it.
pub const PAYLOAD_BYTES: usize = 262_144;

/// The longest that a Wait, a timeout or an execution may last: one year and a bit; AWS stops executions after a year.
pub const MAX_EXECUTION_SECONDS: u64 = 31_536_000;

/// Delays beyond this are refused, as AWS refuses them.
pub const MAX_WAIT_SECONDS: u64 = 99_999_999;

/// How many iterations of one inline Map are live at most:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html>.
pub const MAX_LIVE_ITERATIONS: u32 = 40;

/// What a run keeps of a Map state's items, of its results, and of the raw inputs of states that wait for their branches:
/// it is in every record. More than this is put aside.
pub const KEPT_BYTES: usize = 4 * 1024;

/// How deep arrays and objects may be nested in a payload: a little less than our parser reads.
pub const JSON_DEPTH: usize = 120;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub payload_bytes: usize,
    /// [`KEPT_BYTES`], but in tests.
    pub kept_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { payload_bytes: PAYLOAD_BYTES, kept_bytes: KEPT_BYTES }
    }
}
