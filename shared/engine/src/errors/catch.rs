//! `Catch`: <https://states-language.net/spec.html#fallback-states>.

use asl::machine::{Catcher, ErrorName, Next, ResultPath, State};
use serde_json::json;

use super::matching::matches;
use crate::data_flow::{Document, Evaluation};
use crate::failure::Failure;
use crate::run::Branch;
use crate::states::Arrival;
use crate::transition::Transition;

pub(super) fn find<'a>(catchers: &'a [Catcher], error: &ErrorName) -> Option<&'a Catcher> {
    catchers.iter().find(|catcher| matches(&catcher.error_equals, error))
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
    let output = {
        let evaluation = Evaluation::new(transition, branch, state);
        let raw = Document::from(branch.input.clone());
        match &catcher.result_path {
            ResultPath::Replace => Document::from(error_output),
            path => evaluation.placed(path, &raw, Document::from(error_output))?,
        }
        .payload()
    };
    Failure::over_limit(state.name.as_str(), output.len(), &transition.given.limits)?;
    transition.exit(branch, state, &output);
    Ok(Arrival::Leaves { next: Next::State(catcher.next.clone()), output })
}
