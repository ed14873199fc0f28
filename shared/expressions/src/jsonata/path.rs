//! Expressions that only name a place, such as `$states.input.order.id`. They are most of all expressions, and are
//! answered without an evaluation: nothing is converted, and nothing of a number is lost.

use super::JsonataScope;
use super::value::normalized;
use jsonata_core::ast::{AstNode, PathStep};
use serde_json::Value;

/// The names after `$`; the first is the variable's.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PlainPath {
    variable: String,
    fields: Vec<String>,
}

impl PlainPath {
    pub fn of(ast: &AstNode) -> Option<PlainPath> {
        let AstNode::Path { steps } = ast else {
            return variable_name(ast).map(|variable| PlainPath { variable, fields: Vec::new() });
        };
        let mut steps = steps.iter();
        let first = steps.next().filter(|step| is_plain(step))?;
        let variable = variable_name(&first.node)?;
        let fields = steps.map(|step| match &step.node {
            AstNode::Name(name) if is_plain(step) => Some(name.clone()),
            _ => None,
        });
        Some(PlainPath { variable, fields: fields.collect::<Option<_>>()? })
    }

    /// `None` if it takes an evaluation to tell: on the way is an array, whose items a path steps into, or the whole of
    /// `$states` is asked for.
    pub fn look_up(&self, scope: &dyn JsonataScope) -> Option<Option<Value>> {
        let mut fields = self.fields.iter();
        let start = if self.variable == "states" {
            match fields.next()?.as_str() {
                "input" => Some(scope.input()),
                "context" => Some(scope.context()),
                "result" => scope.result(),
                "errorOutput" => scope.error_output(),
                _ => None,
            }
        } else {
            scope.variable(&self.variable)
        };
        let mut place = start;
        for field in fields {
            place = match place {
                Some(Value::Array(_)) => return None,
                Some(Value::Object(members)) => members.get(field),
                _ => None,
            };
        }
        // The name of a builtin may stand for it.
        if start.is_none() && self.fields.is_empty() {
            return None;
        }
        Some(place.map(normalized))
    }
}

fn variable_name(node: &AstNode) -> Option<String> {
    match node {
        AstNode::Variable(name) if !name.is_empty() => Some(name.clone()),
        _ => None,
    }
}

/// A step that only takes what it names.
pub(super) fn is_plain(step: &PathStep) -> bool {
    step.stages.is_empty()
        && step.focus.is_none()
        && step.index_var.is_none()
        && step.ancestor_label.is_none()
        && !step.is_tuple
        && !step.inner_tuple
}
