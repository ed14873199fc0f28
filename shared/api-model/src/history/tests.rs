use serde_json::json;

use super::*;

fn written(event: Event<'_>) -> serde_json::Value {
    let event = HistoryEvent {
        timestamp: Timestamp::from_millis(1_700_000_000_500),
        id: 2,
        previous_event_id: 1,
        event,
    };
    serde_json::to_value(&event).unwrap()
}

#[test]
fn there_are_62_event_types_each_named_once() {
    let names: std::collections::BTreeSet<_> = Event::TYPE_NAMES.iter().collect();
    assert_eq!((Event::TYPE_NAMES.len(), names.len()), (62, 62));
}

#[test]
fn an_event_is_written_with_the_details_of_its_type() {
    let entered = StateEntered {
        name: "A".into(),
        input: Some("{}".into()),
        input_details: Some(WHOLE),
    };
    assert_eq!(
        written(Event::WaitStateEntered(entered)),
        json!({
            "timestamp": 1_700_000_000.5, "type": "WaitStateEntered", "id": 2, "previousEventId": 1,
            "stateEnteredEventDetails": {"name": "A", "input": "{}", "inputDetails": {"truncated": false}}
        })
    );
    let scheduled = TaskScheduled {
        resource_type: "lambda".into(),
        resource: "invoke".into(),
        region: "eu-central-1".into(),
        parameters: "{}".into(),
        timeout_in_seconds: Some(5),
        ..TaskScheduled::default()
    };
    assert_eq!(
        written(Event::TaskScheduled(scheduled))["taskScheduledEventDetails"],
        json!({
            "resourceType": "lambda", "resource": "invoke", "region": "eu-central-1", "parameters": "{}",
            "timeoutInSeconds": 5
        })
    );
}

#[test]
fn details_without_members_are_still_written_and_other_types_have_none() {
    assert_eq!(
        written(Event::ExecutionAborted(Failure::default())),
        json!({
            "timestamp": 1_700_000_000.5, "type": "ExecutionAborted", "id": 2, "previousEventId": 1,
            "executionAbortedEventDetails": {}
        })
    );
    assert_eq!(
        written(Event::MapStateSucceeded),
        json!({"timestamp": 1_700_000_000.5, "type": "MapStateSucceeded", "id": 2, "previousEventId": 1})
    );
}
