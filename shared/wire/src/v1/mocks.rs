//! The mocked responses of an execution that was started with a test case.

use std::borrow::Cow;
use std::sync::Arc;

use asl::machine::StateName;
use engine::mocks;
use serde::{Deserialize, Serialize};

use super::task_phase::Answer;
use super::texts::{Reader, Writer};
use crate::error::DecodeError;

#[derive(Serialize, Deserialize)]
pub struct TestCase<'a> {
    #[serde(rename = "n", borrow)]
    name: Cow<'a, str>,
    #[serde(rename = "s", borrow, default, skip_serializing_if = "Vec::is_empty")]
    states: Vec<MockedState<'a>>,
}

/// `[state, response, answers]`
#[derive(Serialize, Deserialize)]
struct MockedState<'a>(StateName, #[serde(borrow)] Cow<'a, str>, #[serde(borrow)] Vec<MockedAnswer<'a>>);

/// `[first call, last call, answer]`
#[derive(Serialize, Deserialize)]
struct MockedAnswer<'a>(u32, u32, #[serde(borrow)] Answer<'a>);

impl<'a> TestCase<'a> {
    pub fn write(test_case: &'a mocks::TestCase, writer: &mut Writer<'a>) -> Self {
        let states = test_case.states.iter().map(|(state, response)| {
            let answers = response
                .answers
                .iter()
                .map(|(calls, answer)| MockedAnswer(*calls.start(), *calls.end(), Answer::write(answer, writer)));
            MockedState(state.clone(), Cow::Borrowed(&response.name), answers.collect())
        });
        Self { name: Cow::Borrowed(&test_case.name), states: states.collect() }
    }

    pub fn read(self, reader: &Reader<'_>) -> Result<mocks::TestCase, DecodeError> {
        let states = self.states.into_iter().map(|MockedState(state, name, answers)| {
            let answers = answers
                .into_iter()
                .map(|MockedAnswer(first, last, answer)| answer.read(reader).map(|answer| (first..=last, answer)));
            let answers = answers.collect::<Result<_, DecodeError>>()?;
            Ok((state, Arc::new(mocks::MockedResponse { name: name.into_owned(), answers })))
        });
        Ok(mocks::TestCase { name: self.name.into_owned(), states: states.collect::<Result<_, DecodeError>>()? })
    }
}
