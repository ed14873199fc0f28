//! The events of GetExecutionHistory.
//!
//! An event of this API is a structure with 35 optional members of which at most one is set, chosen by `type`; here it is an
//! enum with a variant for each of the 62 types, so that no wrong pair can be written. Texts are borrowed: a page of 1,000
//! events is serialised without copying their payloads.
//!
//! Recorded histories show which types come without details: among them every `…Aborted` of a state, `…StateFailed`,
//! `MapStateSucceeded`, `ParallelStateStarted` and `LambdaFunctionStarted`.

mod details;
mod log_event;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

pub use details::*;
pub use log_event::LogEvent;

use crate::Timestamp;

/// An event as GetExecutionHistory gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryEvent<'a> {
    /// When it happened.
    pub timestamp: Timestamp,
    /// Its number, from 1.
    pub id: i64,
    /// The number of the event that led to it; 0 for the first.
    pub previous_event_id: i64,
    /// What happened.
    pub event: Event<'a>,
}

impl Serialize for HistoryEvent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("timestamp", &self.timestamp)?;
        map.serialize_entry("type", self.event.type_name())?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("previousEventId", &self.previous_event_id)?;
        self.event.serialize_details(&mut map, None)?;
        map.end()
    }
}

macro_rules! events {
    (
        with_details { $($name:ident($details:ident $(<$life:lifetime>)?) = $member:literal,)* }
        without_details { $($bare:ident,)* }
    ) => {
        /// What happened: a variant for each event type of the API, with its details if it has any.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Event<'a> {
            $($name($details $(<$life>)?),)*
            $($bare,)*
        }

        impl Event<'_> {
            /// The `type` of the event.
            pub const fn type_name(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => stringify!($name),)*
                    $(Self::$bare => stringify!($bare),)*
                }
            }

            /// All event types.
            pub const TYPE_NAMES: &'static [&'static str] = &[$(stringify!($name),)* $(stringify!($bare),)*];

            /// Takes inputs and outputs out, as GetExecutionHistory does where `includeExecutionData` is false.
            pub fn omit_execution_data(&mut self) {
                match self {
                    $(Self::$name(details) => details.omit_execution_data(),)*
                    $(Self::$bare => {},)*
                }
            }

            /// Under the member of the event's type, or under another name.
            fn serialize_details<M: SerializeMap>(&self, map: &mut M, name: Option<&str>) -> Result<(), M::Error> {
                match self {
                    $(Self::$name(details) => map.serialize_entry(name.unwrap_or($member), details),)*
                    $(Self::$bare => Ok(()),)*
                }
            }
        }
    };
}

events! {
    with_details {
    ActivityFailed(Failure<'a>) = "activityFailedEventDetails",
    ActivityScheduleFailed(Failure<'a>) = "activityScheduleFailedEventDetails",
    ActivityScheduled(ActivityScheduled<'a>) = "activityScheduledEventDetails",
    ActivityStarted(ActivityStarted<'a>) = "activityStartedEventDetails",
    ActivitySucceeded(Output<'a>) = "activitySucceededEventDetails",
    ActivityTimedOut(Failure<'a>) = "activityTimedOutEventDetails",
    ChoiceStateEntered(StateEntered<'a>) = "stateEnteredEventDetails",
    ChoiceStateExited(StateExited<'a>) = "stateExitedEventDetails",
    EvaluationFailed(EvaluationFailed<'a>) = "evaluationFailedEventDetails",
    ExecutionAborted(Failure<'a>) = "executionAbortedEventDetails",
    ExecutionFailed(Failure<'a>) = "executionFailedEventDetails",
    ExecutionRedriven(ExecutionRedriven) = "executionRedrivenEventDetails",
    ExecutionStarted(ExecutionStarted<'a>) = "executionStartedEventDetails",
    ExecutionSucceeded(Output<'a>) = "executionSucceededEventDetails",
    ExecutionTimedOut(Failure<'a>) = "executionTimedOutEventDetails",
    FailStateEntered(StateEntered<'a>) = "stateEnteredEventDetails",
    LambdaFunctionFailed(Failure<'a>) = "lambdaFunctionFailedEventDetails",
    LambdaFunctionScheduleFailed(Failure<'a>) = "lambdaFunctionScheduleFailedEventDetails",
    LambdaFunctionScheduled(LambdaFunctionScheduled<'a>) = "lambdaFunctionScheduledEventDetails",
    LambdaFunctionStartFailed(Failure<'a>) = "lambdaFunctionStartFailedEventDetails",
    LambdaFunctionSucceeded(Output<'a>) = "lambdaFunctionSucceededEventDetails",
    LambdaFunctionTimedOut(Failure<'a>) = "lambdaFunctionTimedOutEventDetails",
    MapIterationAborted(MapIteration<'a>) = "mapIterationAbortedEventDetails",
    MapIterationFailed(MapIteration<'a>) = "mapIterationFailedEventDetails",
    MapIterationStarted(MapIteration<'a>) = "mapIterationStartedEventDetails",
    MapIterationSucceeded(MapIteration<'a>) = "mapIterationSucceededEventDetails",
    MapRunFailed(Failure<'a>) = "mapRunFailedEventDetails",
    MapRunRedriven(MapRunRedriven<'a>) = "mapRunRedrivenEventDetails",
    MapRunStarted(MapRunStarted<'a>) = "mapRunStartedEventDetails",
    MapStateEntered(StateEntered<'a>) = "stateEnteredEventDetails",
    MapStateExited(StateExited<'a>) = "stateExitedEventDetails",
    MapStateStarted(MapStateStarted) = "mapStateStartedEventDetails",
    ParallelStateEntered(StateEntered<'a>) = "stateEnteredEventDetails",
    ParallelStateExited(StateExited<'a>) = "stateExitedEventDetails",
    PassStateEntered(StateEntered<'a>) = "stateEnteredEventDetails",
    PassStateExited(StateExited<'a>) = "stateExitedEventDetails",
    SucceedStateEntered(StateEntered<'a>) = "stateEnteredEventDetails",
    SucceedStateExited(StateExited<'a>) = "stateExitedEventDetails",
    TaskFailed(TaskFailure<'a>) = "taskFailedEventDetails",
    TaskScheduled(TaskScheduled<'a>) = "taskScheduledEventDetails",
    TaskStartFailed(TaskFailure<'a>) = "taskStartFailedEventDetails",
    TaskStarted(TaskStarted<'a>) = "taskStartedEventDetails",
    TaskStateEntered(StateEntered<'a>) = "stateEnteredEventDetails",
    TaskStateExited(StateExited<'a>) = "stateExitedEventDetails",
    TaskSubmitFailed(TaskFailure<'a>) = "taskSubmitFailedEventDetails",
    TaskSubmitted(TaskOutput<'a>) = "taskSubmittedEventDetails",
    TaskSucceeded(TaskOutput<'a>) = "taskSucceededEventDetails",
    TaskTimedOut(TaskFailure<'a>) = "taskTimedOutEventDetails",
    WaitStateEntered(StateEntered<'a>) = "stateEnteredEventDetails",
    WaitStateExited(StateExited<'a>) = "stateExitedEventDetails",
    }
    without_details {
    LambdaFunctionStarted,
    MapRunAborted,
    MapRunSucceeded,
    MapStateAborted,
    MapStateFailed,
    MapStateSucceeded,
    ParallelStateAborted,
    ParallelStateFailed,
    ParallelStateStarted,
    ParallelStateSucceeded,
    TaskStateAborted,
    WaitStateAborted,
    }
}

impl<'a> Event<'a> {
    /// `TaskStateEntered` for `Task` and so on; `None` for what is no state type.
    pub fn state_entered(state_type: &str, details: StateEntered<'a>) -> Option<Self> {
        Some(match state_type {
            "Choice" => Self::ChoiceStateEntered(details),
            "Fail" => Self::FailStateEntered(details),
            "Map" => Self::MapStateEntered(details),
            "Parallel" => Self::ParallelStateEntered(details),
            "Pass" => Self::PassStateEntered(details),
            "Succeed" => Self::SucceedStateEntered(details),
            "Task" => Self::TaskStateEntered(details),
            "Wait" => Self::WaitStateEntered(details),
            _ => return None,
        })
    }

    /// `TaskStateExited` for `Task` and so on; `None` for what is no state type, and for `Fail`, which is never exited.
    pub fn state_exited(state_type: &str, details: StateExited<'a>) -> Option<Self> {
        Some(match state_type {
            "Choice" => Self::ChoiceStateExited(details),
            "Map" => Self::MapStateExited(details),
            "Parallel" => Self::ParallelStateExited(details),
            "Pass" => Self::PassStateExited(details),
            "Succeed" => Self::SucceedStateExited(details),
            "Task" => Self::TaskStateExited(details),
            "Wait" => Self::WaitStateExited(details),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests;
