//! The Map state, inline: which iterations run, and what their events point to. As AWS was seen to record it.

use serde_json::{Value, json};

use crate::definitions::{only, states, task, with};
use crate::world::{World, check, ok, outcome};

/// A Map over the input itself, whose iterations are of these states.
pub fn map(processor: Value, fields: Value) -> Value {
    with(json!({ "Type": "Map", "ItemProcessor": states(processor) }), fields)
}

pub fn pass() -> Value {
    json!({ "P": { "Type": "Pass", "End": true } })
}

pub fn wait(seconds: u64) -> Value {
    json!({ "W": { "Type": "Wait", "Seconds": seconds, "End": true } })
}

#[test]
fn an_iteration_begins_where_the_one_before_it_ended() {
    check(
        only(map(pass(), json!({ "MaxConcurrency": 1 }))),
        r#"[ "a", 2 ]"#,
        [],
        r#"
        1 <- 0 ExecutionStarted [ "a", 2 ]
        2 <- 0 MapStateEntered S [ "a", 2 ]
        3 <- 2 MapStateStarted 2
        4 <- 3 MapIterationStarted S 0
        5 <- 4 PassStateEntered P "a"
        6 <- 5 PassStateExited P "a"
        7 <- 6 MapIterationSucceeded S 0
        8 <- 6 MapIterationStarted S 1
        9 <- 8 PassStateEntered P 2
        10 <- 9 PassStateExited P 2
        11 <- 10 MapIterationSucceeded S 1
        12 <- 11 MapStateSucceeded
        13 <- 11 MapStateExited S ["a",2]
        14 <- 13 ExecutionSucceeded ["a",2]
    "#,
    );
}

#[test]
fn a_map_over_nothing_succeeds_at_once() {
    check(
        only(map(pass(), json!({}))),
        "[]",
        [],
        "
        1 <- 0 ExecutionStarted []
        2 <- 0 MapStateEntered S []
        3 <- 2 MapStateStarted 0
        4 <- 3 MapStateSucceeded
        5 <- 3 MapStateExited S []
        6 <- 5 ExecutionSucceeded []
    ",
    );
}

#[test]
fn iterations_run_side_by_side_and_their_outputs_are_in_the_order_of_the_items() {
    let processor = json!({ "W": { "Type": "Wait", "SecondsPath": "$", "End": true } });
    check(
        only(map(processor, json!({}))),
        "[2,1]",
        [],
        "
        1 <- 0 ExecutionStarted [2,1]
        2 <- 0 MapStateEntered S [2,1]
        3 <- 2 MapStateStarted 2
        4 <- 3 MapIterationStarted S 0
        5 <- 3 MapIterationStarted S 1
        6 <- 4 WaitStateEntered W 2
        7 <- 5 WaitStateEntered W 1
        8 <- 7 WaitStateExited W 1 @1s
        9 <- 8 MapIterationSucceeded S 1
        10 <- 6 WaitStateExited W 2 @2s
        11 <- 10 MapIterationSucceeded S 0
        12 <- 11 MapStateSucceeded
        13 <- 11 MapStateExited S [2,1]
        14 <- 13 ExecutionSucceeded [2,1]
    ",
    );
}

/// The most branches but that of the Map itself that any run of the execution has.
fn most_live(fields: Value, items: usize) -> usize {
    let input = Value::from((0..items).collect::<Vec<_>>()).to_string();
    let world = World::new(&only(map(wait(1), fields)), &input, []).play();
    assert_eq!(world.outcome(), input);
    world.steps.iter().map(|step| step.run.branches.len()).max().unwrap() - 1
}

#[test]
fn no_more_iterations_are_live_than_the_state_and_the_service_allow() {
    for (fields, items, expected) in [
        (json!({}), 100, 40),
        (json!({}), 39, 39),
        (json!({ "MaxConcurrency": 0 }), 50, 40),
        (json!({ "MaxConcurrency": 1 }), 5, 1),
        (json!({ "MaxConcurrency": 3 }), 100, 3),
        (json!({ "MaxConcurrency": 1000 }), 100, 40),
        (json!({ "MaxConcurrencyPath": "$[2]" }), 10, 2),
    ] {
        assert_eq!(most_live(fields.clone(), items), expected, "{fields}, {items} items");
    }
}

#[test]
fn tasks_of_several_iterations_are_called_side_by_side() {
    let processor = json!({ "T": task(json!({ "End": true })) });
    let replies = [ok("\"x\"").after(3), ok("\"y\"").after(1)];
    let world = World::new(&only(map(processor, json!({}))), "[1,2]", replies).play();
    assert_eq!(world.outcome(), r#"["x","y"]"#);
    assert_eq!(world.now.millis_since(crate::world::START), 3_000);
    let tokens: Vec<u32> = world.requests.iter().map(|request| request.token.branch).collect();
    assert_eq!(tokens, [1, 2]);
}

#[test]
fn the_older_names_of_the_fields_still_hold() {
    let definition = only(json!({
        "Type": "Map", "Iterator": states(pass()), "Parameters": { "v.$": "$$.Map.Item.Value" },
    }));
    assert_eq!(outcome(definition, "[1]", []), r#"[{"v":1}]"#);
}

#[test]
fn maps_nest_in_maps_and_in_parallel_states() {
    let inner = json!({ "M": map(pass(), json!({ "End": true })) });
    assert_eq!(outcome(only(map(inner.clone(), json!({}))), "[[1,2],[],[3]]", []), "[[1,2],[],[3]]");
    let parallel = json!({ "Type": "Parallel", "Branches": [states(inner), states(wait(1))] });
    assert_eq!(outcome(only(parallel.clone()), "[1,2]", []), "[[1,2],[1,2]]");
    let around = json!({ "Both": with(parallel, json!({ "End": true })) });
    assert_eq!(outcome(only(map(around, json!({ "MaxConcurrency": 1 }))), "[[1],[2]]", []), "[[[1],[1]],[[2],[2]]]");
}

#[test]
fn a_nested_map_points_to_the_iteration_around_it() {
    let inner = json!({ "M": map(pass(), json!({ "End": true })) });
    check(
        only(map(inner, json!({ "MaxConcurrency": 1 }))),
        "[[1],[]]",
        [],
        "
        1 <- 0 ExecutionStarted [[1],[]]
        2 <- 0 MapStateEntered S [[1],[]]
        3 <- 2 MapStateStarted 2
        4 <- 3 MapIterationStarted S 0
        5 <- 4 MapStateEntered M [1]
        6 <- 5 MapStateStarted 1
        7 <- 6 MapIterationStarted M 0
        8 <- 7 PassStateEntered P 1
        9 <- 8 PassStateExited P 1
        10 <- 9 MapIterationSucceeded M 0
        11 <- 10 MapStateSucceeded
        12 <- 10 MapStateExited M [1]
        13 <- 12 MapIterationSucceeded S 0
        14 <- 12 MapIterationStarted S 1
        15 <- 14 MapStateEntered M []
        16 <- 15 MapStateStarted 0
        17 <- 16 MapStateSucceeded
        18 <- 16 MapStateExited M []
        19 <- 18 MapIterationSucceeded S 1
        20 <- 19 MapStateSucceeded
        21 <- 19 MapStateExited S [[1],[]]
        22 <- 21 ExecutionSucceeded [[1],[]]
    ",
    );
}
