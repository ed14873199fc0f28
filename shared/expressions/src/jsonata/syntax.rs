//! From text to expression.

use super::comparison;
use super::guard;
use super::messages;
use super::path::PlainPath;
use super::references::{References, UnsupportedReference};
use super::tree::is_deeper_than;
use jsonata_core::ast::AstNode;
use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Levels of a tree that can be walked on any stack. Step Functions evaluates 100.
const MAX_TREE_DEPTH: usize = 500;
/// Parsing such a text, and dropping its tree, fits in the stack that is made for it.
const MAX_TEXT_BYTES: usize = 100_000;
const PARSER_STACK_BYTES: usize = 128 << 20;

/// What stands between `{%` and `%}`, without the blanks at both ends; `None` for a text that is no expression.
pub fn expression_text(text: &str) -> Option<&str> {
    Some(text.strip_prefix("{%")?.strip_suffix("%}")?.trim())
}

/// An expression, parsed. Two are equal if their texts are. Cheap to clone.
#[derive(Clone)]
pub struct JsonataExpression {
    text: Arc<str>,
    pub(super) body: Arc<Body>,
}

#[derive(Debug)]
pub(super) struct Body {
    pub code: Code,
    pub references: References,
    /// The builtins that are called, and the operators: what an error may speak of.
    pub calls: messages::Calls,
    /// What the rewritten expression may call.
    pub names: Arc<BTreeSet<String>>,
}

#[derive(Debug)]
pub(super) enum Code {
    Path {
        path: PlainPath,
        ast: AstNode,
    },
    Ast(AstNode),
    /// So deeply nested that an evaluation would only overflow its stack.
    TooDeep,
}

/// Step Functions' code for it is `INVALID_JSONATA_EXPRESSION`, and `Display` its message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct JsonataSyntaxError {
    /// JSONata's, such as `S0202`, if it has one for this. Step Functions leaves it out.
    pub code: Option<String>,
    pub message: String,
}

impl JsonataExpression {
    /// Parses the text between `{%` and `%}`. Blanks around it do not matter.
    pub fn parse(text: &str) -> Result<JsonataExpression, JsonataSyntaxError> {
        let text = text.trim();
        if text.len() > MAX_TEXT_BYTES {
            return Err(JsonataSyntaxError { code: None, message: "Expression is too long".to_owned() });
        }
        let body = parse_guarded(text, |_| {})?;
        Ok(JsonataExpression { text: text.into(), body: Arc::new(body) })
    }

    /// The same expression, whose comparisons tell what they were of when they fail.
    pub(super) fn with_telling_comparisons(&self) -> Option<Body> {
        parse_guarded(&self.text, comparison::rewrite).ok()
    }

    /// The text as it appears in failures.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The variables that may be read, without `$`, in alphabetical order. Builtins that are called are among them, for
    /// a variable may have such a name.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.body.references.variables.iter().map(String::as_str)
    }

    /// `false` only if no evaluation can look at `$states.context.Execution.Input`.
    pub fn may_read_execution_input(&self) -> bool {
        self.body.references.may_read_execution_input
    }

    /// The members of `$states` that are plainly asked for, such as `result` in `$states.result.x`.
    pub fn states_members(&self) -> impl Iterator<Item = &str> {
        self.body.references.states_members.iter().map(String::as_str)
    }

    /// What Step Functions does not let an expression refer to.
    pub fn unsupported_references(&self) -> &BTreeSet<UnsupportedReference> {
        &self.body.references.unsupported
    }
}

/// On a stack that is large enough, with what the parser panics of as an error.
fn parse_guarded(text: &str, rewrite: impl Fn(&mut AstNode)) -> Result<Body, JsonataSyntaxError> {
    stacker::maybe_grow(PARSER_STACK_BYTES, PARSER_STACK_BYTES, || {
        catch_unwind(AssertUnwindSafe(|| parse_body(text, rewrite))).unwrap_or_else(|_| Err(messages::unparsable()))
    })
}

fn parse_body(text: &str, rewrite: impl Fn(&mut AstNode)) -> Result<Body, JsonataSyntaxError> {
    let mut ast = match jsonata_core::parser::parse(text) {
        Ok(ast) => ast,
        Err(error) if messages::is_too_deep(&error) => return Ok(too_deep()),
        Err(error) => return Err(messages::syntax_error(&error)),
    };
    if is_deeper_than(&mut ast, MAX_TREE_DEPTH) {
        return Ok(too_deep());
    }
    rewrite(&mut ast);
    let references = References::of(&mut ast);
    let calls = messages::Calls::of(&mut ast);
    let path = PlainPath::of(&ast);
    let names = Arc::new(guard::rewrite(&mut ast, &references.bound));
    let code = match path {
        Some(path) => Code::Path { path, ast },
        None => Code::Ast(ast),
    };
    Ok(Body { code, references, calls, names })
}

fn too_deep() -> Body {
    let references = References { may_read_execution_input: true, ..References::default() };
    Body { code: Code::TooDeep, references, calls: messages::Calls::default(), names: Arc::default() }
}

impl PartialEq for JsonataExpression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for JsonataExpression {}

impl fmt::Debug for JsonataExpression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{{% {} %}}", self.text)
    }
}
