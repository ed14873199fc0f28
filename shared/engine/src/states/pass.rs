//! The Pass state: <https://states-language.net/spec.html#pass-state>.

use asl::machine::{Pass, State};

use super::Result;
use crate::data_flow::{Document, Evaluation};
use crate::run::Branch;
use crate::transition::Transition;

/// Input through `InputPath` and `Parameters` to the result (or `Result` itself), through `ResultPath` and `OutputPath`
/// to the output.
pub(crate) fn run(transition: &mut Transition<'_>, branch: &mut Branch, state: &State, pass: &Pass) -> Result {
    let evaluation = Evaluation::new(transition, branch, state);
    let flow = evaluation.flow(&pass.flow)?;
    let raw = Document::from(branch.input.clone());
    let result = match &pass.result {
        Some(result) => {
            let result = Document::from(result.clone());
            evaluation.inspect(|data| data.result = Some(result.payload()));
            result
        }
        None => flow.effective_input(&raw)?,
    };
    let leaving = flow.leave_with(&raw, result)?;
    Ok(transition.exit(branch, state, leaving, pass.next.clone()))
}
