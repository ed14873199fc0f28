//! Fail: <https://states-language.net/spec.html#fail-state>

use crate::machine::{Fail, Text};
use crate::parse::fields::Fields;
use crate::parse::jsonata;

pub(super) fn read(fields: &Fields) -> Fail {
    Fail { error: text(fields, "Error"), cause: text(fields, "Cause") }
}

/// `Error` or `ErrorPath`, `Cause` or `CausePath`.
fn text(fields: &Fields, field: &str) -> Option<Text> {
    let with_path = format!("{field}Path");
    fields.at_most_one(&[field, &with_path]);
    fields.warn_of_constant_path(field);
    match fields.string(field) {
        Some(text) if fields.is_jsonata() && text.starts_with("{%") => {
            jsonata::expression(fields, field, text).map(Text::Jsonata)
        }
        Some(text) => Some(Text::Constant(text.to_owned())),
        None if fields.is_jsonata() => None,
        None => fields.path_or_intrinsic(&with_path),
    }
}
