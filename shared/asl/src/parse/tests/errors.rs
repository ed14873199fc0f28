//! `Retry` and `Catch`.

use super::*;

#[test]
fn retriers_are_checked() {
    for (retrier, expected) in [
        (json!({"ErrorEquals": ["States.ALL"], "Comment": "c"}), &[][..]),
        (
            json!({"ErrorEquals": ["E"], "IntervalSeconds": 0, "MaxAttempts": 0, "BackoffRate": 1, "MaxDelaySeconds": 1,
                   "JitterStrategy": "FULL"}),
            &[],
        ),
        (json!({}), &["These fields are required: [ErrorEquals] at /States/X/Retry[0]"]),
        (json!({"ErrorEquals": []}), &["Value cannot be empty at /States/X/Retry[0]/ErrorEquals"]),
        (json!({"ErrorEquals": "E"}), &["Expected value of type [ARRAY] at /States/X/Retry[0]/ErrorEquals"]),
        (json!({"ErrorEquals": ["E", 1]}), &["Expected value of type [STRING] at /States/X/Retry[0]/ErrorEquals[1]"]),
        (
            json!({"ErrorEquals": ["E", "States.ALL"]}),
            &["States.ALL must appear alone and at end of list at /States/X/Retry[0]/ErrorEquals[1]"],
        ),
        (json!({"ErrorEquals": ["E"], "Next": "Done"}), &["Field 'Next' is not supported at /States/X/Retry[0]"]),
        (
            json!({"ErrorEquals": ["E"], "IntervalSeconds": 100_000_000}),
            &["Maximum value is 99999999 at /States/X/Retry[0]/IntervalSeconds"],
        ),
        (json!({"ErrorEquals": ["E"], "MaxAttempts": -1}), &["Minimum value is 0 at /States/X/Retry[0]/MaxAttempts"]),
        (
            json!({"ErrorEquals": ["E"], "BackoffRate": 0.5}),
            &["Minimum value is 1.0 at /States/X/Retry[0]/BackoffRate"],
        ),
        (
            json!({"ErrorEquals": ["E"], "BackoffRate": "2"}),
            &["Expected value of type Double at /States/X/Retry[0]/BackoffRate"],
        ),
        (
            json!({"ErrorEquals": ["E"], "MaxDelaySeconds": 0}),
            &["Minimum value is 1 at /States/X/Retry[0]/MaxDelaySeconds"],
        ),
        (
            json!({"ErrorEquals": ["E"], "MaxDelaySeconds": 31_622_401}),
            &["Maximum value is 31622400 at /States/X/Retry[0]/MaxDelaySeconds"],
        ),
        (
            json!({"ErrorEquals": ["E"], "JitterStrategy": "HALF"}),
            &["Value should be one of the following: [NONE, FULL] at /States/X/Retry[0]/JitterStrategy"],
        ),
    ] {
        let done = json!({"Type": "Pass", "End": true});
        let mut definition = around(with(task(), json!({"Retry": [retrier]})));
        if definition["States"].get("Done").is_some() {
            definition["States"]["X"]["Next"] = json!("Done");
            definition["States"]["X"]["End"] = json!(false);
            definition["States"]["Done"] = done;
        }
        check(definition, expected);
    }
}

#[test]
fn states_all_stands_in_the_last_entry() {
    for field in ["Retry", "Catch"] {
        let entry = |errors: Value| match field {
            "Retry" => json!({"ErrorEquals": errors}),
            _ => json!({"ErrorEquals": errors, "Next": "Done"}),
        };
        let entries = json!([entry(json!(["States.ALL"])), entry(json!(["E"]))]);
        let message = format!("States.ALL must appear alone and at end of list at /States/X/{field}[0]/ErrorEquals[0]");
        check_state(with(task(), json!({field: entries})), &[&message]);
        check_state(with(task(), json!({field: [entry(json!(["E"])), entry(json!(["States.ALL"]))]})), &[]);
    }
}

#[test]
fn catchers_are_checked() {
    for (catcher, expected) in [
        (
            json!({"ErrorEquals": ["E"], "Next": "Done", "ResultPath": "$.e", "Assign": {"a.$": "$"}, "Comment": "c"}),
            &[][..],
        ),
        (json!({"ErrorEquals": ["E"]}), &["These fields are required: [Next] at /States/X/Catch[0]"]),
        (json!({}), &["These fields are required: [ErrorEquals, Next] at /States/X/Catch[0]"]),
        (
            json!({"ErrorEquals": ["E"], "Next": "Done", "ResultPath": "e"}),
            &["Value must be a valid JSONPath. at /States/X/Catch[0]/ResultPath"],
        ),
        (
            json!({"ErrorEquals": ["E"], "Next": "Done", "Output": 1}),
            &["The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' \
               QueryLanguage at /States/X/Catch[0]"],
        ),
        (
            json!({"ErrorEquals": ["E"], "Next": "Done", "MaxAttempts": 1}),
            &["Field 'MaxAttempts' is not supported at /States/X/Catch[0]"],
        ),
    ] {
        check_state(with(task(), json!({"Catch": [catcher]})), expected);
    }
    check_state(
        with(jsonata(task()), json!({"Catch": [{"ErrorEquals": ["E"], "Next": "Done", "Output": "{% 1 %}"}]})),
        &[],
    );
}
