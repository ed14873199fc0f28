//! `history.json`: GetExecutionHistory, an event a line, without what is alike in all cases.
//!
//! - The members of an event's details stand beside its `id`. `inputDetails` and their like, and the role, are left out.
//! - `seconds`: when it happened, from the start on; where it is missing, at the time of the event before.
//! - What the API gives as a JSON text stands here as the JSON itself if the text is as compact as can be, and otherwise,
//!   with `Text` after its name, as the text. Of one that is too long to be read, `Bytes` says how long it is.

use std::io;

use serde::Serialize;
use serde_json::ser::Formatter;
use serde_json::{Map, Number, Value};

/// `events` as the API gives them.
pub fn told(events: &[Value]) -> String {
    let mut at = 0.0;
    let lines: Vec<String> = events.iter().map(|event| line(event, events, &mut at)).collect();
    format!("[\n{}\n]\n", lines.join(",\n"))
}

fn line(event: &Value, events: &[Value], at: &mut f64) -> String {
    let mut line = Map::new();
    line.insert("id".into(), event["id"].clone());
    line.insert("previousEventId".into(), event["previousEventId"].clone());
    let seconds = |event: &Value| event["timestamp"].as_f64().expect("a timestamp");
    let since = ((seconds(event) - seconds(&events[0])) * 1000.0).round() / 1000.0;
    if since != *at {
        *at = since;
        line.insert("seconds".into(), number(since));
    }
    line.insert("type".into(), event["type"].clone());
    let details = event.as_object().expect("an event").iter().find(|(name, _)| name.ends_with("EventDetails"));
    for (name, value) in details.and_then(|(_, details)| details.as_object()).into_iter().flatten() {
        member(&mut line, name, value);
    }
    spaced(&Value::Object(line))
}

/// A whole number without its `.0`.
fn number(seconds: f64) -> Value {
    let text = seconds.to_string();
    Value::Number(text.parse::<Number>().expect("a number"))
}

fn member(line: &mut Map<String, Value>, name: &str, value: &Value) {
    match (name, value) {
        ("roleArn", _) => {}
        (_, Value::Object(details)) if name.ends_with("Details") => {
            if details.get("truncated") == Some(&Value::Bool(true)) {
                line.insert(name.into(), value.clone());
            }
        }
        ("input" | "output" | "parameters", Value::String(text)) => payload(line, name, text),
        ("assignedVariables", Value::Object(variables)) => {
            let mut shown = Map::new();
            for (name, value) in variables {
                payload(&mut shown, name, value.as_str().expect("a JSON text"));
            }
            line.insert(name.into(), Value::Object(shown));
        }
        _ => {
            line.insert(name.into(), value.clone());
        }
    }
}

/// A JSON text of more bytes than this is not shown.
const READABLE_BYTES: usize = 10_000;

fn payload(line: &mut Map<String, Value>, name: &str, text: &str) {
    if text.len() > READABLE_BYTES {
        line.insert(format!("{name}Bytes"), text.len().into());
        return;
    }
    let value: Value = serde_json::from_str(text).expect("JSON");
    let compact = value.to_string();
    if compact == text {
        line.insert(name.into(), value);
    } else {
        line.insert(format!("{name}Text"), text.into());
    }
}

/// On one line, with a space after each comma and colon.
fn spaced(value: &Value) -> String {
    let mut text = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, Spaced);
    value.serialize(&mut serializer).expect("a value is JSON");
    String::from_utf8(text).expect("UTF-8")
}

struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + io::Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}
