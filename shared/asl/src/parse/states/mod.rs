//! One file for each state type, and what several of them share.

mod choice;
mod fail;
mod map;
mod parallel;
mod pass;
mod succeed;
mod task;
mod wait;

use super::fields::Fields;
use super::scope::Whole;
use crate::machine::{Next, StateKind, StateName};

/// Reads the fields of a state by its `Type`. `before` is the number of findings when the state began.
pub(super) fn kind(type_name: &str, fields: &Fields, whole: &Whole, before: usize) -> StateKind {
    match type_name {
        "Task" => StateKind::Task(task::read(fields, whole, before)),
        "Wait" => StateKind::Wait(wait::read(fields, before)),
        "Pass" => StateKind::Pass(pass::read(fields, before)),
        "Succeed" => StateKind::Succeed(succeed::read(fields)),
        "Fail" => StateKind::Fail(fail::read(fields)),
        "Choice" => StateKind::Choice(choice::read(fields)),
        "Parallel" => StateKind::Parallel(parallel::read(fields, whole, before)),
        _ => StateKind::Map(map::read(fields, whole, before)),
    }
}

/// `Next`, or `"End": true`.
///
/// AWS does not add that both are missing to a state in which it found something else.
fn next(fields: &Fields, before: usize) -> Next {
    let next = fields.string("Next");
    let end = fields.boolean("End").unwrap_or(false);
    match next {
        Some(next) => {
            if end {
                fields.at_most_one(&["Next", "End"]);
            }
            Next::State(StateName::new(next))
        }
        None => {
            if !end && fields.findings.count() == before {
                fields.report("This object should have only one of the following fields: [Next, End]");
            }
            Next::End
        }
    }
}
