//! `Catch`: <https://states-language.net/spec.html#fallback-states>.

use asl::machine::{Catcher, ErrorName, Next, ResultPath, State};
use serde_json::json;

use super::matching::matches;
use crate::data_flow::{Document, Evaluation};
use crate::failure::Failure;
use crate::run::Branch;
use crate::states::Arrival;
use crate::transition::Transition;

/// The first catcher that matches, which decides, and its index.
pub(super) fn find<'a>(catchers: &'a [Catcher], error: &ErrorName) -> Option<(usize, &'a Catcher)> {
    catchers.iter().enumerate().find(|(_, catcher)| matches(&catcher.error_equals, error))
}

/// Leaves the state for the Catcher's `Next`, with the error output at its `ResultPath` in the state's input.
pub(super) fn take(
    transition: &mut Transition<'_>,
    branch: &mut Branch,
    state: &State,
    catcher: &Catcher,
    failure: &Failure,
) -> Result<Arrival, Failure> {
    let error_output = json!({
        "Error": failure.error_name().as_str(),
        "Cause": failure.cause().unwrap_or_default(),
    });
    let leaving = {
        let evaluation = Evaluation::new(transition, branch, state);
        let raw = Document::from(branch.input.clone());
        let error_output = Document::from(error_output);
        let assigned = evaluation.assigned(catcher.assign.as_ref(), &error_output)?;
        let output = match &catcher.result_path {
            ResultPath::Replace => error_output,
            path => evaluation.placed(path, &raw, error_output)?,
        };
        evaluation.leaving(&output, assigned)?
    };
    Ok(transition.exit(branch, state, leaving, Next::State(catcher.next.clone())))
}
