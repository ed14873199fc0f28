//! JSON that has expressions in it: `Arguments`, `Output`, `Assign`, `Items`, `ItemSelector`.
//! <https://states-language.net/spec.html#using-jsonata>

use super::{JsonataExpression, JsonataFailure, JsonataLimits, JsonataScope, JsonataSyntaxError, expression_text};
use serde_json::{Map, Value};

/// All expressions of a template together, as equal shares of it: fifteen may use their second, and a thousand that do
/// still leave the function that evaluates them time to say so.
const MAX_MILLISECONDS: u64 = 15_000;
/// Below it, a pause of the machine would fail what is quick.
const MIN_MILLISECONDS: u64 = 50;

/// Any JSON; the strings that begin with `{%` and end with `%}` are computed. Names of members never are.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonataTemplate {
    node: Node,
    expressions: u64,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    /// A whole value without anything to compute.
    Literal(Value),
    Object(Vec<(String, Node)>),
    Array(Vec<Node>),
    Computed(JsonataExpression),
}

/// One string of a template that is no expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub struct JsonataTemplateError {
    /// From the template's root, as failures write places: `/total/rows[0]`; empty for the root itself.
    pub place: String,
    pub error: JsonataSyntaxError,
}

impl JsonataTemplate {
    /// Compiles a template, or lists everything that is wrong with it.
    pub fn compile(template: &Value) -> Result<JsonataTemplate, Vec<JsonataTemplateError>> {
        let mut errors = Vec::new();
        let node = compile(template, String::new(), &mut errors);
        let mut found = Vec::new();
        node.collect(String::new(), &mut found);
        let expressions = u64::try_from(found.len()).unwrap_or(u64::MAX);
        if errors.is_empty() { Ok(JsonataTemplate { node, expressions }) } else { Err(errors) }
    }

    /// The value in a scope. `field` is the template's own, which a failure extends: `Output/rows[0]/id`.
    pub fn render(
        &self,
        field: &str,
        scope: &dyn JsonataScope,
        limits: &JsonataLimits,
    ) -> Result<Value, JsonataFailure> {
        let share = (MAX_MILLISECONDS / self.expressions.max(1)).max(MIN_MILLISECONDS);
        let limits = JsonataLimits { milliseconds: limits.milliseconds.min(share), ..*limits };
        self.node.render(field, scope, &limits)
    }

    /// The value, if it is the same in every scope.
    pub fn literal(&self) -> Option<&Value> {
        match &self.node {
            Node::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// The expression, if the whole template is one.
    pub fn expression(&self) -> Option<&JsonataExpression> {
        match &self.node {
            Node::Computed(expression) => Some(expression),
            _ => None,
        }
    }

    /// Every expression, with its place from the root (`/total/rows[0]`), in the order of the template.
    pub fn expressions(&self) -> Vec<(String, &JsonataExpression)> {
        let mut expressions = Vec::new();
        self.node.collect(String::new(), &mut expressions);
        expressions
    }

    /// `false` only if no rendering can look at `$states.context.Execution.Input`.
    pub fn may_read_execution_input(&self) -> bool {
        self.expressions().iter().any(|(_, expression)| expression.may_read_execution_input())
    }
}

fn compile(value: &Value, place: String, errors: &mut Vec<JsonataTemplateError>) -> Node {
    match value {
        Value::String(text) => match expression_text(text).map(JsonataExpression::parse) {
            None => Node::Literal(value.clone()),
            Some(Ok(expression)) => Node::Computed(expression),
            Some(Err(error)) => {
                errors.push(JsonataTemplateError { place, error });
                Node::Literal(Value::Null)
            }
        },
        Value::Array(items) => {
            let items = items.iter().enumerate().map(|(index, item)| compile(item, at_index(&place, index), errors));
            let items: Vec<Node> = items.collect();
            if items.iter().all(Node::is_literal) { Node::Literal(value.clone()) } else { Node::Array(items) }
        }
        Value::Object(members) => {
            let members =
                members.iter().map(|(key, member)| (key.clone(), compile(member, at_key(&place, key), errors)));
            let members: Vec<(String, Node)> = members.collect();
            if members.iter().all(|(_, member)| member.is_literal()) {
                Node::Literal(value.clone())
            } else {
                Node::Object(members)
            }
        }
        _ => Node::Literal(value.clone()),
    }
}

impl Node {
    fn is_literal(&self) -> bool {
        matches!(self, Node::Literal(_))
    }

    fn render(&self, field: &str, scope: &dyn JsonataScope, limits: &JsonataLimits) -> Result<Value, JsonataFailure> {
        match self {
            Node::Literal(value) => Ok(value.clone()),
            Node::Computed(expression) => expression.evaluate(field, scope, limits),
            Node::Array(items) => {
                let items = items.iter().enumerate();
                let items = items.map(|(index, item)| item.render(&at_index(field, index), scope, limits));
                items.collect::<Result<_, _>>().map(Value::Array)
            }
            Node::Object(members) => {
                let members = members.iter().map(|(key, member)| {
                    member.render(&at_key(field, key), scope, limits).map(|value| (key.clone(), value))
                });
                members.collect::<Result<Map<_, _>, _>>().map(Value::Object)
            }
        }
    }

    fn collect<'n>(&'n self, place: String, expressions: &mut Vec<(String, &'n JsonataExpression)>) {
        match self {
            Node::Literal(_) => {}
            Node::Computed(expression) => expressions.push((place, expression)),
            Node::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    item.collect(at_index(&place, index), expressions);
                }
            }
            Node::Object(members) => {
                for (key, member) in members {
                    member.collect(at_key(&place, key), expressions);
                }
            }
        }
    }
}

fn at_key(place: &str, key: &str) -> String {
    format!("{place}/{key}")
}

fn at_index(place: &str, index: usize) -> String {
    format!("{place}[{index}]")
}
