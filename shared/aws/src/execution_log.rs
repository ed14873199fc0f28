//! The events of Express executions, on standard output, which Lambda hands to CloudWatch.

use std::io::Write;

use ports::execution_log::ExecutionLog;

/// A line for each event, between those of the function's own log, but none of them: what is written depends on the
/// log level of the state machine alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct StandardOutput;

impl ExecutionLog for StandardOutput {
    fn write(&self, line: &str) {
        // In one piece, for other threads write lines too.
        if let Err(error) = std::io::stdout().lock().write_all(format!("{line}\n").as_bytes()) {
            tracing::warn!(%error, "an event of an Express execution could not be logged");
        }
    }
}
