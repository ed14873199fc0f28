//! JSON text as `$parse` takes it.

use serde_json::Value;

/// `None` for what is no JSON, for a key that an object has twice, and for a number that no double can hold.
pub(super) fn parse(text: &str) -> Option<Value> {
    let value: Value = serde_json::from_str(text).ok()?;
    let mut members = 0;
    let in_range = count(&value, &mut members);
    (in_range && members == written_members(text)).then_some(value)
}

fn count(value: &Value, members: &mut usize) -> bool {
    match value {
        Value::Number(number) => number.as_f64().is_some_and(f64::is_finite),
        Value::Array(items) => items.iter().all(|item| count(item, members)),
        Value::Object(object) => {
            *members += object.len();
            object.values().all(|member| count(member, members))
        }
        _ => true,
    }
}

/// The colons outside of strings, in text that is JSON.
fn written_members(text: &str) -> usize {
    let (mut members, mut in_string, mut escaped) = (0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b':' if !in_string => members += 1,
            _ => {}
        }
    }
    members
}

#[cfg(test)]
mod tests {
    use super::parse;
    use serde_json::json;

    #[test]
    fn only_one_document_without_repeated_keys_is_json() {
        for (text, expected) in [
            (r#"{"a": {"b": ":", "c\"": 1}}"#, Some(json!({"a": {"b": ":", "c\"": 1}}))),
            ("[1, null]", Some(json!([1, null]))),
            ("", None),
            ("  ", None),
            (r#"{"a":1}{"b":2}"#, None),
            (r#"{"a":1,"a":2}"#, None),
            (r#"[{"x":{"a":1,"\u0061":2}}]"#, None),
            ("1e400", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
