//! Definitions in YAML: what they say as JSON, and where.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::{Location, Spanned};

use super::places::{Place, Places};

/// Why a text is no YAML that can stand for JSON.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct YamlError {
    pub message: String,
    pub place: Place,
}

pub(super) fn read(text: &str) -> Result<(Value, Places), YamlError> {
    // YAML 1.2, where `on` and `1_000` are strings. A tag such as `!Sub` is nothing that JSON could say.
    let options = serde_saphyr::options! {
        strict_booleans: true,
        underscored_numbers_as_strings: true,
        reject_unsupported_tags: true,
    };
    let document: Spanned<Node> = serde_saphyr::from_str_with_options(text, options).map_err(described)?;
    let mut places = Places::default();
    let value = document.value.into_json("/", &mut places);
    Ok((value, places))
}

/// The library's message ends in the place, which is told apart from it.
fn described(error: serde_saphyr::Error) -> YamlError {
    let place = error.location().map_or(Place::START, place);
    let message = error.without_snippet().to_string();
    let at = format!(" at line {}, column {}", place.line, place.column);
    YamlError { message: message.strip_suffix(&at).unwrap_or(&message).to_owned(), place }
}

fn place(location: Location) -> Place {
    let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).max(1);
    Place { line: number(location.line()), column: number(location.column()) }
}

/// A value with the places of its parts.
enum Node {
    Scalar(Value),
    Sequence(Vec<Spanned<Node>>),
    Mapping(Vec<(Spanned<String>, Spanned<Node>)>),
}

impl Node {
    fn into_json(self, location: &str, places: &mut Places) -> Value {
        match self {
            Node::Scalar(value) => value,
            Node::Sequence(items) => {
                let items = items.into_iter().enumerate().map(|(index, item)| {
                    let location = places.add_item(location, index, place(item.referenced));
                    item.value.into_json(&location, places)
                });
                Value::Array(items.collect())
            }
            Node::Mapping(members) => {
                let mut object = Map::with_capacity(members.len());
                for (name, member) in members {
                    let location = places.add_member(location, &name.value, place(name.referenced));
                    object.insert(name.value, member.value.into_json(&location, places));
                }
                Value::Object(object)
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON has")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_entry()? {
            members.push(member);
        }
        Ok(Node::Mapping(members))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Node::Sequence(items))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Bool(flag)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Scalar(Value::from(number)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Scalar(Value::from(number)))
    }

    fn visit_i128<E: Error>(self, number: i128) -> Result<Node, E> {
        let number = Number::from_i128(number).ok_or_else(|| E::custom("number out of range"))?;
        Ok(Node::Scalar(Value::Number(number)))
    }

    fn visit_u128<E: Error>(self, number: u128) -> Result<Node, E> {
        let number = Number::from_u128(number).ok_or_else(|| E::custom("number out of range"))?;
        Ok(Node::Scalar(Value::Number(number)))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Node, E> {
        let number = Number::from_f64(number).ok_or_else(|| E::custom("JSON has no such number"))?;
        Ok(Node::Scalar(Value::Number(number)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Scalar(Value::from(text)))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn yaml_becomes_json_in_its_order() {
        let text = "\
z: 1
a: [true, ~, -2.5, 'x', \"y\\n\"]
text: |
  line
at: 2016-03-14T01:59:00Z
no: on
deep: &deep
  b: {c: 18446744073709551615, d: 1_000}
again: *deep
\"1\": yes
2: {}
";
        let (value, _) = read(text).unwrap();
        let expected: Value = serde_json::from_str(
            r#"{"z": 1, "a": [true, null, -2.5, "x", "y\n"], "text": "line\n", "at": "2016-03-14T01:59:00Z", "no": "on",
                "deep": {"b": {"c": 18446744073709551615, "d": "1_000"}}, "again": {"b": {"c": 18446744073709551615, "d": "1_000"}}, "1": "yes",
                "2": {}}"#,
        )
        .unwrap();
        assert_eq!(value.to_string(), expected.to_string());
    }

    #[test]
    fn every_part_has_its_place() {
        let text =
            "# a comment\nStartAt: A\nStates:\n  A:\n    Type: Pass\n    é: [1,\n      2]\n    'Retry':\n    - x: 1\n";
        let (_, places) = read(text).unwrap();
        for (location, line, column) in [
            ("/StartAt", 2, 1),
            ("/States/A", 4, 3),
            ("/States/A/Type", 5, 5),
            ("/States/A/é[0]", 6, 9),
            ("/States/A/é[1]", 7, 7),
            ("/States/A/Retry", 8, 5),
            ("/States/A/Retry[0]/x", 9, 7),
        ] {
            assert_eq!(places.of(Some(location), None), Place { line, column }, "{location}");
        }
    }

    #[test]
    fn what_is_no_yaml_or_no_json_is_refused_with_its_place() {
        for (text, line) in [
            ("a: [1", 1),
            ("a: 1\nb: 2\na: 3\n", 3),
            ("a: .inf\n", 1),
            ("a: 1\n---\nb: 2\n", 3),
            ("a:\n\t- b\n", 2),
            ("a: 1\nb: !Sub x\n", 2),
        ] {
            let error = read(text).err().unwrap();
            assert_eq!(error.place.line, line, "{text}: {error:?}");
            assert!(!error.message.is_empty() && !error.message.contains('\n'), "{error:?}");
        }
        assert_eq!(read("").unwrap().0, json!(null));
        let deep = "[".repeat(100_000);
        assert!(read(&deep).is_err());
    }
}
