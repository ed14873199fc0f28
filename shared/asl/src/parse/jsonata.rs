//! JSONata texts. Only their frame, `{% … %}`, is looked at here.

use serde_json::Value;

use super::fields::{Fields, join};
use crate::diagnostic::Code;
use crate::machine::{JsonataExpression, JsonataTemplate};

const BAD_FRAME: &str = "JSONata string must start with {% and end with %}";

/// What stands between `{%` and `%}`, without the blanks at both ends.
pub(super) fn inner(text: &str) -> Option<&str> {
    Some(text.strip_prefix("{%")?.strip_suffix("%}")?.trim())
}

/// A string that must be an expression.
pub(super) fn expression(fields: &Fields, field: &str, text: &str) -> JsonataExpression {
    let inner = inner(text);
    if inner.is_none() {
        fields.report_at(field, BAD_FRAME);
    }
    JsonataExpression(inner.unwrap_or_default().to_owned())
}

impl Fields<'_> {
    /// Any JSON that may have expressions in it.
    pub fn jsonata_template(&self, field: &str) -> Option<JsonataTemplate> {
        let value = self.get(field)?;
        self.check_frames(value, &self.location_of(field));
        Some(JsonataTemplate(value.clone()))
    }

    fn check_frames(&self, value: &Value, location: &str) {
        match value {
            Value::String(text) if text.starts_with("{%") && inner(text).is_none() => {
                self.findings.add(Code::SchemaValidationFailed, BAD_FRAME, Some(location));
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.check_frames(item, &format!("{location}[{index}]"));
                }
            }
            Value::Object(object) => {
                for (key, item) in object {
                    self.check_frames(item, &join(location, key));
                }
            }
            _ => {}
        }
    }
}
