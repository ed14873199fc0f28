//! Values as Java's `toString` shows them, which is what Step Functions prints in places: `{Arg1=1, Arg2=[]}`.

use serde_json::Value;

/// Strings without quotes, objects as `{key=value, key=value}`, arrays as `[a, b]`, null as `null`.
pub(crate) fn java_text(value: &Value) -> String {
    let mut text = String::new();
    write_java_text(value, &mut text);
    text
}

pub(crate) fn write_java_text(value: &Value, text: &mut String) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&number.to_string()),
        Value::String(string) => text.push_str(string),
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                write_java_text(item, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            text.push('{');
            for (index, (key, member)) in members.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                text.push_str(key);
                text.push('=');
                write_java_text(member, text);
            }
            text.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::java_text;
    use serde_json::json;

    #[test]
    fn values_are_shown_as_java_collections() {
        for (value, expected) in [
            (json!(null), "null"),
            (json!("a b"), "a b"),
            (json!(1.50), "1.5"),
            (json!({"Arg1": 1, "Arg2": []}), "{Arg1=1, Arg2=[]}"),
            (json!([1, "x", {"k": null}]), "[1, x, {k=null}]"),
        ] {
            assert_eq!(java_text(&value), expected);
        }
    }
}
