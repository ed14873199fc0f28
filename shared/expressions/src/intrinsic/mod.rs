//! Intrinsic functions: `States.Format('{}', $.x)`.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html>
//!
//! A call is parsed when the definition is loaded; the number and kind of its arguments are checked when it is
//! evaluated, as Step Functions does.

mod arrays;
mod evaluate;
mod format;
mod java_set;
mod math;
mod syntax;
pub(crate) mod text;

use crate::error::EvaluationError;
use crate::path::Path;
use crate::scope::Scope;
use serde_json::Value;
use std::fmt;

/// A compiled call, with the calls in its arguments.
#[derive(Debug, Clone, PartialEq)]
pub struct IntrinsicFunction {
    text: String,
    call: Call,
}

/// Why a text is not a call. `position` counts bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at position {position}")]
pub struct IntrinsicSyntaxError {
    pub reason: String,
    pub position: usize,
}

#[derive(Debug, Clone, PartialEq)]
struct Call {
    function: Function,
    arguments: Vec<Argument>,
}

#[derive(Debug, Clone, PartialEq)]
enum Argument {
    Literal(Value),
    /// A string in single quotes: `raw` still has the backslashes, which matter to `States.Format`.
    Text {
        raw: String,
        value: Value,
    },
    Path(Path),
    Call(Call),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Format,
    StringToJson,
    JsonToString,
    Array,
    ArrayPartition,
    ArrayContains,
    ArrayRange,
    ArrayGetItem,
    ArrayLength,
    ArrayUnique,
    Base64Encode,
    Base64Decode,
    Hash,
    JsonMerge,
    MathRandom,
    MathAdd,
    StringSplit,
    Uuid,
}

impl Function {
    const ALL: [Function; 18] = [
        Function::Format,
        Function::StringToJson,
        Function::JsonToString,
        Function::Array,
        Function::ArrayPartition,
        Function::ArrayContains,
        Function::ArrayRange,
        Function::ArrayGetItem,
        Function::ArrayLength,
        Function::ArrayUnique,
        Function::Base64Encode,
        Function::Base64Decode,
        Function::Hash,
        Function::JsonMerge,
        Function::MathRandom,
        Function::MathAdd,
        Function::StringSplit,
        Function::Uuid,
    ];

    fn name(self) -> &'static str {
        match self {
            Function::Format => "States.Format",
            Function::StringToJson => "States.StringToJson",
            Function::JsonToString => "States.JsonToString",
            Function::Array => "States.Array",
            Function::ArrayPartition => "States.ArrayPartition",
            Function::ArrayContains => "States.ArrayContains",
            Function::ArrayRange => "States.ArrayRange",
            Function::ArrayGetItem => "States.ArrayGetItem",
            Function::ArrayLength => "States.ArrayLength",
            Function::ArrayUnique => "States.ArrayUnique",
            Function::Base64Encode => "States.Base64Encode",
            Function::Base64Decode => "States.Base64Decode",
            Function::Hash => "States.Hash",
            Function::JsonMerge => "States.JsonMerge",
            Function::MathRandom => "States.MathRandom",
            Function::MathAdd => "States.MathAdd",
            Function::StringSplit => "States.StringSplit",
            Function::Uuid => "States.UUID",
        }
    }

    fn named(name: &str) -> Option<Function> {
        Function::ALL.into_iter().find(|function| function.name() == name)
    }
}

impl IntrinsicFunction {
    pub fn parse(text: &str) -> Result<IntrinsicFunction, IntrinsicSyntaxError> {
        Ok(IntrinsicFunction { text: text.to_owned(), call: syntax::parse(text)? })
    }

    pub fn evaluate(&self, scope: &dyn Scope) -> Result<Value, EvaluationError> {
        self.call.evaluate(scope).map_err(|reason| EvaluationError::Intrinsic { expression: self.text.clone(), reason })
    }

    /// The name of the outermost function, such as `States.Format`.
    pub fn name(&self) -> &'static str {
        self.call.function.name()
    }

    /// The paths among the arguments, in order, those of inner calls included.
    pub fn paths(&self) -> Vec<&Path> {
        let mut paths = Vec::new();
        self.call.collect_paths(&mut paths);
        paths
    }
}

impl Call {
    fn collect_paths<'c>(&'c self, paths: &mut Vec<&'c Path>) {
        for argument in &self.arguments {
            match argument {
                Argument::Path(path) => paths.push(path),
                Argument::Call(call) => call.collect_paths(paths),
                Argument::Literal(_) | Argument::Text { .. } => {}
            }
        }
    }
}

impl fmt::Display for IntrinsicFunction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
