//! What keeps an expression from eating the memory of its host, beyond the evaluator's own limits.
//!
//! The evaluator bounds time, depth and the length of sequences. It does not bound texts, nor arrays that are written as
//! `[$a, $a]`, and some of its functions abort or allocate without bound on odd arguments. So the parsed expression is
//! rewritten: what can grow is sent through functions of ours, whose names have a blank and so cannot be written.

use super::failure::Thrown;
use super::functions;
use super::tree::for_each_part;
use super::value::weight;
use jsonata_core::ast::{AstNode, BinaryOp, Stage};
use jsonata_core::evaluator::EvaluatorError;
use jsonata_core::value::JValue;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

/// Step Functions takes a text of 2^22 characters and a sequence of 873,782 numbers, and not one doubling or one number
/// more (measured by others in 2026-08): 8 bytes a number, 1 a character.
const MAX_VALUE_BYTES: usize = MAX_SEQUENCE_LENGTH * 8;
pub(super) const MAX_SEQUENCE_LENGTH: usize = 873_782;
/// Where JSONata itself says no, with a text that has not followed the number.
const MAX_RANGE: f64 = 1e7;
/// Everything that one evaluation makes, whether or not it is still in use.
const MAX_TOTAL_BYTES: usize = 256 << 20;

/// The builtins that [`functions::call_guarded`] stands before.
pub(super) const GUARDED: [&str; 10] =
    ["string", "join", "replace", "pad", "formatInteger", "fromMillis", "toMillis", "append", "zip", "split"];
pub(super) const CONCATENATE: &str = "guarded &";
pub(super) const RANGE_START: &str = "guarded range start";
pub(super) const RANGE_END: &str = "guarded range end";
pub(super) const ITEM: &str = "guarded item";
pub(super) const OPERAND: &str = "guarded operand";

/// Step Functions' own functions.
pub(super) const ADDED: [&str; 6] = ["parse", "partition", "range", "hash", "random", "uuid"];

fn is_ours(name: &str) -> bool {
    ADDED.contains(&name) || GUARDED.contains(&name)
}

/// The name of a function where it is not called but passed on, and so is given only what it takes.
pub(super) fn as_value_name(name: &str) -> String {
    format!("{name} as a value")
}

/// The names besides its own that a variable has in a rewritten expression.
pub(super) fn other_names(name: &str) -> impl Iterator<Item = String> {
    let as_value = is_ours(name).then(|| as_value_name(name));
    guarded_name(name).into_iter().chain(as_value)
}

/// The name under which a guarded builtin is called: `guarded pad`.
pub(super) fn guarded_name(name: &str) -> Option<String> {
    GUARDED.contains(&name).then(|| format!("guarded {name}"))
}

/// The name for a call that may read the context: its first argument is the context.
pub(super) fn in_context_name(name: &str) -> String {
    format!("guarded {name} in context")
}

/// Rewrites an expression. `bound` are the names that it binds itself: all renaming of a builtin is consistent, so that
/// a binding which hides it still does.
/// Answers with the names that occur in the rewritten expression: those of our functions that it can call are among them.
pub(super) fn rewrite(ast: &mut AstNode, bound: &BTreeSet<String>) -> BTreeSet<String> {
    let keeps_values = binds_variables(ast);
    Rewriting { keeps_values, bound }.node(ast, Position::Plain);
    let mut names = BTreeSet::new();
    collect_names(ast, &mut names);
    names
}

fn collect_names(node: &mut AstNode, names: &mut BTreeSet<String>) {
    if let AstNode::Function { name, .. } | AstNode::Variable(name) = node {
        names.insert(name.clone());
    }
    for_each_part(node, &mut |part| collect_names(part, names));
}

/// Values that share their parts can only be built up with variables.
fn binds_variables(node: &mut AstNode) -> bool {
    let mut found = matches!(
        node,
        AstNode::Lambda { .. } | AstNode::Binary { op: BinaryOp::ColonEqual, .. } | AstNode::Transform { .. }
    );
    for_each_part(node, &mut |part| found = found || binds_variables(part));
    found
}

#[derive(Clone, Copy, PartialEq)]
enum Position {
    Plain,
    /// To the right of `~>`, where a call is given one more argument.
    Chained,
}

struct Rewriting<'b> {
    keeps_values: bool,
    bound: &'b BTreeSet<String>,
}

impl Rewriting<'_> {
    fn node(&self, node: &mut AstNode, position: Position) {
        let is_chain = matches!(node, AstNode::Binary { op: BinaryOp::ChainPipe, .. });
        let mut index = 0;
        for_each_part(node, &mut |part| {
            let chained = is_chain && index == 1;
            self.node(part, if chained { Position::Chained } else { Position::Plain });
            index += 1;
        });
        match node {
            AstNode::Variable(name) if is_ours(name) && !self.bound.contains(name) => *name = as_value_name(name),
            _ => rename(node),
        }
        match node {
            AstNode::Function { name, args, .. } => self.call(name, args, position),
            AstNode::Binary { op, lhs, rhs } => match op {
                BinaryOp::Concatenate => *node = function(CONCATENATE, vec![take(lhs), take(rhs)]),
                BinaryOp::Range => {
                    **lhs = function(RANGE_START, vec![take(lhs)]);
                    **rhs = function(RANGE_END, vec![take(rhs)]);
                }
                BinaryOp::Equal | BinaryOp::NotEqual | BinaryOp::In if self.keeps_values => {
                    guard(lhs, OPERAND);
                    guard(rhs, OPERAND);
                }
                _ => {}
            },
            AstNode::Array(items) if self.keeps_values => items.iter_mut().for_each(|item| guard(item, ITEM)),
            _ => {}
        }
    }
}

impl Rewriting<'_> {
    /// A call with fewer arguments than the function takes may read the context, and is given it.
    fn call(&self, name: &mut String, args: &mut Vec<AstNode>, position: Position) {
        let Some(guarded) = guarded_name(name) else { return };
        let may_read_context = functions::reads_context(name, args.len()) && !self.bound.contains(name);
        let is_partial = args.iter().any(|arg| matches!(arg, AstNode::Placeholder));
        if may_read_context && !is_partial && position == Position::Plain {
            *name = in_context_name(name);
            args.insert(0, AstNode::Variable(String::new()));
        } else {
            *name = guarded;
        }
    }
}

fn rename(node: &mut AstNode) {
    match node {
        AstNode::Variable(name) => rename_text(name),
        AstNode::Lambda { params, .. } => params.iter_mut().for_each(rename_text),
        AstNode::Path { steps } => {
            for step in steps {
                step.focus.iter_mut().chain(&mut step.index_var).for_each(rename_text);
                for stage in &mut step.stages {
                    if let Stage::Index(name) = stage {
                        rename_text(name);
                    }
                }
            }
        }
        _ => {}
    }
}

fn rename_text(name: &mut String) {
    if let Some(guarded) = guarded_name(name) {
        *name = guarded;
    }
}

/// Sends what may be a variable's value through a function of ours.
fn guard(node: &mut AstNode, name: &str) {
    if matches!(
        node,
        AstNode::Variable(_)
            | AstNode::Path { .. }
            | AstNode::Function { .. }
            | AstNode::Call { .. }
            | AstNode::Conditional { .. }
            | AstNode::Block(_)
    ) {
        *node = function(name, vec![take(node)]);
    }
}

pub(super) fn take(node: &mut AstNode) -> AstNode {
    std::mem::replace(node, AstNode::Null)
}

pub(super) fn function(name: &str, args: Vec<AstNode>) -> AstNode {
    AstNode::Function { name: name.to_owned(), args, is_builtin: true }
}

/// What one evaluation has used, and why one of our functions stopped it.
#[derive(Default)]
pub(super) struct Budget {
    bytes: Cell<usize>,
    range_starts: RefCell<Vec<f64>>,
    stopped: RefCell<Option<Thrown>>,
}

impl Budget {
    /// Reckons with a value of `bytes` before it is made.
    pub fn charge(&self, bytes: usize) -> Result<(), EvaluatorError> {
        let total = self.bytes.get().saturating_add(bytes);
        self.bytes.set(total);
        if bytes > MAX_VALUE_BYTES || total > MAX_TOTAL_BYTES { Err(self.stop(Thrown::Memory)) } else { Ok(()) }
    }

    /// Reckons with an array of `count` items. They may be shared, their places are not.
    pub fn charge_items(&self, count: usize) -> Result<(), EvaluatorError> {
        if count > MAX_SEQUENCE_LENGTH {
            return Err(self.stop(Thrown::Memory));
        }
        let places = count.saturating_mul(size_of::<JValue>());
        self.bytes.set(self.bytes.get().saturating_add(places));
        self.charge(0)
    }

    /// The error to stop the evaluation with. The evaluator's own text for it is not shown.
    pub fn stop(&self, thrown: Thrown) -> EvaluatorError {
        let text = thrown.to_string();
        self.stopped.borrow_mut().get_or_insert(thrown);
        EvaluatorError::EvaluationError(text)
    }

    pub fn has_stopped(&self) -> bool {
        self.stopped.borrow().is_some()
    }

    pub fn stopped(&self) -> Option<Thrown> {
        self.stopped.borrow_mut().take()
    }

    /// An error if the value, written out, is larger than a value may be.
    pub fn weigh(&self, value: &JValue) -> Result<usize, EvaluatorError> {
        match weight(value, MAX_VALUE_BYTES) {
            bytes if bytes > MAX_VALUE_BYTES => Err(self.stop(Thrown::Memory)),
            bytes => Ok(bytes),
        }
    }

    pub fn range_start(&self, value: &JValue) {
        self.range_starts.borrow_mut().push(value.as_f64().unwrap_or(f64::NAN));
    }

    pub fn range_end(&self, value: &JValue) -> Result<(), EvaluatorError> {
        let start = self.range_starts.borrow_mut().pop().unwrap_or(f64::NAN);
        let count = value.as_f64().map_or(0.0, |end| end - start + 1.0);
        if count > MAX_RANGE {
            let message = format!(
                "The size of the sequence allocated by the range operator (..) must not exceed 1e6.  Attempted to allocate {count}."
            );
            return Err(self.stop(Thrown::coded("D2014", message)));
        }
        if count > 0.0 { self.charge_items(count as usize) } else { Ok(()) }
    }

    /// An item of an array constructor, which takes in the items of an array.
    pub fn item(&self, value: &JValue) -> Result<(), EvaluatorError> {
        self.charge_items(value.as_array().map_or(1, Vec::len))
    }
}
