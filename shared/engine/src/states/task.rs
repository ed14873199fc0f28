//! The Task state: <https://states-language.net/spec.html#task-state>. Scheduling, and what its outcome leads to; the
//! call itself is the dispatcher's.

use std::sync::Arc;

use asl::machine::{Integer, Pattern, Resource, State, Task};
use serde_json::Value;

use super::{Arrival, Result, mocked_task, task_events};
use crate::data_flow::{Document, Evaluation};
use crate::effect::{Effect, Target, TaskRequest};
use crate::event::TaskResource;
use crate::failure::{ErrorAndCause, Failure};
use crate::input::TaskOutcome;
use crate::limits::MAX_WAIT_SECONDS;
use crate::payload::Payload;
use crate::run::{Answer, Branch, EndedBy, Phase, TaskEvents, TaskPhase};
use crate::test_state::{Mock, MockAnswer};
use crate::transition::Transition;

/// Schedules one attempt: the first, or a retry.
pub(crate) fn schedule(transition: &mut Transition<'_>, branch: &mut Branch, state: &State, task: &Task) -> Result {
    if let Some(response) = mocked_task::response(transition, state) {
        return mocked_task::perform(transition, branch, state, task, &response);
    }
    let (target, events) = target(&task.resource).ok_or_else(|| super::unsupported(state))?;
    let Attempt { payload, timeout_seconds, heartbeat_seconds, credentials } =
        attempt(transition, branch, state, task)?;
    check(transition, branch, state, &target, &payload)?;
    let by_token = task.resource.waits_for_task_token() || events == TaskEvents::Activity;
    let phase = TaskPhase {
        scheduled_at: transition.now(),
        scheduled_in: transition.run().seq,
        events,
        ended_by: if by_token { EndedBy::TaskToken { submitted: false } } else { EndedBy::Target },
        timeout_seconds,
        heartbeat_seconds,
        deadline: None,
        heartbeat_by: None,
        claim: None,
    };
    let region = transition.run().execution.arn.region();
    let scheduled = task_events::scheduled(&phase, &task.resource, region, payload.clone(), credentials.clone());
    transition.record(branch, scheduled);
    transition.place(branch, Phase::Task(phase));
    let role_arn = credentials.map_or_else(|| transition.run().execution.role_arn.clone(), Arc::from);
    transition.owe(Effect::Dispatch(TaskRequest { token: branch.token, target, payload, role_arn }));
    Ok(Arrival::Stays)
}

/// What one attempt is made of.
pub(super) struct Attempt {
    pub payload: Payload,
    pub timeout_seconds: Option<u64>,
    pub heartbeat_seconds: Option<u64>,
    /// The role of `Credentials`.
    pub credentials: Option<String>,
}

pub(super) fn attempt(
    transition: &Transition<'_>,
    branch: &Branch,
    state: &State,
    task: &Task,
) -> std::result::Result<Attempt, Failure> {
    let evaluation = Evaluation::new(transition, branch, state);
    let raw = Document::from(branch.input.clone());
    let flow = evaluation.flow(&task.flow);
    let input = flow.effective_input(&raw)?;
    let limit = |field: &Option<Integer>, name: &str| {
        let field = field.as_ref();
        field.map(|field| seconds(&evaluation, field, name, &flow.reference_input(&raw)?)).transpose()
    };
    let timeout_seconds = limit(&task.timeout_seconds, "TimeoutSecondsPath")?;
    let heartbeat_seconds = limit(&task.heartbeat_seconds, "HeartbeatSecondsPath")?;
    let credentials = task.credentials.as_ref();
    let credentials =
        credentials.map(|text| evaluation.text(text, "Credentials/RoleArn", "RoleArn", &raw)).transpose()?;
    let payload = input.payload();
    Failure::over_limit(state.name.as_str(), payload.len(), &transition.given.limits)?;
    Ok(Attempt { payload, timeout_seconds, heartbeat_seconds, credentials })
}

/// TestState with a mock: what comes before the call and after it, and the mock instead of it.
pub(crate) fn mocked(
    transition: &mut Transition<'_>,
    branch: &mut Branch,
    state: &State,
    task: &Task,
    mock: &Mock,
) -> Result {
    attempt(transition, branch, state, task)?;
    match &mock.answer {
        MockAnswer::Result(result) => leave(transition, branch, state, task, result),
        MockAnswer::Error(failure) => Err(Failure::Reported(failure.clone())),
    }
}

/// What the dispatcher is to call; `None` for what it cannot call in this version.
pub(crate) fn target(resource: &Resource) -> Option<(Target, TaskEvents)> {
    match resource {
        Resource::LambdaFunction { arn } => {
            Some((Target::LambdaFunction { arn: arn.clone() }, TaskEvents::LambdaFunction))
        }
        Resource::Integration(integration)
            if integration.service == "lambda"
                && integration.action == "invoke"
                && matches!(integration.pattern, Pattern::RequestResponse | Pattern::WaitForTaskToken) =>
        {
            let resource = TaskResource { resource_type: "lambda".into(), resource: integration.resource() };
            Some((Target::LambdaInvoke, TaskEvents::Task(resource)))
        }
        Resource::Activity { arn } => Some((Target::Activity { arn: arn.clone() }, TaskEvents::Activity)),
        Resource::Integration(_) => None,
    }
}

/// What can be known before the target is asked.
fn check(
    transition: &Transition<'_>,
    branch: &Branch,
    state: &State,
    target: &Target,
    payload: &Payload,
) -> std::result::Result<(), Failure> {
    match target {
        Target::LambdaFunction { .. } => Ok(()),
        Target::LambdaInvoke => check_parameters(transition, branch, state, payload),
        Target::Activity { arn } if transition.given.missing_activities.contains(arn) => {
            let evaluation = Evaluation::new(transition, branch, state);
            Err(evaluation.runtime(&format!("The activity {arn} does not exist.")))
        }
        Target::Activity { .. } => Ok(()),
    }
}

/// What `lambda:invoke` takes: <https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html>.
const INVOKE_PARAMETERS: [&str; 6] =
    ["FunctionName", "Payload", "InvocationType", "Qualifier", "ClientContext", "LogType"];

fn check_parameters(
    transition: &Transition<'_>,
    branch: &Branch,
    state: &State,
    payload: &Payload,
) -> std::result::Result<(), Failure> {
    let parameters = payload.value();
    let wrong = match &parameters {
        Value::Object(members) => match members.get("FunctionName") {
            None => Some("The field \"FunctionName\" is required but was missing".to_owned()),
            Some(Value::String(_)) => members
                .keys()
                .find(|key| !INVOKE_PARAMETERS.contains(&key.as_str()))
                .map(|key| format!("The field \"{key}\" is not supported by Step Functions")),
            Some(other) => Some(format!("The value for the field \"FunctionName\" must be a string but was {other}")),
        },
        _ => Some("The parameters must be an object".to_owned()),
    };
    match wrong {
        None => Ok(()),
        Some(wrong) => Err(Evaluation::new(transition, branch, state)
            .runtime(&format!("The Parameters '{}' could not be used to start the Task: [{wrong}]", payload.as_str()))),
    }
}

fn seconds(
    evaluation: &Evaluation<'_>,
    field: &Integer,
    name: &str,
    input: &Document,
) -> std::result::Result<u64, Failure> {
    match field {
        Integer::Constant(seconds) => Ok(*seconds),
        Integer::Path(path) => {
            let value = evaluation.evaluate(path, input)?;
            match value.as_i64().map(u64::try_from) {
                Some(Ok(seconds)) if (1..=MAX_WAIT_SECONDS).contains(&seconds) => Ok(seconds),
                _ => Err(evaluation.runtime(&format!(
                    "The {name} parameter must be a positive integer of at most {MAX_WAIT_SECONDS}: {path} == {value}"
                ))),
            }
        }
        Integer::Jsonata(expression) => {
            let name = name.trim_end_matches("Path");
            evaluation.jsonata(input).integer(expression, name, 0..=MAX_WAIT_SECONDS)
        }
    }
}

/// Records the time-out, and says what failed.
pub(crate) fn time_out(transition: &mut Transition<'_>, branch: &mut Branch, phase: &TaskPhase) -> Failure {
    let lasted_too_long = phase.deadline.is_some_and(|deadline| deadline <= transition.now());
    let failure = if lasted_too_long { Failure::Timeout } else { Failure::HeartbeatTimeout };
    transition.record(branch, task_events::timed_out(&phase.events, failure.error_and_cause()));
    failure
}

/// The target has been called, or could not be.
pub(crate) fn end(
    transition: &mut Transition<'_>,
    branch: &mut Branch,
    state: &State,
    task: &Task,
    phase: &TaskPhase,
    outcome: &TaskOutcome,
) -> Result {
    match outcome {
        TaskOutcome::Succeeded { output } => {
            if Failure::over_limit("", output.len(), &transition.given.limits).is_err() {
                return Err(too_large(transition, branch, task, phase));
            }
            match phase.ended_by {
                EndedBy::Target => succeed(transition, branch, state, task, phase, output),
                EndedBy::TaskToken { .. } => Ok(submitted(transition, branch, phase, output)),
            }
        }
        TaskOutcome::TooLarge => Err(too_large(transition, branch, task, phase)),
        TaskOutcome::Failed(failure) => {
            record_failure(transition, branch, phase, failure.clone());
            Err(Failure::Reported(failure.clone()))
        }
        TaskOutcome::StartFailed(failure) => {
            transition.record(branch, task_events::start_failed(&phase.events, failure.clone()));
            Err(Failure::Reported(failure.clone()))
        }
    }
}

/// The target has passed the token on, and the task waits at its place: that is what the token names.
fn submitted(transition: &mut Transition<'_>, branch: &mut Branch, phase: &TaskPhase, output: &Payload) -> Arrival {
    transition.record(branch, task_events::submitted(&phase.events, output.clone()));
    let ended_by = EndedBy::TaskToken { submitted: true };
    branch.phase = Phase::Task(TaskPhase { ended_by, ..phase.clone() });
    Arrival::Stays
}

/// The holder of the task's token has answered, which the history tells already.
pub(crate) fn answered(
    transition: &mut Transition<'_>,
    branch: &mut Branch,
    state: &State,
    task: &Task,
    answer: &Answer,
) -> Result {
    match answer {
        Answer::Succeeded { output } => leave(transition, branch, state, task, output),
        Answer::Failed(failure) => Err(Failure::Reported(failure.clone())),
    }
}

fn too_large(transition: &mut Transition<'_>, branch: &mut Branch, task: &Task, phase: &TaskPhase) -> Failure {
    let what = match &task.resource {
        Resource::LambdaFunction { arn } | Resource::Activity { arn } => arn.clone(),
        Resource::Integration(integration) => integration.service.clone(),
    };
    let failure = Failure::DataLimitExceeded { what };
    record_failure(transition, branch, phase, failure.error_and_cause());
    failure
}

fn record_failure(transition: &mut Transition<'_>, branch: &mut Branch, phase: &TaskPhase, failure: ErrorAndCause) {
    let event = match phase.ended_by {
        EndedBy::Target => task_events::failed(&phase.events, failure),
        EndedBy::TaskToken { .. } => task_events::submit_failed(&phase.events, failure),
    };
    transition.record(branch, event);
}

fn succeed(
    transition: &mut Transition<'_>,
    branch: &mut Branch,
    state: &State,
    task: &Task,
    phase: &TaskPhase,
    output: &Payload,
) -> Result {
    transition.record(branch, task_events::succeeded(&phase.events, output.clone()));
    leave(transition, branch, state, task, output)
}

/// The output of the state, from the task's result.
fn leave(transition: &mut Transition<'_>, branch: &mut Branch, state: &State, task: &Task, result: &Payload) -> Result {
    transition.inspect(|data| data.result = Some(result.clone()));
    let leaving = {
        let evaluation = Evaluation::new(transition, branch, state);
        let flow = evaluation.flow(&task.flow);
        let raw = Document::from(branch.input.clone());
        let result = flow.selected(Document::from(result.clone()))?;
        flow.leave_with(&raw, result)?
    };
    Ok(transition.exit(branch, state, leaving, task.next.clone()))
}
