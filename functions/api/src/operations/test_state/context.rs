//! The context object that a caller of TestState gives.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>

use api_model::ApiError;
use engine::payload::Payload;
use serde_json::{Map, Value};

#[derive(Clone, Copy)]
enum Kind {
    Any,
    Text,
    Number,
    Object(&'static [(&'static str, Kind)]),
}

const EXECUTION: &[(&str, Kind)] = &[
    ("Id", Kind::Text),
    ("Input", Kind::Any),
    ("Name", Kind::Text),
    ("RoleArn", Kind::Text),
    ("StartTime", Kind::Text),
    ("RedriveCount", Kind::Number),
    ("RedriveTime", Kind::Text),
];

const STATE: &[(&str, Kind)] = &[("EnteredTime", Kind::Text), ("Name", Kind::Text), ("RetryCount", Kind::Number)];

const ITEM: &[(&str, Kind)] =
    &[("Index", Kind::Number), ("Value", Kind::Any), ("Key", Kind::Text), ("Source", Kind::Text)];

const CONTEXT: &[(&str, Kind)] = &[
    ("Execution", Kind::Object(EXECUTION)),
    ("State", Kind::Object(STATE)),
    ("StateMachine", Kind::Object(&[("Id", Kind::Text), ("Name", Kind::Text)])),
    ("Task", Kind::Object(&[("Token", Kind::Text)])),
    ("Map", Kind::Object(&[("Item", Kind::Object(ITEM))])),
];

/// What the caller gives, if it looks like a context object.
pub(super) fn checked(text: Option<&str>) -> Result<Option<Value>, ApiError> {
    let Some(text) = text else { return Ok(None) };
    match Payload::parse(text).map(|payload| payload.value()) {
        Some(Value::Object(members)) => {
            check(&members, CONTEXT, "").map_err(invalid)?;
            Ok(Some(Value::Object(members)))
        }
        _ => Err(invalid("Context must be a JSON object".to_owned())),
    }
}

fn invalid(why: String) -> ApiError {
    ApiError::validation(format!("Invalid Context object provided: {why}"), None)
}

fn check(members: &Map<String, Value>, fields: &[(&str, Kind)], path: &str) -> Result<(), String> {
    for (name, value) in members {
        let Some((_, kind)) = fields.iter().find(|(field, _)| field == name) else {
            return Err(format!("Field '{name}' is not allowed"));
        };
        check_value(value, *kind, &format!("{path}{name}"))?;
    }
    Ok(())
}

fn check_value(value: &Value, kind: Kind, path: &str) -> Result<(), String> {
    match (kind, value) {
        (Kind::Any, _) | (Kind::Text, Value::String(_)) | (Kind::Number, Value::Number(_)) => Ok(()),
        (Kind::Object(fields), Value::Object(members)) => check(members, fields, &format!("{path}.")),
        (Kind::Text, _) => Err(format!("{path} must be a string")),
        (Kind::Number, _) => Err(format!("{path} must be a number")),
        (Kind::Object(_), _) => Err(format!("{path} must be an object")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_context_object_has_known_fields_of_their_types() {
        for (text, expected) in [
            (r#"{}"#, Ok(())),
            (r#"{"Execution":{"Id":"a","Input":[1]},"Map":{"Item":{"Index":2,"Value":null}}}"#, Ok(())),
            (r#"{"Task":{"Token":"t"}}"#, Ok(())),
            (r#"{"Shelf":{}}"#, Err("Field 'Shelf' is not allowed")),
            (r#"{"State":{"Shelf":1}}"#, Err("Field 'Shelf' is not allowed")),
            (r#"{"Execution":{"Name":1}}"#, Err("Execution.Name must be a string")),
            (r#"{"State":{"RetryCount":"1"}}"#, Err("State.RetryCount must be a number")),
            (r#"{"Map":{"Item":1}}"#, Err("Map.Item must be an object")),
            ("[]", Err("Context must be a JSON object")),
            ("{", Err("Context must be a JSON object")),
        ] {
            let checked = checked(Some(text)).map(|_| ()).map_err(|error| error.message().unwrap().into_owned());
            let expected = expected.map_err(|why| format!("Invalid Context object provided: {why}"));
            assert_eq!(checked, expected, "{text}");
        }
    }
}
