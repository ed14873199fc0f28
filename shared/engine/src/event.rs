//! History events: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html>.

use asl::machine::StateName;

use crate::failure::ErrorAndCause;
use crate::payload::Payload;
use crate::run::Variables;
use crate::timestamp::Timestamp;

/// Counts the events of one execution from 1, without gaps. 0 stands for "none".
pub type EventId = u64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEvent {
    pub id: EventId,
    pub previous_event_id: EventId,
    pub timestamp: Timestamp,
    pub event: Event,
}

/// What happened. One variant may stand for several of the API's types: [`Event::type_name`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    ExecutionStarted {
        input: Payload,
        role_arn: String,
    },
    ExecutionSucceeded {
        output: Payload,
    },
    ExecutionFailed(ErrorAndCause),
    ExecutionTimedOut(ErrorAndCause),
    ExecutionAborted(ErrorAndCause),
    /// It goes on after its end. `count`: how often it has been redriven by now.
    ExecutionRedriven {
        count: u32,
    },
    StateEntered {
        state_type: StateType,
        name: StateName,
        input: Payload,
    },
    StateExited {
        state_type: StateType,
        name: StateName,
        output: Payload,
        /// What the state's `Assign` gave.
        assigned_variables: Variables,
    },
    /// An expression of the state gave nothing that its field can take.
    EvaluationFailed {
        state: StateName,
        /// The field, relative to the state: `Output/total`.
        location: Option<String>,
        failure: ErrorAndCause,
    },
    /// `TaskStateAborted`, `WaitStateAborted`, …: a sibling failed, or the state's own failure took its branch with it.
    StateAborted(StateType),
    ParallelStateStarted,
    ParallelStateSucceeded,
    ParallelStateFailed,
    MapStateStarted {
        /// How many items there are.
        length: u32,
    },
    MapStateSucceeded,
    MapStateFailed,
    MapIterationStarted(MapIteration),
    MapIterationSucceeded(MapIteration),
    MapIterationFailed(MapIteration),
    MapIterationAborted(MapIteration),
    ActivityScheduled {
        resource: String,
        input: Payload,
        timeout_in_seconds: Option<u64>,
        heartbeat_in_seconds: Option<u64>,
    },
    ActivityStarted {
        worker_name: Option<String>,
    },
    ActivitySucceeded {
        output: Payload,
    },
    ActivityFailed(ErrorAndCause),
    ActivityTimedOut(ErrorAndCause),
    ActivityScheduleFailed(ErrorAndCause),
    LambdaFunctionScheduled {
        resource: String,
        input: Payload,
        timeout_in_seconds: Option<u64>,
        /// The role of the task's `Credentials`.
        credentials: Option<String>,
    },
    LambdaFunctionStarted,
    LambdaFunctionSucceeded {
        output: Payload,
    },
    LambdaFunctionFailed(ErrorAndCause),
    LambdaFunctionTimedOut(ErrorAndCause),
    LambdaFunctionScheduleFailed(ErrorAndCause),
    LambdaFunctionStartFailed(ErrorAndCause),
    TaskScheduled {
        resource: TaskResource,
        region: String,
        parameters: Payload,
        timeout_in_seconds: Option<u64>,
        heartbeat_in_seconds: Option<u64>,
        /// The role of the task's `Credentials`.
        credentials: Option<String>,
    },
    TaskStarted(TaskResource),
    /// The target has been called, and the task now waits for its token.
    TaskSubmitted {
        resource: TaskResource,
        output: Payload,
    },
    TaskSubmitFailed {
        resource: TaskResource,
        failure: ErrorAndCause,
    },
    TaskSucceeded {
        resource: TaskResource,
        output: Payload,
    },
    TaskFailed {
        resource: TaskResource,
        failure: ErrorAndCause,
    },
    TaskTimedOut {
        resource: TaskResource,
        failure: ErrorAndCause,
    },
    TaskStartFailed {
        resource: TaskResource,
        failure: ErrorAndCause,
    },
}

/// Which iteration of which Map state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapIteration {
    pub name: StateName,
    pub index: u32,
}

/// `resourceType` and `resource` of an integration: `lambda` and `invoke`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskResource {
    pub resource_type: String,
    pub resource: String,
}

/// The state types that have events of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateType {
    Task,
    Pass,
    Choice,
    Wait,
    Succeed,
    Fail,
    Parallel,
    Map,
}

impl Event {
    /// The API's `HistoryEventType`.
    pub fn type_name(&self) -> &'static str {
        match self {
            Event::ExecutionStarted { .. } => "ExecutionStarted",
            Event::ExecutionSucceeded { .. } => "ExecutionSucceeded",
            Event::ExecutionFailed(_) => "ExecutionFailed",
            Event::ExecutionTimedOut(_) => "ExecutionTimedOut",
            Event::ExecutionAborted(_) => "ExecutionAborted",
            Event::ExecutionRedriven { .. } => "ExecutionRedriven",
            Event::StateEntered { state_type, .. } => state_type.entered(),
            Event::StateExited { state_type, .. } => state_type.exited(),
            Event::EvaluationFailed { .. } => "EvaluationFailed",
            Event::StateAborted(state_type) => state_type.aborted(),
            Event::ParallelStateStarted => "ParallelStateStarted",
            Event::ParallelStateSucceeded => "ParallelStateSucceeded",
            Event::ParallelStateFailed => "ParallelStateFailed",
            Event::MapStateStarted { .. } => "MapStateStarted",
            Event::MapStateSucceeded => "MapStateSucceeded",
            Event::MapStateFailed => "MapStateFailed",
            Event::MapIterationStarted(_) => "MapIterationStarted",
            Event::MapIterationSucceeded(_) => "MapIterationSucceeded",
            Event::MapIterationFailed(_) => "MapIterationFailed",
            Event::MapIterationAborted(_) => "MapIterationAborted",
            Event::ActivityScheduled { .. } => "ActivityScheduled",
            Event::ActivityStarted { .. } => "ActivityStarted",
            Event::ActivitySucceeded { .. } => "ActivitySucceeded",
            Event::ActivityFailed(_) => "ActivityFailed",
            Event::ActivityTimedOut(_) => "ActivityTimedOut",
            Event::ActivityScheduleFailed(_) => "ActivityScheduleFailed",
            Event::LambdaFunctionScheduled { .. } => "LambdaFunctionScheduled",
            Event::LambdaFunctionStarted => "LambdaFunctionStarted",
            Event::LambdaFunctionSucceeded { .. } => "LambdaFunctionSucceeded",
            Event::LambdaFunctionFailed(_) => "LambdaFunctionFailed",
            Event::LambdaFunctionTimedOut(_) => "LambdaFunctionTimedOut",
            Event::LambdaFunctionScheduleFailed(_) => "LambdaFunctionScheduleFailed",
            Event::LambdaFunctionStartFailed(_) => "LambdaFunctionStartFailed",
            Event::TaskScheduled { .. } => "TaskScheduled",
            Event::TaskStarted(_) => "TaskStarted",
            Event::TaskSubmitted { .. } => "TaskSubmitted",
            Event::TaskSubmitFailed { .. } => "TaskSubmitFailed",
            Event::TaskSucceeded { .. } => "TaskSucceeded",
            Event::TaskFailed { .. } => "TaskFailed",
            Event::TaskTimedOut { .. } => "TaskTimedOut",
            Event::TaskStartFailed { .. } => "TaskStartFailed",
        }
    }
}

impl StateType {
    pub const ALL: [StateType; 8] = [
        StateType::Task,
        StateType::Pass,
        StateType::Choice,
        StateType::Wait,
        StateType::Succeed,
        StateType::Fail,
        StateType::Parallel,
        StateType::Map,
    ];

    pub fn entered(self) -> &'static str {
        match self {
            StateType::Task => "TaskStateEntered",
            StateType::Pass => "PassStateEntered",
            StateType::Choice => "ChoiceStateEntered",
            StateType::Wait => "WaitStateEntered",
            StateType::Succeed => "SucceedStateEntered",
            StateType::Fail => "FailStateEntered",
            StateType::Parallel => "ParallelStateEntered",
            StateType::Map => "MapStateEntered",
        }
    }

    /// Only what lasts can be aborted: Task, Wait, Parallel and Map; the other words are here so that the match is whole.
    pub fn aborted(self) -> &'static str {
        match self {
            StateType::Task => "TaskStateAborted",
            StateType::Pass => "PassStateAborted",
            StateType::Choice => "ChoiceStateAborted",
            StateType::Wait => "WaitStateAborted",
            StateType::Succeed => "SucceedStateAborted",
            StateType::Fail => "FailStateAborted",
            StateType::Parallel => "ParallelStateAborted",
            StateType::Map => "MapStateAborted",
        }
    }

    /// A Fail state is never exited; its word is here so that the match is whole.
    pub fn exited(self) -> &'static str {
        match self {
            StateType::Task => "TaskStateExited",
            StateType::Pass => "PassStateExited",
            StateType::Choice => "ChoiceStateExited",
            StateType::Wait => "WaitStateExited",
            StateType::Succeed => "SucceedStateExited",
            StateType::Fail => "FailStateExited",
            StateType::Parallel => "ParallelStateExited",
            StateType::Map => "MapStateExited",
        }
    }
}
