//! What goes into a Map state and its iterations, and what comes out.

use serde_json::{Value, json};

use crate::definitions::{only, states, with};
use crate::map::{map, pass};
use crate::world::{World, outcome};

fn told(fields: Value, input: &str) -> String {
    outcome(only(map(pass(), fields)), input, [])
}

#[test]
fn items_come_from_where_the_fields_say() {
    for (fields, expected) in [
        (json!({ "ItemsPath": "$.a.b" }), "[1,2]"),
        (json!({ "InputPath": "$.a", "ItemsPath": "$.b" }), "[1,2]"),
        (json!({ "InputPath": "$.a.b" }), "[1,2]"),
        (json!({ "ItemsPath": "$.c[0]" }), r#"[{"x":1}]"#),
        (json!({ "ItemsPath": "$$.Execution.Input.a.b" }), "[1,2]"),
    ] {
        let world = World::new(&only(map(pass(), fields.clone())), INPUT, []);
        assert_eq!(with_execution_input(world).play().outcome(), expected, "{fields}");
    }
}

const INPUT: &str = r#"{ "a": { "b": [ 1, 2 ] }, "c": [ [ { "x" : 1 } ] ], "n": 7 }"#;

/// As StartExecution has it.
fn with_execution_input(mut world: World) -> World {
    let input = engine::payload::Payload::parse(INPUT).unwrap();
    let execution = engine::execution::Execution { input: Some(input), ..(*world.run.execution).clone() };
    world.run.execution = execution.into();
    world
}

#[test]
fn the_output_goes_through_the_fields_of_a_result() {
    for (fields, expected) in [
        (json!({ "ItemsPath": "$.a.b", "ResultPath": "$.n" }), r#"{"a":{"b":[1,2]},"c":[[{"x":1}]],"n":[1,2]}"#),
        (json!({ "ItemsPath": "$.a.b", "ResultPath": null }), INPUT),
        (
            json!({ "ItemsPath": "$.a.b", "ResultSelector": { "all.$": "$", "first.$": "$[0]" } }),
            r#"{"all":[1,2],"first":1}"#,
        ),
        (json!({ "ItemsPath": "$.a.b", "OutputPath": "$[1]" }), "2"),
        (json!({ "InputPath": "$.a", "ItemsPath": "$.b", "ResultPath": "$.r", "OutputPath": "$.n" }), "7"),
    ] {
        assert_eq!(told(fields.clone(), INPUT), expected, "{fields}");
    }
}

#[test]
fn item_selector_sees_the_item_its_index_and_the_input() {
    let selector = json!({
        "item.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index", "from_input.$": "$.n", "constant": true,
    });
    for name in ["ItemSelector", "Parameters"] {
        assert_eq!(
            told(json!({ "ItemsPath": "$.a.b", name: selector }), INPUT),
            r#"[{"item":1,"index":0,"from_input":7,"constant":true},{"item":2,"index":1,"from_input":7,"constant":true}]"#
        );
    }
}

#[test]
fn states_of_an_iteration_see_its_item() {
    let show = json!({ "Type": "Pass", "Parameters": { "i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value" }, "End": true });
    let processor = json!({ "First": { "Type": "Pass", "Result": "lost", "Next": "Show" }, "Show": show });
    let definition = only(map(processor, json!({})));
    assert_eq!(outcome(definition, "[5,6]", []), r#"[{"i":0,"v":5},{"i":1,"v":6}]"#);
}

#[test]
fn a_nested_map_and_a_parallel_state_see_the_nearest_item() {
    let show =
        |name: &str| json!({ name: { "Type": "Pass", "Parameters": { "v.$": "$$.Map.Item.Value" }, "End": true } });
    let parallel = json!({ "B": { "Type": "Parallel", "Branches": [states(show("P"))], "End": true } });
    assert_eq!(outcome(only(map(parallel, json!({}))), "[1]", []), r#"[[{"v":1}]]"#);
    let inner = json!({ "M": map(show("P"), json!({ "ItemsPath": "$$.Map.Item.Value.list", "Next": "Q" })) });
    let processor = with(inner, show("Q"));
    assert_eq!(outcome(only(map(processor, json!({}))), r#"[{"list":[1,2]}]"#, []), r#"[{"v":{"list":[1,2]}}]"#);
}

#[test]
fn an_iteration_does_not_carry_an_item_that_nobody_reads() {
    let items = |definition: Value| {
        let world = World::new(&definition, "[1,2]", []).play();
        let carried = |step: &engine::record::Step| step.run.branches.iter().any(|branch| branch.item.is_some());
        world.steps.iter().any(carried)
    };
    let selected = json!({ "ItemSelector": { "v.$": "$$.Map.Item.Value" } });
    assert!(!items(only(map(pass(), selected))));
    let reading = json!({ "P": { "Type": "Pass", "InputPath": "$$", "OutputPath": "$.Map", "End": true } });
    assert!(items(only(map(reading, json!({})))));
}

#[test]
fn iterations_see_the_variables_around_them_and_keep_their_own() {
    let processor = json!({
        "A": { "Type": "Pass", "Assign": { "inner.$": "States.MathAdd($outer, $)" }, "Next": "Show" },
        "Show": { "Type": "Pass", "Parameters": { "v.$": "$inner" }, "End": true },
    });
    let definition = states(json!({
        "First": { "Type": "Pass", "Assign": { "outer": 10, "items": [1, 2] }, "Next": "S" },
        "S": map(processor, json!({ "ItemsPath": "$items", "Assign": { "count.$": "States.ArrayLength($)" }, "Next": "Last" })),
        "Last": { "Type": "Pass", "Parameters": { "r.$": "$", "outer.$": "$outer", "count.$": "$count" }, "End": true },
    }));
    assert_eq!(outcome(definition, "{}", []), r#"{"r":[{"v":11},{"v":12}],"outer":10,"count":2}"#);
}

#[test]
fn numbers_by_path_may_be_texts() {
    let input = r#"{"items":[1],"n":"2","count":"0","percentage":"12.5"}"#;
    let fields = json!({
        "ItemsPath": "$.items", "MaxConcurrencyPath": "$.n",
        "ToleratedFailureCountPath": "$.count", "ToleratedFailurePercentagePath": "$.percentage",
    });
    assert_eq!(told(fields, input), "[1]");
}

#[test]
fn fields_that_are_not_right_fail_the_execution() {
    let cause = |why: &str| {
        format!("States.Runtime: An error occurred while executing the state 'S' (entered at the event id #2). {why}")
    };
    for (fields, value, expected) in [
        (json!({ "ItemsPath": "$.v" }), json!({}), r#"Reference path "$.v" must point to array."#),
        (json!({}), json!(1), r#"Reference path "$" must point to array."#),
        (
            json!({ "ItemsPath": "$.items", "MaxConcurrencyPath": "$.v" }),
            json!("x"),
            r#"The MaxConcurrencyPath field refers to value "x" which is not a valid integer: $.v"#,
        ),
        (
            json!({ "ItemsPath": "$.items", "MaxConcurrencyPath": "$.v" }),
            json!({}),
            r#"The MaxConcurrencyPath field refers to value "{}" which is not a valid integer: $.v"#,
        ),
        (
            json!({ "ItemsPath": "$.items", "MaxConcurrencyPath": "$.v" }),
            json!(1.5),
            r#"The MaxConcurrencyPath field refers to value "1.5" which is not a valid integer: $.v"#,
        ),
        (
            json!({ "ItemsPath": "$.items", "MaxConcurrencyPath": "$.v" }),
            json!(-1),
            "Expected non-negative integer for MaxConcurrency, got '-1' instead.",
        ),
        (
            json!({ "ItemsPath": "$.items", "ToleratedFailureCountPath": "$.v" }),
            json!(-1),
            "ToleratedFailureCount cannot be negative.",
        ),
        (
            json!({ "ItemsPath": "$.items", "ToleratedFailurePercentagePath": "$.v" }),
            json!(100.1),
            "ToleratedFailurePercentage must be between 0 and 100.",
        ),
        (
            json!({ "ItemsPath": "$.items", "ToleratedFailurePercentagePath": "$.v" }),
            json!([]),
            r#"The ToleratedFailurePercentagePath field refers to value "[]" which is not a valid float: $.v"#,
        ),
    ] {
        let input = json!({ "items": [1], "v": value }).to_string();
        assert_eq!(told(fields.clone(), &input), cause(expected), "{fields}");
    }
}

#[test]
fn items_that_are_not_there_are_a_conflict_of_the_path() {
    assert_eq!(
        told(json!({ "ItemsPath": "$.no" }), "{}"),
        "States.ReferencePathConflict: An error occurred while executing the state 'S' (entered at the event id #2). \
         Unable to apply step \"no\" to input {}"
    );
}
