//! Failures of a workflow. They are data: a step that fails a state is a good step, whose events say so, and Retry and
//! Catch see them. Names: <https://states-language.net/spec.html#appendix-a>, and AWS's guide to error handling.

use asl::machine::{ErrorName, StateName};
use expressions::error::EvaluationError;
use serde_json::{Value, json};

use crate::errors;
use crate::event::EventId;
use crate::limits;

/// `error` and `cause` as history events and the API show them; either may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorAndCause {
    pub error: Option<String>,
    pub cause: Option<String>,
}

pub const TIMEOUT: &str = "States.Timeout";
pub const HEARTBEAT_TIMEOUT: &str = "States.HeartbeatTimeout";
pub const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";

/// Why a state failed. [`Failure::error_name`] is the States Language's `Error`, [`Failure::cause`] its `Cause`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Something in the state could not be evaluated: `States.Runtime`, or the name that the evaluation gives.
    Runtime(String),
    /// A JSONata expression gave nothing that its field can take. Retry and Catch see it.
    QueryEvaluation(QueryEvaluation),
    /// An intrinsic function failed.
    Evaluation {
        error: ErrorName,
        cause: String,
    },
    ResultPathMatch(String),
    DataLimitExceeded {
        what: String,
    },
    /// A task ran longer than its limit. AWS gives no cause.
    Timeout,
    /// No heartbeat of a task came in time. It goes to Retriers and Catchers of either name, and is shown as a time-out.
    HeartbeatTimeout,
    /// Named by the task, its target, or a Fail state.
    Reported(ErrorAndCause),
}

/// A `States.QueryEvaluationError`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryEvaluation {
    /// The state whose expression it was, which need not be the one that fails of it.
    pub state: StateName,
    /// The field, relative to its state: `Output/total`. Absent if it is about none.
    pub location: Option<String>,
    pub cause: String,
}

impl Failure {
    /// `An error occurred while executing the state 'X' (entered at the event id #2). …`
    pub fn runtime(state: &StateName, entered: EventId, why: &str) -> Self {
        Failure::Runtime(in_state(state, entered, why))
    }

    pub fn evaluation(state: &StateName, entered: EventId, error: &EvaluationError) -> Self {
        let cause = in_state(state, entered, &error.to_string());
        match error.error_name() {
            "States.Runtime" => Failure::Runtime(cause),
            name => Failure::Evaluation { error: ErrorName::new(name), cause },
        }
    }

    pub fn query_evaluation(state: &StateName, entered: EventId, location: Option<&str>, why: &str) -> Self {
        Failure::QueryEvaluation(QueryEvaluation {
            state: state.clone(),
            location: location.map(ToOwned::to_owned),
            cause: in_state(state, entered, why),
        })
    }

    /// What `ErrorEquals` is compared with.
    pub fn error_name(&self) -> ErrorName {
        match self {
            Failure::Runtime(_) => ErrorName::new("States.Runtime"),
            Failure::QueryEvaluation(_) => ErrorName::new(expressions::jsonata::ERROR_NAME),
            Failure::Evaluation { error, .. } => error.clone(),
            Failure::ResultPathMatch(_) => ErrorName::new("States.ResultPathMatchFailure"),
            Failure::DataLimitExceeded { .. } => ErrorName::new(DATA_LIMIT_EXCEEDED),
            Failure::Timeout => ErrorName::new(TIMEOUT),
            Failure::HeartbeatTimeout => ErrorName::new(HEARTBEAT_TIMEOUT),
            Failure::Reported(reported) => ErrorName::new(reported.error.clone().unwrap_or_default()),
        }
    }

    /// Whether no Retrier and no Catcher matches it, whatever it names.
    pub fn is_fatal(&self) -> bool {
        self.error_name().as_str() == errors::FATAL
    }

    pub fn cause(&self) -> Option<String> {
        match self {
            Failure::Runtime(cause) | Failure::Evaluation { cause, .. } | Failure::ResultPathMatch(cause) => {
                Some(cause.clone())
            }
            Failure::QueryEvaluation(failure) => Some(failure.cause.clone()),
            Failure::DataLimitExceeded { what } => Some(format!(
                "The state/task '{what}' returned a result with a size exceeding the maximum number of bytes service limit."
            )),
            Failure::Timeout | Failure::HeartbeatTimeout => None,
            Failure::Reported(reported) => reported.cause.clone(),
        }
    }

    pub fn error_and_cause(&self) -> ErrorAndCause {
        match self {
            Failure::Reported(reported) => reported.clone(),
            Failure::HeartbeatTimeout => Failure::Timeout.error_and_cause(),
            other => ErrorAndCause { error: Some(other.error_name().as_str().to_owned()), cause: other.cause() },
        }
    }

    /// What a Catcher puts into its output. Only what was reported without an error or a cause has `null` there.
    pub fn error_output(&self) -> Value {
        let ErrorAndCause { error, cause } = self.error_and_cause();
        match self {
            Failure::Reported(_) => json!({ "Error": error, "Cause": cause }),
            _ => json!({ "Error": error, "Cause": cause.unwrap_or_default() }),
        }
    }

    /// The text when a payload is too large, by [`limits::Limits`].
    pub fn over_limit(what: &str, size: usize, limits: &limits::Limits) -> Result<(), Failure> {
        if size > limits.payload_bytes {
            return Err(Failure::DataLimitExceeded { what: what.to_owned() });
        }
        Ok(())
    }
}

fn in_state(state: &StateName, entered: EventId, why: &str) -> String {
    format!("An error occurred while executing the state '{state}' (entered at the event id #{entered}). {why}")
}
