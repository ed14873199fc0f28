use serde_json::json;

use super::*;

fn written(event: Event<'_>) -> serde_json::Value {
    let event =
        HistoryEvent { timestamp: Timestamp::from_millis(1_700_000_000_500), id: 2, previous_event_id: 1, event };
    serde_json::to_value(&event).unwrap()
}

#[test]
fn there_are_62_event_types_each_named_once() {
    let names: std::collections::BTreeSet<_> = Event::TYPE_NAMES.iter().collect();
    assert_eq!((Event::TYPE_NAMES.len(), names.len()), (62, 62));
}

#[test]
fn an_event_is_written_with_the_details_of_its_type() {
    let entered = StateEntered { name: "A".into(), input: Some("{}".into()), input_details: Some(WHOLE) };
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

#[test]
fn execution_data_can_be_left_out() {
    let mut event = Event::PassStateExited(StateExited {
        name: "A".into(),
        output: Some("1".into()),
        output_details: Some(WHOLE),
        ..StateExited::default()
    });
    event.omit_execution_data();
    assert_eq!(written(event)["stateExitedEventDetails"], json!({"name": "A"}));
    let mut event = Event::TaskFailed(TaskFailure { error: Some("E".into()), ..TaskFailure::default() });
    let before = event.clone();
    event.omit_execution_data();
    assert_eq!(event, before);
}

#[test]
fn each_state_type_has_events_of_its_own() {
    for state_type in ["Choice", "Fail", "Map", "Parallel", "Pass", "Succeed", "Task", "Wait"] {
        let entered = Event::state_entered(state_type, StateEntered::default()).unwrap();
        assert_eq!(entered.type_name(), format!("{state_type}StateEntered"));
        let exited = Event::state_exited(state_type, StateExited::default());
        let expected = (state_type != "Fail").then(|| format!("{state_type}StateExited"));
        assert_eq!(exited.map(|event| event.type_name().to_owned()), expected);
    }
    assert_eq!(Event::state_entered("task", StateEntered::default()), None);
}
