//! Whether an execution of a machine may have to look at the input that it was started with.

use serde_json::{Map, Value};

/// Fields of the context object's `Execution` other than `Input`.
const OTHER_EXECUTION_FIELDS: [&str; 5] = ["Id", "Name", "RoleArn", "StartTime", "RedriveCount"];
/// Members of the context object other than `Execution`.
const OTHER_CONTEXT_FIELDS: [&str; 5] = ["State", "StateMachine", "Task", "Map", "Batch"];
/// Members of JSONata's `$states` other than `context`.
const OTHER_STATES_FIELDS: [&str; 3] = ["input", "result", "errorOutput"];

/// `false` only if no text in the definition can read `$$.Execution.Input`. Whatever is not plainly something else
/// counts as reading it: the whole context object, an index in brackets, a wildcard.
pub(super) fn may_read_execution_input(definition: &Map<String, Value>) -> bool {
    definition.values().any(value_may)
}

fn value_may(value: &Value) -> bool {
    match value {
        Value::String(text) => text_may(text),
        Value::Array(items) => items.iter().any(value_may),
        Value::Object(object) => object.values().any(value_may),
        _ => false,
    }
}

fn text_may(text: &str) -> bool {
    text.split("$$").skip(1).any(context_may) || text.split("$states").skip(1).any(states_may)
}

/// What follows `$states`.
fn states_may(rest: &str) -> bool {
    match member(rest) {
        Some((name, _)) if OTHER_STATES_FIELDS.contains(&name) => false,
        Some(("context", rest)) => context_may(rest),
        _ => true,
    }
}

/// What follows the context object.
fn context_may(rest: &str) -> bool {
    match member(rest) {
        Some((name, _)) if OTHER_CONTEXT_FIELDS.contains(&name) => false,
        Some(("Execution", rest)) => !matches!(member(rest), Some((name, _)) if OTHER_EXECUTION_FIELDS.contains(&name)),
        _ => true,
    }
}

/// Takes `.name` off the front.
fn member(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('.')?;
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    text.split_at_checked(end)
}
