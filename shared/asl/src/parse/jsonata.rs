//! JSONata expressions and templates: their frame, `{% … %}`, and what AWS says of those that it does not take.

use expressions::jsonata::{JsonataExpression, JsonataSyntaxError, JsonataTemplate, expression_text};
use serde_json::Value;

use super::fields::{Fields, join};
use crate::diagnostic::Code;

const BAD_FRAME: &str = "JSONata string must start with {% and end with %}";

/// A string that must be an expression.
pub(super) fn expression(fields: &Fields, field: &str, text: &str) -> Option<JsonataExpression> {
    let location = fields.location_of(field);
    fields.check_frame(field, text);
    match JsonataExpression::parse(expression_text(text)?) {
        Ok(expression) => {
            fields.check_references(field, &expression, &location);
            Some(expression)
        }
        Err(error) => {
            fields.report_syntax(&error, &location);
            None
        }
    }
}

impl Fields<'_> {
    /// Any JSON that may have expressions in it.
    pub fn jsonata_template(&self, field: &str) -> Option<JsonataTemplate> {
        let value = self.get(field)?;
        let location = self.location_of(field);
        self.check_frames(value, &location);
        match JsonataTemplate::compile(value) {
            Ok(template) => {
                for (place, expression) in template.expressions() {
                    self.check_references(field, expression, &format!("{location}{place}"));
                }
                Some(template)
            }
            Err(errors) => {
                errors.iter().for_each(|error| self.report_syntax(&error.error, &format!("{location}{}", error.place)));
                None
            }
        }
    }

    /// Notes a string that is not framed as an expression.
    pub fn check_frame(&self, field: &str, text: &str) {
        if expression_text(text).is_none() {
            self.report_at(field, BAD_FRAME);
        }
    }

    fn report_syntax(&self, error: &JsonataSyntaxError, location: &str) {
        self.findings.add(Code::InvalidJsonataExpression, error.to_string(), Some(location));
    }

    fn check_references(&self, field: &str, expression: &JsonataExpression, location: &str) {
        for reference in expression.unsupported_references() {
            self.findings.add(Code::UnsupportedJsonataExpression, reference.to_string(), Some(location));
        }
        for member in expression.states_members().filter(|member| !self.has_states_member(field, member)) {
            let message = format!("Field '$states.{member}' does not exist.");
            self.findings.add(Code::UnsupportedJsonataExpression, message, Some(location));
        }
    }

    /// Whether `$states` has the member where this object's `field` is evaluated.
    fn has_states_member(&self, field: &str, member: &str) -> bool {
        let is_catcher = self.has("ErrorEquals");
        let has_result = self.get("Type").is_some_and(|name| name == "Task" || name == "Parallel" || name == "Map");
        match member {
            "result" => (has_result && matches!(field, "Output" | "Assign")) || is_catcher,
            "errorOutput" => is_catcher,
            // What else there may be is for the execution to find out.
            _ => true,
        }
    }

    fn check_frames(&self, value: &Value, location: &str) {
        match value {
            Value::String(text) if text.starts_with("{%") && expression_text(text).is_none() => {
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
