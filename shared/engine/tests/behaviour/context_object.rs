//! The context object: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>.

use serde_json::{Value, json};

use crate::definitions::{only, states, task};
use crate::world::{World, fails, ok};

/// What `$$` is in a state, as it hands it on.
fn seen(world: &World) -> Value {
    serde_json::from_str(&world.outcome()).unwrap()
}

#[test]
fn a_state_sees_its_execution_its_machine_and_itself() {
    let definition = states(json!({
        "Before": { "Type": "Wait", "Seconds": 61, "Next": "S" },
        "S": { "Type": "Pass", "Parameters": { "seen.$": "$$" }, "OutputPath": "$.seen", "End": true },
    }));
    let world = World::new(&definition, r#"{"in":1.0}"#, []).play();
    let expected = json!({
        "Execution": {
            "Id": "arn:aws:states:us-east-1:123456789012:execution:machine:name",
            "Input": { "in": 1.0 },
            "StartTime": "2026-01-01T00:00:00.000Z",
            "Name": "name",
            "RoleArn": "arn:aws:iam::123456789012:role/machine",
            "RedriveCount": 0,
        },
        "StateMachine": {
            "Id": "arn:aws:states:us-east-1:123456789012:stateMachine:machine",
            "Name": "machine",
        },
        "State": { "Name": "S", "EnteredTime": "2026-01-01T00:01:01.000Z" },
    });
    assert_eq!(seen(&world), expected);
}

#[test]
fn a_task_sees_how_often_it_was_retried_and_when_it_was_entered() {
    let definition = only(task(json!({
        "Parameters": { "state.$": "$$.State" },
        "Retry": [{ "ErrorEquals": ["A"] }, { "ErrorEquals": ["B"] }],
    })));
    let world = World::new(&definition, "{}", [fails("A", ""), fails("B", ""), ok("[]")]).play();
    let sent: Vec<Value> = world.requests.iter().map(|request| request.payload.value()).collect();
    let state = |count: u64| json!({ "state": { "Name": "S", "EnteredTime": "2026-01-01T00:00:00.000Z", "RetryCount": count } });
    assert_eq!(sent, [state(0), state(1), state(2)]);
}

#[test]
fn the_input_of_the_execution_travels_only_with_machines_that_read_it() {
    let carries = |definition: &Value| World::new(definition, r#"{"in":1}"#, []).run.execution.input.is_some();
    assert!(!carries(&only(json!({ "Type": "Pass" }))));
    assert!(!carries(&only(json!({ "Type": "Pass", "Parameters": { "n.$": "$$.State.Name" } }))));
    for read in
        ["$$", "$$.Execution", "$$.Execution.Input", "$$.Execution.Input.in", "$$.Execution['Input']", "$$..in", "$$.*"]
    {
        assert!(carries(&only(json!({ "Type": "Pass", "Parameters": { "n.$": read } }))), "{read}");
        assert!(carries(&only(json!({ "Type": "Pass", "InputPath": read }))), "{read}");
    }
}
