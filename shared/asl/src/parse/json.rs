//! Text to a JSON object.

use serde_json::{Map, Value};

use crate::diagnostic::{Code, Diagnostic};

/// The definition as an object. Where a key stands twice, the last one counts.
///
/// serde_json refuses more than 128 levels of nesting, which bounds the recursion of everything that reads the object.
pub(super) fn object(text: &str) -> Result<Map<String, Value>, Diagnostic> {
    if text.trim().is_empty() {
        return Err(not_an_object());
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(not_an_object()),
        Err(error) if error.to_string().starts_with("recursion limit exceeded") => Err(Diagnostic {
            severity: Code::TooDeeplyNested.severity(),
            code: Code::TooDeeplyNested,
            message: "The definition is too deeply nested".to_owned(),
            location: None,
        }),
        Err(error) => Err(Diagnostic {
            severity: Code::InvalidJsonDescription.severity(),
            code: Code::InvalidJsonDescription,
            message: error.to_string(),
            location: None,
        }),
    }
}

fn not_an_object() -> Diagnostic {
    Diagnostic {
        severity: Code::SchemaValidationFailed.severity(),
        code: Code::SchemaValidationFailed,
        message: "Definition must be a valid JSON object".to_owned(),
        location: None,
    }
}
