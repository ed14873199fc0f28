//! Evaluation of calls: arguments first, then the function.

use super::{Argument, Call, Function, arrays, format, math, text};
use crate::json_path::NotFoundKind;
use crate::path::{Path, PathRoot};
use crate::scope::Scope;
use serde_json::Value;
use std::borrow::Cow;

/// The arguments do not fit the function, in number, kind or range. Step Functions says no more than that.
pub(super) struct InvalidArguments;

pub(super) type Evaluated<T> = Result<T, InvalidArguments>;

impl Call {
    /// The error is the second half of Step Functions' message.
    pub(super) fn evaluate(&self, scope: &dyn Scope) -> Result<Value, String> {
        let arguments: Vec<Cow<'_, Value>> =
            self.arguments.iter().map(|argument| argument.evaluate(scope)).collect::<Result<_, _>>()?;
        if self.function == Function::Format {
            return format::format(&self.arguments, &arguments);
        }
        self.apply(&arguments, scope)
            .map_err(|InvalidArguments| format!("Invalid arguments in {}", self.function.name()))
    }

    fn apply(&self, arguments: &[Cow<'_, Value>], scope: &dyn Scope) -> Evaluated<Value> {
        let values: Vec<&Value> = arguments.iter().map(AsRef::as_ref).collect();
        match (self.function, values.as_slice()) {
            (Function::StringToJson, [Value::String(json)]) => text::string_to_json(json),
            (Function::JsonToString, [value]) => Ok(Value::String(value.to_string())),
            (Function::Array, values) => Ok(values.iter().map(|value| (*value).clone()).collect()),
            (Function::ArrayPartition, [Value::Array(items), Value::Number(size)]) => arrays::partition(items, size),
            (Function::ArrayContains, [Value::Array(items), wanted]) => {
                Ok(Value::Bool(arrays::contains(items, wanted)))
            }
            (Function::ArrayRange, [Value::Number(first), Value::Number(last), Value::Number(step)]) => {
                arrays::range(first, last, step)
            }
            (Function::ArrayGetItem, [Value::Array(items), Value::Number(index)]) => arrays::get_item(items, index),
            (Function::ArrayLength, [Value::Array(items)]) => Ok(Value::from(items.len())),
            (Function::ArrayUnique, [Value::Array(items)]) => Ok(arrays::unique(items)),
            (Function::Base64Encode, [Value::String(data)]) => text::base64_encode(data),
            (Function::Base64Decode, [Value::String(data)]) => text::base64_decode(data),
            (Function::Hash, [Value::String(data), Value::String(algorithm)]) => text::hash(data, algorithm),
            (Function::JsonMerge, [Value::Object(first), Value::Object(second), deep]) => {
                text::json_merge(first, second, deep)
            }
            (Function::MathRandom, [Value::Number(start), Value::Number(end)]) => {
                math::random(start, end, |_| scope.random())
            }
            (Function::MathRandom, [Value::Number(start), Value::Number(end), Value::Number(seed)]) => {
                math::seeded_random(start, end, seed)
            }
            (Function::MathAdd, [Value::Number(left), Value::Number(right)]) => math::add(left, right),
            (Function::StringSplit, [Value::String(string), Value::String(delimiters)]) => {
                Ok(text::string_split(string, delimiters))
            }
            (Function::Uuid, []) => Ok(Value::String(scope.uuid())),
            _ => Err(InvalidArguments),
        }
    }
}

impl Argument {
    fn evaluate<'s>(&'s self, scope: &'s dyn Scope) -> Result<Cow<'s, Value>, String> {
        match self {
            Argument::Literal(value) | Argument::Text { value, .. } => Ok(Cow::Borrowed(value)),
            Argument::Path(path) => path.value(scope).ok_or_else(|| missing_argument(path, scope)),
            Argument::Call(call) => call.evaluate(scope).map(Cow::Owned),
        }
    }
}

/// The document shown is the state's input even for `$$.x`, which is shown as `$.x`; both are so in Step Functions.
fn missing_argument(path: &Path, scope: &dyn Scope) -> String {
    if let Some(not_found) = path.explain(scope)
        && not_found.kind == NotFoundKind::NotAnArray
    {
        return not_found.reason;
    }
    let shown = match &path.root {
        PathRoot::Context => path.json_path.to_string(),
        PathRoot::Input | PathRoot::Variable(_) => path.text.clone(),
    };
    format!("The JsonPath argument for the field '{shown}' could not be found in the input '{}'", scope.input())
}
