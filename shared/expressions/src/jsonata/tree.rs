//! Walking the tree of a parsed expression.

use jsonata_core::ast::{AstNode, Stage};

/// Calls `visit` with each direct part of `node`, in the order of the text.
pub(super) fn for_each_part(node: &mut AstNode, visit: &mut dyn FnMut(&mut AstNode)) {
    match node {
        AstNode::Path { steps } => {
            for step in steps {
                visit(&mut step.node);
                for stage in &mut step.stages {
                    if let Stage::Filter(filter) = stage {
                        visit(filter);
                    }
                }
            }
        }
        AstNode::Binary { lhs, rhs, .. } => {
            visit(lhs);
            visit(rhs);
        }
        AstNode::Unary { operand, .. } => visit(operand),
        AstNode::Function { args, .. } | AstNode::Array(args) | AstNode::ArrayGroup(args) | AstNode::Block(args) => {
            args.iter_mut().for_each(visit)
        }
        AstNode::Call { procedure, args } => {
            visit(procedure);
            args.iter_mut().for_each(visit);
        }
        AstNode::Lambda { body, .. } => visit(body),
        AstNode::Object(pairs) => pairs_of(pairs, visit),
        AstNode::ObjectTransform { input, pattern } => {
            visit(input);
            pairs_of(pattern, visit);
        }
        AstNode::Conditional { condition, then_branch, else_branch } => {
            visit(condition);
            visit(then_branch);
            if let Some(branch) = else_branch {
                visit(branch);
            }
        }
        AstNode::FunctionApplication(inner) => visit(inner),
        AstNode::Sort { input, terms } => {
            visit(input);
            terms.iter_mut().for_each(|(term, _)| visit(term));
        }
        AstNode::Transform { location, update, delete } => {
            visit(location);
            visit(update);
            if let Some(delete) = delete {
                visit(delete);
            }
        }
        AstNode::String(_)
        | AstNode::Name(_)
        | AstNode::Number(_)
        | AstNode::Boolean(_)
        | AstNode::Null
        | AstNode::Undefined
        | AstNode::Placeholder
        | AstNode::Regex { .. }
        | AstNode::Variable(_)
        | AstNode::ParentVariable(_)
        | AstNode::Wildcard
        | AstNode::Descendant
        | AstNode::Parent(_) => {}
    }
}

fn pairs_of(pairs: &mut [(AstNode, AstNode)], visit: &mut dyn FnMut(&mut AstNode)) {
    for (key, value) in pairs {
        visit(key);
        visit(value);
    }
}

/// Whether the tree has more than `limit` levels. Stops there, so that it may be asked of any tree.
pub(super) fn is_deeper_than(node: &mut AstNode, limit: usize) -> bool {
    let Some(limit) = limit.checked_sub(1) else { return true };
    let mut deeper = false;
    for_each_part(node, &mut |part| deeper = deeper || is_deeper_than(part, limit));
    deeper
}
