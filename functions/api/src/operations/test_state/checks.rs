//! What AWS refuses before it runs a test, in its words.

use api_model::{ApiError, MockInput, MockResponseValidationMode, TestStateRequest};
use asl::machine::{Integration, Machine, Map, Pattern, ProcessorMode, Resource, State, StateKind, StateName, Task};
use engine::failure::ErrorAndCause;
use engine::payload::Payload;
use engine::test_state::{Mock, MockAnswer, takes_mock};
use serde_json::Value;

use super::super::definition;

/// The state that is tested.
pub(super) fn state<'m>(machine: &'m Machine, request: &TestStateRequest) -> Result<&'m State, ApiError> {
    let name = match &request.state_name {
        Some(name) => StateName::new(name.as_str()),
        None => machine.root.start_at.clone(),
    };
    machine.state(&name).ok_or_else(|| ApiError::validation("State not found in definition", None))
}

/// Whether the parts of the request go together, and with the state.
pub(super) fn request(state: &State, request: &TestStateRequest) -> Result<(), ApiError> {
    match &request.mock {
        Some(_) if !takes_mock(&state.kind) => {
            let type_name = state.kind.type_name();
            let message = format!("State type '{type_name}' is not supported when a mock is specified");
            Err(ApiError::validation(message, None))
        }
        Some(_) if request.reveal_secrets => {
            Err(ApiError::validation("TestState does not support RevealSecrets when a mock is specified.", None))
        }
        Some(_) => Ok(()),
        None => without_mock(state, request),
    }
}

fn without_mock(state: &State, request: &TestStateRequest) -> Result<(), ApiError> {
    match &state.kind {
        StateKind::Map(_) | StateKind::Parallel(_) => {
            return Err(ApiError::InvalidTestDefinition {
                message: "TestState API does not support Map or Parallel states. Supported state types include: [Task, \
                          Wait, Pass, Succeed, Fail, Choice]",
            });
        }
        StateKind::Task(task) => task_without_mock(state, task, request)?,
        StateKind::Pass(_) | StateKind::Choice(_) | StateKind::Wait(_) | StateKind::Succeed(_) | StateKind::Fail(_) => {
        }
    }
    if request.context.is_some() {
        return Err(ApiError::validation("Context can only be specified when a mock is specified", None));
    }
    if request.state_configuration != Default::default() {
        return Err(ApiError::validation("State configuration can only be specified when a mock is specified", None));
    }
    Ok(())
}

fn task_without_mock(state: &State, task: &Task, request: &TestStateRequest) -> Result<(), ApiError> {
    let waits = match &task.resource {
        Resource::Activity { .. } => Some("TestState API does not support Activity tasks."),
        Resource::Integration(integration) if integration.pattern != Pattern::RequestResponse => {
            Some("TestState API does not support '.sync' or '.waitForTaskToken' integration patterns.")
        }
        Resource::Integration(_) | Resource::LambdaFunction { .. } => None,
    };
    if let Some(message) = waits {
        return Err(ApiError::InvalidTestDefinition { message });
    }
    if request.role_arn.is_none() {
        return Err(ApiError::validation("RoleArn must be specified when testing a Task state", None));
    }
    definition::supported(engine::supported::unsupported_in(state))
}

/// The mock, if there is one and the state can take it.
pub(super) fn mock(state: &State, request: &TestStateRequest) -> Result<Option<Mock>, ApiError> {
    let Some(mock) = &request.mock else { return Ok(None) };
    let configuration = &request.state_configuration;
    Ok(Some(Mock {
        answer: answer(state, mock)?,
        failed_iterations: super::count(configuration.map_iteration_failure_count),
        item_reader_data: configuration.map_item_reader_data.clone(),
    }))
}

fn answer(state: &State, mock: &MockInput) -> Result<MockAnswer, ApiError> {
    match mock {
        MockInput { result: Some(result), error_output: None, field_validation_mode } => {
            let invalid = || ApiError::validation("Mocked result must be valid JSON", None);
            let result = Payload::parse(result).ok_or_else(invalid)?;
            mocked_result(state, &result.value(), *field_validation_mode)?;
            Ok(MockAnswer::Result(result))
        }
        MockInput { result: None, error_output: Some(output), .. } => {
            let (error, cause) = (output.error.clone(), output.cause.clone());
            Ok(MockAnswer::Error(ErrorAndCause { error, cause }))
        }
        _ => Err(ApiError::validation(
            "A test mock should have only one of the following fields: [result, errorOutput].",
            None,
        )),
    }
}

fn mocked_result(state: &State, result: &Value, mode: MockResponseValidationMode) -> Result<(), ApiError> {
    match &state.kind {
        StateKind::Task(Task { resource: Resource::Integration(integration), .. }) => {
            service_result(integration, result, mode)
        }
        StateKind::Parallel(parallel) => match result.as_array() {
            None => Err(ApiError::validation("Mocked result must be an array.", None)),
            Some(results) if results.len() != parallel.branches.len() => Err(ApiError::validation(
                "Mocked result must have one element for each branch of the Parallel state.",
                None,
            )),
            Some(_) => Ok(()),
        },
        StateKind::Map(map) if writes_results(map) => match result.is_object() {
            true => Ok(()),
            false => Err(ApiError::validation("Mocked result must be a JSON object.", None)),
        },
        StateKind::Map(_) if !result.is_array() => Err(ApiError::validation("Mocked result must be an array.", None)),
        StateKind::Task(_)
        | StateKind::Map(_)
        | StateKind::Pass(_)
        | StateKind::Choice(_)
        | StateKind::Wait(_)
        | StateKind::Succeed(_)
        | StateKind::Fail(_) => Ok(()),
    }
}

/// With a ResultWriter a Map state gives where the results are.
fn writes_results(map: &Map) -> bool {
    matches!(&map.mode, ProcessorMode::Distributed(distributed) if distributed.result_writer.is_some())
}

/// The state that the mocked error comes from is one within the Map or Parallel state.
pub(super) fn error_caused_by(machine: &Machine, state: &State, request: &TestStateRequest) -> Result<(), ApiError> {
    match &request.state_configuration.error_caused_by_state {
        Some(name) if !engine::test_state::is_within(machine, state, &StateName::new(name.as_str())) => {
            Err(ApiError::validation("State not found in definition", None))
        }
        _ => Ok(()),
    }
}

/// What the service answers, by the model of its API. With a task token, whoever has the token answers.
fn service_result(integration: &Integration, result: &Value, mode: MockResponseValidationMode) -> Result<(), ApiError> {
    let mode = match mode {
        MockResponseValidationMode::Strict => service_models::Mode::Strict,
        MockResponseValidationMode::Present => service_models::Mode::Present,
        MockResponseValidationMode::None => return Ok(()),
    };
    if integration.pattern == Pattern::WaitForTaskToken {
        return Ok(());
    }
    service_models::check(&integration.service, &integration.resource(), result, mode)
        .map_err(|why| ApiError::validation(format!("Mock result schema validation error: {why}"), None))
}
