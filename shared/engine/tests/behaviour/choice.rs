//! The comparison operators: <https://states-language.net/spec.html#data-test-expression>.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::definitions::{states, with};
use crate::world::outcome;

/// Whether the rule holds; or why the state failed.
fn holds(rule: Value, input: &Value) -> Result<bool, String> {
    let definition = states(json!({
        "Choose": { "Type": "Choice", "Choices": [with(rule, json!({ "Next": "Yes" }))], "Default": "No" },
        "Yes": { "Type": "Pass", "Result": true, "End": true },
        "No": { "Type": "Pass", "Result": false, "End": true },
    }));
    match outcome(definition, &input.to_string(), []).as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        other => Err(other.to_owned()),
    }
}

/// Compares `$.found` by the operator: with the operand as a constant, or by its `…Path` form.
fn compare(operator: &str, found: &Value, operand: &Value) -> Result<bool, String> {
    let input = json!({ "found": found, "operand": operand });
    if operator.ends_with("Path") {
        holds(json!({ "Variable": "$.found", operator: "$.operand" }), &input)
    } else {
        holds(json!({ "Variable": "$.found", operator: operand }), &input)
    }
}

fn invalid(path: &str) -> Result<bool, String> {
    Err(format!(
        "States.Runtime: An error occurred while executing the state 'Choose' (entered at the event id #2). \
         Invalid path '{path}': The choice state's condition path references an invalid value."
    ))
}

/// Relations, and what they say of a found value that is less than, equal to, greater than the operand.
const RELATIONS: [(&str, [bool; 3]); 5] = [
    ("Equals", [false, true, false]),
    ("LessThan", [true, false, false]),
    ("GreaterThan", [false, false, true]),
    ("LessThanEquals", [true, true, false]),
    ("GreaterThanEquals", [false, true, true]),
];

/// The ordered types, each with three values that ascend.
fn ordered() -> [(&'static str, [Value; 3]); 3] {
    [
        ("String", [json!("B"), json!("a"), json!("aa")]),
        ("Numeric", [json!(-1), json!(2.5), json!(10)]),
        (
            "Timestamp",
            [json!("2020-01-01T01:00:00+02:00"), json!("2020-01-01T00:00:00Z"), json!("2020-01-01T00:00:00.001Z")],
        ),
    ]
}

/// One value of each JSON type.
fn values() -> [(&'static str, Value); 8] {
    [
        ("Null", json!(null)),
        ("Boolean", json!(true)),
        ("Numeric", json!(1)),
        ("String", json!("s")),
        ("Timestamp", json!("2020-01-01T00:00:00Z")),
        ("Array", json!([])),
        ("Object", json!({})),
        ("String", json!("")),
    ]
}

const IS: [&str; 6] = ["IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp"];

/// All operators, each with an operand that it takes.
fn operators() -> Vec<(String, Value)> {
    let mut operators = vec![("StringMatches".to_owned(), json!("*")), ("BooleanEquals".to_owned(), json!(true))];
    for (value_type, [_, operand, _]) in ordered() {
        for (relation, _) in RELATIONS {
            operators.push((format!("{value_type}{relation}"), operand.clone()));
        }
    }
    let paths: Vec<_> = operators.iter().skip(1).map(|(name, _)| (format!("{name}Path"), json!("$.operand"))).collect();
    operators.extend(paths);
    operators.extend(IS.map(|name| (name.to_owned(), json!(true))));
    let names: BTreeSet<&str> = operators.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), 39, "the States Language has 39 comparison operators: {names:?}");
    operators
}

#[test]
fn values_of_the_operators_type_are_ordered() {
    for (value_type, [less, equal, greater]) in ordered() {
        for (relation, expected) in RELATIONS {
            for operator in [format!("{value_type}{relation}"), format!("{value_type}{relation}Path")] {
                for (found, expected) in [&less, &equal, &greater].into_iter().zip(expected) {
                    assert_eq!(compare(&operator, found, &equal), Ok(expected), "{found} {operator} {equal}");
                }
            }
        }
    }
    for operator in ["BooleanEquals", "BooleanEqualsPath"] {
        for (found, operand) in [(true, true), (true, false), (false, true), (false, false)] {
            assert_eq!(
                compare(operator, &json!(found), &json!(operand)),
                Ok(found == operand),
                "{found} {operator} {operand}"
            );
        }
    }
}

#[test]
fn values_of_another_type_do_not_hold() {
    for (operator, operand) in operators() {
        let (Some(value_type), false) = (operator_type(&operator), operator.starts_with("Is")) else { continue };
        for (found_type, found) in values() {
            // Timestamps are strings.
            if found_type == value_type || (value_type == "String" && found_type == "Timestamp") {
                continue;
            }
            let operand = if operator.ends_with("Path") { found.clone() } else { operand.clone() };
            assert_eq!(compare(&operator, &found, &operand), Ok(false), "{found} {operator} {operand}");
        }
    }
}

fn operator_type(operator: &str) -> Option<&'static str> {
    ["String", "Numeric", "Boolean", "Timestamp"].into_iter().find(|value_type| operator.starts_with(value_type))
}

#[test]
fn operands_by_path_may_be_of_another_type() {
    for (operator, _) in operators().into_iter().filter(|(operator, _)| operator.ends_with("Path")) {
        let value_type = operator_type(&operator).unwrap();
        let found = values().into_iter().find(|(of, _)| *of == value_type).unwrap().1;
        for (_, operand) in values().into_iter().filter(|(of, _)| !of.starts_with(value_type)) {
            if value_type == "String" && operand.is_string() {
                continue;
            }
            assert_eq!(compare(&operator, &found, &operand), Ok(false), "{found} {operator} {operand}");
        }
    }
}

#[test]
fn a_variable_that_is_missing_fails_the_state_but_for_is_present() {
    for (operator, operand) in operators() {
        let input = json!({ "operand": "x" });
        let ended = holds(json!({ "Variable": "$.missing", (operator.clone()): operand }), &input);
        let expected = if operator == "IsPresent" { Ok(false) } else { invalid("$.missing") };
        assert_eq!(ended, expected, "{operator}");
    }
}

#[test]
fn an_operand_that_is_missing_fails_the_state() {
    for (operator, _) in operators().into_iter().filter(|(operator, _)| operator.ends_with("Path")) {
        let ended = holds(json!({ "Variable": "$.found", (operator.clone()): "$.missing" }), &json!({ "found": "x" }));
        assert_eq!(ended, invalid("$.missing"), "{operator}");
    }
}

#[test]
fn is_operators_tell_the_types() {
    for (value_type, found) in values() {
        for operator in IS {
            let is = match operator {
                "IsPresent" => true,
                "IsString" => found.is_string(),
                other => other.strip_prefix("Is") == Some(value_type),
            };
            for expected in [true, false] {
                let ended = compare(operator, &found, &json!(expected));
                assert_eq!(ended, Ok(is == expected), "{found} {operator} {expected}");
            }
        }
    }
    let absent = holds(json!({ "Variable": "$.missing", "IsPresent": false }), &json!({}));
    assert_eq!(absent, Ok(true));
}

#[test]
fn comparisons_that_are_easily_wrong() {
    for (operator, found, operand, expected) in [
        // Numbers by their value, whatever their spelling.
        ("NumericEquals", json!(1), json!(1.0), true),
        ("NumericEquals", json!(1e2), json!(100), true),
        ("NumericLessThan", json!(9_007_199_254_740_992_u64), json!(9_007_199_254_740_993_u64), true),
        // Strings by UTF-16 code units: the second is a surrogate pair, which comes before U+FF5E.
        ("StringGreaterThan", json!("\u{FF5E}"), json!("\u{10000}"), true),
        ("StringEquals", json!("a"), json!("A"), false),
        ("StringLessThan", json!("10"), json!("9"), true),
        // Timestamps by their instant.
        ("TimestampEquals", json!("2020-01-01T01:00:00+01:00"), json!("2020-01-01T00:00:00Z"), true),
        ("TimestampEquals", json!("2020-01-01T00:00:00.000Z"), json!("2020-01-01T00:00:00Z"), true),
        ("TimestampEquals", json!("2020-01-01"), json!("2020-01-01T00:00:00Z"), false),
        // Wildcards.
        ("StringMatches", json!("log-1.txt"), json!("log-*.txt"), true),
        ("StringMatches", json!("log-1.tx"), json!("log-*.txt"), false),
        ("StringMatches", json!("a*c"), json!("a\\*c"), true),
        ("StringMatches", json!("abc"), json!("a\\*c"), false),
        ("StringMatches", json!(""), json!("*"), true),
        ("StringMatches", json!("abc"), json!("b"), false),
        ("StringMatches", json!("a.c"), json!("a.c"), true),
        ("StringMatches", json!("abc"), json!("a.c"), false),
    ] {
        assert_eq!(compare(operator, &found, &operand), Ok(expected), "{found} {operator} {operand}");
    }
}

#[test]
fn and_or_not_combine_rules_and_stop_when_decided() {
    let yes = json!({ "Variable": "$.a", "NumericEquals": 1 });
    let no = json!({ "Variable": "$.a", "NumericEquals": 2 });
    let fails = json!({ "Variable": "$.missing", "NumericEquals": 2 });
    for (rule, expected) in [
        (json!({ "And": [yes, yes] }), Ok(true)),
        (json!({ "And": [yes, no] }), Ok(false)),
        (json!({ "And": [no, fails] }), Ok(false)),
        (json!({ "And": [yes, fails] }), invalid("$.missing")),
        (json!({ "Or": [no, yes] }), Ok(true)),
        (json!({ "Or": [no, no] }), Ok(false)),
        (json!({ "Or": [yes, fails] }), Ok(true)),
        (json!({ "Or": [no, fails] }), invalid("$.missing")),
        (json!({ "Not": yes }), Ok(false)),
        (json!({ "Not": no }), Ok(true)),
        (json!({ "Not": fails }), invalid("$.missing")),
        (json!({ "Not": { "And": [yes, { "Or": [no, { "Not": yes }] }] } }), Ok(true)),
        (json!({ "And": [{ "Variable": "$.missing", "IsPresent": true }, fails] }), Ok(false)),
    ] {
        assert_eq!(holds(rule.clone(), &json!({ "a": 1 })), expected, "{rule}");
    }
}

#[test]
fn without_a_default_no_match_is_an_error() {
    let rule = json!({ "Variable": "$.a", "NumericEquals": 2, "Next": "Yes" });
    let definition = states(json!({
        "Choose": { "Type": "Choice", "Choices": [rule] },
        "Yes": { "Type": "Succeed" },
    }));
    assert_eq!(
        outcome(definition, r#"{"a":1}"#, []),
        "States.Runtime: An error occurred while executing the state 'Choose' (entered at the event id #2). Failed to transition out of the state. The state does not point to a next state."
    );
}

#[test]
fn rules_see_what_input_path_leaves() {
    let definition = |fields: Value| {
        let rule = json!({ "Variable": "$.b", "NumericEquals": 2, "Next": "Yes" });
        states(json!({
            "Choose": with(json!({ "Type": "Choice", "Choices": [rule] }), fields),
            "Yes": { "Type": "Succeed" },
        }))
    };
    assert_eq!(outcome(definition(json!({ "InputPath": "$.a" })), r#"{"a":{"b":2}}"#, []), r#"{"b":2}"#);
}
