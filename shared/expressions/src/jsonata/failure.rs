//! Why an expression gave no value that can be used. Each is a `States.QueryEvaluationError`; the texts are Step
//! Functions', without the sentence that names the state and its event.

use serde_json::Value;

/// The name that `Catch` sees, whatever went wrong.
pub const ERROR_NAME: &str = "States.QueryEvaluationError";

/// `expression` is the text between `{%` and `%}`, without the blanks around it; `field` is the place in the state, such
/// as `Output/total`, and is also the `location` of the EvaluationFailed event.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum JsonataFailure {
    #[error("The JSONata expression '{expression}' specified for the field '{field}' returned nothing (undefined).")]
    Undefined { expression: String, field: String },
    /// A function, or a value that holds one.
    #[error(
        "The JSONata expression '{expression}' specified for the field '{field}' returned an unsupported result type."
    )]
    UnsupportedType { expression: String, field: String },
    /// `expected` and `kind` are JSON's names of types; `found` is the value as JSON.
    #[error(
        "The JSONata expression '{expression}' specified for the field '{field}' returned an unexpected result type. \
         Expected '{expected}', but was '{kind}' for value: {found}"
    )]
    UnexpectedType { expression: String, field: String, expected: &'static str, kind: &'static str, found: String },
    #[error(
        "The JSONata expression '{expression}' specified for the field '{field}' threw an error during evaluation{thrown}"
    )]
    Thrown { expression: String, field: String, thrown: Thrown },
    /// A number that must be an integer, or a text that must be a timestamp.
    #[error("The {field} field cannot be parsed as {expected}: {found}")]
    Unparsable { field: String, expected: &'static str, found: String },
    #[error("{field} must be between {least} and {most} but was: {found}")]
    OutOfRange { field: String, least: u64, most: u64, found: String },
}

/// What evaluation stopped with. `Display` begins with what joins it to the sentence before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Thrown {
    /// An error of JSONata's: <https://github.com/jsonata-js/jsonata>, `errorCodes`.
    #[error(". {code}: {message}")]
    Coded { code: String, message: String },
    #[error(": Expression evaluation timeout: Check for infinite loop")]
    Timeout,
    #[error(": Expression evaluation memory limit exceeded: Check for excessive memory usage")]
    Memory,
    #[error(
        ": Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive"
    )]
    Depth,
    /// The evaluator failed, not the expression.
    #[error(": {0}")]
    Internal(String),
}

impl Thrown {
    pub(super) fn coded(code: &str, message: impl Into<String>) -> Thrown {
        Thrown::Coded { code: code.to_owned(), message: message.into() }
    }
}

impl JsonataFailure {
    pub fn error_name(&self) -> &'static str {
        ERROR_NAME
    }

    /// The field that failed, relative to its state.
    pub fn location(&self) -> &str {
        match self {
            JsonataFailure::Undefined { field, .. }
            | JsonataFailure::UnsupportedType { field, .. }
            | JsonataFailure::UnexpectedType { field, .. }
            | JsonataFailure::Thrown { field, .. }
            | JsonataFailure::Unparsable { field, .. }
            | JsonataFailure::OutOfRange { field, .. } => field,
        }
    }
}

pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
