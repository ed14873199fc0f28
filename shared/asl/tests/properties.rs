//! Properties of the parser, over texts and over definitions that are nearly right.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

use asl::diagnostic::{Diagnostic, Severity, item_location, member_location};
use asl::{MachineType, Parsed, parse, parse_state};
use proptest::prelude::*;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// Names of members that mean something somewhere.
const NAMES: [&str; 71] = [
    "Comment",
    "StartAt",
    "States",
    "Version",
    "TimeoutSeconds",
    "QueryLanguage",
    "Type",
    "Next",
    "End",
    "Resource",
    "Parameters",
    "Arguments",
    "Result",
    "ResultPath",
    "ResultSelector",
    "InputPath",
    "OutputPath",
    "Output",
    "Assign",
    "Retry",
    "Catch",
    "ErrorEquals",
    "IntervalSeconds",
    "MaxAttempts",
    "BackoffRate",
    "MaxDelaySeconds",
    "JitterStrategy",
    "Choices",
    "Default",
    "Variable",
    "And",
    "Or",
    "Not",
    "StringEquals",
    "StringMatches",
    "NumericLessThan",
    "NumericEqualsPath",
    "BooleanEquals",
    "TimestampGreaterThan",
    "IsPresent",
    "Condition",
    "Seconds",
    "SecondsPath",
    "Timestamp",
    "TimestampPath",
    "Error",
    "ErrorPath",
    "Cause",
    "CausePath",
    "Branches",
    "Iterator",
    "ItemProcessor",
    "ProcessorConfig",
    "Mode",
    "ExecutionType",
    "ItemsPath",
    "Items",
    "ItemSelector",
    "ItemReader",
    "ReaderConfig",
    "InputType",
    "ItemBatcher",
    "MaxItemsPerBatch",
    "ResultWriter",
    "Label",
    "MaxConcurrency",
    "ToleratedFailureCount",
    "HeartbeatSecondsPath",
    "Credentials",
    "name.$",
    "A",
];

/// Texts that mean something somewhere.
const TEXTS: [&str; 30] = [
    "A",
    "B",
    "Task",
    "Pass",
    "Choice",
    "Map",
    "Parallel",
    "Wait",
    "Fail",
    "Succeed",
    "JSONata",
    "JSONPath",
    "$",
    "$.a",
    "$.a[*]",
    "$$.Execution.Id",
    "$v.b",
    "States.Format('{}', $.a)",
    "States.Array(",
    "{% $v + 1 %}",
    "{% $( %}",
    "{%",
    "States.ALL",
    "States.Timeout",
    "2016-03-14T01:59:00Z",
    "DISTRIBUTED",
    "EXPRESS",
    "arn:aws:lambda:us-east-1:111111111111:function:f",
    "arn:aws:states:::lambda:invoke.waitForTaskToken",
    "",
];

fn name() -> impl Strategy<Value = String> {
    prop_oneof![9 => prop::sample::select(&NAMES[..]).prop_map(str::to_owned), 1 => any::<String>()]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => prop::sample::select(&TEXTS[..]).prop_map(Value::from),
        1 => any::<String>().prop_map(Value::from),
        1 => prop::sample::select(vec!["0", "-1", "1", "2.0", "0.5", "99999999", "100000000", "1e3", "1e400", "123456789012345678901"])
            .prop_map(|number| serde_json::from_str(number).unwrap()),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => prop::collection::vec((name(), inner), 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A definition with every type of state, in which nothing is wrong.
fn right() -> Value {
    serde_json::from_str(include_str!("definitions/every_type.asl.json")).unwrap()
}

/// What to do to one object of a definition.
#[derive(Clone, Debug)]
enum Change {
    Remove,
    Replace(Value),
    Add(String, Value),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        1 => Just(Change::Remove),
        3 => value().prop_map(Change::Replace),
        2 => (name(), value()).prop_map(|(name, value)| Change::Add(name, value)),
    ]
}

/// The right definition, changed in some places.
fn nearly_right() -> impl Strategy<Value = Value> {
    prop::collection::vec((any::<prop::sample::Index>(), change()), 0..4).prop_map(|changes| {
        let mut definition = right();
        for (place, change) in changes {
            let place = place.index(count(&definition));
            apply(&mut definition, &mut place.clone(), &change);
        }
        definition
    })
}

/// How many members and items there are, at any depth.
fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum::<usize>(),
        Value::Object(members) => members.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

/// Changes the place that comes after `left` others. Answers whether it was there.
fn apply(value: &mut Value, left: &mut usize, change: &Change) -> bool {
    let here = |left: &mut usize| {
        let here = *left == 0;
        *left = left.saturating_sub(1);
        here
    };
    match value {
        Value::Array(items) => {
            for index in 0..items.len() {
                if here(left) {
                    match change {
                        Change::Remove => drop(items.remove(index)),
                        Change::Replace(value) => items[index] = value.clone(),
                        Change::Add(_, value) => items.push(value.clone()),
                    }
                    return true;
                }
                if apply(&mut items[index], left, change) {
                    return true;
                }
            }
        }
        Value::Object(members) => {
            for key in members.keys().cloned().collect::<Vec<_>>() {
                if here(left) {
                    match change {
                        Change::Remove => drop(members.remove(&key)),
                        Change::Replace(value) => drop(members.insert(key, value.clone())),
                        Change::Add(name, value) => drop(members.insert(name.clone(), value.clone())),
                    }
                    return true;
                }
                if members.get_mut(&key).is_some_and(|member| apply(member, left, change)) {
                    return true;
                }
            }
        }
        _ => {}
    }
    false
}

/// Every place of a definition, as findings name them.
fn places(value: &Value, here: &str, all: &mut HashSet<String>) {
    all.insert(here.to_owned());
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &item_location(here, index), all);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                places(member, &member_location(here, name), all);
            }
        }
        _ => {}
    }
}

fn findings(parsed: &Result<Parsed, Vec<Diagnostic>>) -> &[Diagnostic] {
    match parsed {
        Ok(parsed) => &parsed.warnings,
        Err(findings) => findings,
    }
}

fn machine_type() -> impl Strategy<Value = MachineType> {
    prop::sample::select(vec![MachineType::Standard, MachineType::Express])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics(text in any::<String>(), machine_type in machine_type()) {
        let _ = (parse(&text, machine_type), parse_state(&text, machine_type));
    }

    #[test]
    fn no_json_panics_and_what_is_refused_has_an_error(value in value(), machine_type in machine_type()) {
        let text = value.to_string();
        for parsed in [parse(&text, machine_type), parse_state(&text, machine_type)] {
            let is_error = |finding: &Diagnostic| finding.severity == Severity::Error;
            prop_assert_eq!(findings(&parsed).iter().any(is_error), parsed.is_err());
        }
    }

    #[test]
    fn findings_are_about_places_of_the_definition(definition in nearly_right(), machine_type in machine_type()) {
        let parsed = parse(&definition.to_string(), machine_type);
        let mut all = HashSet::new();
        places(&definition, "/", &mut all);
        for finding in findings(&parsed) {
            let location = finding.location.as_deref().unwrap_or("/");
            prop_assert!(all.contains(location), "{}", finding);
            if let Some(member) = &finding.member {
                prop_assert!(all.contains(&member_location(location, member)), "{:?}", finding);
            }
        }
    }

    #[test]
    fn layout_changes_nothing(definition in nearly_right(), machine_type in machine_type()) {
        let compact = parse(&definition.to_string(), machine_type);
        let pretty = parse(&serde_json::to_string_pretty(&definition).unwrap(), machine_type);
        prop_assert_eq!(findings(&compact), findings(&pretty));
        let states = |parsed: Result<Parsed, _>| {
            let mut states: Vec<String> = parsed.ok()?.machine.states.values().map(|state| format!("{state:?}")).collect();
            states.sort();
            Some(states)
        };
        prop_assert_eq!(states(compact), states(pretty));
    }

    #[test]
    fn the_order_of_members_decides_about_nothing_but_the_order_of_findings(definition in nearly_right()) {
        let as_written = parse(&definition.to_string(), MachineType::Standard);
        let turned = parse(&backwards(&definition).to_string(), MachineType::Standard);
        let texts = |parsed| {
            let mut texts: Vec<String> = findings(parsed).iter().map(ToString::to_string).collect();
            texts.sort();
            texts
        };
        prop_assert_eq!(texts(&as_written), texts(&turned));
    }
}

/// The same value with the members of all objects in the opposite order.
fn backwards(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(backwards).collect(),
        Value::Object(members) => {
            let members: Map<_, _> =
                members.iter().rev().map(|(name, member)| (name.clone(), backwards(member))).collect();
            Value::Object(members)
        }
        other => other.clone(),
    }
}

#[test]
fn nothing_is_wrong_with_the_definition_that_the_others_start_from() {
    let parsed = parse(&right().to_string(), MachineType::Standard).unwrap();
    assert_eq!(parsed.warnings, []);
}
