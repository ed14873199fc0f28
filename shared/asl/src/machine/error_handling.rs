//! `Retry` and `Catch`: <https://states-language.net/spec.html#errors>.

use std::fmt;
use std::sync::Arc;

use expressions::jsonata::JsonataTemplate;
use serde::{Deserialize, Serialize};

use super::StateName;
use super::data_flow::{Assign, ResultPath};

/// The name of an error that was raised: `States.Timeout`, `Lambda.Unknown`, or any that a task chose.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ErrorName(Arc<str>);

impl ErrorName {
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ErrorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An entry of `ErrorEquals`. It is matched against names and never raised, hence a type of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorPattern {
    /// `States.ALL`.
    All,
    /// `States.TaskFailed`: any failure of a task but a timeout.
    TaskFailed,
    Named(ErrorName),
}

impl From<&str> for ErrorPattern {
    fn from(text: &str) -> Self {
        match text {
            "States.ALL" => ErrorPattern::All,
            "States.TaskFailed" => ErrorPattern::TaskFailed,
            other => ErrorPattern::Named(ErrorName::new(other)),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JitterStrategy {
    Full,
    #[default]
    None,
}

#[derive(Clone, Debug)]
pub struct Retrier {
    pub error_equals: Vec<ErrorPattern>,
    /// Before the first retry; 1 if not given.
    pub interval_seconds: u64,
    /// 3 if not given; 0 means never.
    pub max_attempts: u64,
    /// At least 1; 2 if not given.
    pub backoff_rate: f64,
    pub max_delay_seconds: Option<u64>,
    pub jitter_strategy: JitterStrategy,
}

#[derive(Clone, Debug)]
pub struct Catcher {
    pub error_equals: Vec<ErrorPattern>,
    pub next: StateName,
    /// JSONPath only.
    pub result_path: ResultPath,
    /// JSONata only.
    pub output: Option<JsonataTemplate>,
    pub assign: Option<Assign>,
}
