//! The Pass state: <https://states-language.net/spec.html#pass-state>.

use asl::machine::{DataFlow, Pass, State};

use super::Result;
use crate::data_flow::{Document, Evaluation};
use crate::run::Branch;
use crate::transition::Transition;

/// JSONPath: input through `InputPath` and `Parameters` to the result (or `Result` itself), through `ResultPath` and
/// `OutputPath` to the output. JSONata: there is no result.
pub(crate) fn run(transition: &mut Transition<'_>, branch: &mut Branch, state: &State, pass: &Pass) -> Result {
    let evaluation = Evaluation::new(transition, branch, state);
    let flow = evaluation.flow(&pass.flow);
    let raw = Document::from(branch.input.clone());
    let leaving = match (&pass.flow, &pass.result) {
        (DataFlow::Jsonata(_), _) => flow.leave(&raw)?,
        (DataFlow::JsonPath(_), Some(result)) => {
            let result = Document::from(result.clone());
            evaluation.inspect(|data| data.result = Some(result.payload()));
            flow.leave_with(&raw, result)?
        }
        (DataFlow::JsonPath(_), None) => flow.leave_with(&raw, flow.effective_input(&raw)?)?,
    };
    Ok(transition.exit(branch, state, leaving, pass.next.clone()))
}
