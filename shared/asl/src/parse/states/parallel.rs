//! Parallel: <https://states-language.net/spec.html#parallel-state>

use crate::machine::Parallel;
use crate::parse::fields::Fields;
use crate::parse::scope::{self, Whole};
use crate::parse::states::next;
use crate::parse::{data_flow, error_handling};

pub(super) fn read(fields: &Fields, whole: &Whole, before: usize) -> Parallel {
    fields.require(&["Branches"]);
    let branches = fields.filled_children("Branches");
    Parallel {
        flow: data_flow::read(fields),
        branches: branches.iter().map(|branch| scope::nested(branch, whole, &[])).collect(),
        retry: error_handling::retriers(fields),
        catch: error_handling::catchers(fields),
        next: next(fields, before),
    }
}
