//! `InputPath`, `Parameters`, `Result`, `ResultSelector`, `ResultPath`, `OutputPath`: in every state type that has them.

use serde_json::{Value, json};

use crate::definitions::{only, states, task, with};
use crate::world::{World, ok, outcome};

const INPUT: &str = r#"{"a":{"b":[1,2,3]},"c":"x"}"#;

fn failed(why: &str) -> String {
    format!("States.Runtime: An error occurred while executing the state 'S' (entered at the event id #2). {why}")
}

#[test]
fn pass_fields() {
    for (fields, expected) in [
        (json!({}), INPUT),
        (json!({ "InputPath": "$" }), INPUT),
        (json!({ "InputPath": null }), "{}"),
        (json!({ "InputPath": "$.a" }), r#"{"b":[1,2,3]}"#),
        (json!({ "InputPath": "$.a.b[1]" }), "2"),
        (json!({ "InputPath": "$.a.b[*]" }), "[1,2,3]"),
        (json!({ "Parameters": { "p.$": "$.c", "q": 1 } }), r#"{"p":"x","q":1}"#),
        (json!({ "InputPath": "$.a", "Parameters": { "p.$": "$.b[0]" } }), r#"{"p":1}"#),
        (json!({ "InputPath": null, "Parameters": { "p.$": "$" } }), r#"{"p":{}}"#),
        (json!({ "Parameters": { "p.$": "$$.State.Name" } }), r#"{"p":"S"}"#),
        (json!({ "Parameters": { "p.$": "States.ArrayLength($.a.b)" } }), r#"{"p":3}"#),
        (json!({ "Result": { "r": [true] } }), r#"{"r":[true]}"#),
        (json!({ "Result": "r" }), r#""r""#),
        (json!({ "Result": "r", "Parameters": { "p": 1 } }), r#""r""#),
        (json!({ "Result": 7, "ResultPath": "$.r" }), r#"{"a":{"b":[1,2,3]},"c":"x","r":7}"#),
        (json!({ "Result": 7, "ResultPath": "$.a" }), r#"{"a":7,"c":"x"}"#),
        (json!({ "Result": 7, "ResultPath": "$.new.deep" }), r#"{"a":{"b":[1,2,3]},"c":"x","new":{"deep":7}}"#),
        (json!({ "Result": 7, "ResultPath": "$.a.b[0]" }), r#"{"a":{"b":[7,2,3]},"c":"x"}"#),
        (json!({ "Result": 7, "ResultPath": null }), INPUT),
        (json!({ "Result": 7, "ResultPath": "$" }), "7"),
        // The result goes into the raw input, not into what InputPath leaves of it.
        (json!({ "InputPath": "$.c", "ResultPath": "$.r" }), r#"{"a":{"b":[1,2,3]},"c":"x","r":"x"}"#),
        (json!({ "OutputPath": "$.c" }), r#""x""#),
        (json!({ "OutputPath": null }), "{}"),
        (json!({ "Result": { "r": 1 }, "OutputPath": "$.r" }), "1"),
        (json!({ "Result": { "r": 1 }, "ResultPath": "$.a", "OutputPath": "$.a.r" }), "1"),
    ] {
        let state = with(json!({ "Type": "Pass" }), fields.clone());
        assert_eq!(outcome(only(state), INPUT, []), expected, "{fields}");
    }
}

#[test]
fn paths_that_find_nothing_fail_the_state() {
    let missing = |path: &str| failed(&format!("Invalid path '{path}' : No results for path: $['nope']"));
    for (fields, expected) in
        [(json!({ "InputPath": "$.nope" }), missing("$.nope")), (json!({ "OutputPath": "$.nope" }), missing("$.nope"))]
    {
        let state = with(json!({ "Type": "Pass" }), fields.clone());
        assert_eq!(outcome(only(state), INPUT, []), expected, "{fields}");
    }
    let state = json!({ "Type": "Pass", "Parameters": { "p.$": "$.nope" } });
    let outcome_of_template = outcome(only(state), INPUT, []);
    assert!(outcome_of_template.starts_with(&failed("The JSONPath '$.nope'")), "{outcome_of_template}");
}

#[test]
fn task_fields() {
    let result = r#"{"r":{"s":5},"t":[0]}"#;
    for (fields, sent, expected) in [
        (json!({}), INPUT, result),
        (json!({ "InputPath": "$.a" }), r#"{"b":[1,2,3]}"#, result),
        (json!({ "InputPath": null }), "{}", result),
        (json!({ "InputPath": "$.a", "Parameters": { "p.$": "$.b[2]" } }), r#"{"p":3}"#, result),
        (json!({ "ResultSelector": { "u.$": "$.r.s" } }), INPUT, r#"{"u":5}"#),
        (json!({ "ResultSelector": { "u.$": "$.r.s" }, "ResultPath": "$.a" }), INPUT, r#"{"a":{"u":5},"c":"x"}"#),
        (json!({ "ResultPath": null }), INPUT, INPUT),
        (json!({ "ResultPath": "$.a.b[1]", "OutputPath": "$.a.b[1].t" }), INPUT, "[0]"),
        (json!({ "OutputPath": "$.t[0]" }), INPUT, "0"),
    ] {
        let world = World::new(&only(task(fields.clone())), INPUT, [ok(result)]).play();
        assert_eq!(world.requests[0].payload.as_str(), sent, "{fields}");
        assert_eq!(world.outcome(), expected, "{fields}");
    }
}

#[test]
fn states_without_a_result_have_input_path_and_output_path() {
    let through: [(Value, &str); 6] = [
        (json!({}), INPUT),
        (json!({ "InputPath": "$.a" }), r#"{"b":[1,2,3]}"#),
        (json!({ "InputPath": null }), "{}"),
        (json!({ "OutputPath": "$.c" }), r#""x""#),
        (json!({ "OutputPath": null }), "{}"),
        (json!({ "InputPath": "$.a", "OutputPath": "$.b[0]" }), "1"),
    ];
    for (fields, expected) in through {
        for state in [json!({ "Type": "Wait", "Seconds": 1 }), json!({ "Type": "Succeed" })] {
            let definition = only(with(state.clone(), fields.clone()));
            assert_eq!(outcome(definition, INPUT, []), expected, "{state} {fields}");
        }
        let rule = json!({ "Variable": "$", "IsPresent": true, "Next": "Done" });
        let choice = with(json!({ "Type": "Choice", "Choices": [rule] }), fields.clone());
        let definition = states(json!({ "Choose": choice, "Done": { "Type": "Succeed" } }));
        assert_eq!(outcome(definition, INPUT, []), expected, "Choice {fields}");
    }
}

#[test]
fn fail_takes_error_and_cause_from_constants_paths_and_functions() {
    for (fields, expected) in [
        (json!({ "Error": "E", "Cause": "why" }), "E: why".to_owned()),
        (json!({ "Error": "E" }), "E".to_owned()),
        (json!({ "Cause": "why" }), "-: why".to_owned()),
        (json!({}), String::new()),
        (json!({ "ErrorPath": "$.c", "CausePath": "$.c" }), "x: x".to_owned()),
        (json!({ "ErrorPath": "$$.State.Name", "Cause": "why" }), "S: why".to_owned()),
        (json!({ "Error": "E", "CausePath": "States.Format('{}!', $.c)" }), "E: x!".to_owned()),
    ] {
        let state = with(json!({ "Type": "Fail" }), fields.clone());
        assert_eq!(outcome(only(state), INPUT, []), expected, "{fields}");
    }
    for fields in [json!({ "ErrorPath": "$.a" }), json!({ "CausePath": "$.nope" })] {
        let state = with(json!({ "Type": "Fail" }), fields.clone());
        let ended = outcome(only(state), INPUT, []);
        assert!(ended.starts_with("States.Runtime: An error occurred while executing the state 'S'"), "{ended}");
    }
}
