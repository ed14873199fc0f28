//! Choice rules.

use super::*;

#[track_caller]
fn check_rule(rule: Value, expected: &[&str]) {
    check_state(json!({"Type": "Choice", "Choices": [rule], "Default": "Done"}), expected);
}

#[test]
fn there_is_at_least_one_rule() {
    for (state, expected) in [
        (json!({"Type": "Choice"}), "These fields are required: [Choices] at /States/X"),
        (json!({"Type": "Choice", "Choices": []}), "Value cannot be empty at /States/X/Choices"),
        (json!({"Type": "Choice", "Choices": [1]}), "Expected value of type [OBJECT] at /States/X/Choices[0]"),
    ] {
        check_state(state, &[expected]);
    }
}

#[test]
fn every_operator_takes_its_kind_of_value() {
    let numeric = json!(1.5);
    let timestamp = json!("2016-03-14T01:59:00Z");
    for (prefix, good, bad, message) in [
        ("String", json!("a"), json!(1), "Expected value of type [STRING]"),
        ("Numeric", numeric, json!("1"), "Expected value of type [NUMBER]"),
        ("Timestamp", timestamp, json!("2016"), "String does not match RFC3339 timestamp"),
    ] {
        for relation in ["Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals"] {
            let operator = format!("{prefix}{relation}");
            check_rule(json!({"Variable": "$.a", &operator: good, "Next": "Done"}), &[]);
            let message = format!("{message} at /States/X/Choices[0]/{operator}");
            check_rule(json!({"Variable": "$.a", &operator: bad, "Next": "Done"}), &[&message]);
            let by_path = format!("{operator}Path");
            check_rule(json!({"Variable": "$.a", &by_path: "$.b", "Next": "Done"}), &[]);
            let message = format!(
                "Value is not a Reference Path: Reference path didn't start with '$' at /States/X/Choices[0]/{by_path}"
            );
            check_rule(json!({"Variable": "$.a", &by_path: "b", "Next": "Done"}), &[&message]);
        }
    }
    for operator in ["BooleanEquals", "IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp"] {
        check_rule(json!({"Variable": "$.a", operator: false, "Next": "Done"}), &[]);
        let message = format!("Expected value of type [BOOLEAN] at /States/X/Choices[0]/{operator}");
        check_rule(json!({"Variable": "$.a", operator: "true", "Next": "Done"}), &[&message]);
    }
    check_rule(json!({"Variable": "$.a", "BooleanEqualsPath": "$.b", "Next": "Done"}), &[]);
    check_rule(json!({"Variable": "$.a", "StringMatches": "a*", "Next": "Done"}), &[]);
}

#[test]
fn a_rule_tests_one_thing() {
    let one_of = "The object must have only one of the following fields, [And, Or, Not, Variable, Condition] at /States/X/Choices[0]";
    let test = json!({"Variable": "$.a", "IsNull": true});
    for (rule, expected) in [
        (json!({"Next": "Done"}), &[one_of][..]),
        (json!({"And": [test], "Not": test, "Next": "Done"}), &[one_of]),
        (json!({"And": [test, {"Or": [test, {"Not": test}]}], "Next": "Done"}), &[]),
        (json!({"And": [], "Next": "Done"}), &["Value cannot be empty at /States/X/Choices[0]/And"]),
        (json!({"Not": [], "Next": "Done"}), &["Expected value of type [OBJECT] at /States/X/Choices[0]/Not"]),
        (
            json!({"And": [with(test.clone(), json!({"Next": "Done"}))], "Next": "Done"}),
            &["Field 'Next' is not supported at /States/X/Choices[0]/And[0]"],
        ),
        (
            json!({"Not": with(test.clone(), json!({"IsNul": true})), "Next": "Done"}),
            &["Field 'IsNul' is not supported at /States/X/Choices[0]/Not"],
        ),
        (with(test.clone(), json!({"Assign": {"a": 1}, "Comment": "c", "Next": "Done"})), &[]),
        (test.clone(), &["These fields are required: [Next] at /States/X/Choices[0]"]),
        (
            with(test.clone(), json!({"Next": "Done", "Variable": "States.UUID()"})),
            &["Value is not a Reference Path: Reference path didn't start with '$' at /States/X/Choices[0]/Variable"],
        ),
        (
            with(test.clone(), json!({"Next": "Done", "Variable": "$.a[*]"})),
            &["Value is not a Reference Path: '[' must be followed by ' or '[' at /States/X/Choices[0]/Variable"],
        ),
        (with(test.clone(), json!({"Next": "Done", "Variable": "$$.Execution.Name"})), &[]),
        (with(test.clone(), json!({"Next": "Done", "Variable": "$name.a[0]"})), &[]),
    ] {
        check_rule(rule, expected);
    }
}

#[test]
fn a_test_has_one_operator() {
    for (rule, start) in [
        (
            json!({"Variable": "$.a", "Next": "Done"}),
            "This object should have only one of the following fields: [StringEquals, ",
        ),
        (
            json!({"Variable": "$.a", "IsNull": true, "IsString": true, "Next": "Done"}),
            "There should only be one of the following fields: [StringEquals, ",
        ),
    ] {
        let state = json!({"Type": "Choice", "Choices": [rule], "Default": "Done"});
        let found = findings_of(&around(state).to_string(), MachineType::Standard);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(&format!("SCHEMA_VALIDATION_FAILED: {start}")), "{found:?}");
        assert!(found[0].ends_with("IsTimestamp] at /States/X/Choices[0]"), "{found:?}");
    }
}

#[test]
fn jsonata_rules_have_a_condition() {
    let state = |rule: Value| jsonata(json!({"Type": "Choice", "Choices": [rule], "Default": "Done"}));
    for (rule, expected) in [
        (json!({"Condition": "{% true %}", "Next": "Done", "Output": 1, "Assign": {"a": 1}}), &[][..]),
        (json!({"Condition": true, "Next": "Done"}), &[]),
        (json!({"Next": "Done"}), &["These fields are required: [Condition] at /States/X/Choices[0]"]),
        (
            json!({"Condition": 1, "Next": "Done"}),
            &["Expected value of type [STRING, BOOLEAN] at /States/X/Choices[0]/Condition"],
        ),
        (
            json!({"Condition": "true", "Next": "Done"}),
            &["JSONata string must start with {% and end with %} at /States/X/Choices[0]/Condition"],
        ),
        (
            json!({"Variable": "$.a", "Next": "Done"}),
            &["The QueryLanguage is set to 'JSONata', but field 'Variable' is only supported for the 'JSONPath' \
               QueryLanguage at /States/X/Choices[0]"],
        ),
    ] {
        check_state(state(rule), expected);
    }
    check_rule(
        json!({"Condition": "{% true %}", "Next": "Done"}),
        &[
            "The QueryLanguage is set to 'JSONPath', but field 'Condition' is only supported for the 'JSONata' QueryLanguage \
           at /States/X/Choices[0]",
        ],
    );
}
