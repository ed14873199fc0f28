//! The Succeed state: <https://states-language.net/spec.html#succeed-state>.

use asl::machine::{Next, State, Succeed};

use super::Result;
use crate::data_flow::{Document, Evaluation};
use crate::run::Branch;
use crate::transition::Transition;

pub(crate) fn run(transition: &mut Transition<'_>, branch: &mut Branch, state: &State, succeed: &Succeed) -> Result {
    let leaving = {
        let evaluation = Evaluation::new(transition, branch, state);
        let flow = evaluation.flow(&succeed.flow);
        flow.leave(&Document::from(branch.input.clone()))?
    };
    Ok(transition.exit(branch, state, leaving, Next::End))
}
