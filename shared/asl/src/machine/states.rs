//! Task, Pass, Wait, Succeed, Fail and Parallel. Choice and Map have files of their own.

use expressions::jsonata::JsonataExpression;
use expressions::path::Path;
use serde_json::Value;

use super::data_flow::DataFlow;
use super::error_handling::{Catcher, Retrier};
use super::fields::{Integer, Text};
use super::resource::Resource;
use super::{Scope, StateName};

/// `Next`, or `"End": true`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    State(StateName),
    End,
}

#[derive(Clone, Debug)]
pub struct Task {
    pub flow: DataFlow,
    pub resource: Resource,
    /// Absent: no limit (AWS: 99,999,999 seconds).
    pub timeout_seconds: Option<Integer>,
    pub heartbeat_seconds: Option<Integer>,
    /// `Credentials`, with its `RoleArn`.
    pub credentials: Option<Text>,
    pub retry: Vec<Retrier>,
    pub catch: Vec<Catcher>,
    pub next: Next,
}

#[derive(Clone, Debug)]
pub struct Pass {
    pub flow: DataFlow,
    /// JSONPath only.
    pub result: Option<Value>,
    pub next: Next,
}

#[derive(Clone, Debug)]
pub struct Wait {
    pub flow: DataFlow,
    pub wait_for: WaitFor,
    pub next: Next,
}

/// Exactly one of `Seconds`, `SecondsPath`, `Timestamp`, `TimestampPath`.
#[derive(Clone, Debug)]
pub enum WaitFor {
    Seconds(u64),
    SecondsPath(Path),
    SecondsJsonata(JsonataExpression),
    /// Epoch milliseconds.
    Timestamp(i64),
    TimestampPath(Path),
    TimestampJsonata(JsonataExpression),
}

#[derive(Clone, Debug)]
pub struct Succeed {
    pub flow: DataFlow,
}

#[derive(Clone, Debug)]
pub struct Fail {
    pub error: Option<Text>,
    pub cause: Option<Text>,
}

#[derive(Clone, Debug)]
pub struct Parallel {
    pub flow: DataFlow,
    pub branches: Vec<Scope>,
    pub retry: Vec<Retrier>,
    pub catch: Vec<Catcher>,
    pub next: Next,
}
