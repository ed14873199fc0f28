//! `stateConfiguration.mapItemReaderData`: what a Distributed Map's ItemReader has read, as it is at its source, to items.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>

use std::collections::VecDeque;

use asl::machine::{ErrorName, Map, ProcessorMode};
use serde_json::{Map as Object, Value, json};

use super::Mock;
use crate::data_flow::Evaluation;
use crate::failure::Failure;
use crate::inspection::MapInspection;
use crate::payload::Payload;

type Read<T> = std::result::Result<T, String>;

/// `None` if the state reads nothing, or the test does not say what: the items are those of the input then.
pub(super) fn items(
    evaluation: &Evaluation<'_>,
    map: &Map,
    mock: &Mock,
    seen: &mut MapInspection,
) -> std::result::Result<Option<VecDeque<Payload>>, Failure> {
    let ProcessorMode::Distributed(distributed) = &map.mode else { return Ok(None) };
    let (Some(reader), Some(data)) = (&distributed.item_reader, &mock.item_reader_data) else { return Ok(None) };
    let config = &reader["ReaderConfig"];
    let items = read(config, data, seen).map_err(|why| failed(evaluation, &why))?;
    let most = config["MaxItems"].as_u64().and_then(|most| usize::try_from(most).ok()).filter(|most| *most > 0);
    Ok(Some(items.iter().take(most.unwrap_or(usize::MAX)).map(Payload::from_value).collect()))
}

fn failed(evaluation: &Evaluation<'_>, why: &str) -> Failure {
    let error = ErrorName::new("States.ItemReaderFailed");
    match evaluation.runtime(why) {
        Failure::Runtime(cause) => Failure::Evaluation { error, cause },
        other => other,
    }
}

fn read(config: &Value, data: &str, seen: &mut MapInspection) -> Read<Vec<Value>> {
    match config["InputType"].as_str() {
        Some("CSV") => csv(config, data),
        Some("JSONL") => data.lines().filter(|line| !line.trim().is_empty()).map(json).collect(),
        // JSON; and what is binary or in parts at its source, as the items that it holds.
        _ => json_items(config, json(data)?, seen),
    }
}

fn json(text: &str) -> Read<Value> {
    let payload = Payload::parse(text).ok_or("The data of the ItemReader is not valid JSON.")?;
    Ok(payload.value())
}

/// The array, at `ItemsPointer` if there is one. Of an object, its members.
fn json_items(config: &Value, data: Value, seen: &mut MapInspection) -> Read<Vec<Value>> {
    let data = match config["ItemsPointer"].as_str() {
        None => data,
        Some(pointer) => {
            let found = data.pointer(pointer).cloned();
            let found = found.ok_or_else(|| format!("The ItemsPointer '{pointer}' finds nothing in the data."))?;
            seen.after_items_pointer = Some(Payload::from_value(&found));
            found
        }
    };
    match data {
        Value::Array(items) => Ok(items),
        Value::Object(members) => {
            Ok(members.into_iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect())
        }
        _ => Err("The data of the ItemReader must be an array or an object.".into()),
    }
}

/// An object for each row, its values texts, under the headers that are given or stand in the first row.
fn csv(config: &Value, data: &str) -> Read<Vec<Value>> {
    let delimiter = match config["CSVDelimiter"].as_str() {
        Some("PIPE") => '|',
        Some("SEMICOLON") => ';',
        Some("SPACE") => ' ',
        Some("TAB") => '\t',
        _ => ',',
    };
    let mut rows = rows(data, delimiter).into_iter();
    let headers = match config["CSVHeaders"].as_array() {
        Some(given) => given.iter().filter_map(|header| header.as_str().map(str::to_owned)).collect(),
        None => rows.next().unwrap_or_default(),
    };
    let item = |row: Vec<String>| {
        let members: Object<String, Value> = headers.iter().cloned().zip(row.into_iter().map(Value::String)).collect();
        Value::Object(members)
    };
    Ok(rows.map(item).collect())
}

/// <https://www.rfc-editor.org/rfc/rfc4180>: a field in quotes may hold anything, a quote doubled.
fn rows(data: &str, delimiter: char) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = data.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => field.extend(characters.next()),
            '"' => quoted = !quoted,
            _ if quoted => field.push(character),
            '\n' => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            '\r' => {}
            _ if character == delimiter => row.push(std::mem::take(&mut field)),
            _ => field.push(character),
        }
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push(row);
    }
    rows.retain(|row| row.iter().any(|field| !field.is_empty()));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_reader_has_read_becomes_items() {
        for (config, data, expected) in [
            (json!({}), "[1, 2]", Ok(json!([1, 2]))),
            (json!({ "InputType": "JSON" }), r#"{"a": 1}"#, Ok(json!([{ "Key": "a", "Value": 1 }]))),
            (json!({ "InputType": "JSON", "ItemsPointer": "/a/b" }), r#"{"a": {"b": [3]}}"#, Ok(json!([3]))),
            (
                json!({ "InputType": "JSON", "ItemsPointer": "/c" }),
                "{}",
                Err("The ItemsPointer '/c' finds nothing in the data."),
            ),
            (json!({ "InputType": "JSONL" }), "{\"a\":1}\n\n2\n", Ok(json!([{ "a": 1 }, 2]))),
            (json!({ "InputType": "JSONL" }), "{", Err("The data of the ItemReader is not valid JSON.")),
            (
                json!({ "InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW" }),
                "id,name\r\n1,\"a, \"\"b\"\"\nc\"\r\n2,\r\n",
                Ok(json!([{ "id": "1", "name": "a, \"b\"\nc" }, { "id": "2", "name": "" }])),
            ),
            (
                json!({ "InputType": "CSV", "CSVHeaders": ["x", "y"], "CSVDelimiter": "PIPE" }),
                "1|2",
                Ok(json!([{ "x": "1", "y": "2" }])),
            ),
            (json!({}), "7", Err("The data of the ItemReader must be an array or an object.")),
        ] {
            let items = read(&config, data, &mut MapInspection::default()).map(Value::Array);
            assert_eq!(items, expected.map_err(str::to_owned), "{config} {data}");
        }
    }
}
