//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html>

use serde::Serialize;

use crate::members::Text;
use crate::structures::check_role_arn;
use crate::{
    ApiError, InspectionLevel, Members, MockResponseValidationMode, Operation, Request, TestExecutionStatus, json_text,
};

/// Runs one state, without a state machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestStateRequest {
    /// Of a state, or of a whole state machine with [`Self::state_name`].
    pub definition: String,
    /// The role of the execution.
    pub role_arn: Option<String>,
    /// JSON text, not checked yet; `{}` if absent.
    pub input: String,
    /// How much is told.
    pub inspection_level: InspectionLevel,
    /// Whether secrets of HTTP tasks are told.
    pub reveal_secrets: bool,
    /// JSON text, not checked yet: an object of values by the names of variables.
    pub variables: Option<String>,
    /// Which state of the machine.
    pub state_name: Option<String>,
    /// What stands for the state's call.
    pub mock: Option<MockInput>,
    /// JSON text, not checked yet: the context object.
    pub context: Option<String>,
    /// What has happened to the state before.
    pub state_configuration: TestStateConfiguration,
}

/// A result or an error instead of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MockInput {
    /// JSON text, not checked yet.
    pub result: Option<String>,
    /// An error.
    pub error_output: Option<MockErrorOutput>,
    /// How the result is checked against the model of the service's API.
    pub field_validation_mode: MockResponseValidationMode,
}

/// An error instead of a call's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MockErrorOutput {
    /// Its name.
    pub error: Option<String>,
    /// What is wrong.
    pub cause: Option<String>,
}

/// What has happened to the state before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TestStateConfiguration {
    /// How often the Retrier has been used.
    pub retrier_retry_count: Option<i32>,
    /// Which state within a Map or Parallel state the mocked error comes from.
    pub error_caused_by_state: Option<String>,
    /// How many iterations of the Map state have failed.
    pub map_iteration_failure_count: Option<i32>,
    /// What the ItemReader of a Map state has read.
    pub map_item_reader_data: Option<String>,
}

impl Request for TestStateRequest {
    const OPERATION: Operation = Operation::TestState;

    fn read(members: &mut Members) -> Option<Self> {
        let payload = Text::payload(members.limits().payload_bytes);
        let definition = members.required_text("definition", Text::DEFINITION);
        let role_arn = members.text("roleArn", Text::ARN);
        let input = members.text("input", payload).unwrap_or_else(|| "{}".to_owned());
        let inspection_level = members.word("inspectionLevel").unwrap_or(InspectionLevel::Info);
        let reveal_secrets = members.boolean("revealSecrets").unwrap_or(false);
        let variables = members.text("variables", payload);
        let state_name = members.text("stateName", Text::STATE_NAME);
        let mock = members.structure("mock", MockInput::read);
        let context = members.text("context", payload);
        let state_configuration = members.structure("stateConfiguration", TestStateConfiguration::read);
        Some(Self {
            definition: definition?,
            role_arn,
            input,
            inspection_level,
            reveal_secrets,
            variables,
            state_name,
            mock,
            context,
            state_configuration: state_configuration.unwrap_or_default(),
        })
    }
}

impl MockInput {
    fn read(members: &mut Members) -> Option<Self> {
        let result = members.text("result", Text::payload(members.limits().payload_bytes));
        let error_output = members.structure("errorOutput", |members| {
            let error = members.text("error", Text::ERROR);
            let cause = members.text("cause", Text::CAUSE);
            Some(MockErrorOutput { error, cause })
        });
        let field_validation_mode = members.word("fieldValidationMode").unwrap_or(MockResponseValidationMode::Strict);
        Some(Self { result, error_output, field_validation_mode })
    }
}

impl TestStateConfiguration {
    fn read(members: &mut Members) -> Option<Self> {
        let payload = Text::payload(members.limits().payload_bytes);
        Some(Self {
            retrier_retry_count: members.integer("retrierRetryCount", 0..=i32::MAX),
            error_caused_by_state: members.text("errorCausedByState", Text::STATE_NAME),
            map_iteration_failure_count: members.integer("mapIterationFailureCount", 0..=i32::MAX),
            map_item_reader_data: members.text("mapItemReaderData", payload),
        })
    }
}

impl TestStateRequest {
    /// Checks what the definition has no part in.
    ///
    /// # Errors
    /// `InvalidArn` for the role, `InvalidExecutionInput`.
    pub fn check(&self) -> Result<(), ApiError> {
        if let Some(role_arn) = &self.role_arn {
            check_role_arn(role_arn)?;
        }
        json_text::check_execution_input(&self.input)
    }
}

/// What came of the state.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TestStateResponse {
    /// Its output, or that of the Catcher that took its error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// The name of its error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What went wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Not with the level INFO.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inspection_data: Option<InspectionData>,
    /// Where the execution would go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_state: Option<String>,
    /// How it ended.
    pub status: TestExecutionStatus,
}

/// The data of a state on its way, each as JSON text.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InspectionData {
    /// As it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// JSONata's `Arguments`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_arguments: Option<String>,
    /// What `InputPath` leaves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_input_path: Option<String>,
    /// What `Parameters` makes of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_parameters: Option<String>,
    /// What the task gives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// What `ResultSelector` makes of that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_result_selector: Option<String>,
    /// The input with the result in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_result_path: Option<String>,
    /// The variables after the state, if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variables: Option<String>,
    /// Which Retrier and Catcher took the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_details: Option<InspectionErrorDetails>,
    /// The items of a Map state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_items_path: Option<String>,
    /// What its iterations are given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_item_selector: Option<String>,
    /// The same in batches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_item_batcher: Option<String>,
    /// What `ItemsPointer` finds in the data of the reader.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after_items_pointer: Option<String>,
    /// Of a Map state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerated_failure_count: Option<i64>,
    /// Of a Map state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerated_failure_percentage: Option<f64>,
    /// Of a Map state; 0 is as many as there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_concurrency: Option<i64>,
}

/// What took the error.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InspectionErrorDetails {
    /// Of the Catcher.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub catch_index: Option<usize>,
    /// Of the Retrier, whether it may still be used or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_index: Option<usize>,
    /// Until the state would be entered again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_backoff_interval_seconds: Option<u64>,
}
