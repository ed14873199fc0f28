//! `Catch`: <https://states-language.net/spec.html#fallback-states>.

use asl::machine::{Catcher, ErrorName, Next, QueryLanguage, ResultPath, State};

use super::matching::matches;
use crate::data_flow::{Document, Evaluation, Leaving};
use crate::failure::Failure;
use crate::run::Branch;
use crate::states::Arrival;
use crate::transition::Transition;

/// The first catcher that matches, which decides, and its index.
pub(super) fn find<'a>(catchers: &'a [Catcher], error: &ErrorName) -> Option<(usize, &'a Catcher)> {
    catchers.iter().enumerate().find(|(_, catcher)| matches(&catcher.error_equals, error))
}

/// Leaves the state for the Catcher's `Next`, with the error output at its `ResultPath` in the state's input; in JSONata
/// with the Catcher's `Output`.
pub(super) fn take(
    transition: &mut Transition<'_>,
    branch: &mut Branch,
    state: &State,
    (index, catcher): (usize, &Catcher),
    failure: &Failure,
) -> Result<Arrival, Failure> {
    let leaving = {
        let evaluation = Evaluation::new(transition, branch, state);
        let raw = Document::from(branch.input.clone());
        let error_output = Document::from(failure.error_output());
        match state.query_language {
            QueryLanguage::JsonPath => json_path(&evaluation, catcher, &raw, error_output)?,
            QueryLanguage::Jsonata => {
                let jsonata = evaluation.jsonata(&raw).with_error_output(&error_output);
                let place = format!("Catch[{index}]/");
                jsonata.leave(catcher.assign.as_ref(), catcher.output.as_ref(), &place, &error_output)?
            }
        }
    };
    Ok(transition.exit(branch, state, leaving, Next::State(catcher.next.clone())))
}

fn json_path(
    evaluation: &Evaluation<'_>,
    catcher: &Catcher,
    raw: &Document,
    error_output: Document,
) -> Result<Leaving, Failure> {
    let assigned = evaluation.assigned(catcher.assign.as_ref(), &error_output)?;
    let output = match &catcher.result_path {
        ResultPath::Replace => error_output,
        path => evaluation.placed(path, raw, error_output)?,
    };
    evaluation.leaving(&output, assigned)
}
