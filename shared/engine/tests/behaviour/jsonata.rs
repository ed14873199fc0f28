//! The fields of JSONata states: what each reads, and what it gives.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>.

use serde_json::{Value, json};

use crate::definitions::{FUNCTION, only, states, task, with};
use crate::world::{START, World, fails, ok, outcome};

const INPUT: &str = r#"{"a": {"b": [1, 2, 3]}, "n": 2, "t": "x"}"#;

/// A state of a machine that is JSONata as a whole.
fn jsonata(machine: Value) -> Value {
    with(machine, json!({ "QueryLanguage": "JSONata" }))
}

/// A machine of one JSONata state `S`.
fn one(type_name: &str, fields: Value) -> Value {
    jsonata(only(with(json!({ "Type": type_name }), fields)))
}

#[test]
fn output_is_any_json_with_expressions_in_it() {
    for (output, expected) in [
        (json!("{% $states.input.a.b %}"), "[1,2,3]"),
        (json!("{% $sum($states.input.a.b) + $states.input.n %}"), "8"),
        (
            json!({ "x": ["{% $states.input.t %}", 1.5, null, "$.a", " {% 1 %} "] }),
            r#"{"x":["x",1.5,null,"$.a"," {% 1 %} "]}"#,
        ),
        (json!("{% {'b': 1, 'a': $states.input.n} %}"), r#"{"b":1,"a":2}"#),
        (json!("{% null %}"), "null"),
        (json!(7), "7"),
        (json!({}), "{}"),
        (json!("text"), r#""text""#),
    ] {
        for type_name in ["Pass", "Succeed"] {
            let definition = one(type_name, json!({ "Output": output }));
            assert_eq!(outcome(definition, INPUT, []), expected, "{type_name} {output}");
        }
        let wait = one("Wait", json!({ "Seconds": 0, "Output": output }));
        assert_eq!(outcome(wait, INPUT, []), expected, "Wait {output}");
    }
}

#[test]
fn without_output_the_text_of_the_input_passes_through() {
    for definition in [one("Pass", json!({})), one("Succeed", json!({})), one("Wait", json!({ "Seconds": 0 }))] {
        assert_eq!(outcome(definition.clone(), INPUT, []), INPUT, "{definition}");
    }
    assert_eq!(outcome(one("Task", json!({ "Resource": FUNCTION })), INPUT, [ok("[ 1 ]")]), "[ 1 ]");
}

#[test]
fn a_task_has_arguments_and_a_result() {
    let state = json!({
        "Resource": FUNCTION,
        "Arguments": { "n": "{% $states.input.n * 2 %}", "c": 1 },
        "Assign": { "v": "{% $states.result.r %}", "i": "{% $states.input.n %}" },
        "Output": { "r": "{% $states.result %}", "i": "{% $states.input.t %}", "v": "{% $exists($v) %}" },
    });
    let world = World::new(&one("Task", state), INPUT, [ok(r#"{"r": 1}"#)]).play();
    assert_eq!(world.requests[0].payload.as_str(), r#"{"n":4,"c":1}"#);
    assert_eq!(world.outcome(), r#"{"r":{"r":1},"i":"x","v":false}"#);
    assert!(world.printed().contains(r#"assigned {"i": 2, "v": 1}"#), "{}", world.printed());

    let whole = json!({ "Resource": FUNCTION, "Arguments": "{% $states.input.a.b[0] %}" });
    let world = World::new(&one("Task", whole), INPUT, [ok("null")]).play();
    assert_eq!(world.requests[0].payload.as_str(), "1");
    let none = World::new(&one("Task", json!({ "Resource": FUNCTION })), INPUT, [ok("null")]).play();
    assert_eq!(none.requests[0].payload.as_str(), INPUT);
}

#[test]
fn the_role_of_a_task_is_computed() {
    let state =
        json!({ "Resource": FUNCTION, "Credentials": { "RoleArn": "{% 'arn:aws:iam::1:role/' & $states.input.t %}" } });
    let world = World::new(&one("Task", state), INPUT, [ok("1")]).play();
    assert_eq!(&*world.requests[0].role_arn, "arn:aws:iam::1:role/x");
    assert!(world.printed().contains(" as arn:aws:iam::1:role/x"), "{}", world.printed());
}

#[test]
fn timeout_and_wait_are_computed() {
    let state = json!({ "Resource": FUNCTION, "TimeoutSeconds": "{% $states.input.n + 1.0 %}" });
    let world = World::new(&one("Task", state), INPUT, [ok("1").after(4)]).play();
    assert_eq!(world.outcome(), "States.Timeout");
    assert_eq!(world.now, START.plus_seconds(4));
    for (fields, seconds) in [
        (json!({ "Seconds": "{% $states.input.n %}" }), 2),
        (json!({ "Seconds": "{% 0 %}" }), 0),
        (json!({ "Timestamp": "{% '2026-01-01T00:00:0' & $states.input.n & 'Z' %}" }), 2),
        (json!({ "Timestamp": "{% $fromMillis($millis() + 5000) %}" }), 5),
        (json!({ "Timestamp": "2026-01-01T00:00:03Z" }), 3),
    ] {
        let world = World::new(&one("Wait", fields.clone()), INPUT, []).play();
        assert_eq!((world.outcome().as_str(), world.now), (INPUT, START.plus_seconds(seconds)), "{fields}");
    }
}

#[test]
fn a_choice_takes_the_first_rule_whose_condition_is_true() {
    let definition = jsonata(states(json!({
        "First": { "Type": "Pass", "Assign": { "v": "before" }, "Next": "S" },
        "S": {
            "Type": "Choice",
            "Choices": [
                { "Condition": "{% $states.input.n = 1 and $v = 'before' %}", "Next": "Show",
                  "Assign": { "v": "one" }, "Output": { "o": "{% $v %}" } },
                { "Condition": "{% $states.input.n in [2] %}", "Next": "Show" },
                { "Condition": false, "Next": "Show" },
                { "Condition": "{% $states.input.n > 3 %}", "Next": "Show", "Output": 4 },
            ],
            "Default": "Show",
            "Assign": { "v": "default" },
            "Output": "by default",
        },
        "Show": { "Type": "Pass", "Output": "{% [$states.input, $v] %}", "End": true },
    })));
    for (input, expected) in [
        (r#"{"n":1}"#, r#"[{"o":"before"},"one"]"#),
        (r#"{"n":2}"#, r#"[{"n":2},"before"]"#),
        (r#"{"n":3}"#, r#"["by default","default"]"#),
        (r#"{"n":4}"#, r#"[4,"before"]"#),
    ] {
        assert_eq!(outcome(definition.clone(), input, []), expected, "{input}");
    }
    // What comes after the rule that holds is not looked at.
    let definition = jsonata(states(json!({
        "S": { "Type": "Choice", "Choices": [
            { "Condition": true, "Next": "Yes" }, { "Condition": "{% $states.input.none %}", "Next": "Yes" }] },
        "Yes": { "Type": "Succeed" },
    })));
    assert_eq!(outcome(definition, "{}", []), "{}");
}

#[test]
fn fail_computes_its_error_and_cause() {
    for (fields, expected) in [
        (
            json!({ "Error": "{% 'E' & $states.input.n %}", "Cause": "{% $string($states.input.a) %}" }),
            r#"E2: {"b":[1,2,3]}"#,
        ),
        (json!({ "Error": "Plain", "Cause": "{% $states.context.State.Name %}" }), "Plain: S"),
        (json!({ "Error": "{% $states.input.t %}" }), "x"),
    ] {
        assert_eq!(outcome(one("Fail", fields.clone()), INPUT, []), expected, "{fields}");
    }
}

#[test]
fn a_parallel_state_gives_its_arguments_to_each_branch_and_has_their_outputs_as_result() {
    let branch = |name: &str, output: &str| states(json!({ name: { "Type": "Pass", "Output": output, "End": true } }));
    let parallel = |fields: Value| {
        let branches = [branch("L", "{% $states.input %}"), branch("R", "{% $v %}")];
        jsonata(states(json!({
            "First": { "Type": "Pass", "Assign": { "v": 9 }, "Next": "S" },
            "S": with(json!({ "Type": "Parallel", "Branches": branches, "End": true }), fields),
        })))
    };
    for (fields, expected) in [
        (json!({}), r#"[{"a":{"b":[1,2,3]},"n":2,"t":"x"},9]"#),
        (json!({ "Arguments": "{% $states.input.n %}" }), "[2,9]"),
        (
            json!({ "Arguments": { "k": 1 }, "Output": { "r": "{% $states.result %}", "n": "{% $states.input.n %}" } }),
            r#"{"r":[{"k":1},9],"n":2}"#,
        ),
    ] {
        assert_eq!(outcome(parallel(fields.clone()), INPUT, []), expected, "{fields}");
    }
}

#[test]
fn a_map_runs_its_items_through_their_selector() {
    let processor = states(json!({ "In": { "Type": "Pass", "Output": "{% [$states.input, $v] %}", "End": true } }));
    let map = |fields: Value| {
        let map = json!({ "Type": "Map", "ItemProcessor": processor, "End": true });
        jsonata(states(json!({
            "First": { "Type": "Pass", "Assign": { "v": 9 }, "Output": [1, 2], "Next": "S" },
            "S": with(map, fields),
        })))
    };
    for (fields, expected) in [
        (json!({}), "[[1,9],[2,9]]"),
        (
            json!({ "Items": "{% $map($states.input, function($i){ $i * 10 }) %}", "MaxConcurrency": "{% 1 %}" }),
            "[[10,9],[20,9]]",
        ),
        (json!({ "Items": ["a", "{% $v %}", {}] }), r#"[["a",9],[9,9],[{},9]]"#),
        (
            json!({ "Items": "{% [$states.input[0]] %}",
                 "ItemSelector": { "i": "{% $states.context.Map.Item.Index %}", "v": "{% $states.context.Map.Item.Value %}",
                                   "all": "{% $states.input %}" } }),
            r#"[[{"i":0,"v":1,"all":[1,2]},9]]"#,
        ),
        (
            json!({ "ToleratedFailureCount": "{% 1 %}", "ToleratedFailurePercentage": "{% 0.5 %}",
                 "Output": { "r": "{% $sum($states.result.$[0]) %}", "n": "{% $count($states.input) %}" },
                 "Assign": { "w": "{% $states.result %}" } }),
            r#"{"r":3,"n":2}"#,
        ),
    ] {
        assert_eq!(outcome(map(fields.clone()), "{}", []), expected, "{fields}");
    }
}

#[test]
fn a_catcher_sees_the_error_output() {
    let definition = |catcher: Value| {
        jsonata(states(json!({
            "S": task(json!({
                "Catch": [
                    { "ErrorEquals": ["Other"], "Output": "not this one", "Next": "Show" },
                    with(json!({ "ErrorEquals": ["E"], "Next": "Show" }), catcher),
                ],
                "Output": "{% $states.result %}",
                "End": true,
            })),
            "Show": { "Type": "Pass", "Output": { "in": "{% $states.input %}", "v": "{% $exists($v) ? $v : 'none' %}" }, "End": true },
        })))
    };
    for (catcher, expected) in [
        (json!({}), r#"{"in":{"Error":"E","Cause":"why"},"v":"none"}"#),
        (json!({ "Output": "{% $states.errorOutput.Cause & $states.input.t %}" }), r#"{"in":"whyx","v":"none"}"#),
        (
            json!({ "Assign": { "v": "{% $states.errorOutput.Error %}" }, "Output": { "i": "{% $states.input.n %}" } }),
            r#"{"in":{"i":2},"v":"E"}"#,
        ),
    ] {
        assert_eq!(outcome(definition(catcher.clone()), INPUT, [fails("E", "why")]), expected, "{catcher}");
    }
}

#[test]
fn both_query_languages_share_their_variables() {
    let definition = states(json!({
        "Path": { "Type": "Pass", "Assign": { "v.$": "$.a", "w": 1.50 }, "ResultPath": null, "Next": "Ata" },
        "Ata": { "Type": "Pass", "QueryLanguage": "JSONata",
            "Assign": { "sum": "{% $sum($v.b) + $w %}", "v": "{% $v.b[1] %}" }, "Output": "{% $v %}", "Next": "Again" },
        "Again": { "Type": "Pass", "Parameters": { "in.$": "$", "v.$": "$v", "sum.$": "$sum", "f.$": "States.Format('{}', $sum)" }, "End": true },
    }));
    assert_eq!(outcome(definition, INPUT, []), r#"{"in":{"b":[1,2,3]},"v":2,"sum":7.5,"f":"7.5"}"#);
}

#[test]
fn states_has_the_context_object() {
    let output = "{% $states.context.(State.Name & ' of ' & StateMachine.Name & ' in ' & Execution.Name) %}";
    assert_eq!(outcome(one("Pass", json!({ "Output": output })), INPUT, []), r#""S of machine in name""#);
    let state = json!({
        "Resource": FUNCTION, "Output": "{% $states.context.State.RetryCount %}",
        "Retry": [{ "ErrorEquals": ["E"], "IntervalSeconds": 1 }],
    });
    assert_eq!(outcome(one("Task", state), INPUT, [fails("E", ""), ok("1")]), "1");
    let output = "{% $states.context.Execution.Input.t %}";
    assert_eq!(outcome(one("Pass", json!({ "Output": output })), INPUT, []), r#""x""#);
}

#[test]
fn time_and_chance_come_with_the_message() {
    let state =
        one("Pass", json!({ "Output": ["{% $now() %}", "{% $millis() %}", "{% $random() %}", "{% $uuid() %}"] }));
    let play = |seed| {
        let mut world = World::new(&state, INPUT, []);
        world.seed = seed;
        world.play().outcome()
    };
    let first: Value = serde_json::from_str(&play(1)).unwrap();
    assert_eq!(first[0], "2026-01-01T00:00:00.000Z");
    assert_eq!(first[1], START.as_millis());
    assert_eq!(play(1), play(1));
    assert_ne!(play(1), play(2));
}
