//! Which fields a state may have, by its type and query language.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html>

use super::fields::Fields;

const TYPES: [&str; 8] = ["Task", "Wait", "Pass", "Succeed", "Fail", "Choice", "Parallel", "Map"];

const COMMON: [&str; 3] = ["Type", "Comment", "QueryLanguage"];

#[rustfmt::skip]
const PASS: &[&str] =
    &["InputPath", "OutputPath", "Result", "ResultPath", "Parameters", "Output", "Assign", "Next", "End"];
#[rustfmt::skip]
const TASK: &[&str] = &[
    "InputPath", "OutputPath", "ResultPath", "Parameters", "Arguments", "Output", "Assign", "Resource", "Credentials",
    "ResultSelector", "Retry", "Catch", "TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds",
    "HeartbeatSecondsPath", "Next", "End",
];
#[rustfmt::skip]
const WAIT: &[&str] = &[
    "InputPath", "OutputPath", "Output", "Assign", "Seconds", "Timestamp", "SecondsPath", "TimestampPath", "Next", "End",
];
#[rustfmt::skip]
const PARALLEL: &[&str] = &[
    "InputPath", "OutputPath", "ResultPath", "Parameters", "Arguments", "Output", "Assign", "ResultSelector", "Retry",
    "Catch", "Branches", "Next", "End",
];
#[rustfmt::skip]
const MAP: &[&str] = &[
    "InputPath", "OutputPath", "ResultPath", "Parameters", "Output", "Assign", "ResultSelector", "Retry", "Catch",
    "ItemProcessor", "Iterator", "ItemsPath", "Items", "ItemSelector", "ItemReader", "ItemBatcher", "ResultWriter",
    "MaxConcurrency", "MaxConcurrencyPath", "ToleratedFailurePercentage", "ToleratedFailurePercentagePath",
    "ToleratedFailureCount", "ToleratedFailureCountPath", "Label", "Next", "End",
];
const CHOICE: &[&str] = &["InputPath", "OutputPath", "Output", "Assign", "Choices", "Default"];
const SUCCEED: &[&str] = &["InputPath", "OutputPath", "Output"];
const FAIL: &[&str] = &["Error", "Cause", "ErrorPath", "CausePath"];

#[rustfmt::skip]
const JSONPATH_ONLY: &[&str] = &[
    "InputPath", "OutputPath", "ResultPath", "Parameters", "ResultSelector", "Result", "ItemsPath",
    "TimeoutSecondsPath", "HeartbeatSecondsPath", "SecondsPath", "TimestampPath", "MaxConcurrencyPath",
    "ToleratedFailurePercentagePath", "ToleratedFailureCountPath", "ErrorPath", "CausePath",
];
const JSONATA_ONLY: &[&str] = &["Arguments", "Output", "Items"];

/// The value of `Type`.
pub(super) fn type_name(state: &Fields) -> Option<&'static str> {
    let text = state.string("Type")?;
    let known = TYPES.into_iter().find(|type_name| *type_name == text);
    if known.is_none() {
        let message = format!("The field 'Type' should have one of these values: [{}]", TYPES.join(", "));
        state.report_at("Type", message);
    }
    known
}

fn of_type(type_name: &str) -> &'static [&'static str] {
    match type_name {
        "Task" => TASK,
        "Wait" => WAIT,
        "Pass" => PASS,
        "Succeed" => SUCCEED,
        "Fail" => FAIL,
        "Choice" => CHOICE,
        "Parallel" => PARALLEL,
        _ => MAP,
    }
}

/// Refuses the fields that a state of this type cannot have.
pub(super) fn check_type(state: &Fields, type_name: &str) {
    let known: Vec<&str> = COMMON.iter().chain(of_type(type_name)).copied().collect();
    state.allow(&known);
}

/// Refuses the fields of the other query language that the type would have.
pub(super) fn check_language(state: &Fields, type_name: &str) {
    let of_type = of_type(type_name);
    let both = |fields: &[&'static str]| -> Vec<&'static str> {
        fields.iter().copied().filter(|field| of_type.contains(field)).collect()
    };
    state.refuse_other_language(&both(JSONPATH_ONLY), &both(JSONATA_ONLY));
}
