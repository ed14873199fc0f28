//! Paths, templates, JSONata texts and variables.

use super::*;

#[test]
fn paths_are_checked_where_they_stand() {
    for (fields, expected) in [
        (json!({"InputPath": null, "OutputPath": "$$", "ResultPath": null}), &[][..]),
        (json!({"InputPath": "$.a[?(@.b > 1)].c", "OutputPath": "$..x", "ResultPath": "$.a['b'][0]"}), &[]),
        (json!({"InputPath": "a"}), &["Value must be a valid JSONPath. at /States/X/InputPath"]),
        (json!({"OutputPath": "$.["}), &["Value must be a valid JSONPath. at /States/X/OutputPath"]),
        (json!({"InputPath": 1}), &["Expected value of type [STRING] at /States/X/InputPath"]),
        (json!({"ResultPath": "a"}), &["Value must be a valid JSONPath. at /States/X/ResultPath"]),
        (json!({"ResultPath": {}}), &["Expected value of type [STRING] at /States/X/ResultPath"]),
    ] {
        check_state(with(pass(), fields), expected);
    }
    for path in ["$.a[*]", "$..a", "$$.a", "$name"] {
        let found = findings_of(&around(with(pass(), json!({"ResultPath": path}))).to_string(), MachineType::Standard);
        assert_eq!(found.len(), 1, "{path}");
        assert!(found[0].starts_with("SCHEMA_VALIDATION_FAILED: Value is not a Reference Path"), "{found:?}");
        assert!(found[0].ends_with(" at /States/X/ResultPath"), "{found:?}");
    }
}

#[test]
fn computed_members_of_templates_are_paths_or_calls() {
    let bad = "must be a valid JSONPath or a valid intrinsic function call at";
    for (parameters, expected) in [
        (json!({"a.$": "$.b", "c": {"d.$": "States.UUID()"}, "e": ["f", 1, null]}), vec![]),
        (json!({"a.$": "b"}), vec![format!("The value for the field 'a.$' {bad} /States/X/Parameters")]),
        (
            json!({"0": {"a.$": "$.["}, "l": [{"b.$": "States.Nothing()"}]}),
            vec![
                format!("The value for the field 'a.$' {bad} /States/X/Parameters/0"),
                format!("The value for the field 'b.$' {bad} /States/X/Parameters/l[0]"),
            ],
        ),
    ] {
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check_state(with(pass(), json!({"Parameters": parameters})), &expected);
    }
}

#[test]
fn a_path_under_a_plain_key_is_a_warning() {
    check_state(
        with(pass(), json!({"Parameters": {"a": {"b": "$.c"}, "d": "$5"}})),
        &["NO_DOLLAR: The value of 'b' is not evaluated: its name does not end with '.$' at /States/X/Parameters/a"],
    );
}

#[test]
fn a_path_in_a_field_that_takes_a_constant_is_a_warning() {
    let warning = |field: &str, place: &str| {
        format!(
            "NO_PATH: The value of '{field}' is not evaluated: its name does not end with 'Path' at /States/X/{place}"
        )
    };
    let is_a = json!({"Variable": "$.a", "StringEquals": "$.b", "Next": "Done"});
    for (state, expected) in [
        (json!({"Type": "Fail", "Cause": "States.Format('{}', $.a)"}), vec![warning("Cause", "Cause")]),
        (json!({"Type": "Choice", "Choices": [is_a]}), vec![warning("StringEquals", "Choices[0]/StringEquals")]),
        (
            json!({"Type": "Wait", "Seconds": "$.a", "End": true}),
            vec![warning("Seconds", "Seconds"), "Expected value of type Integer at /States/X/Seconds".to_owned()],
        ),
        (json!({"Type": "Fail", "Cause": "$5"}), vec![]),
        (jsonata(json!({"Type": "Fail", "Cause": "$.a"})), vec![]),
    ] {
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check_state(state, &expected);
    }
}

#[test]
fn jsonata_texts_have_both_ends() {
    let bad = "JSONata string must start with {% and end with %} at";
    for (fields, expected) in [
        (json!({"Output": "{% $states.input %}", "Assign": {"a": "{%1%}", "b": "plain"}}), vec![]),
        (json!({"Output": {"v": "{% 1"}}), vec![format!("{bad} /States/X/Output/v")]),
        (json!({"Output": ["{% 1 %} "]}), vec![format!("{bad} /States/X/Output[0]")]),
    ] {
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check_state(with(jsonata(pass()), fields), &expected);
    }
}

#[test]
fn jsonata_is_parsed_when_the_definition_is() {
    let end = "INVALID_JSONATA_EXPRESSION: Unexpected end of expression at";
    let top = "UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported. at";
    for (fields, expected) in [
        (json!({"Output": "{% 1 + %}"}), vec![format!("{end} /States/X/Output")]),
        (json!({"Assign": {"a": [1, "{% %}"]}}), vec![format!("{end} /States/X/Assign/a[1]")]),
        (json!({"Output": {"v": "{% phone.home %}"}}), vec![format!("{top} /States/X/Output/v")]),
        (
            json!({"Output": "{% $$ %}"}),
            vec!["UNSUPPORTED_JSONATA_EXPRESSION: Reference to '$$' is not supported. at /States/X/Output".into()],
        ),
    ] {
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check_state(with(jsonata(pass()), fields), &expected);
    }
    for (state, field) in [
        (json!({"Type": "Wait", "End": true, "Seconds": "{% %}"}), "Seconds"),
        (json!({"Type": "Wait", "End": true, "Timestamp": "{% %}"}), "Timestamp"),
        (json!({"Type": "Fail", "Error": "{% %}"}), "Error"),
        (with(task(), json!({"TimeoutSeconds": "{% %}"})), "TimeoutSeconds"),
        (with(task(), json!({"Credentials": {"RoleArn": "{% %}"}})), "Credentials/RoleArn"),
    ] {
        check_state(jsonata(state), &[&format!("{end} /States/X/{field}")]);
    }
}

#[test]
fn states_has_a_result_and_an_error_output_only_where_there_is_one() {
    let missing = |member: &str, place: &str| {
        vec![format!("UNSUPPORTED_JSONATA_EXPRESSION: Field '$states.{member}' does not exist. at /States/X/{place}")]
    };
    let output = |text: &str| json!({"Output": text});
    let caught = |fields: Value| json!({"Catch": [with(json!({"ErrorEquals": ["E"], "Next": "Done"}), fields)], "Output": "{% $states.result %}"});
    for (state, expected) in [
        (with(pass(), output("{% $states.result.x %}")), missing("result", "Output")),
        (with(pass(), json!({"Assign": {"v": "{% $states.errorOutput %}"}})), missing("errorOutput", "Assign/v")),
        (with(task(), json!({"Arguments": {"a": "{% [$states.result] %}"}})), missing("result", "Arguments/a")),
        (with(task(), json!({"TimeoutSeconds": "{% $states.result %}"})), missing("result", "TimeoutSeconds")),
        (with(task(), output("{% $states.errorOutput %}")), missing("errorOutput", "Output")),
        (with(task(), output("{% $states.result.x & $states.input.result %}")), vec![]),
        (
            with(
                task(),
                caught(json!({"Output": "{% $states.errorOutput %}", "Assign": {"v": "{% $states.errorOutput %}"}})),
            ),
            vec![],
        ),
        (with(pass(), output("{% $states.context.State.Name & $states.input.errorOutput %}")), vec![]),
        (with(pass(), output("{% $states %}")), vec![]),
    ] {
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check_state(jsonata(state), &expected);
    }
}

#[test]
fn variables_have_names() {
    let long = "v".repeat(81);
    for (assign, expected) in [
        (json!({"a_1": 1, "größe.$": "$.a"}), vec![]),
        (json!(1), vec!["Expected value of type [OBJECT] at /States/X/Assign".to_owned()]),
        (
            json!({"states.$": "$"}),
            vec![
                "RESERVED_VARIABLE_NAME: Cannot assign to reserved variable '$states'. at /States/X/Assign/states.$"
                    .to_owned(),
            ],
        ),
        (
            json!({"1a": 1}),
            vec![
                "INVALID_VARIABLE_NAME: Invalid variable name '1a': the variable name contains invalid characters. at \
                 /States/X/Assign/1a"
                    .to_owned(),
            ],
        ),
        (
            json!({&long: 1}),
            vec![format!(
                "INVALID_VARIABLE_NAME: Invalid variable name '{long}': the variable name is longer than 80 characters. \
                 at /States/X/Assign/{long}"
            )],
        ),
    ] {
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check_state(with(pass(), json!({"Assign": assign})), &expected);
    }
}

#[test]
fn a_variable_of_an_outer_scope_is_not_assigned_inside() {
    let inner = |processor: Value| {
        let processor =
            with(processor, json!({"StartAt": "Y", "States": {"Y": with(pass(), json!({"Assign": {"a": 2}}))}}));
        json!({"StartAt": "X", "States": {
            "X": with(json!({"Type": "Pass", "Next": "M"}), json!({"Assign": {"a.$": "$.a"}})),
            "M": {"Type": "Map", "ItemProcessor": processor, "End": true},
        }})
    };
    check(
        inner(json!({})),
        &["DUPLICATE_VARIABLE_NAME: The variable name 'a' was already defined in a parent scope. at \
           /States/M/ItemProcessor/States/Y/Assign/a"],
    );
    // A distributed Map does not see the variables around it.
    check(inner(json!({"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}})), &[]);
}

#[test]
fn a_machine_that_may_read_its_input_again_says_so() {
    for (expression, expected) in [
        ("$.a", false),
        ("$$.Execution.Id", false),
        ("$$.State.Name", false),
        ("$$.Map.Item.Value", false),
        ("$$.Execution.Input", true),
        ("$$.Execution.Input.a", true),
        ("$$.Execution", true),
        ("$$", true),
        ("$$['Execution']['Input']", true),
        ("$$..Input", true),
        ("$$.*", true),
        ("States.Format('{} {}', $$.Execution.Name, $$.Execution.Input)", true),
    ] {
        let read = machine(&around(with(pass(), json!({"Parameters": {"a.$": expression}})))).reads_execution_input;
        assert_eq!(read, expected, "{expression}");
    }
    for (expression, expected) in [
        ("{% $states.input %}", false),
        ("{% $states.context.Execution.Name & $states.context.State.Name %}", false),
        ("{% $states.context.Execution.Input.a %}", true),
        ("{% $states.context.Execution %}", true),
        ("{% $states.context %}", true),
        ("{% $states.`context`.Execution.Input %}", true),
        ("{% ($s := $states; $s.context.Execution.Input) %}", true),
    ] {
        let state = with(jsonata(pass()), json!({"Output": expression}));
        assert_eq!(machine(&around(state)).reads_execution_input, expected, "{expression}");
    }
}
