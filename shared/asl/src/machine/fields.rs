//! Fields that can be given in more than one way: as a constant, by a path, or by a JSONata expression.

use expressions::intrinsic::IntrinsicFunction;
use expressions::jsonata::JsonataExpression;
use expressions::path::Path;

/// A whole number: `TimeoutSeconds` and `TimeoutSecondsPath`, `MaxConcurrency` and `MaxConcurrencyPath`, …
#[derive(Clone, Debug)]
pub enum Integer {
    Constant(u64),
    Path(Path),
    Jsonata(JsonataExpression),
}

/// A text: `Error` and `ErrorPath`, `Cause` and `CausePath`.
#[derive(Clone, Debug)]
pub enum Text {
    Constant(String),
    Path(Path),
    Intrinsic(IntrinsicFunction),
    Jsonata(JsonataExpression),
}
