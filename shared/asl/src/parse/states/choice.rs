//! Choice: <https://states-language.net/spec.html#choice-state>

use crate::machine::{Choice, StateName};
use crate::parse::fields::Fields;
use crate::parse::{choice_rules, data_flow};

pub(super) fn read(fields: &Fields) -> Choice {
    fields.require(&["Choices"]);
    let rules = fields.filled_children("Choices");
    Choice {
        flow: data_flow::read(fields),
        choices: rules.iter().map(choice_rules::read).collect(),
        default: fields.string("Default").map(StateName::new),
    }
}
