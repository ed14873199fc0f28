//! The Fail state: <https://states-language.net/spec.html#fail-state>.

use asl::machine::{Fail, State};

use super::Result;
use crate::data_flow::{Document, Evaluation};
use crate::failure::{ErrorAndCause, Failure};
use crate::run::Branch;
use crate::transition::Transition;

/// A Fail state is entered and never exited: its error is the failure of the branch.
pub(crate) fn run(transition: &mut Transition<'_>, branch: &mut Branch, state: &State, fail: &Fail) -> Result {
    let evaluation = Evaluation::new(transition, branch, state);
    let input = Document::from(branch.input.clone());
    if !evaluation.is_jsonata() {
        evaluation.inspect(|data| data.after_input_path = Some(input.payload()));
    }
    let error = fail.error.as_ref().map(|text| evaluation.text(text, "Error", "ErrorPath", &input)).transpose()?;
    let cause = fail.cause.as_ref().map(|text| evaluation.text(text, "Cause", "CausePath", &input)).transpose()?;
    Err(Failure::Reported(ErrorAndCause { error, cause }))
}
