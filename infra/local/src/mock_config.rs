//! Step Functions Local's mock configuration file: which executions call nothing, and what their tasks answer instead.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html>
//!
//! ```json
//! { "StateMachines": { "orders": { "TestCases": { "HappyPath": { "Pay": "Paid" } } } },
//!   "MockedResponses": { "Paid": { "0": { "Throw": { "Error": "Busy" } }, "1-2": { "Return": { "paid": true } } } } }
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use api::TestCases;
use asl::machine::StateName;
use engine::failure::ErrorAndCause;
use engine::mocks::{MockedResponse, TestCase};
use engine::payload::Payload;
use engine::run::Answer;
use serde_json::{Map, Value};

#[derive(Debug, Default)]
pub struct MockConfig {
    /// By the names of state machine and test case: the name of the mocked response of each state.
    test_cases: BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>,
    responses: BTreeMap<String, Arc<MockedResponse>>,
}

#[derive(Debug, thiserror::Error)]
pub enum MockConfigError {
    #[error("mock configuration `{}`: {source}", file.display())]
    Unreadable { file: PathBuf, source: std::io::Error },
    #[error("mock configuration `{}`: {wrong}", file.display())]
    Wrong { file: PathBuf, wrong: Wrong },
}

/// What is wrong with the text, and where.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    #[error("it is not JSON: {0}")]
    NotJson(String),
    #[error("{what} at {at}")]
    At { at: String, what: &'static str },
}

impl MockConfig {
    pub fn load(file: &Path) -> Result<Self, MockConfigError> {
        let text =
            fs::read_to_string(file).map_err(|source| MockConfigError::Unreadable { file: file.to_owned(), source })?;
        Self::parse(&text).map_err(|wrong| MockConfigError::Wrong { file: file.to_owned(), wrong })
    }

    fn parse(text: &str) -> Result<Self, Wrong> {
        let whole: Value = serde_json::from_str(text).map_err(|error| Wrong::NotJson(error.to_string()))?;
        let whole = Place { at: String::new(), value: &whole };
        let mut config = Self::default();
        for machine in whole.optional("StateMachines")?.into_iter().flatten() {
            let mut cases = BTreeMap::new();
            for case in machine.1.optional("TestCases")?.into_iter().flatten() {
                let states = case.1.members()?.into_iter();
                let states = states.map(|(state, response)| Ok((state, response.text()?.to_owned())));
                cases.insert(case.0, states.collect::<Result<_, Wrong>>()?);
            }
            config.test_cases.insert(machine.0, cases);
        }
        for (name, response) in whole.optional("MockedResponses")?.into_iter().flatten() {
            let answers = response.answers()?;
            config.responses.insert(name.clone(), Arc::new(MockedResponse { name, answers }));
        }
        Ok(config)
    }
}

impl TestCases for MockConfig {
    fn find(&self, state_machine: &str, name: &str) -> Result<Arc<TestCase>, String> {
        let cases = self.test_cases.get(state_machine);
        let cases = cases.ok_or_else(|| format!("The mock configuration has no state machine '{state_machine}'."))?;
        let case = cases.get(name).ok_or_else(|| {
            format!("The mock configuration has no test case '{name}' of the state machine '{state_machine}'.")
        })?;
        let states = case.iter().map(|(state, response)| {
            let found = self.responses.get(response).cloned().ok_or_else(|| {
                format!("The mock configuration has no mocked response '{response}', which the test case '{name}' names for '{state}'.")
            });
            Ok((StateName::new(state.as_str()), found?))
        });
        Ok(Arc::new(TestCase { name: name.to_owned(), states: states.collect::<Result<_, String>>()? }))
    }
}

/// A value of the configuration, and where it is.
struct Place<'a> {
    at: String,
    value: &'a Value,
}

type Members<'a> = Vec<(String, Place<'a>)>;

impl<'a> Place<'a> {
    fn wrong(&self, what: &'static str) -> Wrong {
        Wrong::At { at: if self.at.is_empty() { "/".to_owned() } else { self.at.clone() }, what }
    }

    fn object(&self) -> Result<&'a Map<String, Value>, Wrong> {
        self.value.as_object().ok_or_else(|| self.wrong("an object is expected"))
    }

    fn members(&self) -> Result<Members<'a>, Wrong> {
        let place = |(name, value)| (String::clone(name), Place { at: format!("{}/{name}", self.at), value });
        Ok(self.object()?.iter().map(place).collect())
    }

    /// The members of the member, if it is there.
    fn optional(&self, name: &str) -> Result<Option<Members<'a>>, Wrong> {
        let member = self.members()?.into_iter().find(|(known, _)| known == name);
        member.map(|(_, member)| member.members()).transpose()
    }

    fn text(&self) -> Result<&'a str, Wrong> {
        self.value.as_str().ok_or_else(|| self.wrong("the name of a mocked response is expected"))
    }

    /// Those of a mocked response, each for calls of its own.
    fn answers(&self) -> Result<Vec<(RangeInclusive<u32>, Answer)>, Wrong> {
        let mut answers: Vec<(RangeInclusive<u32>, Answer)> = Vec::new();
        for (calls, answer) in self.members()? {
            let calls = range(&calls, &answer)?;
            let overlaps = |other: &RangeInclusive<u32>| calls.start() <= other.end() && other.start() <= calls.end();
            if answers.iter().any(|(other, _)| overlaps(other)) {
                return Err(answer.wrong("another answer is for the same call"));
            }
            answers.push((calls, answer.answer()?));
        }
        Ok(answers)
    }

    /// `{"Return": …}` or `{"Throw": {"Error": …, "Cause": …}}`.
    fn answer(&self) -> Result<Answer, Wrong> {
        let members = self.object()?;
        match (members.get("Return"), members.get("Throw")) {
            (Some(output), None) => Ok(Answer::Succeeded { output: Payload::from_text(output.to_string()) }),
            (None, Some(thrown)) => Ok(Answer::Failed(self.thrown(thrown)?)),
            _ => Err(self.wrong("either `Return` or `Throw` is expected")),
        }
    }

    fn thrown(&self, thrown: &Value) -> Result<ErrorAndCause, Wrong> {
        let text = |name: &str| thrown.get(name).and_then(Value::as_str).map(str::to_owned);
        let error = text("Error").ok_or_else(|| self.wrong("`Throw` with an `Error` is expected"))?;
        let cause = text("Cause");
        if cause.is_none() && thrown.get("Cause").is_some() {
            return Err(self.wrong("a text is expected as the `Cause`"));
        }
        Ok(ErrorAndCause { error: Some(error), cause })
    }
}

/// `0` or `1-2`.
fn range(calls: &str, place: &Place<'_>) -> Result<RangeInclusive<u32>, Wrong> {
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    let (first, last) = calls.split_once('-').unwrap_or((calls, calls));
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => Ok(first..=last),
        _ => Err(place.wrong("the number of a call or a range of numbers, such as `0` or `1-2`, is expected")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"{
        "StateMachines": {
            "orders": { "TestCases": {
                "HappyPath": { "Pay": "Paid", "Ship": "Shipped" },
                "RetryPath": { "Pay": "PaidLate" },
                "Broken": { "Pay": "Gone" },
                "Real": {}
            } },
            "idle": {}
        },
        "MockedResponses": {
            "Paid": { "0": { "Return": { "b": 1, "a": [1.50] } } },
            "PaidLate": { "0": { "Throw": { "Error": "Busy", "Cause": "later" } }, "1-2": { "Throw": { "Error": "Busy" } },
                          "3": { "Return": "paid" } },
            "Shipped": {}
        }
    }"#;

    fn parse(text: &str) -> String {
        match MockConfig::parse(text) {
            Ok(_) => "ok".to_owned(),
            Err(wrong) => wrong.to_string(),
        }
    }

    #[test]
    fn a_test_case_has_the_answers_of_its_states() {
        let config = MockConfig::parse(CONFIG).unwrap();
        let case = config.find("orders", "HappyPath").unwrap();
        let paid = case.states[&StateName::new("Pay")].clone();
        let output = Payload::from_text(r#"{"b":1,"a":[1.50]}"#);
        assert_eq!(paid.answer(0), Some(&Answer::Succeeded { output }));
        assert_eq!(paid.answer(1), None);
        assert_eq!(case.states[&StateName::new("Ship")].answer(0), None);

        let late = config.find("orders", "RetryPath").unwrap().states[&StateName::new("Pay")].clone();
        let thrown = |call| match late.answer(call) {
            Some(Answer::Failed(failure)) => failure.cause.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!([thrown(0), thrown(1), thrown(2)], [Some("later".into()), None, None]);
        assert_eq!(late.answer(3), Some(&Answer::Succeeded { output: Payload::from_text(r#""paid""#) }));
        assert_eq!(config.find("orders", "Real").unwrap().states.len(), 0);
    }

    #[test]
    fn what_is_not_there_is_named() {
        let config = MockConfig::parse(CONFIG).unwrap();
        for (machine, case, why) in [
            ("other", "HappyPath", "The mock configuration has no state machine 'other'."),
            ("idle", "Any", "The mock configuration has no test case 'Any' of the state machine 'idle'."),
            ("orders", "Happy", "The mock configuration has no test case 'Happy' of the state machine 'orders'."),
            (
                "orders",
                "Broken",
                "The mock configuration has no mocked response 'Gone', which the test case 'Broken' names for 'Pay'.",
            ),
        ] {
            assert_eq!(config.find(machine, case).unwrap_err(), why);
        }
    }

    #[test]
    fn a_wrong_configuration_is_told_where() {
        for (text, expected) in [
            ("{}", "ok"),
            (r#"{"Comment": 1}"#, "ok"),
            ("[]", "an object is expected at /"),
            ("{", "it is not JSON: EOF while parsing an object at line 1 column 1"),
            (r#"{"StateMachines": {"a": {"TestCases": []}}}"#, "an object is expected at /StateMachines/a/TestCases"),
            (
                r#"{"StateMachines": {"a": {"TestCases": {"c": {"S": 1}}}}}"#,
                "the name of a mocked response is expected at /StateMachines/a/TestCases/c/S",
            ),
            (
                r#"{"MockedResponses": {"r": {"0": {}}}}"#,
                "either `Return` or `Throw` is expected at /MockedResponses/r/0",
            ),
            (
                r#"{"MockedResponses": {"r": {"0": {"Return": 1, "Throw": {"Error": "E"}}}}}"#,
                "either `Return` or `Throw` is expected at /MockedResponses/r/0",
            ),
            (
                r#"{"MockedResponses": {"r": {"0": {"Throw": {"Cause": "c"}}}}}"#,
                "`Throw` with an `Error` is expected at /MockedResponses/r/0",
            ),
            (
                r#"{"MockedResponses": {"r": {"0": {"Throw": {"Error": "E", "Cause": {}}}}}}"#,
                "a text is expected as the `Cause` at /MockedResponses/r/0",
            ),
            (
                r#"{"MockedResponses": {"r": {"0-2": {"Return": 1}, "2": {"Return": 2}}}}"#,
                "another answer is for the same call at /MockedResponses/r/2",
            ),
            (
                r#"{"MockedResponses": {"r": {"2-1": {"Return": 1}}}}"#,
                "the number of a call or a range of numbers, such as `0` or `1-2`, is expected at /MockedResponses/r/2-1",
            ),
            (
                r#"{"MockedResponses": {"r": {"+1": {"Return": 1}}}}"#,
                "the number of a call or a range of numbers, such as `0` or `1-2`, is expected at /MockedResponses/r/+1",
            ),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
