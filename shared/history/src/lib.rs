//! From the engine's events to the API's: as GetExecutionHistory shows them, and as a log has them.

mod log;

use std::borrow::Cow;
use std::collections::BTreeMap;

use api_model::history::{
    ActivityScheduled, ActivityStarted, AssignedVariablesDetails, EvaluationFailed, ExecutionRedriven,
    ExecutionStarted, Failure, HistoryEventExecutionDataDetails, LambdaFunctionScheduled, MapIteration,
    MapStateStarted, Output, StateEntered, StateExited, TaskCredentials, TaskFailure, TaskOutput, TaskScheduled,
    TaskStarted,
};
use engine::event::{Event, HistoryEvent, StateType, TaskResource};
use engine::execution::Execution;
use engine::failure::ErrorAndCause;
use engine::payload::Payload;
use engine::run::Variables;

pub use log::line;

/// The event of an execution as GetExecutionHistory shows it; inputs and outputs only if `data`.
pub fn event<'e>(event: &'e HistoryEvent, execution: &Execution, data: bool) -> api_model::HistoryEvent<'e> {
    shown(event, &Shown { execution: Some(execution), data, longest: usize::MAX })
}

fn shown<'e>(event: &'e HistoryEvent, shown: &Shown<'_>) -> api_model::HistoryEvent<'e> {
    api_model::HistoryEvent {
        timestamp: api_model::Timestamp::from_millis(event.timestamp.as_millis()),
        id: id(event.id),
        previous_event_id: id(event.previous_event_id),
        event: shown.event(&event.event),
    }
}

/// How many bytes of inputs and outputs the event shows.
pub fn payload_bytes(event: &Event) -> usize {
    match event {
        Event::ExecutionStarted { input: payload, .. }
        | Event::ExecutionSucceeded { output: payload }
        | Event::StateEntered { input: payload, .. }
        | Event::StateExited { output: payload, .. }
        | Event::ActivityScheduled { input: payload, .. }
        | Event::ActivitySucceeded { output: payload }
        | Event::LambdaFunctionScheduled { input: payload, .. }
        | Event::LambdaFunctionSucceeded { output: payload }
        | Event::TaskScheduled { parameters: payload, .. }
        | Event::TaskSubmitted { output: payload, .. }
        | Event::TaskSucceeded { output: payload, .. } => payload.len(),
        Event::ExecutionFailed(failure)
        | Event::ExecutionTimedOut(failure)
        | Event::ExecutionAborted(failure)
        | Event::EvaluationFailed { failure, .. }
        | Event::ActivityFailed(failure)
        | Event::ActivityTimedOut(failure)
        | Event::ActivityScheduleFailed(failure)
        | Event::LambdaFunctionFailed(failure)
        | Event::LambdaFunctionTimedOut(failure)
        | Event::LambdaFunctionScheduleFailed(failure)
        | Event::LambdaFunctionStartFailed(failure)
        | Event::TaskSubmitFailed { failure, .. }
        | Event::TaskFailed { failure, .. }
        | Event::TaskTimedOut { failure, .. }
        | Event::TaskStartFailed { failure, .. } => failure.cause.as_ref().map_or(0, String::len),
        Event::ExecutionRedriven { .. }
        | Event::StateAborted(_)
        | Event::ParallelStateStarted
        | Event::ParallelStateSucceeded
        | Event::ParallelStateFailed
        | Event::MapStateStarted { .. }
        | Event::MapStateSucceeded
        | Event::MapStateFailed
        | Event::MapIterationStarted(_)
        | Event::MapIterationSucceeded(_)
        | Event::MapIterationFailed(_)
        | Event::MapIterationAborted(_)
        | Event::ActivityStarted { .. }
        | Event::LambdaFunctionStarted
        | Event::TaskStarted(_) => 0,
    }
}

fn id(id: u64) -> i64 {
    i64::try_from(id).unwrap_or(i64::MAX)
}

fn seconds(seconds: Option<u64>) -> Option<i64> {
    seconds.map(id)
}

struct Shown<'x> {
    /// Whose alias and version are told when it starts.
    execution: Option<&'x Execution>,
    /// Whether inputs and outputs are shown.
    data: bool,
    /// How many bytes of each.
    longest: usize,
}

impl Shown<'_> {
    /// The ARN of a version or an alias of the state machine.
    fn qualified<'a>(&self, qualifier: Option<String>) -> Option<Cow<'a, str>> {
        Some(format!("{}:{}", self.execution?.arn.state_machine_arn(), qualifier?).into())
    }

    fn event<'a>(&self, event: &'a Event) -> api_model::Event<'a> {
        use api_model::Event as Api;
        match event {
            Event::ExecutionStarted { input, role_arn } => Api::ExecutionStarted(ExecutionStarted {
                input: self.payload(input),
                input_details: self.details(input),
                role_arn: Some(role_arn.into()),
                state_machine_alias_arn: self
                    .qualified(self.execution.and_then(|it| Some(it.alias.as_ref()?.to_string()))),
                state_machine_version_arn: self.qualified(self.execution.and_then(|it| Some(it.version?.to_string()))),
            }),
            Event::ExecutionSucceeded { output } => Api::ExecutionSucceeded(self.output(output)),
            Event::ExecutionFailed(failure) => Api::ExecutionFailed(self.failure(failure)),
            Event::ExecutionTimedOut(failure) => Api::ExecutionTimedOut(self.failure(failure)),
            Event::ExecutionAborted(failure) => Api::ExecutionAborted(self.failure(failure)),
            Event::ExecutionRedriven { count } => {
                Api::ExecutionRedriven(ExecutionRedriven { redrive_count: Some(count.cast_signed()) })
            }
            Event::StateEntered { state_type, name, input } => entered(
                *state_type,
                StateEntered {
                    name: name.as_str().into(),
                    input: self.payload(input),
                    input_details: self.details(input),
                },
            ),
            Event::StateExited { state_type, name, output, assigned_variables } => exited(
                *state_type,
                StateExited {
                    name: name.as_str().into(),
                    output: self.payload(output),
                    output_details: self.details(output),
                    assigned_variables: self.variables(assigned_variables),
                    assigned_variables_details: self.variables_details(assigned_variables),
                },
            ),
            Event::ActivityScheduled { resource, input, timeout_in_seconds, heartbeat_in_seconds } => {
                Api::ActivityScheduled(ActivityScheduled {
                    resource: resource.into(),
                    input: self.payload(input),
                    input_details: self.details(input),
                    timeout_in_seconds: seconds(*timeout_in_seconds),
                    heartbeat_in_seconds: seconds(*heartbeat_in_seconds),
                })
            }
            Event::ActivityStarted { worker_name } => {
                Api::ActivityStarted(ActivityStarted { worker_name: worker_name.as_deref().map(Into::into) })
            }
            Event::ActivitySucceeded { output } => Api::ActivitySucceeded(self.output(output)),
            Event::ActivityFailed(failure) => Api::ActivityFailed(self.failure(failure)),
            Event::ActivityTimedOut(failure) => Api::ActivityTimedOut(self.failure(failure)),
            Event::ActivityScheduleFailed(failure) => Api::ActivityScheduleFailed(self.failure(failure)),
            Event::LambdaFunctionScheduled { resource, input, timeout_in_seconds, credentials } => {
                Api::LambdaFunctionScheduled(LambdaFunctionScheduled {
                    resource: resource.into(),
                    input: self.payload(input),
                    input_details: self.details(input),
                    timeout_in_seconds: seconds(*timeout_in_seconds),
                    task_credentials: task_credentials(credentials),
                })
            }
            Event::EvaluationFailed { state, location, failure } => Api::EvaluationFailed(EvaluationFailed {
                error: failure.error.as_deref().map(Cow::from),
                cause: self.cause(failure),
                location: location.as_deref().map(Cow::from),
                state: state.as_str().into(),
            }),
            Event::StateAborted(state_type) => aborted(*state_type),
            Event::ParallelStateStarted => Api::ParallelStateStarted,
            Event::ParallelStateSucceeded => Api::ParallelStateSucceeded,
            Event::ParallelStateFailed => Api::ParallelStateFailed,
            Event::MapStateStarted { length } => {
                Api::MapStateStarted(MapStateStarted { length: i32::try_from(*length).ok() })
            }
            Event::MapStateSucceeded => Api::MapStateSucceeded,
            Event::MapStateFailed => Api::MapStateFailed,
            Event::MapIterationStarted(iteration) => Api::MapIterationStarted(map_iteration(iteration)),
            Event::MapIterationSucceeded(iteration) => Api::MapIterationSucceeded(map_iteration(iteration)),
            Event::MapIterationFailed(iteration) => Api::MapIterationFailed(map_iteration(iteration)),
            Event::MapIterationAborted(iteration) => Api::MapIterationAborted(map_iteration(iteration)),
            Event::LambdaFunctionStarted => Api::LambdaFunctionStarted,
            Event::LambdaFunctionSucceeded { output } => Api::LambdaFunctionSucceeded(self.output(output)),
            Event::LambdaFunctionFailed(failure) => Api::LambdaFunctionFailed(self.failure(failure)),
            Event::LambdaFunctionTimedOut(failure) => Api::LambdaFunctionTimedOut(self.failure(failure)),
            Event::LambdaFunctionScheduleFailed(failure) => Api::LambdaFunctionScheduleFailed(self.failure(failure)),
            Event::LambdaFunctionStartFailed(failure) => Api::LambdaFunctionStartFailed(self.failure(failure)),
            Event::TaskScheduled {
                resource,
                region,
                parameters,
                timeout_in_seconds,
                heartbeat_in_seconds,
                credentials,
            } => Api::TaskScheduled(TaskScheduled {
                resource_type: (&resource.resource_type).into(),
                resource: (&resource.resource).into(),
                region: region.into(),
                parameters: self.payload(parameters).unwrap_or_default(),
                timeout_in_seconds: seconds(*timeout_in_seconds),
                heartbeat_in_seconds: seconds(*heartbeat_in_seconds),
                task_credentials: task_credentials(credentials),
            }),
            Event::TaskStarted(resource) => Api::TaskStarted(TaskStarted {
                resource_type: (&resource.resource_type).into(),
                resource: (&resource.resource).into(),
            }),
            Event::TaskSubmitted { resource, output } => Api::TaskSubmitted(TaskOutput {
                resource_type: (&resource.resource_type).into(),
                resource: (&resource.resource).into(),
                output: self.payload(output),
                output_details: self.details(output),
            }),
            Event::TaskSubmitFailed { resource, failure } => {
                Api::TaskSubmitFailed(self.task_failure(resource, failure))
            }
            Event::TaskSucceeded { resource, output } => Api::TaskSucceeded(TaskOutput {
                resource_type: (&resource.resource_type).into(),
                resource: (&resource.resource).into(),
                output: self.payload(output),
                output_details: self.details(output),
            }),
            Event::TaskFailed { resource, failure } => Api::TaskFailed(self.task_failure(resource, failure)),
            Event::TaskTimedOut { resource, failure } => Api::TaskTimedOut(self.task_failure(resource, failure)),
            Event::TaskStartFailed { resource, failure } => Api::TaskStartFailed(self.task_failure(resource, failure)),
        }
    }

    fn payload<'a>(&self, payload: &'a Payload) -> Option<Cow<'a, str>> {
        self.data.then(|| self.cut(payload.as_str()).into())
    }

    fn cut<'a>(&self, text: &'a str) -> &'a str {
        if text.len() <= self.longest {
            text
        } else {
            text.get(..text.floor_char_boundary(self.longest)).unwrap_or_default()
        }
    }

    fn details(&self, payload: &Payload) -> Option<HistoryEventExecutionDataDetails> {
        let truncated = payload.len() > self.longest;
        self.data.then_some(HistoryEventExecutionDataDetails { truncated })
    }

    fn variables<'a>(&self, variables: &'a Variables) -> Option<BTreeMap<Cow<'a, str>, Cow<'a, str>>> {
        let shown = || variables.iter().map(|(name, value)| (name.into(), value.as_str().into())).collect();
        (self.data && !variables.is_empty()).then(shown)
    }

    fn variables_details(&self, variables: &Variables) -> Option<AssignedVariablesDetails> {
        (self.data && !variables.is_empty()).then_some(AssignedVariablesDetails { truncated: false })
    }

    fn output<'a>(&self, output: &'a Payload) -> Output<'a> {
        Output { output: self.payload(output), output_details: self.details(output) }
    }

    fn failure<'a>(&self, failure: &'a ErrorAndCause) -> Failure<'a> {
        Failure { error: failure.error.as_deref().map(Cow::from), cause: self.cause(failure) }
    }

    fn task_failure<'a>(&self, resource: &'a TaskResource, failure: &'a ErrorAndCause) -> TaskFailure<'a> {
        TaskFailure {
            resource_type: (&resource.resource_type).into(),
            resource: (&resource.resource).into(),
            error: failure.error.as_deref().map(Cow::from),
            cause: self.cause(failure),
        }
    }

    fn cause<'a>(&self, failure: &'a ErrorAndCause) -> Option<Cow<'a, str>> {
        failure.cause.as_deref().map(Cow::from)
    }
}

fn task_credentials(role_arn: &Option<String>) -> Option<TaskCredentials<'_>> {
    role_arn.as_deref().map(|role_arn| TaskCredentials { role_arn: Some(role_arn.into()) })
}

fn map_iteration(iteration: &engine::event::MapIteration) -> MapIteration<'_> {
    MapIteration { name: Some(iteration.name.as_str().into()), index: i32::try_from(iteration.index).ok() }
}

fn entered(state_type: StateType, details: StateEntered<'_>) -> api_model::Event<'_> {
    use api_model::Event as Api;
    match state_type {
        StateType::Task => Api::TaskStateEntered(details),
        StateType::Pass => Api::PassStateEntered(details),
        StateType::Choice => Api::ChoiceStateEntered(details),
        StateType::Wait => Api::WaitStateEntered(details),
        StateType::Succeed => Api::SucceedStateEntered(details),
        StateType::Fail => Api::FailStateEntered(details),
        StateType::Parallel => Api::ParallelStateEntered(details),
        StateType::Map => Api::MapStateEntered(details),
    }
}

/// Only states that last are aborted: what stands for the others cannot come.
fn aborted(state_type: StateType) -> api_model::Event<'static> {
    use api_model::Event as Api;
    match state_type {
        StateType::Wait => Api::WaitStateAborted,
        StateType::Parallel => Api::ParallelStateAborted,
        StateType::Map => Api::MapStateAborted,
        StateType::Task | StateType::Pass | StateType::Choice | StateType::Succeed | StateType::Fail => {
            Api::TaskStateAborted
        }
    }
}

/// A Fail state is never exited: what stands for it here cannot come.
fn exited(state_type: StateType, details: StateExited<'_>) -> api_model::Event<'_> {
    use api_model::Event as Api;
    match state_type {
        StateType::Task => Api::TaskStateExited(details),
        StateType::Pass | StateType::Fail => Api::PassStateExited(details),
        StateType::Choice => Api::ChoiceStateExited(details),
        StateType::Wait => Api::WaitStateExited(details),
        StateType::Succeed => Api::SucceedStateExited(details),
        StateType::Parallel => Api::ParallelStateExited(details),
        StateType::Map => Api::MapStateExited(details),
    }
}
