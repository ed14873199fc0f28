//! The definition as a whole: its JSON, its own fields, names of states.

use super::*;
use crate::diagnostic::errors_in_one_text;
use crate::parse::parse_state;

#[test]
fn a_definition_is_a_json_object() {
    for text in ["", " ", "[]", "\"a\"", "1", "null"] {
        check_text(text, MachineType::Standard, &["Definition must be a valid JSON object at null"]);
    }
    for text in ["{", "{\"StartAt\": }", "{} {}", "{'StartAt': 1}"] {
        let found = findings_of(text, MachineType::Standard);
        assert_eq!(found.len(), 1, "{text}");
        assert!(found[0].starts_with("INVALID_JSON_DESCRIPTION: "), "{text}: {found:?}");
    }
}

#[test]
fn a_definition_nested_too_deeply_is_refused_without_a_stack_overflow() {
    let text = format!("{{\"StartAt\": {}{}}}", "[".repeat(200_000), "]".repeat(200_000));
    check_text(&text, MachineType::Standard, &["TOO_DEEPLY_NESTED: The definition is too deeply nested at null"]);
}

#[test]
fn the_machine_has_its_own_fields() {
    for (definition, expected) in [
        (json!({}), &["These fields are required: [States, StartAt] at /"][..]),
        (json!({"StartAt": "X"}), &["These fields are required: [States] at /"]),
        (json!({"States": {"X": pass()}}), &["These fields are required: [StartAt] at /"]),
        (json!({"StartAt": 1, "States": {"X": pass()}}), &["Expected value of type [STRING] at /StartAt"]),
        (json!({"StartAt": "X", "States": []}), &["Expected value of type [OBJECT] at /States"]),
        (json!({"StartAt": "X", "States": {}}), &["Value cannot be empty at /States"]),
        (json!({"StartAt": "X", "States": {"X": 1}}), &["Expected value of type [OBJECT] at /States/X"]),
        (json!({"StartAt": "X", "States": {"X": pass()}, "Foo": 1}), &["Field 'Foo' is not supported at /"]),
        (
            json!({"StartAt": "X", "States": {"X": pass()}, "Comment": 1}),
            &["Expected value of type [STRING] at /Comment"],
        ),
        (
            json!({"StartAt": "X", "States": {"X": pass()}, "Version": "2.0"}),
            &["Value should be one of the following: [1.0] at /Version"],
        ),
        (
            json!({"StartAt": "X", "States": {"X": pass()}, "TimeoutSeconds": -1}),
            &["Minimum value is 0 at /TimeoutSeconds"],
        ),
        (
            json!({"StartAt": "X", "States": {"X": pass()}, "TimeoutSeconds": 1.5}),
            &["Expected value of type Integer at /TimeoutSeconds"],
        ),
        (json!({"StartAt": "X", "States": {"X": pass()}, "Version": "1.0", "TimeoutSeconds": 0, "Comment": ""}), &[]),
    ] {
        check(definition, expected);
    }
}

#[test]
fn the_query_language_is_one_of_two_and_jsonata_cannot_be_left() {
    for (machine, state, expected) in [
        (None, None, &[][..]),
        (Some("JSONata"), None, &[]),
        (Some("JSONPath"), Some("JSONata"), &[]),
        (Some("jsonata"), None, &["Value should be one of the following: [JSONPath, JSONata] at /QueryLanguage"]),
        (None, Some("x"), &["Value should be one of the following: [JSONPath, JSONata] at /States/X/QueryLanguage"]),
        (
            Some("JSONata"),
            Some("JSONPath"),
            &["'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine at /States/X"],
        ),
    ] {
        let mut definition = json!({"StartAt": "X", "States": {"X": pass()}});
        if let Some(language) = machine {
            definition["QueryLanguage"] = json!(language);
        }
        if let Some(language) = state {
            definition["States"]["X"]["QueryLanguage"] = json!(language);
        }
        check(definition, expected);
    }
}

#[test]
fn nested_states_have_the_language_of_the_machine_and_not_of_the_state_around_them() {
    let branch = json!({"StartAt": "Y", "States": {"Y": {"Type": "Pass", "Output": 1, "End": true}}});
    let parallel = json!({"Type": "Parallel", "QueryLanguage": "JSONata", "Branches": [branch], "End": true});
    check_state(
        parallel,
        &["The QueryLanguage is set to 'JSONPath', but field 'Output' is only supported for the 'JSONata' \
           QueryLanguage at /States/X/Branches[0]/States/Y"],
    );
}

#[test]
fn names_of_states_are_short_and_unique_in_the_whole_machine() {
    let name = "n".repeat(81);
    let place = format!(
        "INVALID_STATE_NAME: Invalid State name: State exceeds the 80-character limit allowed by the service at \
         /States/{name}"
    );
    check(json!({"StartAt": name, "States": {&name: pass()}}), &[&place]);
    let name = "ü".repeat(80);
    check(json!({"StartAt": name, "States": {&name: pass()}}), &[]);
    check_state(
        json!({"Type": "Parallel", "Branches": [{"StartAt": "X", "States": {"X": pass()}}], "End": true}),
        &["DUPLICATE_STATE_NAME: Duplicate State name: X at /States/X/Branches[0]/States/X"],
    );
}

#[test]
fn all_findings_are_given_at_once_and_joined_as_aws_does() {
    let definition = json!({"StartAt": "A", "Foo": 1, "States": {
        "A": {"Type": "Pass", "Next": "B", "Bar": 2},
        "B": {"Type": "Nothing"},
    }});
    let findings = parse(&definition.to_string(), MachineType::Standard).unwrap_err();
    assert_eq!(
        errors_in_one_text(&findings),
        "SCHEMA_VALIDATION_FAILED: Field 'Foo' is not supported at /, \
         SCHEMA_VALIDATION_FAILED: Field 'Bar' is not supported at /States/A, SCHEMA_VALIDATION_FAILED: The field \
         'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map] at \
         /States/B/Type"
    );
}

#[test]
fn the_definition_of_one_state_stands_alone() {
    assert!(parse_state(r#"{"Type": "Pass", "Next": "Anywhere"}"#, MachineType::Standard).is_ok());
    let findings =
        parse_state(r#"{"Type": "Parallel", "Branches": [], "End": true}"#, MachineType::Standard).unwrap_err();
    assert_eq!(
        errors_in_one_text(&findings),
        "SCHEMA_VALIDATION_FAILED: Value cannot be empty at \
         /States/StateName/Branches"
    );
}

#[test]
fn a_name_that_stands_twice_in_one_scope_is_refused() {
    let pass = r#"{"Type": "Pass", "End": true, "Result": [1, 2.5, null, {"States": {"P": 1, "P": 2}}]}"#;
    let states = format!(r#"{{"Y": {pass}, "Y": {pass}}}"#);
    let finding = "DUPLICATE_STATE_NAME: Duplicate State name: Y at";
    for (text, place) in [
        (format!(r#"{{"StartAt": "Y", "States": {states}}}"#), "/States/Y"),
        (
            format!(
                r#"{{"StartAt": "X", "States": {{"X": {{"Type": "Parallel", "End": true, "Branches": [
                    {{"StartAt": "P", "States": {{"P": {pass}}}}}, {{"StartAt": "Y", "States": {states}}}]}}}}}}"#
            ),
            "/States/X/Branches[1]/States/Y",
        ),
        (
            format!(
                r#"{{"StartAt": "X", "States": {{"X": {{"Type": "Map", "End": true,
                    "ItemProcessor": {{"StartAt": "Y", "States": {states}}}}}}}}}"#
            ),
            "/States/X/ItemProcessor/States/Y",
        ),
    ] {
        check_text(&text, MachineType::Standard, &[&format!("{finding} {place}")]);
    }
}

#[test]
fn a_key_that_stands_twice_counts_as_the_last() {
    let text = r#"{"StartAt": "A", "StartAt": "X", "States": {"X": {"Type": "Pass", "End": true}}}"#;
    check_text(text, MachineType::Standard, &[]);
}
