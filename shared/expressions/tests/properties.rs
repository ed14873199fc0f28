//! Properties of the parsers and of evaluation, over generated texts and documents.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests fail by panicking")]

use expressions::intrinsic::IntrinsicFunction;
use expressions::json_path::JsonPath;
use expressions::path::Path;
use expressions::reference_path::ReferencePath;
use expressions::timestamp::{Timestamp, format_epoch_milliseconds};
use expressions::{numbers, wildcard};
use proptest::prelude::*;
use serde_json::{Number, Value, json};
use std::cmp::Ordering;

/// Small documents over few names, so that paths often find something.
fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3_i64..4).prop_map(Value::from),
        "[ab]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[abc]", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Texts that are nearly paths and calls, besides arbitrary ones.
fn text() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "$",
        "$$",
        "@",
        ".",
        "..",
        "[",
        "]",
        "(",
        ")",
        "?",
        "*",
        "'",
        "\"",
        "\\",
        ",",
        ":",
        "-",
        "0",
        "1",
        "7",
        "a",
        "b.c",
        "[0]",
        "['a']",
        "[?(",
        "==",
        "!",
        "&&",
        "||",
        " ",
        "<",
        ">=",
        "=~",
        "/x/i",
        "in",
        "null",
        "true",
        "{",
        "}",
        "é",
        "States.",
        "Format",
        "Array(",
        "UUID()",
        "length()",
        "2026-01-01T00:00:00",
        "Z",
        "+01:00",
        "\u{0}",
        "1e9",
    ]);
    prop_oneof![any::<String>(), prop::collection::vec(token, 0..20).prop_map(|tokens| tokens.concat())]
}

/// The part of the language that Jayway and RFC 9535 share.
fn common_path() -> impl Strategy<Value = String> {
    let segment = prop_oneof![
        4 => prop::sample::select(vec![".a", ".b", "['c']", "[\"a\"]", "[0]", "[1]", "[-1]"]).prop_map(str::to_owned),
        2 => prop::sample::select(vec!["[*]", ".*", "..a", "..*", "..[0]", "..['b']"]).prop_map(str::to_owned),
        1 => (0..4, 0..4).prop_map(|(from, to)| format!("[{from}:{to}]")),
        1 => (-3..4).prop_map(|from| format!("[{from}:]")),
        1 => (-3..4).prop_map(|to| format!("[:{to}]")),
        1 => Just("[0,1]".to_owned()),
    ];
    prop::collection::vec(segment, 0..5).prop_map(|segments| format!("${}", segments.concat()))
}

fn reference_path() -> impl Strategy<Value = String> {
    let step = prop::sample::select(vec![".a", "['b']", ".c", "[0]", "[1]"]);
    prop::collection::vec(step, 0..5).prop_map(|steps| format!("${}", steps.concat()))
}

/// What a selection holds, as a list in either case.
fn selected(path: &str, document: &Value) -> Vec<Value> {
    let path = JsonPath::parse(path).unwrap();
    match (path.is_definite(), path.select(document).into_value().map(std::borrow::Cow::into_owned)) {
        (true, value) => value.into_iter().collect(),
        (false, Some(Value::Array(values))) => values,
        (false, other) => panic!("{path} selected {other:?}"),
    }
}

/// Some numbers as JSON text, with the float of the same value.
fn decimal() -> impl Strategy<Value = (String, f64)> {
    (-99_999_i64..100_000, 0_usize..4, -3_i32..4).prop_map(|(digits, zeros, exponent)| {
        let text =
            format!("{digits}{}e{exponent}", if zeros > 0 { format!(".{}", "0".repeat(zeros)) } else { String::new() });
        let value = text.parse().unwrap();
        (text, value)
    })
}

fn matches_by_trying(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|skipped| matches_by_trying(rest, &text[skipped..])),
        Some((first, rest)) => text.first() == Some(first) && matches_by_trying(rest, &text[1..]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics_a_parser_and_what_parses_is_shown_as_written(text in text(), document in document()) {
        if let Ok(path) = JsonPath::parse(&text) {
            prop_assert_eq!(path.to_string(), text.as_str());
            let _ = (path.select(&document), path.explain(&document), path.may_read(&["a", "b"]));
        }
        if let Ok(path) = Path::parse(&text) {
            prop_assert_eq!(path.to_string(), text.as_str());
        }
        if let Ok(path) = ReferencePath::parse(&text) {
            prop_assert_eq!(path.to_string(), text.as_str());
            let _ = path.set(document, Value::Null);
        }
        if let Ok(call) = IntrinsicFunction::parse(&text) {
            prop_assert_eq!(call.to_string(), text.as_str());
        }
        let _ = Timestamp::parse(&text);
        let _ = wildcard::string_matches(&text, &text);
    }

    #[test]
    fn common_paths_select_what_rfc_9535_says(path in common_path(), document in document()) {
        let oracle = serde_json_path::JsonPath::parse(&path).unwrap();
        let expected: Vec<Value> = oracle.query(&document).into_iter().cloned().collect();
        prop_assert_eq!(selected(&path, &document), expected);
    }

    #[test]
    fn filters_on_members_that_are_numbers_agree_with_rfc_9535(
        elements in prop::collection::vec((-3_i64..4, -3_i64..4), 0..6),
        operators in prop::collection::vec(prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]), 2),
        literals in prop::collection::vec(-3_i64..4, 2),
        logical in prop::sample::select(vec!["&&", "||"]),
        negated in any::<bool>(),
    ) {
        let document: Value = elements.iter().map(|(a, b)| json!({"a": a, "b": b})).collect();
        let not = if negated { "!" } else { "" };
        let path = format!(
            "$[?({not}(@.a {} {}) {logical} @.b {} @.a {logical} {} {} @.b)]",
            operators[0], literals[0], operators[1], literals[1], operators[0],
        );
        let oracle = serde_json_path::JsonPath::parse(&path).unwrap();
        let expected: Vec<Value> = oracle.query(&document).into_iter().cloned().collect();
        prop_assert_eq!(selected(&path, &document), expected, "{}", path);
    }

    #[test]
    fn what_is_set_is_there_and_nothing_else_changes(path in reference_path(), document in document(), value in document()) {
        let path = ReferencePath::parse(&path).unwrap();
        if let Ok(changed) = path.set(document.clone(), value.clone()) {
            prop_assert_eq!(path.get(&changed), Some(&value));
            if let Some(before) = path.get(&document) {
                prop_assert_eq!(path.set(changed, before.clone()).unwrap(), document);
            }
        } else {
            prop_assert_eq!(path.get(&document), None);
        }
    }

    #[test]
    fn a_definite_path_finds_nothing_exactly_when_there_is_an_explanation(path in common_path(), document in document()) {
        let path = JsonPath::parse(&path).unwrap();
        let found = path.select(&document).into_value().is_some();
        prop_assert_eq!(found, path.explain(&document).is_none());
        prop_assert!(found || path.is_definite());
    }

    #[test]
    fn numbers_compare_like_floats_where_floats_are_exact(left in decimal(), right in decimal()) {
        let number = |text: &str| serde_json::from_str::<Number>(text).unwrap();
        let order = numbers::compare(&number(&left.0), &number(&right.0));
        prop_assert_eq!(order, left.1.partial_cmp(&right.1).unwrap_or(Ordering::Equal));
    }

    #[test]
    fn milliseconds_survive_their_text(milliseconds in -62_135_596_800_000_i64..253_402_300_800_000) {
        let text = format_epoch_milliseconds(milliseconds);
        prop_assert_eq!(Timestamp::parse(&text).unwrap().epoch_milliseconds(), milliseconds);
        prop_assert_eq!(text.len(), 24);
    }

    #[test]
    fn wildcards_match_what_trying_every_way_matches(pattern in "[ab*]{0,7}", text in "[ab]{0,8}") {
        let (pattern_characters, characters): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
        let expected = matches_by_trying(&pattern_characters, &characters);
        prop_assert_eq!(wildcard::string_matches(&pattern, &text), expected);
    }
}
