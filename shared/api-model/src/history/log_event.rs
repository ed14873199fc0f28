//! A history event as Step Functions writes it to CloudWatch Logs:
//! <https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html>.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::HistoryEvent;
use crate::LogLevel;

/// An event of an execution's log. Numbers are texts in it.
#[derive(Debug, Clone, PartialEq)]
pub struct LogEvent<'a> {
    /// What happened.
    pub event: HistoryEvent<'a>,
    /// To which execution.
    pub execution_arn: &'a str,
}

impl LogEvent<'_> {
    /// In one line.
    pub fn to_json(&self) -> String {
        // Texts and numbers cannot fail to be written.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Serialize for LogEvent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let HistoryEvent { timestamp, id, previous_event_id, event } = &self.event;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &id.to_string())?;
        map.serialize_entry("type", event.type_name())?;
        event.serialize_details(&mut map, Some("details"))?;
        map.serialize_entry("previous_event_id", &previous_event_id.to_string())?;
        map.serialize_entry("event_timestamp", &timestamp.millis().to_string())?;
        map.serialize_entry("execution_arn", self.execution_arn)?;
        map.serialize_entry("redrive_count", "0")?;
        map.end()
    }
}

impl LogLevel {
    /// Whether events of the type are logged: ERROR takes all that tell of a failure, FATAL those that end an execution.
    /// <https://docs.aws.amazon.com/step-functions/latest/dg/cloudwatch-log-level.html>
    pub fn logs(self, event_type: &str) -> bool {
        let is_fatal = || ["ExecutionAborted", "ExecutionFailed", "ExecutionTimedOut"].contains(&event_type);
        let is_error = || {
            let tells_of_failure = |ending: &&str| event_type.ends_with(*ending);
            event_type == "FailStateEntered" || ["Failed", "TimedOut", "Aborted"].iter().any(tells_of_failure)
        };
        match self {
            LogLevel::All => true,
            LogLevel::Error => is_error(),
            LogLevel::Fatal => is_fatal(),
            LogLevel::Off => false,
        }
    }
}
