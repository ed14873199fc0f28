//! Whether the texts of a definition may read a part of the context object that a run need not carry otherwise: the
//! input that the execution was started with, or the item of an iteration.

use serde_json::{Map, Value};

/// Decides by what follows the context object in a text.
type Reads = fn(&str) -> bool;

/// Fields of the context object's `Execution` other than `Input`.
const OTHER_EXECUTION_FIELDS: [&str; 5] = ["Id", "Name", "RoleArn", "StartTime", "RedriveCount"];
/// Members of the context object other than `Execution` and `Map`.
const OTHER_CONTEXT_FIELDS: [&str; 4] = ["State", "StateMachine", "Task", "Batch"];
/// Members of JSONata's `$states` other than `context`.
const OTHER_STATES_FIELDS: [&str; 3] = ["input", "result", "errorOutput"];

/// `false` only if no text in the definition can read `$$.Execution.Input`. Whatever is not plainly something else
/// counts as reading it: the whole context object, an index in brackets, a wildcard.
pub(super) fn may_read_execution_input(definition: &Map<String, Value>) -> bool {
    definition.values().any(|value| value_may(value, execution_input))
}

/// The same of `$$.Map`, for the processor of a Map.
pub(super) fn may_read_map_item(processor: &Map<String, Value>) -> bool {
    processor.values().any(|value| value_may(value, map_item))
}

/// Whether any text in the value may read the input of the state that it belongs to: `$`, or `$states.input`.
pub(super) fn may_read_state_input(value: &Value) -> bool {
    any_text(value, &|text| {
        let documents = text.match_indices('$').filter(|(at, _)| {
            let (before, after) = text.split_at_checked(*at).unwrap_or_default();
            !before.ends_with('$') && !after.starts_with("$$")
        });
        documents.filter_map(|(at, _)| text.get(at + 1..)).any(state_input)
    })
}

/// What follows a single `$`.
fn state_input(rest: &str) -> bool {
    let name_end = rest.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(rest.len());
    match rest.split_at_checked(name_end) {
        Some(("states", rest)) => !matches!(member(rest), Some(("context" | "result" | "errorOutput", _))),
        Some((name, _)) => name.is_empty(),
        None => true,
    }
}

fn any_text(value: &Value, holds: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::String(text) => holds(text),
        Value::Array(items) => items.iter().any(|item| any_text(item, holds)),
        Value::Object(object) => object.values().any(|member| any_text(member, holds)),
        _ => false,
    }
}

fn value_may(value: &Value, reads: Reads) -> bool {
    any_text(value, &|text| text_may(text, reads))
}

fn text_may(text: &str, reads: Reads) -> bool {
    text.split("$$").skip(1).any(reads) || text.split("$states").skip(1).any(|rest| states_may(rest, reads))
}

/// What follows `$states`.
fn states_may(rest: &str, reads: Reads) -> bool {
    match member(rest) {
        Some((name, _)) if OTHER_STATES_FIELDS.contains(&name) => false,
        Some(("context", rest)) => reads(rest),
        _ => true,
    }
}

fn execution_input(rest: &str) -> bool {
    match member(rest) {
        Some((name, _)) if name == "Map" || OTHER_CONTEXT_FIELDS.contains(&name) => false,
        Some(("Execution", rest)) => !matches!(member(rest), Some((name, _)) if OTHER_EXECUTION_FIELDS.contains(&name)),
        _ => true,
    }
}

fn map_item(rest: &str) -> bool {
    !matches!(member(rest), Some((name, _)) if name == "Execution" || OTHER_CONTEXT_FIELDS.contains(&name))
}

/// Takes `.name` off the front.
fn member(text: &str) -> Option<(&str, &str)> {
    let text = text.strip_prefix('.')?;
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    text.split_at_checked(end)
}
