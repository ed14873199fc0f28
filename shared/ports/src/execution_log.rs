//! Where the events of Express executions go: they have no journal.

pub trait ExecutionLog: Send + Sync {
    /// One event, as a line of JSON. What cannot be written is lost: a log never holds up an execution.
    fn write(&self, line: &str);
}
