//! The Choice state: <https://states-language.net/spec.html#choice-state>.

use expressions::jsonata::{JsonataExpression, JsonataTemplate};
use expressions::path::Path;
use serde_json::Value;

use super::StateName;
use super::data_flow::{Assign, DataFlow};

#[derive(Clone, Debug)]
pub struct Choice {
    pub flow: DataFlow,
    pub choices: Vec<ChoiceRule>,
    pub default: Option<StateName>,
}

#[derive(Clone, Debug)]
pub struct ChoiceRule {
    pub condition: Condition,
    pub next: StateName,
    pub assign: Option<Assign>,
    /// JSONata only.
    pub output: Option<JsonataTemplate>,
}

#[derive(Clone, Debug)]
pub enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Not(Box<Condition>),
    Test {
        variable: Path,
        comparison: Comparison,
    },
    /// `Condition` of a JSONata rule.
    Jsonata(JsonataExpression),
    /// `Condition: true` or `false`.
    Constant(bool),
}

/// One comparison operator with its operand. Names: <https://states-language.net/spec.html#data-test-expression>.
#[derive(Clone, Debug)]
pub enum Comparison {
    /// `StringEquals`, `NumericLessThanPath`, …
    Compare {
        value_type: ValueType,
        relation: Relation,
        operand: Operand,
    },
    /// `*` stands for any characters; `\*` and `\\` for themselves.
    StringMatches(String),
    IsNull(bool),
    IsPresent(bool),
    IsNumeric(bool),
    IsString(bool),
    IsBoolean(bool),
    IsTimestamp(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    String,
    Numeric,
    Boolean,
    Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    Equals,
    LessThan,
    GreaterThan,
    LessThanEquals,
    GreaterThanEquals,
}

#[derive(Clone, Debug)]
pub enum Operand {
    /// Of the JSON type that the operator asks for.
    Constant(Value),
    /// The `…Path` forms.
    Path(Path),
}
