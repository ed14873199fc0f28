//! What the states make together.

use super::*;

#[test]
fn targets_exist_and_states_are_reachable() {
    let pass_to = |next: &str| json!({"Type": "Pass", "Next": next});
    for (states, expected) in [
        // A loop has no end, and then nothing is said of what cannot be reached.
        (
            json!({"X": pass_to("B"), "B": pass_to("X")}),
            &["MISSING_END_STATE: Workflow has no terminal state at null"][..],
        ),
        (
            json!({"X": pass_to("B"), "B": pass_to("X"), "C": pass_to("X")}),
            &["MISSING_END_STATE: Workflow has no terminal state at null"],
        ),
        (
            json!({"X": pass_to("B"), "B": pass_to("X"), "C": pass()}),
            &["MISSING_TRANSITION_TARGET: State \"C\" is not reachable. at /States/C"],
        ),
        (
            json!({"X": pass_to("NOPE")}),
            &[
                "MISSING_TRANSITION_TARGET: Missing 'Next' target: NOPE at /States/X/Next",
                "MISSING_END_STATE: Workflow has no terminal state at null",
            ],
        ),
        (
            json!({"X": pass_to("C"), "B": pass()}),
            &[
                "MISSING_TRANSITION_TARGET: Missing 'Next' target: C at /States/X/Next",
                "MISSING_TRANSITION_TARGET: State \"B\" is not reachable. at /States/B",
            ],
        ),
        (
            json!({"A": pass()}),
            &[
                "MISSING_TRANSITION_TARGET: Missing 'Next' target: X at /StartAt",
                "MISSING_TRANSITION_TARGET: State \"A\" is not reachable. at /States/A",
            ],
        ),
        // Two that lead only to each other.
        (
            json!({"X": pass(), "A": pass_to("B"), "B": pass_to("A")}),
            &[
                "MISSING_TRANSITION_TARGET: State \"A\" is not reachable. at /States/A",
                "MISSING_TRANSITION_TARGET: State \"B\" is not reachable. at /States/B",
            ],
        ),
        (
            json!({
                "X": {"Type": "Choice", "Choices": [{"Variable": "$.x", "IsPresent": true, "Next": "G"}], "Default": "H"},
                "Y": pass(),
            }),
            &[
                "MISSING_TRANSITION_TARGET: Missing 'Next' target: G at /States/X/Choices[0]/Next",
                "MISSING_TRANSITION_TARGET: Missing 'Next' target: H at /States/X/Default",
                "MISSING_TRANSITION_TARGET: State \"Y\" is not reachable. at /States/Y",
            ],
        ),
        (
            json!({"X": with(task(), json!({"Catch": [{"ErrorEquals": ["E"], "Next": "G"}]}))}),
            &["MISSING_TRANSITION_TARGET: Missing 'Next' target: G at /States/X/Catch[0]/Next"],
        ),
        (
            json!({"X": with(task(), json!({"Catch": [{"ErrorEquals": ["E"], "Next": "G"}]})), "G": {"Type": "Fail"}}),
            &[],
        ),
    ] {
        check(json!({"StartAt": "X", "States": states}), expected);
    }
}

#[test]
fn nested_scopes_are_looked_at_too_but_need_no_end() {
    for (states, expected) in [
        (json!({"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}}), vec![]),
        (
            json!({"A": pass(), "B": pass()}),
            vec!["MISSING_TRANSITION_TARGET: State \"B\" is not reachable. at PLACE/States/B"],
        ),
        (
            json!({"A": {"Type": "Pass", "Next": "X"}}),
            vec!["MISSING_TRANSITION_TARGET: Missing 'Next' target: X at PLACE/States/A/Next"],
        ),
        (
            json!({"B": pass()}),
            vec![
                "MISSING_TRANSITION_TARGET: Missing 'Next' target: A at PLACE/StartAt",
                "MISSING_TRANSITION_TARGET: State \"B\" is not reachable. at PLACE/States/B",
            ],
        ),
    ] {
        let scope = json!({"StartAt": "A", "States": states});
        for (state, place) in [
            (json!({"Type": "Parallel", "Branches": [scope], "End": true}), "/States/X/Branches[0]"),
            (json!({"Type": "Map", "ItemProcessor": scope, "End": true}), "/States/X/ItemProcessor"),
            (json!({"Type": "Map", "Iterator": scope, "End": true}), "/States/X/Iterator"),
        ] {
            let expected: Vec<String> = expected.iter().map(|text| text.replace("PLACE", place)).collect();
            let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
            check_state(state, &expected);
        }
    }
}

#[test]
fn reachability_waits_for_states_that_can_be_read() {
    check(
        json!({"StartAt": "X", "States": {"X": {"Type": "Choice", "Choices": 1}, "Y": pass()}}),
        &["Expected value of type [ARRAY] at /States/X/Choices"],
    );
}
