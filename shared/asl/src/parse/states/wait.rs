//! Wait: <https://states-language.net/spec.html#wait-state>

use crate::machine::{Wait, WaitFor};
use crate::parse::fields::Fields;
use crate::parse::numbers::SECONDS;
use crate::parse::states::next;
use crate::parse::{data_flow, jsonata};

pub(super) fn read(fields: &Fields, before: usize) -> Wait {
    if fields.is_jsonata() {
        fields.exactly_one(&["Seconds", "Timestamp"]);
    } else {
        fields.exactly_one(&["SecondsPath", "Seconds", "TimestampPath", "Timestamp"]);
    }
    let wait_for = wait_for(fields).unwrap_or(WaitFor::Seconds(0));
    Wait { flow: data_flow::read(fields), wait_for, next: next(fields, before) }
}

fn wait_for(fields: &Fields) -> Option<WaitFor> {
    if fields.has("Seconds") {
        seconds(fields)
    } else if fields.has("Timestamp") {
        timestamp(fields)
    } else if fields.is_jsonata() {
        None
    } else if fields.has("SecondsPath") {
        fields.single_value_path("SecondsPath").map(WaitFor::SecondsPath)
    } else {
        fields.single_value_path("TimestampPath").map(WaitFor::TimestampPath)
    }
}

fn seconds(fields: &Fields) -> Option<WaitFor> {
    match fields.get("Seconds")?.as_str() {
        Some(text) if fields.is_jsonata() => jsonata::expression(fields, "Seconds", text).map(WaitFor::SecondsJsonata),
        _ => {
            fields.warn_of_constant_path("Seconds");
            fields.whole_number("Seconds", SECONDS).map(WaitFor::Seconds)
        }
    }
}

fn timestamp(fields: &Fields) -> Option<WaitFor> {
    let text = fields.string("Timestamp")?;
    if fields.is_jsonata() && text.starts_with("{%") {
        return jsonata::expression(fields, "Timestamp", text).map(WaitFor::TimestampJsonata);
    }
    fields.warn_of_constant_path("Timestamp");
    fields.timestamp("Timestamp").map(WaitFor::Timestamp)
}
