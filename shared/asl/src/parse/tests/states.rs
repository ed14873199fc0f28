//! Fields of each state type.

use super::*;

const NEXT_OR_END: &str = "This object should have only one of the following fields: [Next, End] at /States/X";

#[test]
fn a_state_has_only_the_fields_of_its_type() {
    let branch = json!({"StartAt": "Y", "States": {"Y": pass()}});
    let choice = json!({"Type": "Choice", "Choices": [{"Variable": "$.a", "IsNull": true, "Next": "Done"}]});
    let states = [
        ("Pass", pass(), "Catch"),
        ("Task", task(), "Branches"),
        ("Wait", json!({"Type": "Wait", "Seconds": 1, "End": true}), "Retry"),
        ("Succeed", json!({"Type": "Succeed"}), "End"),
        ("Fail", json!({"Type": "Fail"}), "Next"),
        ("Choice", choice, "ResultPath"),
        ("Parallel", json!({"Type": "Parallel", "Branches": [branch], "End": true}), "TimeoutSeconds"),
        ("Map", json!({"Type": "Map", "ItemProcessor": branch, "End": true}), "TimeoutSeconds"),
    ];
    for (type_name, state, field) in states {
        check_state(state.clone(), &[]);
        check_state(with(state.clone(), json!({"Comment": "c", "QueryLanguage": "JSONPath"})), &[]);
        check_state(with(state.clone(), json!({"comment": 1})), &["Field 'comment' is not supported at /States/X"]);
        let message = format!("Field '{field}' is not supported at /States/X");
        let found = findings_of(&around(with(state, json!({field: null}))).to_string(), MachineType::Standard);
        assert!(found.iter().any(|found| found.ends_with(&message)), "{type_name}: {found:?}");
    }
}

#[test]
fn a_type_is_required_and_known() {
    check_state(json!({"End": true}), &["These fields are required: [Type] at /States/X"]);
    check_state(json!({"Type": 1}), &["Expected value of type [STRING] at /States/X/Type"]);
    check_state(
        json!({"Type": "pass"}),
        &[
            "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] \
           at /States/X/Type",
        ],
    );
}

#[test]
fn fields_of_the_other_language_are_refused() {
    let jsonpath = "The QueryLanguage is set to 'JSONata', but field";
    for (fields, expected) in [
        (
            json!({"InputPath": "$.a"}),
            format!("{jsonpath} 'InputPath' is only supported for the 'JSONPath' QueryLanguage at /States/X"),
        ),
        (
            json!({"Result": 1}),
            format!("{jsonpath} 'Result' is only supported for the 'JSONPath' QueryLanguage at /States/X"),
        ),
    ] {
        check_state(with(jsonata(pass()), fields), &[&expected]);
    }
    check_state(
        with(task(), json!({"Arguments": {}})),
        &["The QueryLanguage is set to 'JSONPath', but field 'Arguments' is only supported for the 'JSONata' \
           QueryLanguage at /States/X"],
    );
}

#[test]
fn a_state_goes_on_or_ends() {
    for (fields, expected) in [
        (json!({"Next": "Done"}), &[][..]),
        (json!({"Next": "Done", "End": false}), &[]),
        (json!({"End": true}), &[]),
        (json!({}), &[NEXT_OR_END]),
        (json!({"End": false}), &[NEXT_OR_END]),
        (
            json!({"Next": "Done", "End": true}),
            &["There should only be one of the following fields: [Next, End] at /States/X"],
        ),
        (json!({"Next": 1}), &["Expected value of type [STRING] at /States/X/Next"]),
        (json!({"End": "true"}), &["Expected value of type [BOOLEAN] at /States/X/End"]),
    ] {
        check_state(with(json!({"Type": "Pass"}), fields), expected);
    }
}

#[test]
fn a_wait_waits_for_one_thing() {
    let all = "[SecondsPath, Seconds, TimestampPath, Timestamp]";
    let none = format!("This object should have only one of the following fields: {all} at /States/X");
    let two = format!("There should only be one of the following fields: {all} at /States/X");
    let timestamp = "String does not match RFC3339 timestamp at /States/X/Timestamp";
    for (fields, expected) in [
        (json!({"Seconds": 0}), &[][..]),
        (json!({"SecondsPath": "$.s"}), &[]),
        (json!({"SecondsPath": "$$.Execution.Input.s"}), &[]),
        (json!({"Timestamp": "2016-03-14T01:59:00Z"}), &[]),
        (json!({"Timestamp": "2016-03-14T01:59:00.123456789+01:00"}), &[]),
        (json!({"TimestampPath": "$t"}), &[]),
        (json!({}), &[none.as_str()]),
        (json!({"Seconds": 1, "SecondsPath": "$.s"}), &[two.as_str()]),
        (json!({"Seconds": -1}), &["Minimum value is 0 at /States/X/Seconds"]),
        (json!({"Seconds": 100_000_000}), &["Maximum value is 99999999 at /States/X/Seconds"]),
        (json!({"Seconds": "1"}), &["Expected value of type Integer at /States/X/Seconds"]),
        (json!({"Seconds": 1.0}), &["Expected value of type Integer at /States/X/Seconds"]),
        (json!({"Timestamp": "2016-13-14T01:59:00Z"}), &[timestamp]),
        (json!({"Timestamp": "2016-03-14 01:59:00Z"}), &[timestamp]),
        (json!({"Timestamp": "2016-03-14t01:59:00Z"}), &[timestamp]),
        (json!({"Timestamp": "2016-03-14T01:59Z"}), &[timestamp]),
        (json!({"Timestamp": "2016-03-14T01:59:00"}), &[timestamp]),
        (json!({"SecondsPath": "s"}), &["Value must be a valid JSONPath. at /States/X/SecondsPath"]),
        (
            json!({"SecondsPath": "$.s[*]"}),
            &["Value is not a Reference Path: '[' must be followed by ' or '[' at /States/X/SecondsPath"],
        ),
    ] {
        check_state(with(json!({"Type": "Wait", "End": true}), fields), expected);
    }
    for (fields, expected) in [
        (json!({"Seconds": "{% 1 %}"}), &[][..]),
        (json!({"Timestamp": "{% $t %}"}), &[]),
        (json!({}), &["This object should have only one of the following fields: [Seconds, Timestamp] at /States/X"]),
        (json!({"Seconds": "1"}), &["JSONata string must start with {% and end with %} at /States/X/Seconds"]),
        (json!({"Timestamp": "soon"}), &[timestamp]),
    ] {
        check_state(with(jsonata(json!({"Type": "Wait", "End": true})), fields), expected);
    }
}

#[test]
fn a_task_has_limits() {
    let smaller = "HeartbeatSeconds must be smaller than TimeoutSeconds at /States/X/HeartbeatSeconds";
    for (fields, expected) in [
        (json!({"TimeoutSeconds": 99_999_999, "HeartbeatSeconds": 1}), &[][..]),
        (json!({"TimeoutSecondsPath": "$.t", "HeartbeatSecondsPath": "$.h"}), &[]),
        (json!({"TimeoutSeconds": 0}), &["Minimum value is 1 at /States/X/TimeoutSeconds"]),
        (json!({"HeartbeatSeconds": 100_000_000}), &["Maximum value is 99999999 at /States/X/HeartbeatSeconds"]),
        (json!({"TimeoutSeconds": 5, "HeartbeatSeconds": 5}), &[smaller]),
        (
            json!({"TimeoutSeconds": 5, "TimeoutSecondsPath": "$.t"}),
            &["There should only be one of the following fields: [TimeoutSeconds, TimeoutSecondsPath] at /States/X"],
        ),
        (json!({"TimeoutSecondsPath": 1}), &["Expected value of type [STRING] at /States/X/TimeoutSecondsPath"]),
        (json!({"Credentials": {}}), &["The field 'RoleArn' is required but was missing at /States/X/Credentials"]),
        (json!({"Credentials": {"RoleArn": "arn:aws:iam::123456789012:role/r"}}), &[]),
        (json!({"Credentials": {"RoleArn.$": "$.role"}}), &[]),
        (json!({"Credentials": {"RoleArn.$": "States.Format('{}', $.role)"}}), &[]),
    ] {
        check_state(with(task(), fields), expected);
    }
    for (fields, expected) in [
        (json!({"TimeoutSeconds": "{% $t %}", "Credentials": {"RoleArn": "{% $r %}"}}), &[][..]),
        (
            json!({"TimeoutSeconds": "{% $t"}),
            &["JSONata string must start with {% and end with %} at /States/X/TimeoutSeconds"],
        ),
    ] {
        check_state(with(jsonata(task()), fields), expected);
    }
    check_state(
        with(
            task(),
            json!({"Resource": "arn:aws:states:us-east-1:123456789012:activity:a", "Credentials": {"RoleArn": "r"}}),
        ),
        &["The field 'Credentials' is not supported for activities at /States/X/Credentials"],
    );
}

#[test]
fn a_fail_gives_each_text_in_one_way() {
    for (fields, expected) in [
        (json!({}), &[][..]),
        (json!({"Error": "E", "Cause": "C"}), &[]),
        (json!({"ErrorPath": "$.e", "CausePath": "States.Format('{}', $.c)"}), &[]),
        (json!({"ErrorPath": "$$.State.Name"}), &[]),
        (
            json!({"Error": "E", "ErrorPath": "$.e"}),
            &["There should only be one of the following fields: [Error, ErrorPath] at /States/X"],
        ),
        (json!({"Cause": {}}), &["Expected value of type [STRING] at /States/X/Cause"]),
        (json!({"CausePath": 1}), &["Expected value of type [STRING] at /States/X/CausePath"]),
        (
            json!({"ErrorPath": "e"}),
            &[
                "The value for the field 'ErrorPath' must be a valid JSONPath or a valid intrinsic function call at /States/X",
            ],
        ),
    ] {
        check_state(with(json!({"Type": "Fail"}), fields), expected);
    }
    check_state(jsonata(json!({"Type": "Fail", "Error": "{% $e %}", "Cause": "plain"})), &[]);
}

#[test]
fn a_parallel_has_branches() {
    let branch = json!({"StartAt": "Y", "States": {"Y": pass()}, "Comment": "c"});
    for (branches, expected) in [
        (json!([branch]), &[][..]),
        (json!([]), &["Value cannot be empty at /States/X/Branches"]),
        (json!({}), &["Expected value of type [ARRAY] at /States/X/Branches"]),
        (json!([branch, 1]), &["Expected value of type [OBJECT] at /States/X/Branches[1]"]),
        (json!([{}]), &["These fields are required: [States, StartAt] at /States/X/Branches[0]"]),
        (
            json!([with(branch.clone(), json!({"QueryLanguage": "JSONata"}))]),
            &["Field 'QueryLanguage' is not supported at /States/X/Branches[0]"],
        ),
    ] {
        check_state(json!({"Type": "Parallel", "Branches": branches, "End": true}), expected);
    }
    check_state(json!({"Type": "Parallel", "End": true}), &["These fields are required: [Branches] at /States/X"]);
}

#[test]
fn a_path_in_the_result_of_a_pass_is_a_warning() {
    for (result, expected) in [
        (
            json!({"a": ["$.b"]}),
            &["PASS_RESULT_IS_STATIC: The value of the field 'Result' is static: the path in it is not \
             evaluated at /States/X/Result"][..],
        ),
        (json!({"price": "$5", "States": "States are many"}), &[]),
    ] {
        check_state(with(pass(), json!({"Result": result})), expected);
    }
}
