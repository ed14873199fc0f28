//! `Assign` and `$name`: <https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html>.

use serde_json::{Value, json};

use crate::definitions::{only, states, task, with};
use crate::world::{check, fails, ok, outcome};

/// A state that assigns, then one that shows what the variables are.
fn shown(state: Value, template: Value) -> Value {
    states(json!({
        "S": with(state, json!({ "Next": "Show" })),
        "Show": { "Type": "Pass", "Parameters": template, "End": true },
    }))
}

#[test]
fn assign_sees_the_result_of_a_state_that_has_one_and_the_input_of_others() {
    let input = r#"{"a":1,"b":{"c":2}}"#;
    for (state, replies, expected) in [
        (json!({ "Type": "Pass", "Assign": { "v.$": "$.a" } }), vec![], "1"),
        (json!({ "Type": "Pass", "Result": { "r": 7 }, "Assign": { "v.$": "$.r" } }), vec![], "7"),
        (json!({ "Type": "Pass", "Parameters": { "p.$": "$.b" }, "Assign": { "v.$": "$.p.c" } }), vec![], "2"),
        (json!({ "Type": "Wait", "Seconds": 0, "InputPath": "$.b", "Assign": { "v.$": "$.c" } }), vec![], "2"),
        (task(json!({ "Assign": { "v.$": "$.x" }, "ResultPath": null })), vec![ok(r#"{"x":9}"#)], "9"),
        (task(json!({ "ResultSelector": { "y.$": "$.x" }, "Assign": { "v.$": "$.y" } })), vec![ok(r#"{"x":9}"#)], "9"),
        (json!({ "Type": "Pass", "Assign": { "v": { "deep": [1, null] } } }), vec![], r#"{"deep":[1,null]}"#),
        (json!({ "Type": "Pass", "Assign": { "v.$": "States.MathAdd($.a, 1)" } }), vec![], "2"),
        (json!({ "Type": "Pass", "Assign": { "v.$": "$$.State.Name" } }), vec![], r#""S""#),
    ] {
        let definition = shown(state.clone(), json!({ "v.$": "$v" }));
        assert_eq!(outcome(definition, input, replies), format!(r#"{{"v":{expected}}}"#), "{state}");
    }
}

#[test]
fn a_choice_assigns_by_the_rule_that_held_or_else_by_itself() {
    let choice = json!({
        "Type": "Choice",
        "Choices": [
            { "Variable": "$.n", "NumericEquals": 1, "Assign": { "v": "one" }, "Next": "Show" },
            { "Variable": "$.n", "NumericEquals": 2, "Next": "Show" },
        ],
        "Assign": { "v": "default" },
        "Default": "Show",
    });
    let definition = states(json!({
        "First": { "Type": "Pass", "Assign": { "v": "first" }, "Next": "S" },
        "S": choice,
        "Show": { "Type": "Pass", "Parameters": { "v.$": "$v" }, "End": true },
    }));
    for (input, expected) in [(r#"{"n":1}"#, "one"), (r#"{"n":2}"#, "first"), (r#"{"n":3}"#, "default")] {
        assert_eq!(outcome(definition.clone(), input, []), format!(r#"{{"v":"{expected}"}}"#), "{input}");
    }
}

#[test]
fn a_catcher_assigns_from_the_error_output() {
    let definition = states(json!({
        "S": task(json!({
            "Catch": [{ "ErrorEquals": ["E"], "Assign": { "v.$": "$.Cause" }, "ResultPath": null, "Next": "Show" }],
            "Assign": { "v": "not this one" },
            "End": true,
        })),
        "Show": { "Type": "Pass", "Parameters": { "v.$": "$v", "input.$": "$" }, "End": true },
    }));
    assert_eq!(outcome(definition, "{}", [fails("E", "why")]), r#"{"v":"why","input":{}}"#);
}

#[test]
fn all_of_an_assign_sees_the_variables_as_they_were_before() {
    let definition = states(json!({
        "A": { "Type": "Pass", "Assign": { "x": 1, "y": 2 }, "Next": "B" },
        "B": { "Type": "Pass", "Assign": { "x.$": "$y", "y.$": "$x" }, "Next": "C" },
        "C": { "Type": "Pass", "Parameters": { "x.$": "$x", "y.$": "$y" }, "End": true },
    }));
    assert_eq!(outcome(definition, "{}", []), r#"{"x":2,"y":1}"#);
}

#[test]
fn variables_are_read_wherever_a_path_is() {
    let definition = states(json!({
        "A": { "Type": "Pass", "Assign": { "o": { "k": "v" }, "n": 5, "t": "2020-01-01T00:00:00Z", "zero": 0 }, "Next": "B" },
        "B": { "Type": "Choice", "Choices": [
            { "Variable": "$n", "NumericEqualsPath": "$n", "Next": "C" },
        ] },
        "C": { "Type": "Wait", "SecondsPath": "$zero", "Next": "D" },
        "D": { "Type": "Wait", "TimestampPath": "$t", "Next": "E" },
        "E": { "Type": "Pass", "InputPath": "$o", "Parameters": { "f.$": "States.Format('{}-{}', $.k, $n)" }, "Next": "F" },
        "F": { "Type": "Pass", "OutputPath": "$o.k", "End": true },
    }));
    assert_eq!(outcome(definition, "{}", []), r#""v""#);
}

#[test]
fn the_history_shows_what_was_assigned_and_only_where_something_was() {
    check(
        states(json!({
            "A": { "Type": "Pass", "Assign": { "x": [1] }, "Next": "B" },
            "B": { "Type": "Pass", "End": true },
        })),
        "{}",
        [],
        r#"
        1 <- 0 ExecutionStarted {}
        2 <- 0 PassStateEntered A {}
        3 <- 2 PassStateExited A {} assigned {"x": [1]}
        4 <- 3 PassStateEntered B {}
        5 <- 4 PassStateExited B {}
        6 <- 5 ExecutionSucceeded {}
    "#,
    );
}

#[test]
fn what_is_assigned_may_be_as_large_as_a_payload_and_no_larger() {
    let text = "x".repeat(200_000);
    let state = json!({ "Type": "Pass", "Assign": { "a.$": "$.t", "b.$": "$.t" } });
    let input = json!({ "t": text }).to_string();
    assert!(outcome(only(state), &input, []).starts_with("States.DataLimitExceeded"), "two of 200 KB");
}
