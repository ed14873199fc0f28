//! History events.

use std::borrow::Cow;

use asl::machine::StateName;
use engine::event::{self, Event};
use engine::run;
use serde::{Deserialize, Serialize};

use super::is_zero;
use super::record::unless;
use super::run::{ErrorAndCause, TaskResource, Variables, back, before, read_variables, write_variables};
use super::texts::{Reader, TextId, Writer};
use crate::error::DecodeError;

#[derive(Serialize, Deserialize)]
pub struct HistoryEvent<'a> {
    /// How far the id is from that of its place in the record, which ends with the run's last event.
    #[serde(rename = "i", default, skip_serializing_if = "is_zero")]
    id: i64,
    /// How far back the previous event is.
    #[serde(rename = "p", default = "one", skip_serializing_if = "is_one")]
    previous: i64,
    #[serde(rename = "a", default, skip_serializing_if = "is_zero")]
    timestamp: i64,
    #[serde(rename = "t", borrow)]
    kind: Kind<'a>,
}

fn one() -> i64 {
    1
}

fn is_one(number: &i64) -> bool {
    *number == 1
}

#[derive(Serialize, Deserialize)]
enum Kind<'a> {
    #[serde(rename = "XS", borrow)]
    ExecutionStarted(ExecutionStarted<'a>),
    #[serde(rename = "XO")]
    ExecutionSucceeded(TextId),
    #[serde(rename = "XF", borrow)]
    ExecutionFailed(ErrorAndCause<'a>),
    #[serde(rename = "XT", borrow)]
    ExecutionTimedOut(ErrorAndCause<'a>),
    #[serde(rename = "XA", borrow)]
    ExecutionAborted(ErrorAndCause<'a>),
    #[serde(rename = "XR")]
    ExecutionRedriven(u32),
    #[serde(rename = "SE")]
    StateEntered(StateType, #[serde(borrow)] Cow<'a, str>, TextId),
    #[serde(rename = "SX")]
    StateExited(StateType, #[serde(borrow)] Cow<'a, str>, TextId),
    /// One that assigned variables.
    #[serde(rename = "SA")]
    StateExitedAssigning(StateType, #[serde(borrow)] Cow<'a, str>, TextId, #[serde(borrow)] Variables<'a>),
    /// The state, the field, and why.
    #[serde(rename = "SF")]
    EvaluationFailed(
        #[serde(borrow)] Cow<'a, str>,
        #[serde(borrow)] Option<Cow<'a, str>>,
        #[serde(borrow)] ErrorAndCause<'a>,
    ),
    #[serde(rename = "SB")]
    StateAborted(StateType),
    #[serde(rename = "PS")]
    ParallelStateStarted,
    #[serde(rename = "PO")]
    ParallelStateSucceeded,
    #[serde(rename = "PF")]
    ParallelStateFailed,
    #[serde(rename = "MS")]
    MapStateStarted(u32),
    #[serde(rename = "MO")]
    MapStateSucceeded,
    #[serde(rename = "MF")]
    MapStateFailed,
    #[serde(rename = "IS", borrow)]
    MapIterationStarted(MapIteration<'a>),
    #[serde(rename = "IO", borrow)]
    MapIterationSucceeded(MapIteration<'a>),
    #[serde(rename = "IF", borrow)]
    MapIterationFailed(MapIteration<'a>),
    #[serde(rename = "IA", borrow)]
    MapIterationAborted(MapIteration<'a>),
    #[serde(rename = "AC", borrow)]
    ActivityScheduled(ActivityScheduled<'a>),
    #[serde(rename = "AS", borrow)]
    ActivityStarted(Option<Cow<'a, str>>),
    #[serde(rename = "AO")]
    ActivitySucceeded(TextId),
    #[serde(rename = "AF", borrow)]
    ActivityFailed(ErrorAndCause<'a>),
    #[serde(rename = "AT", borrow)]
    ActivityTimedOut(ErrorAndCause<'a>),
    #[serde(rename = "AU", borrow)]
    ActivityScheduleFailed(ErrorAndCause<'a>),
    #[serde(rename = "LC", borrow)]
    LambdaFunctionScheduled(LambdaFunctionScheduled<'a>),
    #[serde(rename = "LS")]
    LambdaFunctionStarted,
    #[serde(rename = "LO")]
    LambdaFunctionSucceeded(TextId),
    #[serde(rename = "LF", borrow)]
    LambdaFunctionFailed(ErrorAndCause<'a>),
    #[serde(rename = "LT", borrow)]
    LambdaFunctionTimedOut(ErrorAndCause<'a>),
    #[serde(rename = "LU", borrow)]
    LambdaFunctionScheduleFailed(ErrorAndCause<'a>),
    #[serde(rename = "LN", borrow)]
    LambdaFunctionStartFailed(ErrorAndCause<'a>),
    #[serde(rename = "TC", borrow)]
    TaskScheduled(TaskScheduled<'a>),
    #[serde(rename = "TS", borrow)]
    TaskStarted(TaskResource<'a>),
    #[serde(rename = "TB")]
    TaskSubmitted(#[serde(borrow)] TaskResource<'a>, TextId),
    #[serde(rename = "TU")]
    TaskSubmitFailed(#[serde(borrow)] TaskResource<'a>, #[serde(borrow)] ErrorAndCause<'a>),
    #[serde(rename = "TO")]
    TaskSucceeded(#[serde(borrow)] TaskResource<'a>, TextId),
    #[serde(rename = "TF")]
    TaskFailed(#[serde(borrow)] TaskResource<'a>, #[serde(borrow)] ErrorAndCause<'a>),
    #[serde(rename = "TT")]
    TaskTimedOut(#[serde(borrow)] TaskResource<'a>, #[serde(borrow)] ErrorAndCause<'a>),
    #[serde(rename = "TN")]
    TaskStartFailed(#[serde(borrow)] TaskResource<'a>, #[serde(borrow)] ErrorAndCause<'a>),
}

#[derive(Serialize, Deserialize)]
struct ExecutionStarted<'a> {
    #[serde(rename = "i")]
    input: TextId,
    /// Absent: the execution's.
    #[serde(rename = "r", borrow, default, skip_serializing_if = "Option::is_none")]
    role_arn: Option<Cow<'a, str>>,
}

/// `[name, index]`.
#[derive(Serialize, Deserialize)]
struct MapIteration<'a>(#[serde(borrow)] Cow<'a, str>, u32);

#[derive(Serialize, Deserialize)]
struct ActivityScheduled<'a> {
    #[serde(rename = "r", borrow)]
    resource: Cow<'a, str>,
    #[serde(rename = "i")]
    input: TextId,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    timeout_in_seconds: Option<u64>,
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    heartbeat_in_seconds: Option<u64>,
}

#[derive(Serialize, Deserialize)]
struct LambdaFunctionScheduled<'a> {
    #[serde(rename = "r", borrow)]
    resource: Cow<'a, str>,
    #[serde(rename = "i")]
    input: TextId,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    timeout_in_seconds: Option<u64>,
    #[serde(rename = "c", borrow, default, skip_serializing_if = "Option::is_none")]
    credentials: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
struct TaskScheduled<'a> {
    #[serde(rename = "r", borrow)]
    resource: TaskResource<'a>,
    /// Absent: the execution's.
    #[serde(rename = "g", borrow, default, skip_serializing_if = "Option::is_none")]
    region: Option<Cow<'a, str>>,
    #[serde(rename = "p")]
    parameters: TextId,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    timeout_in_seconds: Option<u64>,
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    heartbeat_in_seconds: Option<u64>,
    #[serde(rename = "c", borrow, default, skip_serializing_if = "Option::is_none")]
    credentials: Option<Cow<'a, str>>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
enum StateType {
    #[serde(rename = "T")]
    Task,
    #[serde(rename = "P")]
    Pass,
    #[serde(rename = "C")]
    Choice,
    #[serde(rename = "W")]
    Wait,
    #[serde(rename = "S")]
    Succeed,
    #[serde(rename = "F")]
    Fail,
    #[serde(rename = "L")]
    Parallel,
    #[serde(rename = "M")]
    Map,
}

impl<'a> HistoryEvent<'a> {
    pub fn write(event: &'a event::HistoryEvent, expected_id: u64, writer: &mut Writer<'a>) -> Self {
        Self {
            id: back(event.id, expected_id),
            previous: back(event.id, event.previous_event_id),
            timestamp: writer.time(event.timestamp),
            kind: Kind::write(&event.event, writer),
        }
    }

    pub fn read(self, expected_id: u64, reader: &Reader<'_>) -> Result<event::HistoryEvent, DecodeError> {
        let id = expected_id.wrapping_add_signed(self.id);
        Ok(event::HistoryEvent {
            id,
            previous_event_id: before(id, self.previous),
            timestamp: reader.time(self.timestamp),
            event: self.kind.read(reader)?,
        })
    }
}

impl<'a> Kind<'a> {
    fn write(event: &'a Event, writer: &mut Writer<'a>) -> Self {
        match event {
            Event::ExecutionStarted { input, role_arn } => {
                let role_arn = writer.role(role_arn);
                Kind::ExecutionStarted(ExecutionStarted { input: writer.text(input.as_str()), role_arn })
            }
            Event::ExecutionSucceeded { output } => Kind::ExecutionSucceeded(writer.text(output.as_str())),
            Event::ExecutionFailed(why) => Kind::ExecutionFailed(ErrorAndCause::write(why, writer)),
            Event::ExecutionTimedOut(why) => Kind::ExecutionTimedOut(ErrorAndCause::write(why, writer)),
            Event::ExecutionAborted(why) => Kind::ExecutionAborted(ErrorAndCause::write(why, writer)),
            Event::ExecutionRedriven { count } => Kind::ExecutionRedriven(*count),
            Event::StateEntered { state_type, name, input } => {
                Kind::StateEntered((*state_type).into(), Cow::Borrowed(name.as_str()), writer.text(input.as_str()))
            }
            Event::StateExited { state_type, name, output, assigned_variables } => {
                let (state_type, name) = ((*state_type).into(), Cow::Borrowed(name.as_str()));
                let output = writer.text(output.as_str());
                if assigned_variables.is_empty() {
                    Kind::StateExited(state_type, name, output)
                } else {
                    Kind::StateExitedAssigning(state_type, name, output, write_variables(assigned_variables, writer))
                }
            }
            Event::ActivityScheduled { resource, input, timeout_in_seconds, heartbeat_in_seconds } => {
                Kind::ActivityScheduled(ActivityScheduled {
                    resource: Cow::Borrowed(resource),
                    input: writer.text(input.as_str()),
                    timeout_in_seconds: *timeout_in_seconds,
                    heartbeat_in_seconds: *heartbeat_in_seconds,
                })
            }
            Event::ActivityStarted { worker_name } => Kind::ActivityStarted(worker_name.as_deref().map(Cow::Borrowed)),
            Event::ActivitySucceeded { output } => Kind::ActivitySucceeded(writer.text(output.as_str())),
            Event::ActivityFailed(why) => Kind::ActivityFailed(ErrorAndCause::write(why, writer)),
            Event::ActivityTimedOut(why) => Kind::ActivityTimedOut(ErrorAndCause::write(why, writer)),
            Event::ActivityScheduleFailed(why) => Kind::ActivityScheduleFailed(ErrorAndCause::write(why, writer)),
            Event::LambdaFunctionScheduled { resource, input, timeout_in_seconds, credentials } => {
                Kind::LambdaFunctionScheduled(LambdaFunctionScheduled {
                    resource: Cow::Borrowed(resource),
                    input: writer.text(input.as_str()),
                    timeout_in_seconds: *timeout_in_seconds,
                    credentials: credentials.as_deref().map(Cow::Borrowed),
                })
            }
            Event::EvaluationFailed { state, location, failure } => Kind::EvaluationFailed(
                Cow::Borrowed(state.as_str()),
                location.as_deref().map(Cow::Borrowed),
                ErrorAndCause::write(failure, writer),
            ),
            Event::StateAborted(state_type) => Kind::StateAborted((*state_type).into()),
            Event::ParallelStateStarted => Kind::ParallelStateStarted,
            Event::ParallelStateSucceeded => Kind::ParallelStateSucceeded,
            Event::ParallelStateFailed => Kind::ParallelStateFailed,
            Event::MapStateStarted { length } => Kind::MapStateStarted(*length),
            Event::MapStateSucceeded => Kind::MapStateSucceeded,
            Event::MapStateFailed => Kind::MapStateFailed,
            Event::MapIterationStarted(iteration) => Kind::MapIterationStarted(iteration.into()),
            Event::MapIterationSucceeded(iteration) => Kind::MapIterationSucceeded(iteration.into()),
            Event::MapIterationFailed(iteration) => Kind::MapIterationFailed(iteration.into()),
            Event::MapIterationAborted(iteration) => Kind::MapIterationAborted(iteration.into()),
            Event::LambdaFunctionStarted => Kind::LambdaFunctionStarted,
            Event::LambdaFunctionSucceeded { output } => Kind::LambdaFunctionSucceeded(writer.text(output.as_str())),
            Event::LambdaFunctionFailed(why) => Kind::LambdaFunctionFailed(ErrorAndCause::write(why, writer)),
            Event::LambdaFunctionTimedOut(why) => Kind::LambdaFunctionTimedOut(ErrorAndCause::write(why, writer)),
            Event::LambdaFunctionScheduleFailed(why) => {
                Kind::LambdaFunctionScheduleFailed(ErrorAndCause::write(why, writer))
            }
            Event::LambdaFunctionStartFailed(why) => Kind::LambdaFunctionStartFailed(ErrorAndCause::write(why, writer)),
            Event::TaskScheduled {
                resource,
                region,
                parameters,
                timeout_in_seconds,
                heartbeat_in_seconds,
                credentials,
            } => Kind::TaskScheduled(TaskScheduled {
                resource: resource.into(),
                region: unless(writer.execution.region(), region),
                parameters: writer.text(parameters.as_str()),
                timeout_in_seconds: *timeout_in_seconds,
                heartbeat_in_seconds: *heartbeat_in_seconds,
                credentials: credentials.as_deref().map(Cow::Borrowed),
            }),
            Event::TaskStarted(resource) => Kind::TaskStarted(resource.into()),
            Event::TaskSubmitted { resource, output } => {
                Kind::TaskSubmitted(resource.into(), writer.text(output.as_str()))
            }
            Event::TaskSubmitFailed { resource, failure } => {
                Kind::TaskSubmitFailed(resource.into(), ErrorAndCause::write(failure, writer))
            }
            Event::TaskSucceeded { resource, output } => {
                Kind::TaskSucceeded(resource.into(), writer.text(output.as_str()))
            }
            Event::TaskFailed { resource, failure } => {
                Kind::TaskFailed(resource.into(), ErrorAndCause::write(failure, writer))
            }
            Event::TaskTimedOut { resource, failure } => {
                Kind::TaskTimedOut(resource.into(), ErrorAndCause::write(failure, writer))
            }
            Event::TaskStartFailed { resource, failure } => {
                Kind::TaskStartFailed(resource.into(), ErrorAndCause::write(failure, writer))
            }
        }
    }

    fn read(self, reader: &Reader<'_>) -> Result<Event, DecodeError> {
        Ok(match self {
            Kind::ExecutionStarted(started) => Event::ExecutionStarted {
                input: reader.payload(started.input)?,
                role_arn: reader.role(started.role_arn.as_deref())?.as_ref().to_owned(),
            },
            Kind::ExecutionSucceeded(output) => Event::ExecutionSucceeded { output: reader.payload(output)? },
            Kind::ExecutionFailed(why) => Event::ExecutionFailed(why.read(reader)?),
            Kind::ExecutionTimedOut(why) => Event::ExecutionTimedOut(why.read(reader)?),
            Kind::ExecutionAborted(why) => Event::ExecutionAborted(why.read(reader)?),
            Kind::ExecutionRedriven(count) => Event::ExecutionRedriven { count },
            Kind::StateEntered(state_type, name, input) => Event::StateEntered {
                state_type: state_type.into(),
                name: StateName::new(&*name),
                input: reader.payload(input)?,
            },
            Kind::StateExited(state_type, name, output) => Event::StateExited {
                state_type: state_type.into(),
                name: StateName::new(&*name),
                output: reader.payload(output)?,
                assigned_variables: run::Variables::new(),
            },
            Kind::StateExitedAssigning(state_type, name, output, variables) => Event::StateExited {
                state_type: state_type.into(),
                name: StateName::new(&*name),
                output: reader.payload(output)?,
                assigned_variables: read_variables(variables, reader)?,
            },
            Kind::ActivityScheduled(scheduled) => Event::ActivityScheduled {
                resource: scheduled.resource.into_owned(),
                input: reader.payload(scheduled.input)?,
                timeout_in_seconds: scheduled.timeout_in_seconds,
                heartbeat_in_seconds: scheduled.heartbeat_in_seconds,
            },
            Kind::ActivityStarted(worker_name) => {
                Event::ActivityStarted { worker_name: worker_name.map(Cow::into_owned) }
            }
            Kind::ActivitySucceeded(output) => Event::ActivitySucceeded { output: reader.payload(output)? },
            Kind::ActivityFailed(why) => Event::ActivityFailed(why.read(reader)?),
            Kind::ActivityTimedOut(why) => Event::ActivityTimedOut(why.read(reader)?),
            Kind::ActivityScheduleFailed(why) => Event::ActivityScheduleFailed(why.read(reader)?),
            Kind::LambdaFunctionScheduled(scheduled) => Event::LambdaFunctionScheduled {
                resource: scheduled.resource.into_owned(),
                input: reader.payload(scheduled.input)?,
                timeout_in_seconds: scheduled.timeout_in_seconds,
                credentials: scheduled.credentials.map(Cow::into_owned),
            },
            Kind::EvaluationFailed(state, location, failure) => Event::EvaluationFailed {
                state: StateName::new(&*state),
                location: location.map(Cow::into_owned),
                failure: failure.read(reader)?,
            },
            Kind::StateAborted(state_type) => Event::StateAborted(state_type.into()),
            Kind::ParallelStateStarted => Event::ParallelStateStarted,
            Kind::ParallelStateSucceeded => Event::ParallelStateSucceeded,
            Kind::ParallelStateFailed => Event::ParallelStateFailed,
            Kind::MapStateStarted(length) => Event::MapStateStarted { length },
            Kind::MapStateSucceeded => Event::MapStateSucceeded,
            Kind::MapStateFailed => Event::MapStateFailed,
            Kind::MapIterationStarted(iteration) => Event::MapIterationStarted(iteration.into()),
            Kind::MapIterationSucceeded(iteration) => Event::MapIterationSucceeded(iteration.into()),
            Kind::MapIterationFailed(iteration) => Event::MapIterationFailed(iteration.into()),
            Kind::MapIterationAborted(iteration) => Event::MapIterationAborted(iteration.into()),
            Kind::LambdaFunctionStarted => Event::LambdaFunctionStarted,
            Kind::LambdaFunctionSucceeded(output) => Event::LambdaFunctionSucceeded { output: reader.payload(output)? },
            Kind::LambdaFunctionFailed(why) => Event::LambdaFunctionFailed(why.read(reader)?),
            Kind::LambdaFunctionTimedOut(why) => Event::LambdaFunctionTimedOut(why.read(reader)?),
            Kind::LambdaFunctionScheduleFailed(why) => Event::LambdaFunctionScheduleFailed(why.read(reader)?),
            Kind::LambdaFunctionStartFailed(why) => Event::LambdaFunctionStartFailed(why.read(reader)?),
            Kind::TaskScheduled(scheduled) => Event::TaskScheduled {
                resource: scheduled.resource.into(),
                region: scheduled.region.as_deref().unwrap_or(reader.execution.region()).to_owned(),
                parameters: reader.payload(scheduled.parameters)?,
                timeout_in_seconds: scheduled.timeout_in_seconds,
                heartbeat_in_seconds: scheduled.heartbeat_in_seconds,
                credentials: scheduled.credentials.map(Cow::into_owned),
            },
            Kind::TaskStarted(resource) => Event::TaskStarted(resource.into()),
            Kind::TaskSubmitted(resource, output) => {
                Event::TaskSubmitted { resource: resource.into(), output: reader.payload(output)? }
            }
            Kind::TaskSubmitFailed(resource, why) => {
                Event::TaskSubmitFailed { resource: resource.into(), failure: why.read(reader)? }
            }
            Kind::TaskSucceeded(resource, output) => {
                Event::TaskSucceeded { resource: resource.into(), output: reader.payload(output)? }
            }
            Kind::TaskFailed(resource, why) => {
                Event::TaskFailed { resource: resource.into(), failure: why.read(reader)? }
            }
            Kind::TaskTimedOut(resource, why) => {
                Event::TaskTimedOut { resource: resource.into(), failure: why.read(reader)? }
            }
            Kind::TaskStartFailed(resource, why) => {
                Event::TaskStartFailed { resource: resource.into(), failure: why.read(reader)? }
            }
        })
    }
}

impl<'a> From<&'a event::MapIteration> for MapIteration<'a> {
    fn from(iteration: &'a event::MapIteration) -> Self {
        Self(Cow::Borrowed(iteration.name.as_str()), iteration.index)
    }
}

impl From<MapIteration<'_>> for event::MapIteration {
    fn from(MapIteration(name, index): MapIteration<'_>) -> Self {
        Self { name: StateName::new(&*name), index }
    }
}

impl From<event::StateType> for StateType {
    fn from(state_type: event::StateType) -> Self {
        match state_type {
            event::StateType::Task => StateType::Task,
            event::StateType::Pass => StateType::Pass,
            event::StateType::Choice => StateType::Choice,
            event::StateType::Wait => StateType::Wait,
            event::StateType::Succeed => StateType::Succeed,
            event::StateType::Fail => StateType::Fail,
            event::StateType::Parallel => StateType::Parallel,
            event::StateType::Map => StateType::Map,
        }
    }
}

impl From<StateType> for event::StateType {
    fn from(state_type: StateType) -> Self {
        match state_type {
            StateType::Task => event::StateType::Task,
            StateType::Pass => event::StateType::Pass,
            StateType::Choice => event::StateType::Choice,
            StateType::Wait => event::StateType::Wait,
            StateType::Succeed => event::StateType::Succeed,
            StateType::Fail => event::StateType::Fail,
            StateType::Parallel => event::StateType::Parallel,
            StateType::Map => event::StateType::Map,
        }
    }
}
