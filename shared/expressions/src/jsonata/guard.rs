//! What keeps an expression from eating the memory of its host, beyond the evaluator's own limits.
//!
//! The evaluator bounds time, depth and the length of sequences. It does not bound texts, nor arrays that are written as
//! `[$a, $a]`, nor what is made once for every item of a sequence, and some of its functions abort or allocate without
//! bound on odd arguments. So the parsed expression is rewritten: what can grow is sent through functions of ours, which
//! charge it to the [`super::budget::Budget`], and whose names have a blank and so cannot be written.

use super::functions;
use super::tree::for_each_part;
use jsonata_core::ast::{AstNode, BinaryOp, Stage};
use std::collections::BTreeSet;

/// The builtins that [`functions::call_guarded`] stands before.
pub(super) const GUARDED: [&str; 27] = [
    "string",
    "join",
    "replace",
    "pad",
    "formatInteger",
    "fromMillis",
    "toMillis",
    "append",
    "zip",
    "split",
    "uppercase",
    "lowercase",
    "trim",
    "substring",
    "substringBefore",
    "substringAfter",
    "base64encode",
    "base64decode",
    "encodeUrl",
    "encodeUrlComponent",
    "decodeUrl",
    "decodeUrlComponent",
    "merge",
    "spread",
    "keys",
    "reverse",
    "distinct",
];
pub(super) const CONCATENATE: &str = "guarded &";
pub(super) const RANGE_START: &str = "guarded range start";
pub(super) const RANGE_END: &str = "guarded range end";
pub(super) const ITEM: &str = "guarded item";
pub(super) const OPERAND: &str = "guarded operand";
/// Given what an array's items will take, before they are made; answers with nothing, which an array leaves out.
pub(super) const ARRAY: &str = "guarded array";
/// Given an object's first value, and how many there are.
pub(super) const OBJECT: &str = "guarded object";
/// Given what is made once for every item of a sequence.
pub(super) const RESULT: &str = "guarded result";

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
    Rewriting { keeps_values, bound }.node(ast, Position::Plain, false);
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
    /// `repeated`: evaluated once for every item of a sequence, or of every call, so that little becomes much.
    fn node(&self, node: &mut AstNode, position: Position, repeated: bool) {
        let is_chain = matches!(node, AstNode::Binary { op: BinaryOp::ChainPipe, .. });
        let repeats = repetition(node);
        let mut index = 0;
        for_each_part(node, &mut |part| {
            let position = if is_chain && index == 1 { Position::Chained } else { Position::Plain };
            self.node(part, position, repeated || repeats.is_some_and(|first| index >= first));
            index += 1;
        });
        match node {
            AstNode::Variable(name) if is_ours(name) && !self.bound.contains(name) => *name = as_value_name(name),
            _ => rename(node),
        }
        if repeated {
            charge_constructed(node);
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
            // A call in the last place does not return here, and is charged where it ends.
            AstNode::Lambda { body, thunk: false, .. } if makes_sequences(body) => {
                **body = function(RESULT, vec![take(body)]);
            }
            _ => {}
        }
    }
}

/// From which of its parts on a node evaluates them more than once.
fn repetition(node: &AstNode) -> Option<usize> {
    match node {
        AstNode::Lambda { .. } | AstNode::FunctionApplication(_) | AstNode::Transform { .. } => Some(0),
        AstNode::Path { .. } | AstNode::ObjectTransform { .. } | AstNode::Sort { .. } => Some(1),
        _ => None,
    }
}

/// Reckons with an array or an object before it is made.
fn charge_constructed(node: &mut AstNode) {
    match node {
        AstNode::Array(items) | AstNode::ArrayGroup(items) => {
            items.iter_mut().filter(|item| makes_sequences(item)).for_each(|item| guard(item, RESULT));
            let objects = items.iter().filter(|item| matches!(item, AstNode::Object(_))).count();
            let counts = [items.len(), objects].map(|count| AstNode::Number(count as f64));
            items.insert(0, function(ARRAY, counts.into()));
        }
        AstNode::Object(pairs) | AstNode::ObjectTransform { pattern: pairs, .. } => {
            let count = AstNode::Number(pairs.len() as f64);
            pairs
                .iter_mut()
                .map(|(_, value)| value)
                .filter(|value| makes_sequences(value))
                .for_each(|value| guard(value, RESULT));
            if let Some((_, value)) = pairs.first_mut() {
                *value = function(OBJECT, vec![take(value), count]);
            }
        }
        _ => {}
    }
}

/// Whether the value may be a new sequence of any length that nothing else charges.
fn makes_sequences(node: &AstNode) -> bool {
    match node {
        AstNode::Path { .. } | AstNode::Sort { .. } | AstNode::ObjectTransform { .. } | AstNode::Call { .. } => true,
        AstNode::Function { name, .. } => !name.starts_with("guarded "),
        AstNode::Binary { op, .. } => *op == BinaryOp::ChainPipe,
        AstNode::Conditional { then_branch, else_branch, .. } => {
            makes_sequences(then_branch) || else_branch.as_deref().is_some_and(makes_sequences)
        }
        AstNode::Block(parts) => parts.last().is_some_and(makes_sequences),
        _ => false,
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
