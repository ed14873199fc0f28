//! What a deployment of the next version leaves behind for this one, when it is rolled back: members that this version does not
//! know. A release may add what the one before it ignores; what that one would refuse it may only read, and the next may write.

#![cfg(test)]

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use engine::execution::ExecutionArn;
use serde_json::Value;

use crate::{envelope, v1};

/// Where a member is told from others by its name alone: what this version does not know there it refuses, and does not
/// misread. Everywhere else it ignores it. (0 stands for any index.)
const CLOSED: [&str; 19] = [
    "message/v/m",
    "message/v/m/E/k/s/0/0/0/0",
    "message/v/m/N/i",
    "message/v/m/N/i/E/0",
    "message/v/m/N/i/T",
    "message/v/m/T/g",
    "message/v/r/b/0/w",
    "record/v/c/0",
    "record/v/c/0/T",
    "record/v/e/0/t",
    "record/v/o/0",
    "record/v/o/0/D/g",
    "record/v/o/0/T/0",
    "record/v/r/b/0/w",
    "record/v/r/b/0/w/A/0",
    "record/v/r/k",
    "record/v/r/s",
    "record/v/r/u/0/w",
    "record/v/r/x/k/s/0/0/0/0",
];

/// The body's JSON, and what follows it.
fn json_of(body: &[u8]) -> (Value, Vec<u8>) {
    let mut stream = serde_json::Deserializer::from_slice(&body[body.iter().position(|byte| *byte == b'{').unwrap()..])
        .into_iter::<Value>();
    let json = stream.next().unwrap().unwrap();
    let start = body.iter().position(|byte| *byte == b'{').unwrap();
    (json, body[start + stream.byte_offset()..].to_vec())
}

fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.push(at.to_owned());
            members.iter().for_each(|(name, value)| pointers(value, &format!("{at}/{name}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| pointers(value, &format!("{at}/{index}"), found));
        }
        _ => {}
    }
}

fn shape(pointer: &str) -> String {
    let parts = pointer.split('/').map(|part| if part.parse::<usize>().is_ok() { "0" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[test]
fn what_the_next_version_adds_is_ignored_where_it_may_add() {
    let arn = ExecutionArn::new("arn:aws:states:eu-central-1:215634872910:execution:orders:one");
    let mut closed = BTreeSet::new();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/v1")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let body = match name.split('-').next() {
            Some("record") => envelope::open(&bytes).unwrap(),
            Some("message") => envelope::open(&STANDARD_NO_PAD.decode(&bytes).unwrap()).unwrap(),
            _ => continue,
        };
        let decoded = |body: &[u8]| match name.starts_with("record") {
            true => v1::record::decode(&arn, body).map(|record| format!("{record:?}")),
            false => v1::message::decode(body).map(|message| format!("{message:?}")),
        };
        let expected = decoded(&body).unwrap();
        let (json, rest) = json_of(&body);
        let mut found = Vec::new();
        pointers(&json, "", &mut found);
        for pointer in found {
            let mut more = json.clone();
            more.pointer_mut(&pointer).unwrap()["next"] = serde_json::json!({ "any": [1] });
            let text = serde_json::to_vec(&more).unwrap();
            let mut body = v1::length(text.len());
            body.extend(text);
            body.extend(&rest);
            let kind = if name.starts_with("record") { "record" } else { "message" };
            match decoded(&body) {
                Ok(read) => assert_eq!(read, expected, "{name}{pointer}: it was misread"),
                Err(_) => drop(closed.insert(format!("{kind}{}", shape(&pointer)))),
            }
        }
    }
    assert_eq!(closed.iter().map(String::as_str).collect::<Vec<_>>(), CLOSED);
}
