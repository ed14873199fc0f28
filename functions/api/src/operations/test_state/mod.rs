//! TestState: a state of a definition that is not stored anywhere, run by the engine.

mod checks;
mod context;

use std::sync::Arc;

use api_model::{
    ApiError, InspectionData, InspectionErrorDetails, InspectionLevel, TestExecutionStatus, TestStateRequest,
    TestStateResponse,
};
use asl::machine::{Machine, StateName};
use engine::execution::{Execution, ExecutionArn, Kind};
use engine::input::Given;
use engine::inspection::MapInspection;
use engine::limits::Limits;
use engine::payload::Payload;
use engine::run::Variables;
use engine::test_state::{Calling, LONGEST_SECONDS, Progress, Status, Test, Tested};
use serde_json::Value;

use super::definition;
use crate::Api;

pub(super) async fn test(api: &Api, request: TestStateRequest) -> Result<TestStateResponse, ApiError> {
    request.check()?;
    let machine = machine(&request)?;
    let state = checks::state(&machine, &request)?;
    checks::request(state, &request)?;
    checks::error_caused_by(&machine, state, &request)?;
    let test = Test {
        execution: execution(api, &request),
        state: state.name.clone(),
        input: input(&request.input)?,
        variables: variables(request.variables.as_deref())?,
        mock: checks::mock(state, &request)?,
        context: context::checked(request.context.as_deref())?,
        retrier_retry_count: count(request.state_configuration.retrier_retry_count),
    };
    let tested = match engine::test_state::test(&machine, &test, &given(api)) {
        Progress::Done(tested) => *tested,
        Progress::Calling(calling) => call(api, &machine, *calling).await,
    };
    check_iterations(&request, &tested)?;
    Ok(response(&request, tested))
}

fn check_iterations(request: &TestStateRequest, tested: &Tested) -> Result<(), ApiError> {
    let Some(map) = &tested.inspection.map else { return Ok(()) };
    let failed = request.state_configuration.map_iteration_failure_count.unwrap_or_default();
    if usize::try_from(failed).is_ok_and(|failed| failed > map.iterations) {
        return Err(ApiError::validation(
            "Map iteration failure count must be less than or equal to the number of Map iterations",
            None,
        ));
    }
    Ok(())
}

async fn call(api: &Api, machine: &Machine, calling: Calling) -> Tested {
    let seconds = calling.timeout_seconds().unwrap_or(LONGEST_SECONDS).min(LONGEST_SECONDS);
    let until = api.ports.clock.now().plus_seconds(seconds);
    let outcome = api.express.call(&calling.request, until).await;
    let given = given(api);
    match outcome {
        Some(outcome) => engine::test_state::task_ended(machine, calling, &outcome, &given),
        None => engine::test_state::task_timed_out(machine, calling, &given),
    }
}

/// With `stateName` it is a whole machine that is given, and has to be a valid one.
fn machine(request: &TestStateRequest) -> Result<Machine, ApiError> {
    let parsed = match &request.state_name {
        Some(_) => asl::parse(&request.definition, asl::MachineType::Standard),
        None => asl::parse_state(&request.definition, asl::MachineType::Standard),
    };
    parsed.map(|parsed| parsed.machine).map_err(|findings| definition::invalid(findings, &request.definition))
}

/// AWS runs a test as an Express execution, of a state machine and under a name made for it.
fn execution(api: &Api, request: &TestStateRequest) -> Execution {
    let arn = format!("{}:express:{}:{}", api.place, api.ports.ids.uuid(), api.ports.ids.uuid());
    let role_arn = request.role_arn.clone().unwrap_or_default().into();
    let arn = ExecutionArn::new(arn);
    Execution { kind: Kind::ExpressSync, ..Execution::new(arn, Arc::default(), role_arn, api.ports.clock.now()) }
}

fn given(api: &Api) -> Given<'static> {
    Given {
        now: api.ports.clock.now(),
        seed: api.ports.ids.seed(),
        limits: Limits { payload_bytes: api.ports.settings.payload_limit_bytes, ..Limits::default() },
        ..Given::default()
    }
}

fn input(text: &str) -> Result<Payload, ApiError> {
    let invalid = || ApiError::InvalidExecutionInput { detail: "Invalid execution input.".to_owned() };
    Payload::parse(text).ok_or_else(invalid)
}

fn variables(text: Option<&str>) -> Result<Variables, ApiError> {
    match text.map(|text| Payload::parse(text).map(|payload| payload.value())) {
        None => Ok(Variables::new()),
        Some(Some(Value::Object(members))) => {
            Ok(members.into_iter().map(|(name, value)| (name, Payload::from_value(&value))).collect())
        }
        Some(_) => Err(ApiError::validation("Variables must be a JSON object", None)),
    }
}

fn count(count: Option<i32>) -> u64 {
    count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default()
}

fn response(request: &TestStateRequest, tested: Tested) -> TestStateResponse {
    let inspection_data = match request.inspection_level {
        InspectionLevel::Info => None,
        InspectionLevel::Debug | InspectionLevel::Trace => Some(inspection_data(request, &tested)),
    };
    let failure = tested.failure.unwrap_or_default();
    TestStateResponse {
        output: text(tested.output),
        error: failure.error,
        cause: failure.cause,
        inspection_data,
        next_state: tested.next_state.as_ref().map(StateName::to_string),
        status: match tested.status {
            Status::Succeeded => TestExecutionStatus::Succeeded,
            Status::Failed => TestExecutionStatus::Failed,
            Status::Retriable => TestExecutionStatus::Retriable,
            Status::CaughtError => TestExecutionStatus::CaughtError,
        },
    }
}

fn inspection_data(request: &TestStateRequest, tested: &Tested) -> InspectionData {
    let data = tested.inspection.clone();
    let details = data.error_details.as_ref().map(|details| InspectionErrorDetails {
        catch_index: details.catch_index,
        retry_index: details.retry_index,
        retry_backoff_interval_seconds: tested.retry_backoff_seconds,
    });
    InspectionData {
        input: Some(request.input.clone()),
        after_arguments: text(data.after_arguments),
        after_input_path: text(data.after_input_path),
        after_parameters: text(data.after_parameters),
        result: text(data.result),
        after_result_selector: text(data.after_result_selector),
        after_result_path: text(data.after_result_path),
        variables: variables_text(&data.variables),
        error_details: details.filter(|details| *details != InspectionErrorDetails::default()),
        ..map_data(data.map)
    }
}

fn map_data(map: Option<MapInspection>) -> InspectionData {
    let Some(map) = map else { return InspectionData::default() };
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    InspectionData {
        after_items_path: text(map.after_items_path),
        after_item_selector: text(map.after_item_selector),
        after_items_pointer: text(map.after_items_pointer),
        tolerated_failure_count: map.tolerated_failure_count.map(number),
        tolerated_failure_percentage: map.tolerated_failure_percentage,
        max_concurrency: Some(number(map.max_concurrency)),
        ..InspectionData::default()
    }
}

fn text(payload: Option<Payload>) -> Option<String> {
    payload.map(|payload| payload.as_str().to_owned())
}

fn variables_text(variables: &Variables) -> Option<String> {
    let object = || Value::Object(variables.iter().map(|(name, value)| (name.clone(), value.value())).collect());
    (!variables.is_empty()).then(|| object().to_string())
}
