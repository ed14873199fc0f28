//! Payload templates: `Parameters`, `ResultSelector`, `ItemSelector`, `Assign`.
//! <https://states-language.net/spec.html#payload-template>

use crate::error::EvaluationError;
use crate::intrinsic::IntrinsicFunction;
use crate::json_path::NotFoundKind;
use crate::path::{Path, PathRoot};
use crate::scope::Scope;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A compiled template: a JSON value in which the members whose names end in `.$` are computed, at any depth.
#[derive(Debug, Clone, PartialEq)]
pub struct PayloadTemplate {
    node: Node,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    /// A whole value without anything to compute.
    Literal(Value),
    Object(Vec<(String, Node)>),
    Array(Vec<Node>),
    /// `field` is the name as written, with its `.$`.
    Computed {
        field: String,
        expression: Expression,
    },
}

/// What stands at a `.$`: a path, or a call of an intrinsic function.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    Path(Path),
    Intrinsic(IntrinsicFunction),
}

/// One member of a template that cannot be compiled. `Display` is Step Functions' message at creation, without the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The value for the field '{key}' {problem}")]
pub struct TemplateError {
    /// The way from the template's root to the object that has the member; array indexes are in decimal.
    pub pointer: Vec<String>,
    /// The member's name, with its `.$`.
    pub key: String,
    pub problem: TemplateProblem,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateProblem {
    /// `detail` is ours, for diagnostics that can say more.
    #[error("must be a valid JSONPath or a valid intrinsic function call")]
    Expression { detail: String },
    #[error("must be a STRING that contains a JSONPath but was {article} {kind}", article = article(kind))]
    NotAString { kind: &'static str },
}

fn article(kind: &str) -> &'static str {
    if kind.starts_with(['A', 'O']) { "an" } else { "a" }
}

impl Expression {
    /// A path if the text begins with `$`, an intrinsic function otherwise. The error is a reason for people.
    pub fn parse(text: &str) -> Result<Expression, String> {
        if text.starts_with('$') {
            Path::parse(text).map(Expression::Path).map_err(|error| error.to_string())
        } else {
            IntrinsicFunction::parse(text).map(Expression::Intrinsic).map_err(|error| error.to_string())
        }
    }

    /// The value, for a field that the message names when a path finds nothing. Unlike [`Path::value_for_field`], an
    /// array index out of range is null, as Step Functions has it in templates.
    pub fn evaluate<'s>(&self, field: &str, scope: &'s dyn Scope) -> Result<Cow<'s, Value>, EvaluationError> {
        match self {
            Expression::Path(path) => path.value_for_field(field, scope).or_else(|error| match path.explain(scope) {
                Some(not_found) if not_found.kind == NotFoundKind::IndexOutOfRange => Ok(Cow::Owned(Value::Null)),
                _ => Err(error),
            }),
            Expression::Intrinsic(function) => function.evaluate(scope).map(Cow::Owned),
        }
    }

    /// The paths that the expression reads.
    pub fn paths(&self) -> Vec<&Path> {
        match self {
            Expression::Path(path) => vec![path],
            Expression::Intrinsic(function) => function.paths(),
        }
    }
}

impl PayloadTemplate {
    /// Compiles a template, or lists everything that is wrong with it.
    pub fn compile(template: &Value) -> Result<PayloadTemplate, Vec<TemplateError>> {
        let mut compiler = Compiler { pointer: Vec::new(), errors: Vec::new() };
        let node = compiler.value(template);
        if compiler.errors.is_empty() { Ok(PayloadTemplate { node }) } else { Err(compiler.errors) }
    }

    /// The value in a scope.
    pub fn render(&self, scope: &dyn Scope) -> Result<Value, EvaluationError> {
        self.node.render(scope)
    }

    /// The value, if it is the same in every scope.
    pub fn literal(&self) -> Option<&Value> {
        match &self.node {
            Node::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// Everything that is computed, in the order of the template.
    pub fn expressions(&self) -> Vec<&Expression> {
        let mut expressions = Vec::new();
        self.node.collect(&mut expressions);
        expressions
    }

    /// All paths, those among the arguments of intrinsic functions included.
    pub fn paths(&self) -> Vec<&Path> {
        self.expressions().into_iter().flat_map(Expression::paths).collect()
    }

    pub fn uses_context(&self) -> bool {
        self.paths().iter().any(|path| path.root == PathRoot::Context)
    }

    /// Whether the context object at `members`, such as `["Execution", "Input"]`, may be read. Errs on the side of `true`.
    pub fn may_read_context(&self, members: &[&str]) -> bool {
        self.paths().iter().any(|path| path.may_read_context(members))
    }

    pub fn uses_intrinsics(&self) -> bool {
        self.expressions().iter().any(|expression| matches!(expression, Expression::Intrinsic(_)))
    }

    /// The names of the variables that are read, without `$`, each once, in order of first use.
    pub fn variables(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for path in self.paths() {
            if let PathRoot::Variable(name) = &path.root
                && !names.contains(&name.as_str())
            {
                names.push(name.as_str());
            }
        }
        names
    }
}

impl Node {
    fn render(&self, scope: &dyn Scope) -> Result<Value, EvaluationError> {
        match self {
            Node::Literal(value) => Ok(value.clone()),
            Node::Object(members) => {
                let mut object = Map::with_capacity(members.len());
                for (key, node) in members {
                    object.insert(key.clone(), node.render(scope)?);
                }
                Ok(Value::Object(object))
            }
            Node::Array(items) => items.iter().map(|item| item.render(scope)).collect(),
            Node::Computed { field, expression } => expression.evaluate(field, scope).map(Cow::into_owned),
        }
    }

    fn collect<'t>(&'t self, expressions: &mut Vec<&'t Expression>) {
        match self {
            Node::Literal(_) => {}
            Node::Object(members) => members.iter().for_each(|(_, node)| node.collect(expressions)),
            Node::Array(items) => items.iter().for_each(|item| item.collect(expressions)),
            Node::Computed { expression, .. } => expressions.push(expression),
        }
    }

    fn is_literal(&self) -> bool {
        matches!(self, Node::Literal(_))
    }
}

struct Compiler {
    pointer: Vec<String>,
    errors: Vec<TemplateError>,
}

impl Compiler {
    fn value(&mut self, value: &Value) -> Node {
        let node = match value {
            Value::Object(members) => {
                Node::Object(members.iter().map(|(key, value)| self.member(key, value)).collect())
            }
            Value::Array(items) => {
                let items = items.iter().enumerate();
                Node::Array(items.map(|(index, item)| self.below(index.to_string(), item)).collect())
            }
            scalar => return Node::Literal(scalar.clone()),
        };
        let is_literal = match &node {
            Node::Object(members) => members.iter().all(|(_, node)| node.is_literal()),
            Node::Array(items) => items.iter().all(Node::is_literal),
            Node::Literal(_) | Node::Computed { .. } => false,
        };
        if is_literal { Node::Literal(value.clone()) } else { node }
    }

    fn below(&mut self, step: String, value: &Value) -> Node {
        self.pointer.push(step);
        let node = self.value(value);
        self.pointer.pop();
        node
    }

    fn member(&mut self, key: &str, value: &Value) -> (String, Node) {
        let Some(name) = key.strip_suffix(".$") else {
            return (key.to_owned(), self.below(key.to_owned(), value));
        };
        let expression = match value {
            Value::String(text) => Expression::parse(text).map_err(|detail| TemplateProblem::Expression { detail }),
            other => Err(TemplateProblem::NotAString { kind: kind(other) }),
        };
        let node = match expression {
            Ok(expression) => Node::Computed { field: key.to_owned(), expression },
            Err(problem) => {
                self.errors.push(TemplateError { pointer: self.pointer.clone(), key: key.to_owned(), problem });
                Node::Literal(Value::Null)
            }
        };
        (name.to_owned(), node)
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "NULL",
        Value::Bool(_) => "BOOLEAN",
        Value::Number(_) => "NUMBER",
        Value::String(_) => "STRING",
        Value::Array(_) => "ARRAY",
        Value::Object(_) => "OBJECT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::tests::TestScope;
    use serde_json::json;

    fn compile(template: Value) -> PayloadTemplate {
        PayloadTemplate::compile(&template).unwrap()
    }

    #[test]
    fn members_that_end_in_a_dollar_are_computed_at_any_depth() {
        let scope = TestScope {
            context: json!({"Execution": {"Name": "run"}}),
            variables: json!({"v": {"w": true}}),
            ..TestScope::of_input(json!({"a": {"b": 1}, "items": [{"k": 1}, {"k": 2}]}))
        };
        for (template, expected) in [
            (json!({"x": 1, "y": ["z", {"w": null}]}), json!({"x": 1, "y": ["z", {"w": null}]})),
            (json!({"x.$": "$.a.b", "y": 2}), json!({"x": 1, "y": 2})),
            (json!({"l": [{"x.$": "$.a"}, "$.a"]}), json!({"l": [{"x": {"b": 1}}, "$.a"]})),
            (json!({"x.$": "$.items[*].k", "n.$": "$$.Execution.Name"}), json!({"x": [1, 2], "n": "run"})),
            (json!({"x.$": "$v.w", "all.$": "$"}), json!({"x": true, "all": scope.input})),
            (json!({"x.$": "$.items[5]"}), json!({"x": null})),
            (json!({"x.$": "$.nothing.items[*]"}), json!({"x": []})),
            (json!("$.a"), json!("$.a")),
            (json!({".$": "$.a.b"}), json!({"": 1})),
        ] {
            assert_eq!(compile(template.clone()).render(&scope).unwrap(), expected, "{template}");
        }
    }

    #[test]
    fn a_missing_value_names_the_field_and_the_document() {
        let scope = TestScope::of_input(json!({"flagged": false}));
        let error = compile(json!({"a": {"address.$": "$.application.address"}})).render(&scope).unwrap_err();
        assert_eq!(
            error.to_string(),
            "The JSONPath '$.application.address' specified for the field 'address.$' could not be found in the input \
             '{\"flagged\":false}'"
        );
    }

    #[test]
    fn every_bad_member_is_reported_with_its_place() {
        let template = json!({
            "parsed.$": "not a path",
            "deep": [{"array.$": ["$.a"]}, {"path.$": "$.a["}],
            "case.$": "States.format('x')",
            "fine.$": "$.a",
        });
        let errors: Vec<(String, String)> = PayloadTemplate::compile(&template)
            .unwrap_err()
            .iter()
            .map(|error| (error.pointer.join("/"), error.to_string()))
            .collect();
        let expression = |key| {
            format!("The value for the field '{key}' must be a valid JSONPath or a valid intrinsic function call")
        };
        assert_eq!(
            errors,
            [
                (String::new(), expression("parsed.$")),
                (
                    "deep/0".to_owned(),
                    "The value for the field 'array.$' must be a STRING that contains a JSONPath but was an ARRAY"
                        .to_owned()
                ),
                ("deep/1".to_owned(), expression("path.$")),
                (String::new(), expression("case.$")),
            ]
        );
    }

    #[test]
    fn a_template_without_anything_to_compute_is_one_value() {
        let template = json!({"a": [1, {"b": null}], "c": "$.d"});
        assert_eq!(compile(template.clone()).literal(), Some(&template));
        assert_eq!(compile(json!({"a.$": "$"})).literal(), None);
    }

    #[test]
    fn a_template_tells_what_it_reads() {
        let template = compile(json!({
            "a.$": "States.Format('{}{}', $$.Execution.Name, States.ArrayLength($list))",
            "b": {"c.$": "$other.x"},
            "d.$": "$list[0]",
            "e.$": "$.input",
        }));
        assert!(template.uses_context() && template.uses_intrinsics());
        assert!(!template.may_read_context(&["Execution", "Input"]));
        assert!(template.may_read_context(&["Execution", "Name"]));
        assert_eq!(template.variables(), ["list", "other"]);
        let texts: Vec<String> = template.paths().iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["$$.Execution.Name", "$list", "$other.x", "$list[0]", "$.input"]);

        let plain = compile(json!({"a.$": "$.b"}));
        assert!(!plain.uses_context() && !plain.uses_intrinsics() && plain.variables().is_empty());
        assert!(compile(json!({"a.$": "$$"})).may_read_context(&["Execution", "Input"]));
    }
}
