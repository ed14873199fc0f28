//! Events as lines of a log, in the form of Step Functions' own logs in CloudWatch:
//! <https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html>.

use api_model::LogLevel;
use api_model::history::LogEvent;
use engine::event::HistoryEvent;
use engine::execution::ExecutionArn;

use crate::{Shown, shown};

/// AWS cuts payloads that are longer in a log, in bytes.
const LONGEST_PAYLOAD: usize = 248 * 1024;

/// The event as JSON, if it is of the level; `data`: with inputs and outputs.
pub fn line(event: &HistoryEvent, execution: &ExecutionArn, level: LogLevel, data: bool) -> Option<String> {
    if !level.logs(event.event.type_name()) {
        return None;
    }
    let event = shown(event, &Shown { execution: None, data, longest: LONGEST_PAYLOAD });
    Some(LogEvent { event, execution_arn: execution.as_str() }.to_json())
}

#[cfg(test)]
mod tests {
    use engine::event::{Event, StateType};
    use engine::failure::ErrorAndCause;
    use engine::payload::Payload;
    use engine::timestamp::Timestamp;
    use serde_json::{Value, json};

    use super::*;

    fn logged(event: Event, level: LogLevel, data: bool) -> Option<Value> {
        let timestamp = Timestamp::from_millis(1_767_225_600_123);
        let event = HistoryEvent { id: 3, previous_event_id: 2, timestamp, event };
        let arn = ExecutionArn::new("arn:aws:states:us-east-1:123456789012:express:machine:name:run");
        line(&event, &arn, level, data).map(|line| serde_json::from_str(&line).unwrap())
    }

    fn exited(output: Payload) -> Event {
        let (state_type, name) = (StateType::Pass, asl::machine::StateName::new("Pack"));
        Event::StateExited { state_type, name, output, assigned_variables: Default::default() }
    }

    #[test]
    fn a_line_has_the_form_of_aws() {
        assert_eq!(
            logged(exited(Payload::from_text("{\"a\": 1}")), LogLevel::All, true),
            Some(json!({
                "id": "3",
                "type": "PassStateExited",
                "details": { "name": "Pack", "output": "{\"a\": 1}", "outputDetails": { "truncated": false } },
                "previous_event_id": "2",
                "event_timestamp": "1767225600123",
                "execution_arn": "arn:aws:states:us-east-1:123456789012:express:machine:name:run",
                "redrive_count": "0",
            }))
        );
        let without_data = logged(exited(Payload::from_text("1")), LogLevel::All, false).unwrap();
        assert_eq!(without_data["details"], json!({ "name": "Pack" }));
        assert_eq!(logged(Event::LambdaFunctionStarted, LogLevel::All, true).unwrap().get("details"), None);
    }

    #[test]
    fn what_is_too_long_for_a_log_is_cut() {
        let output = Payload::from_value(&json!("é".repeat(130_000)));
        let details = logged(exited(output), LogLevel::All, true).unwrap()["details"].clone();
        assert_eq!(details["outputDetails"], json!({ "truncated": true }));
        assert_eq!(details["output"].as_str().unwrap().len(), LONGEST_PAYLOAD - 1, "cut between two characters");
    }

    #[test]
    fn the_level_says_which_events_are_logged() {
        let failure = ErrorAndCause::default;
        for (event, error, fatal) in [
            (Event::ExecutionFailed(failure()), true, true),
            (Event::ExecutionTimedOut(failure()), true, true),
            (Event::LambdaFunctionFailed(failure()), true, false),
            (Event::ParallelStateFailed, true, false),
            (Event::StateAborted(StateType::Wait), true, false),
            (Event::ExecutionSucceeded { output: Payload::from_text("1") }, false, false),
            (exited(Payload::from_text("1")), false, false),
        ] {
            let is_logged = |level| logged(event.clone(), level, false).is_some();
            let levels = [LogLevel::All, LogLevel::Error, LogLevel::Fatal, LogLevel::Off].map(is_logged);
            assert_eq!(levels, [true, error, fatal, false], "{event:?}");
        }
    }
}
