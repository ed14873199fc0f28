//! The details of history events. Types with the same members share a structure.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;

macro_rules! details {
    ($(
        $(#[$doc:meta])*
        $name:ident $(<$life:lifetime>)? { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }
    )*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Serialize)]
        #[serde(rename_all = "camelCase")]
        pub struct $name $(<$life>)? {
            $($(#[$field_meta])* pub $field: $type,)*
        }
    )*};
}

/// Whether a payload was cut short; the API never cuts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HistoryEventExecutionDataDetails {
    /// See above.
    pub truncated: bool,
}

/// What stands beside a payload that is given in full.
pub const WHOLE: HistoryEventExecutionDataDetails = HistoryEventExecutionDataDetails { truncated: false };

/// Whether variables were cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AssignedVariablesDetails {
    /// See above.
    pub truncated: bool,
}

details! {
    /// An error and its cause, both optional.
    Failure<'a> {
        #[serde(skip_serializing_if = "Option::is_none")] error: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Option::is_none")] cause: Option<Cow<'a, str>>,
    }
    /// An output.
    Output<'a> {
        #[serde(skip_serializing_if = "Option::is_none")] output: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Option::is_none")] output_details: Option<HistoryEventExecutionDataDetails>,
    }
    ActivityScheduled<'a> {
        resource: Cow<'a, str>,
        #[serde(skip_serializing_if = "Option::is_none")] input: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Option::is_none")] input_details: Option<HistoryEventExecutionDataDetails>,
        #[serde(skip_serializing_if = "Option::is_none")] timeout_in_seconds: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")] heartbeat_in_seconds: Option<i64>,
    }
    ActivityStarted<'a> {
        #[serde(skip_serializing_if = "Option::is_none")] worker_name: Option<Cow<'a, str>>,
    }
    EvaluationFailed<'a> {
        #[serde(skip_serializing_if = "Option::is_none")] error: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Option::is_none")] cause: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Option::is_none")] location: Option<Cow<'a, str>>,
        state: Cow<'a, str>,
    }
    ExecutionRedriven {
        #[serde(skip_serializing_if = "Option::is_none")] redrive_count: Option<i32>,
    }
    ExecutionStarted<'a> {
        #[serde(skip_serializing_if = "Option::is_none")] input: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Option::is_none")] input_details: Option<HistoryEventExecutionDataDetails>,
        #[serde(skip_serializing_if = "Option::is_none")] role_arn: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Option::is_none")] state_machine_alias_arn: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Option::is_none")] state_machine_version_arn: Option<Cow<'a, str>>,
    }
    LambdaFunctionScheduled<'a> {
        resource: Cow<'a, str>,
        #[serde(skip_serializing_if = "Option::is_none")] input: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Option::is_none")] input_details: Option<HistoryEventExecutionDataDetails>,
        #[serde(skip_serializing_if = "Option::is_none")] timeout_in_seconds: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")] task_credentials: Option<TaskCredentials<'a>>,
    }
    TaskCredentials<'a> {
        #[serde(skip_serializing_if = "Option::is_none")] role_arn: Option<Cow<'a, str>>,
    }
    MapIteration<'a> {
        #[serde(skip_serializing_if = "Option::is_none")] name: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Option::is_none")] index: Option<i32>,
    }
    MapRunRedriven<'a> {
        #[serde(skip_serializing_if = "Option::is_none")] map_run_arn: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Option::is_none")] redrive_count: Option<i32>,
    }
    MapRunStarted<'a> {
        #[serde(skip_serializing_if = "Option::is_none")] map_run_arn: Option<Cow<'a, str>>,
    }
    MapStateStarted {
        #[serde(skip_serializing_if = "Option::is_none")] length: Option<i32>,
    }
    StateEntered<'a> {
        name: Cow<'a, str>,
        #[serde(skip_serializing_if = "Option::is_none")] input: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Option::is_none")] input_details: Option<HistoryEventExecutionDataDetails>,
    }
    StateExited<'a> {
        name: Cow<'a, str>,
        #[serde(skip_serializing_if = "Option::is_none")] output: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Option::is_none")] output_details: Option<HistoryEventExecutionDataDetails>,
        /// By name, each as JSON text.
        #[serde(skip_serializing_if = "Option::is_none")] assigned_variables: Option<BTreeMap<Cow<'a, str>, Cow<'a, str>>>,
        #[serde(skip_serializing_if = "Option::is_none")] assigned_variables_details: Option<AssignedVariablesDetails>,
    }
    TaskFailure<'a> {
        resource_type: Cow<'a, str>,
        resource: Cow<'a, str>,
        #[serde(skip_serializing_if = "Option::is_none")] error: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Option::is_none")] cause: Option<Cow<'a, str>>,
    }
    TaskOutput<'a> {
        resource_type: Cow<'a, str>,
        resource: Cow<'a, str>,
        #[serde(skip_serializing_if = "Option::is_none")] output: Option<Cow<'a, str>>,
        #[serde(skip_serializing_if = "Option::is_none")] output_details: Option<HistoryEventExecutionDataDetails>,
    }
    TaskScheduled<'a> {
        resource_type: Cow<'a, str>,
        resource: Cow<'a, str>,
        region: Cow<'a, str>,
        parameters: Cow<'a, str>,
        #[serde(skip_serializing_if = "Option::is_none")] timeout_in_seconds: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")] heartbeat_in_seconds: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")] task_credentials: Option<TaskCredentials<'a>>,
    }
    TaskStarted<'a> {
        resource_type: Cow<'a, str>,
        resource: Cow<'a, str>,
    }
}

/// Says which members of each structure are execution data.
macro_rules! execution_data {
    ($($name:ident { $($field:ident),* })*) => {$(
        impl $name<'_> {
            pub(super) fn omit_execution_data(&mut self) {
                $(self.$field = None;)*
            }
        }
    )*};
}

execution_data! {
    Failure {}
    Output { output, output_details }
    ActivityScheduled { input, input_details }
    ActivityStarted {}
    EvaluationFailed {}
    ExecutionStarted { input, input_details }
    LambdaFunctionScheduled { input, input_details }
    MapIteration {}
    MapRunRedriven {}
    MapRunStarted {}
    StateEntered { input, input_details }
    StateExited { output, output_details, assigned_variables, assigned_variables_details }
    TaskFailure {}
    TaskOutput { output, output_details }
    TaskStarted {}
}

impl ExecutionRedriven {
    pub(super) fn omit_execution_data(&mut self) {}
}

impl MapStateStarted {
    pub(super) fn omit_execution_data(&mut self) {}
}

impl TaskScheduled<'_> {
    /// `parameters` must be there.
    pub(super) fn omit_execution_data(&mut self) {
        self.parameters = Cow::Borrowed("");
    }
}
