//! JSONata, as Step Functions evaluates it: <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html>.
//!
//! [`JsonataExpression`] is the text between `{%` and `%}`, parsed once; [`JsonataTemplate`] any JSON that has such texts
//! in it. What they read comes from a [`JsonataScope`]. The language is `jsonata-core`'s; here is what Step Functions adds
//! to it and takes away, how numbers go in and out, the texts of failures, and bounds on time, depth and memory.
//!
//! An evaluation cannot panic, hang or abort. The evaluator reads the process's clock for its time limit only.

mod budget;
mod builtins;
mod comparison;
mod evaluate;
mod failure;
mod functions;
mod guard;
mod messages;
mod path;
mod picture;
mod references;
mod result_type;
mod source;
mod strict_json;
mod syntax;
mod template;
#[cfg(test)]
mod tests;
mod tree;
mod value;

pub use builtins::is_builtin;
pub use failure::{ERROR_NAME, JsonataFailure, Thrown};
pub use references::UnsupportedReference;
pub use syntax::{JsonataExpression, JsonataSyntaxError, expression_text};
pub use template::{JsonataTemplate, JsonataTemplateError};

use serde_json::Value;

/// What an expression may read. `context` and the others are only asked for if the expression reads them.
pub trait JsonataScope {
    /// `$states.input`.
    fn input(&self) -> &Value;

    /// `$states.context`, the context object.
    fn context(&self) -> &Value;

    /// `$states.result`, where there is one.
    fn result(&self) -> Option<&Value> {
        None
    }

    /// `$states.errorOutput`, in a catcher.
    fn error_output(&self) -> Option<&Value> {
        None
    }

    /// The value of the variable `$name`, if it has been assigned.
    fn variable(&self, name: &str) -> Option<&Value>;

    /// A fresh random number, uniform over all values. `$random` and `$uuid` are made of two of them.
    fn random(&self) -> u64;

    /// What `$now` and `$millis` tell, in milliseconds since 1970-01-01T00:00:00Z.
    fn epoch_milliseconds(&self) -> i64;
}

/// How far an evaluation may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JsonataLimits {
    pub milliseconds: u64,
    /// Levels of nested evaluation.
    pub depth: usize,
    /// The result, as JSON.
    pub result_bytes: usize,
}

impl Default for JsonataLimits {
    /// Step Functions': one second, and a depth of 100. A result is bounded as any value in an evaluation is; whether it
    /// is too large for a payload is for the caller to say.
    fn default() -> Self {
        JsonataLimits { milliseconds: 1_000, depth: 100, result_bytes: 6_990_256 }
    }
}
