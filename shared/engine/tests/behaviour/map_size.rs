//! How large the run of a Map state is, and what is put aside for it.

use engine::payload::Payload;
use engine::record::Step;
use engine::run::Run;
use serde_json::{Value, json};

use crate::definitions::{only, states, task, with};
use crate::map::{map, pass, wait};
use crate::world::{World, fails, ok};

fn items(count: usize) -> String {
    let items: Vec<Value> = (0..count).map(|n| json!({ "number": n, "text": "x".repeat(n % 20) })).collect();
    Value::Array(items).to_string()
}

/// The bytes of all payloads in the run, each where it is.
fn size(run: &Run) -> usize {
    let branch = |branch: &engine::run::Branch| {
        let phase = match &branch.phase {
            engine::run::Phase::Iterating(iterations) => {
                let kept: usize = iterations.results.kept.iter().map(|(_, output)| output.len()).sum();
                let items = match &iterations.items {
                    engine::run::Items::Kept(items) => items.iter().map(Payload::len).sum(),
                    engine::run::Items::Aside { .. } => 0,
                };
                kept + items
            }
            _ => 0,
        };
        branch.input.len() + branch.item.as_ref().map_or(0, Payload::len) + phase
    };
    run.branches.iter().map(branch).sum()
}

fn largest_run(world: &World) -> usize {
    // Not while the state's input comes in, nor while its output goes out.
    let is_iterating = |step: &&Step| step.run.branches.len() > 1;
    world.steps.iter().filter(is_iterating).map(|step| size(&step.run)).max().unwrap()
}

#[test]
fn a_run_over_thousands_of_items_is_no_larger_than_over_a_hundred() {
    let played = |count: usize| {
        let input = items(count);
        let world = World::new(&only(map(pass(), json!({}))), &input, []).play();
        assert_eq!(world.outcome(), input, "{count} items");
        world
    };
    let (few, many) = (played(100), played(3_000));
    let (few, many) = (largest_run(&few), largest_run(&many));
    assert!(many <= few + 4_096, "{few} and {many} bytes");
}

#[test]
fn a_small_map_puts_nothing_aside() {
    let world = World::new(&only(map(pass(), json!({ "MaxConcurrency": 2 }))), &items(60), []).play();
    assert!(world.steps.iter().all(|step| step.aside.is_empty()));
}

#[test]
fn each_chunk_is_put_aside_once() {
    let world = World::new(&only(map(pass(), json!({}))), &items(2_000), []).play();
    let mut hashes: Vec<_> = world.steps.iter().flat_map(|step| &step.aside).map(|chunk| chunk.hash()).collect();
    let bytes: usize = world
        .steps
        .iter()
        .flat_map(|step| &step.aside)
        .flat_map(|chunk| &chunk.payloads)
        .map(|(_, payload)| payload.len())
        .sum();
    let (count, input) = (hashes.len(), items(2_000).len());
    hashes.sort();
    hashes.dedup();
    assert_eq!(hashes.len(), count);
    // The input, the items, the results.
    assert!(bytes <= 3 * input, "{bytes} bytes of {input}");
}

/// An object of the items, some text more, and a number.
fn large() -> Value {
    json!({ "items": serde_json::from_str::<Value>(&items(400)).unwrap(), "rest": "r".repeat(5_000), "n": 7 })
}

#[test]
fn the_raw_input_is_there_again_when_the_state_is_left() {
    for (fields, expected) in [
        (json!({ "ResultPath": null }), large()),
        (json!({ "ResultPath": "$.items", "OutputPath": "$.n" }), json!(7)),
        (json!({ "ResultPath": "$.result", "OutputPath": "$.rest" }), large()["rest"].clone()),
        (
            json!({ "ResultSelector": { "l.$": "States.ArrayLength($)" }, "ResultPath": "$.l", "OutputPath": "$.l.l" }),
            json!(400),
        ),
    ] {
        let fields = with(fields, json!({ "ItemsPath": "$.items" }));
        let world = World::new(&only(map(pass(), fields.clone())), &large().to_string(), []).play();
        assert_eq!(world.outcome(), expected.to_string(), "{fields}");
    }
}

#[test]
fn an_item_selector_sees_the_raw_input() {
    let fields = json!({
        "ItemsPath": "$.items", "OutputPath": "$[399]", "MaxConcurrency": 1,
        "ItemSelector": { "n.$": "$.n", "i.$": "$$.Map.Item.Index", "number.$": "$$.Map.Item.Value.number" },
    });
    let world = World::new(&only(map(pass(), fields)), &large().to_string(), []).play();
    assert_eq!(world.outcome(), r#"{"n":7,"i":399,"number":399}"#);
}

#[test]
fn a_retry_and_a_catcher_have_the_raw_input_again() {
    let processor = json!({ "T": task(json!({ "End": true })) });
    let fields = json!({
        "ItemsPath": "$.items", "MaxConcurrency": 1, "End": true,
        "Retry": [{ "ErrorEquals": ["E"], "MaxAttempts": 1 }],
        "Catch": [{ "ErrorEquals": ["E"], "ResultPath": "$.error", "Next": "C" }],
    });
    let definition = states(json!({
        "S": map(processor, fields),
        "C": { "Type": "Pass", "Parameters": { "n.$": "$.n", "e.$": "$.error.Error", "l.$": "States.ArrayLength($.items)" }, "End": true },
    }));
    let replies = [ok("1"), fails("E", "why"), ok("1"), ok("2"), fails("E", "why")];
    let world = World::new(&definition, &large().to_string(), replies).play();
    assert_eq!(world.outcome(), r#"{"n":7,"e":"E","l":400}"#);
}

#[test]
fn a_parallel_state_puts_its_raw_input_aside_as_well() {
    let fields = json!({ "Parameters": { "n.$": "$.n" }, "ResultPath": "$.items", "OutputPath": "$['n','items']" });
    let branches = json!([states(wait(1)), states(json!({ "P": { "Type": "Pass", "End": true } }))]);
    let parallel = with(json!({ "Type": "Parallel", "Branches": branches }), fields);
    let world = World::new(&only(parallel), &large().to_string(), []).play();
    assert!(largest_run(&world) < 100);
    assert!(world.outcome().contains(r#"{"n":7}"#), "{}", world.outcome());
}

#[test]
fn results_beyond_the_limit_fail_the_state_at_its_end_and_are_not_kept() {
    let big = json!({ "P": { "Type": "Pass", "Result": "x".repeat(200), "End": true } });
    let mut world = World::new(&only(map(big, json!({ "MaxConcurrency": 1 }))), "[1,2,3,4,5,6,7,8,9,10]", []);
    world.limits.payload_bytes = 1_000;
    let world = world.play();
    assert_eq!(
        world.outcome(),
        "States.DataLimitExceeded: The state/task 'S' returned a result with a size exceeding the maximum number of bytes service limit."
    );
    let ended = world.history.iter().filter(|event| event.event.type_name() == "MapIterationSucceeded").count();
    assert_eq!(ended, 10);
    assert!(largest_run(&world) < 2_000, "{}", largest_run(&world));
}

#[test]
fn results_that_go_nowhere_are_not_kept() {
    let big = json!({ "P": { "Type": "Pass", "Result": "x".repeat(200), "End": true } });
    let mut world = World::new(&only(map(big, json!({ "ResultPath": null }))), "[1,2,3,4,5,6,7,8,9,10]", []);
    world.limits.payload_bytes = 1_000;
    assert_eq!(world.play().outcome(), "[1,2,3,4,5,6,7,8,9,10]");
}
