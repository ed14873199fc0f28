//! The limit on the size of payloads, and on their depth.

use serde_json::{Value, json};

use crate::definitions::{caught_task, only, states, task, with};
use crate::world::{Reply, World, ok};

const BYTES: usize = 60;

fn limited(definition: &Value, input: &str, replies: Vec<Reply>) -> World {
    let mut world = World::new(definition, input, replies);
    world.limits.payload_bytes = BYTES;
    world.play()
}

/// A JSON string of so many bytes.
fn text(bytes: usize) -> String {
    format!("\"{}\"", "x".repeat(bytes - 2))
}

fn exceeded(what: &str) -> String {
    format!(
        "States.DataLimitExceeded: The state/task '{what}' returned a result with a size exceeding the maximum \
         number of bytes service limit."
    )
}

#[test]
fn an_output_may_be_as_large_as_the_limit_and_no_larger() {
    for (bytes, fits) in [(BYTES, true), (BYTES + 1, false)] {
        let result: Value = serde_json::from_str(&text(bytes)).unwrap();
        let world = limited(&only(json!({ "Type": "Pass", "Result": result })), "{}", vec![]);
        let expected = if fits { text(bytes) } else { exceeded("S") };
        assert_eq!(world.outcome(), expected, "{bytes}");

        let world = limited(&only(task(json!({}))), "{}", vec![ok(&text(bytes))]);
        let expected = if fits { text(bytes) } else { exceeded("arn:aws:lambda:us-east-1:123456789012:function:f") };
        assert_eq!(world.outcome(), expected, "{bytes}");
    }
}

#[test]
fn bytes_are_counted_not_characters() {
    let world = limited(&only(json!({ "Type": "Pass", "Result": "ä".repeat(BYTES / 2) })), "{}", vec![]);
    assert_eq!(world.outcome(), exceeded("S"));
}

#[test]
fn parameters_of_a_task_have_the_limit_too() {
    let fields = json!({ "Parameters": { "a.$": "$", "b.$": "$" } });
    let world = limited(&only(task(fields)), &text(BYTES / 2), vec![]);
    assert_eq!(world.outcome(), exceeded("S"));
}

#[test]
fn too_much_data_is_caught() {
    let definition = caught_task(json!({
        "ResultPath": "$.result",
        "Catch": [{ "ErrorEquals": ["States.DataLimitExceeded"], "ResultPath": null, "Next": "Caught" }],
    }));
    let input = format!("{{\"a\":{}}}", text(BYTES / 2));
    let world = limited(&definition, &input, vec![ok(&text(BYTES / 2))]);
    assert_eq!(world.outcome(), input);
}

#[test]
fn a_loop_that_nests_its_output_ends_with_an_error() {
    let definition = states(json!({
        "Nest": { "Type": "Pass", "Parameters": { "n.$": "$" }, "Next": "Again" },
        "Again": {
            "Type": "Choice",
            "Choices": [{ "Variable": "$.never", "IsPresent": true, "Next": "Done" }],
            "Default": "Nest",
        },
        "Done": { "Type": "Succeed" },
    }));
    let ended = World::new(&definition, "{}", []).play().outcome();
    assert!(ended.starts_with("States.Runtime: ") && ended.ends_with("The output is nested too deeply."), "{ended}");
}

#[test]
fn an_execution_may_last_a_year() {
    let definition =
        with(only(json!({ "Type": "Wait", "Seconds": 99_999_999 })), json!({ "TimeoutSeconds": 99_999_999 }));
    let world = World::new(&definition, "{}", []).play();
    assert_eq!(world.printed().lines().last(), Some("3 <- 0 ExecutionTimedOut @31536000s"));
}
