//! What an expression reads, as far as its text tells.

use super::path::is_plain;
use super::tree::for_each_part;
use jsonata_core::ast::{AstNode, BinaryOp, PathStep, Stage};
use std::collections::BTreeSet;

/// What Step Functions refuses when a machine is created, under the code `UNSUPPORTED_JSONATA_EXPRESSION`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum UnsupportedReference {
    /// There is no context at the top level: only `$states` and variables can be read.
    #[error("Reference to '{0}' at the top level is not supported.")]
    TopLevel(String),
    #[error("Reference to '$$' is not supported.")]
    Root,
}

/// Collected when an expression is parsed.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct References {
    /// Names that the expression binds itself.
    pub bound: BTreeSet<String>,
    /// Names after `$`, without those that the expression binds itself somewhere.
    pub variables: BTreeSet<String>,
    pub states: StatesUse,
    pub unsupported: BTreeSet<UnsupportedReference>,
    /// Members of `$states` that are plainly asked for: `result` in `$states.result.x`.
    pub states_members: BTreeSet<String>,
    pub is_random: bool,
    /// Whether the context object can be read in a way that reaches `Execution.Input`.
    pub may_read_execution_input: bool,
}

/// The members of `$states` that may be read.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct StatesUse {
    pub input: bool,
    pub result: bool,
    pub error_output: bool,
    pub context: bool,
}

impl References {
    pub fn of(ast: &mut AstNode) -> References {
        let mut collector = Collector::default();
        collector.node(ast, true);
        let mut references = collector.references;
        references.bound = collector.bound;
        references.variables.retain(|name| !references.bound.contains(name) && name != "states");
        references
    }
}

#[derive(Default)]
struct Collector {
    references: References,
    bound: BTreeSet<String>,
}

impl Collector {
    /// `is_top` while the context is that of the whole expression, which has none.
    fn node(&mut self, node: &mut AstNode, is_top: bool) {
        match node {
            AstNode::Variable(name) if name.is_empty() => self.top_level("$", is_top),
            AstNode::Variable(name) => self.variable(&name.clone(), &[]),
            AstNode::ParentVariable(_) => {
                self.references.unsupported.insert(UnsupportedReference::Root);
            }
            AstNode::Name(name) => self.top_level(&name.clone(), is_top),
            // Climbs out of whatever was read.
            AstNode::Parent(_) => {
                self.references.states = StatesUse { input: true, result: true, error_output: true, context: true };
                self.references.may_read_execution_input = true;
            }
            AstNode::Wildcard => self.top_level("*", is_top),
            AstNode::Descendant => self.top_level("**", is_top),
            AstNode::Function { name, args, is_builtin } => {
                if *is_builtin {
                    self.called(&name.clone());
                } else {
                    self.top_level(&name.clone(), is_top);
                }
                args.iter_mut().for_each(|arg| self.node(arg, is_top));
            }
            AstNode::Path { steps } => self.path(steps, is_top),
            AstNode::Sort { input, terms } => {
                self.node(input, is_top);
                terms.iter_mut().for_each(|(term, _)| self.node(term, false));
            }
            AstNode::ObjectTransform { input, pattern } => {
                self.node(input, is_top);
                for (key, value) in pattern {
                    self.node(key, false);
                    self.node(value, false);
                }
            }
            AstNode::Transform { .. } => for_each_part(node, &mut |part| self.node(part, false)),
            _ => {
                self.bind(node);
                for_each_part(node, &mut |part| self.node(part, is_top));
            }
        }
    }

    fn path(&mut self, steps: &mut [PathStep], is_top: bool) {
        let fields = leading_fields(steps);
        for (index, step) in steps.iter_mut().enumerate() {
            self.bound.extend(step.focus.iter().chain(&step.index_var).cloned());
            match &step.node {
                AstNode::Variable(name) if index == 0 && !name.is_empty() => self.variable(&name.clone(), &fields),
                // `Name`s of a one-step path stand for themselves; a path's own later steps have its context.
                _ => self.node(&mut step.node, is_top && index == 0),
            }
            for stage in &mut step.stages {
                match stage {
                    Stage::Filter(filter) => self.node(filter, false),
                    Stage::Index(name) => {
                        self.bound.insert(name.clone());
                    }
                    Stage::KeepArray => {}
                }
            }
        }
    }

    fn bind(&mut self, node: &AstNode) {
        match node {
            AstNode::Lambda { params, .. } => self.bound.extend(params.iter().cloned()),
            AstNode::Binary { op: BinaryOp::ColonEqual, lhs, .. } => {
                if let AstNode::Variable(name) = lhs.as_ref() {
                    self.bound.insert(name.clone());
                }
            }
            _ => {}
        }
    }

    fn called(&mut self, name: &str) {
        self.references.variables.insert(name.to_owned());
        self.references.is_random |= is_random(name);
    }

    fn variable(&mut self, name: &str, fields: &[String]) {
        self.references.variables.insert(name.to_owned());
        self.references.is_random |= is_random(name);
        if name != "states" {
            return;
        }
        self.references.states_members.extend(fields.first().cloned());
        let states = &mut self.references.states;
        let mut fields = fields.iter().map(String::as_str);
        match fields.next() {
            Some("input") => states.input = true,
            Some("result") => states.result = true,
            Some("errorOutput") => states.error_output = true,
            Some("context") => {
                states.context = true;
                self.references.may_read_execution_input |= match (fields.next(), fields.next()) {
                    (Some("Execution"), Some(field)) => field == "Input",
                    (Some("Execution") | None, _) => true,
                    (Some(_), _) => false,
                };
            }
            _ => {
                *states = StatesUse { input: true, result: true, error_output: true, context: true };
                self.references.may_read_execution_input = true;
            }
        }
    }

    fn top_level(&mut self, name: &str, is_top: bool) {
        if is_top {
            self.references.unsupported.insert(UnsupportedReference::TopLevel(name.to_owned()));
        }
    }
}

/// The fields that a path takes first, up to where a predicate or a binding may look at more than the next of them.
fn leading_fields(steps: &[PathStep]) -> Vec<String> {
    let mut fields = Vec::new();
    let mut steps = steps.iter();
    let mut may_go_on = steps.next().is_some_and(is_plain);
    while let Some((AstNode::Name(name), plain)) =
        steps.next().filter(|_| may_go_on).map(|step| (&step.node, is_plain(step)))
    {
        fields.push(name.clone());
        may_go_on = plain;
    }
    fields
}

fn is_random(name: &str) -> bool {
    matches!(name, "random" | "uuid" | "shuffle")
}
