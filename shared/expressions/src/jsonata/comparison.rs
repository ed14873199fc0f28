//! Comparisons that tell which values they could not compare.

use super::functions::{Answer, Host, thrown};
use super::guard::{function, take};
use super::messages;
use super::tree::for_each_part;
use super::value::ResultReader;
use jsonata_core::ast::{AstNode, BinaryOp};
use jsonata_core::value::JValue;
use std::cmp::Ordering;
use std::rc::Rc;

/// JSONata's code for values of different types on either side.
pub(super) const MISMATCH: &str = "T2009";
/// What a value may take up in an error.
const SHOWN_BYTES: usize = 1_000;

pub(super) const NAMES: [(&str, &str); 4] =
    [("<", "telling <"), ("<=", "telling <="), (">", "telling >"), (">=", "telling >=")];

/// Puts functions of ours in the place of comparisons.
pub(super) fn rewrite(node: &mut AstNode) {
    for_each_part(node, &mut rewrite);
    if let AstNode::Binary { op, lhs, rhs } = node
        && let Some(name) = name(*op)
    {
        *node = function(name, vec![take(lhs), take(rhs)]);
    }
}

fn name(op: BinaryOp) -> Option<&'static str> {
    let symbol = messages::comparison(op)?;
    NAMES.into_iter().find(|(of, _)| *of == symbol).map(|(_, name)| name)
}

pub(super) fn compare(host: &Rc<Host>, op: &str, args: &[JValue]) -> Answer {
    let ordering = match args {
        [JValue::Number(left), JValue::Number(right)] => left.partial_cmp(right),
        [JValue::String(left), JValue::String(right)] => Some(left.cmp(right)),
        [left @ (JValue::Number(_) | JValue::String(_)), right @ (JValue::Number(_) | JValue::String(_))] => {
            let (left, right) = (shown(host, left), shown(host, right));
            let text =
                format!("The values {left} and {right} either side of operator \"{op}\" must be of the same data type");
            return Err(thrown(MISMATCH, &text));
        }
        // Only numbers and texts have an order; what the evaluator says to others needs no values.
        _ => return Ok(JValue::Undefined),
    };
    Ok(JValue::Bool(match op {
        "<" => ordering == Some(Ordering::Less),
        "<=" => ordering.is_some_and(Ordering::is_le),
        ">" => ordering == Some(Ordering::Greater),
        _ => ordering.is_some_and(Ordering::is_ge),
    }))
}

fn shown(host: &Rc<Host>, value: &JValue) -> String {
    let exact = host.exact.borrow();
    let shown = ResultReader { exact: &exact, bytes_left: SHOWN_BYTES }.read(value, 0);
    shown.map_or_else(|_| "…".to_owned(), |value| value.to_string())
}
