//! Short ways to write down a state machine.

use asl::machine::Machine;
use serde_json::{Map, Value, json};

pub const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

pub const ACTIVITY: &str = "arn:aws:states:us-east-1:123456789012:activity:a";

/// A Task state that passes its token on to a function, with these fields more.
pub fn callback(fields: Value) -> Value {
    let resource = "arn:aws:states:::lambda:invoke.waitForTaskToken";
    with(json!({ "Type": "Task", "Resource": resource, "Parameters": { "FunctionName": "f" } }), fields)
}

/// A Task state that is for the workers of an activity, with these fields more.
pub fn activity(fields: Value) -> Value {
    with(json!({ "Type": "Task", "Resource": ACTIVITY }), fields)
}

pub fn parse(definition: &Value) -> Machine {
    match asl::parse(&definition.to_string(), asl::MachineType::Standard) {
        Ok(parsed) => parsed.machine,
        Err(findings) => panic!("{definition:#}\n{findings:#?}"),
    }
}

/// A machine of these states, which starts at the first.
pub fn states(states: Value) -> Value {
    let first = states.as_object().and_then(|states| states.keys().next()).expect("a state").clone();
    json!({ "StartAt": first, "States": states })
}

/// A machine whose one state, `S`, is also its end.
pub fn only(mut state: Value) -> Value {
    let members = state.as_object_mut().expect("a state is an object");
    if !["Succeed", "Fail", "Choice"].iter().any(|kind| members.get("Type") == Some(&json!(kind))) {
        members.insert("End".into(), json!(true));
    }
    states(json!({ "S": state }))
}

/// A Task state that calls a function by its ARN, with these fields more.
pub fn task(fields: Value) -> Value {
    with(json!({ "Type": "Task", "Resource": FUNCTION }), fields)
}

/// `object` with the members of `more`.
pub fn with(object: Value, more: Value) -> Value {
    let (Value::Object(mut members), Value::Object(more)) = (object, more) else { panic!("two objects") };
    members.extend(more);
    Value::Object(members)
}

/// A machine of one Task `S` with these fields, and a Pass state `Caught` that is the target of its catchers.
pub fn caught_task(fields: Value) -> Value {
    let mut all = Map::new();
    all.insert("S".into(), with(task(fields), json!({ "End": true })));
    all.insert("Caught".into(), json!({ "Type": "Pass", "End": true }));
    states(Value::Object(all))
}
