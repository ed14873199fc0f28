//! Short ways to write down a state machine.

use serde_json::{Value, json};

pub const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:f";

/// The activity `work`.
pub const ACTIVITY: &str = "arn:aws:states:us-east-1:123456789012:activity:work";

/// A machine of these states, which starts at the first.
pub fn states(states: Value) -> Value {
    let first = states.as_object().and_then(|states| states.keys().next()).expect("a state").clone();
    json!({ "StartAt": first, "States": states })
}

/// A Task state that calls a function by its ARN, with these fields more.
pub fn task(fields: Value) -> Value {
    with(json!({ "Type": "Task", "Resource": FUNCTION }), fields)
}

/// A Task state that passes its token on to a function, with these fields more.
pub fn callback(fields: Value) -> Value {
    let parameters = json!({ "FunctionName": FUNCTION, "Payload": { "token.$": "$$.Task.Token" } });
    let resource = "arn:aws:states:::lambda:invoke.waitForTaskToken";
    with(json!({ "Type": "Task", "Resource": resource, "Parameters": parameters }), fields)
}

/// A Pass state with these fields.
pub fn pass(fields: Value) -> Value {
    with(json!({ "Type": "Pass" }), fields)
}

/// `object` with the members of `more`.
pub fn with(object: Value, more: Value) -> Value {
    let (Value::Object(mut members), Value::Object(more)) = (object, more) else { panic!("two objects") };
    members.extend(more);
    Value::Object(members)
}
