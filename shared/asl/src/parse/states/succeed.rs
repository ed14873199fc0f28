//! Succeed: <https://states-language.net/spec.html#succeed-state>

use crate::machine::Succeed;
use crate::parse::data_flow;
use crate::parse::fields::Fields;

pub(super) fn read(fields: &Fields) -> Succeed {
    Succeed { flow: data_flow::read(fields) }
}
