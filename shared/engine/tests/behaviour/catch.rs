//! `Catch`: <https://states-language.net/spec.html#fallback-states>.

use serde_json::json;

use crate::definitions::{caught_task, states, task, with};
use crate::world::{check, fails, ok, outcome, silent, too_large};

#[test]
fn result_path_places_the_error_output_in_the_input() {
    let error = r#"{"Error":"E","Cause":"why"}"#;
    for (fields, expected) in [
        (json!({}), error.to_owned()),
        (json!({ "ResultPath": "$" }), error.to_owned()),
        (json!({ "ResultPath": null }), r#"{ "a": 1 }"#.to_owned()),
        (json!({ "ResultPath": "$.error" }), format!(r#"{{"a":1,"error":{error}}}"#)),
        (json!({ "ResultPath": "$.a" }), format!(r#"{{"a":{error}}}"#)),
    ] {
        let catcher = with(json!({ "ErrorEquals": ["E"], "Next": "Caught" }), fields.clone());
        // The state's own data fields have no say in the output of a catcher.
        let definition = caught_task(json!({ "Catch": [catcher], "OutputPath": "$.nope", "ResultPath": "$.nope" }));
        assert_eq!(outcome(definition, r#"{ "a": 1 }"#, [fails("E", "why")]), expected, "{fields}");
    }
}

#[test]
fn the_first_catcher_that_matches_takes_the_error() {
    let definition = |catchers| {
        states(json!({
            "S": task(json!({ "Catch": catchers, "End": true })),
            "First": { "Type": "Pass", "Result": "first", "End": true },
            "Second": { "Type": "Pass", "Result": "second", "End": true },
        }))
    };
    let catchers = json!([
        { "ErrorEquals": ["A", "B"], "Next": "First" },
        { "ErrorEquals": ["States.ALL"], "Next": "Second" },
    ]);
    for (error, expected) in [("A", r#""first""#), ("B", r#""first""#), ("C", r#""second""#), ("a", r#""second""#)] {
        assert_eq!(outcome(definition(catchers.clone()), "{}", [fails(error, "why")]), expected, "{error}");
    }
    let catchers = json!([{ "ErrorEquals": ["A"], "Next": "First" }, { "ErrorEquals": ["B"], "Next": "Second" }]);
    assert_eq!(outcome(definition(catchers), "{}", [fails("C", "why")]), "C: why", "no catcher takes it");
}

#[test]
fn what_each_pattern_catches() {
    let limit = "The state/task 'arn:aws:lambda:us-east-1:123456789012:function:f' returned a result with a size \
                 exceeding the maximum number of bytes service limit.";
    let big = || too_large();
    for (pattern, reply, caught) in [
        ("States.ALL", fails("E", "why"), true),
        ("States.ALL", silent(), true),
        ("States.ALL", big(), true),
        ("States.TaskFailed", fails("E", "why"), true),
        ("States.TaskFailed", silent(), false),
        ("States.TaskFailed", big(), true),
        ("States.Timeout", silent(), true),
        ("States.Timeout", fails("E", "why"), false),
        ("States.DataLimitExceeded", big(), true),
        // A task may choose that name; nothing takes it, not even by name.
        ("States.Runtime", fails("States.Runtime", "why"), false),
        ("States.ALL", fails("States.Runtime", "why"), false),
        ("E", fails("E", "why"), true),
        ("E", fails("E.More", "why"), false),
    ] {
        let definition = caught_task(json!({
            "TimeoutSeconds": 5, "Catch": [{ "ErrorEquals": [pattern], "Next": "Caught" }],
        }));
        let described = format!("{pattern} {reply:?}");
        let ended = outcome(definition, "{}", [reply]);
        assert_eq!(ended.starts_with('{'), caught, "{described}: {ended}");
    }
    let definition = caught_task(json!({ "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Caught" }] }));
    let expected = json!({ "Error": "States.DataLimitExceeded", "Cause": limit }).to_string();
    assert_eq!(outcome(definition, "{}", [too_large()]), expected);
}

#[test]
fn a_caught_time_out_has_an_empty_cause() {
    let definition = caught_task(json!({
        "TimeoutSeconds": 5, "Catch": [{ "ErrorEquals": ["States.Timeout"], "Next": "Caught" }],
    }));
    check(
        definition,
        "{}",
        [silent()],
        r#"
        1 <- 0 ExecutionStarted {}
        2 <- 0 TaskStateEntered S {}
        3 <- 2 LambdaFunctionScheduled f {} within 5s
        4 <- 3 LambdaFunctionStarted
        5 <- 4 LambdaFunctionTimedOut States.Timeout @5s
        6 <- 5 TaskStateExited S {"Error":"States.Timeout","Cause":""}
        7 <- 6 PassStateEntered Caught {"Error":"States.Timeout","Cause":""}
        8 <- 7 PassStateExited Caught {"Error":"States.Timeout","Cause":""}
        9 <- 8 ExecutionSucceeded {"Error":"States.Timeout","Cause":""}
    "#,
    );
}

#[test]
fn a_result_path_that_fits_nowhere_is_caught() {
    let definition = caught_task(json!({
        "ResultPath": "$.a.b",
        "Catch": [{ "ErrorEquals": ["States.ReferencePathConflict"], "ResultPath": "$.error", "Next": "Caught" }],
    }));
    check(
        definition,
        r#"{"a":1}"#,
        [ok("[]")],
        r#"
        1 <- 0 ExecutionStarted {"a":1}
        2 <- 0 TaskStateEntered S {"a":1}
        3 <- 2 LambdaFunctionScheduled f {"a":1}
        4 <- 3 LambdaFunctionStarted
        5 <- 4 LambdaFunctionSucceeded []
        6 <- 5 TaskStateExited S {"a":1,"error":{"Error":"States.ReferencePathConflict","Cause":"Unable to apply step \"b\" to input {\"a\":1}"}}
        7 <- 6 PassStateEntered Caught {"a":1,"error":{"Error":"States.ReferencePathConflict","Cause":"Unable to apply step \"b\" to input {\"a\":1}"}}
        8 <- 7 PassStateExited Caught {"a":1,"error":{"Error":"States.ReferencePathConflict","Cause":"Unable to apply step \"b\" to input {\"a\":1}"}}
        9 <- 8 ExecutionSucceeded {"a":1,"error":{"Error":"States.ReferencePathConflict","Cause":"Unable to apply step \"b\" to input {\"a\":1}"}}
    "#,
    );
}

#[test]
fn a_catcher_whose_result_path_fits_nowhere_fails_the_execution() {
    let definition = caught_task(json!({
        "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.a.b", "Next": "Caught" }],
    }));
    check(
        definition,
        r#"{"a":1}"#,
        [fails("E", "why")],
        r#"
        1 <- 0 ExecutionStarted {"a":1}
        2 <- 0 TaskStateEntered S {"a":1}
        3 <- 2 LambdaFunctionScheduled f {"a":1}
        4 <- 3 LambdaFunctionStarted
        5 <- 4 LambdaFunctionFailed E: why
        6 <- 5 ExecutionFailed States.ReferencePathConflict: Unable to apply step "b" to input {"a":1}
    "#,
    );
}
