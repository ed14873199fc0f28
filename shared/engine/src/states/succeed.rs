//! The Succeed state: <https://states-language.net/spec.html#succeed-state>.

use asl::machine::{Next, State, Succeed};

use super::{Arrival, Result};
use crate::data_flow::{Document, Evaluation};
use crate::run::Branch;
use crate::transition::Transition;

pub(crate) fn run(transition: &mut Transition<'_>, branch: &mut Branch, state: &State, succeed: &Succeed) -> Result {
    let output = {
        let evaluation = Evaluation::new(transition, branch, state);
        let flow = evaluation.flow(&succeed.flow)?;
        flow.filtered(&Document::from(branch.input.clone()))?
    };
    transition.exit(branch, state, &output);
    Ok(Arrival::Leaves { next: Next::End, output })
}
