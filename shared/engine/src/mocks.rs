//! Mocked responses of tasks: a test case of Step Functions Local's mock configuration, which an execution was started with.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html>
//!
//! A mocked task calls nothing. Its answers are numbered over the whole execution, retries and iterations included, as
//! Step Functions Local 2.0.0 counts them.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;

use asl::machine::StateName;

use crate::run::Answer;

/// What each mocked state answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TestCase {
    pub name: String,
    pub states: BTreeMap<StateName, Arc<MockedResponse>>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MockedResponse {
    pub name: String,
    /// For which calls, counted from 0, and what they answer.
    pub answers: Vec<(RangeInclusive<u32>, Answer)>,
}

impl MockedResponse {
    /// What the call answers, if anything was thought of for it.
    pub fn answer(&self, call: u32) -> Option<&Answer> {
        self.answers.iter().find(|(calls, _)| calls.contains(&call)).map(|(_, answer)| answer)
    }
}
