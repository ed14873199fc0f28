//! The four forms of Wait: <https://states-language.net/spec.html#wait-state>.

use engine::event::Event;
use serde_json::{Value, json};

use crate::definitions::{only, with};
use crate::world::{START, World, outcome};

fn wait(fields: Value) -> Value {
    only(with(json!({ "Type": "Wait" }), fields))
}

/// Milliseconds between entry and exit.
fn waited(definition: &Value, input: &Value) -> u64 {
    let world = World::new(definition, &input.to_string(), []).play();
    let exited = world.history.iter().find(|event| matches!(event.event, Event::StateExited { .. }));
    exited.unwrap_or_else(|| panic!("{}", world.printed())).timestamp.millis_since(START)
}

#[test]
fn all_forms_wait_to_the_millisecond() {
    for (fields, millis) in [
        (json!({ "Seconds": 0 }), 0),
        (json!({ "Seconds": 1 }), 1_000),
        (json!({ "Seconds": 99_999_999 }), 99_999_999_000),
        (json!({ "SecondsPath": "$.none" }), 0),
        (json!({ "SecondsPath": "$.some" }), 7_000),
        (json!({ "SecondsPath": "$$.Execution.Input.some" }), 7_000),
        (json!({ "InputPath": "$.nested", "SecondsPath": "$.some" }), 8_000),
        (json!({ "Timestamp": "2026-01-01T00:00:05Z" }), 5_000),
        (json!({ "Timestamp": "2026-01-01T00:00:05.250Z" }), 5_250),
        (json!({ "Timestamp": "2025-12-31T00:00:00Z" }), 0),
        (json!({ "TimestampPath": "$.soon" }), 60_500),
        (json!({ "TimestampPath": "$.offset" }), 3_600_000),
        (json!({ "TimestampPath": "$.past" }), 0),
    ] {
        let input = json!({
            "none": 0, "some": 7, "nested": { "some": 8 },
            "soon": "2026-01-01T00:01:00.500Z", "offset": "2025-12-31T23:00:00-02:00", "past": "1999-01-01T00:00:00Z",
        });
        assert_eq!(waited(&wait(fields.clone()), &input), millis, "{fields}");
    }
}

#[test]
fn an_installation_may_have_them_wait_less_or_more() {
    for (permille, fields, millis) in [
        (0, json!({ "Seconds": 86_400 }), 0),
        (500, json!({ "Seconds": 5 }), 2_500),
        (2_000, json!({ "Timestamp": "2026-01-01T00:00:05Z" }), 10_000),
        (2_000, json!({ "Timestamp": "2025-12-31T00:00:00Z" }), 0),
    ] {
        let mut world = World::new(&wait(fields.clone()), "{}", []);
        world.wait_time_permille = Some(permille);
        let world = world.play();
        let exited = world.history.iter().find(|event| matches!(event.event, Event::StateExited { .. })).unwrap();
        assert_eq!(exited.timestamp.millis_since(START), millis, "{fields}");
    }
}

#[test]
fn values_that_are_no_time_fail_the_state() {
    let seconds = |why: &str, value: &str| format!("The SecondsPath parameter {why}: $.v == {value}");
    let range = |value| seconds("must be between 0 and 99999999", value);
    let long = |value| seconds("cannot be parsed as a long value", value);
    let timestamp = |value: &str| {
        format!(
            "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format \
             string: $.v == {value}"
        )
    };
    for (field, value, expected) in [
        ("SecondsPath", json!(-1), range("-1")),
        ("SecondsPath", json!(100_000_000), range("100000000")),
        ("SecondsPath", json!(1.5), long("1.5")),
        ("SecondsPath", json!("7"), long("7")),
        ("SecondsPath", json!(null), long("null")),
        ("SecondsPath", json!([7]), long("[7]")),
        ("TimestampPath", json!("soon"), timestamp("soon")),
        ("TimestampPath", json!("2026-01-01"), timestamp("2026-01-01")),
        ("TimestampPath", json!(7), timestamp("7")),
    ] {
        let ended = outcome(wait(json!({ field: "$.v" })), &json!({ "v": value }).to_string(), []);
        let expected = format!(
            "States.Runtime: An error occurred while executing the state 'S' (entered at the event id #2). {expected}"
        );
        assert_eq!(ended, expected, "{field} {value}");
    }
    for field in ["SecondsPath", "TimestampPath"] {
        assert_eq!(
            outcome(wait(json!({ field: "$.v" })), "{}", []),
            format!(
                "States.Runtime: An error occurred while executing the state 'S' (entered at the event id #2). \
                 The {field} parameter does not reference an input value: $.v"
            )
        );
    }
}

#[test]
fn a_time_that_has_come_is_not_waited_for() {
    let world = World::new(&wait(json!({ "Seconds": 0 })), "{}", []).play();
    assert_eq!(world.steps.len(), 2, "one record enters and exits");
}
