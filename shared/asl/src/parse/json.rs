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
        Err(error) if error.to_string().starts_with("recursion limit exceeded") => Err(too_deep()),
        Err(error) => Err(Diagnostic::new(Code::InvalidJsonDescription, error.to_string(), None)),
    }
}

fn not_an_object() -> Diagnostic {
    Diagnostic::new(Code::SchemaValidationFailed, "Definition must be a valid JSON object", None)
}

fn too_deep() -> Diagnostic {
    Diagnostic::new(Code::TooDeeplyNested, "The definition is too deeply nested", None)
}
