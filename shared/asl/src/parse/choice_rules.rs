//! The rules of a Choice state.
//!
//! JSONPath: <https://states-language.net/spec.html#choice-state>, one comparison or `And`, `Or`, `Not` of some.
//! JSONata: a `Condition`.

use serde_json::Value;

use super::fields::Fields;
use super::{jsonata, variables};
use crate::machine::StateName;
use crate::machine::choice::{ChoiceRule, Comparison, Condition, Operand, Relation, ValueType};

/// What a rule of either language may have beside its condition.
const RULE_FIELDS: [&str; 4] = ["Comment", "Next", "Assign", "Output"];
const COMPOSITIONS: [&str; 4] = ["And", "Or", "Not", "Variable"];
const CONDITION: &str = "Condition";

/// Every comparison operator of the States Language.
#[rustfmt::skip]
const OPERATORS: [&str; 39] = [
    "StringEquals", "StringEqualsPath", "StringLessThan", "StringLessThanPath", "StringGreaterThan",
    "StringGreaterThanPath", "StringLessThanEquals", "StringLessThanEqualsPath", "StringGreaterThanEquals",
    "StringGreaterThanEqualsPath", "StringMatches", "NumericEquals", "NumericEqualsPath", "NumericLessThan",
    "NumericLessThanPath", "NumericGreaterThan", "NumericGreaterThanPath", "NumericLessThanEquals",
    "NumericLessThanEqualsPath", "NumericGreaterThanEquals", "NumericGreaterThanEqualsPath", "BooleanEquals",
    "BooleanEqualsPath", "TimestampEquals", "TimestampEqualsPath", "TimestampLessThan", "TimestampLessThanPath",
    "TimestampGreaterThan", "TimestampGreaterThanPath", "TimestampLessThanEquals", "TimestampLessThanEqualsPath",
    "TimestampGreaterThanEquals", "TimestampGreaterThanEqualsPath", "IsNull", "IsPresent", "IsNumeric", "IsString",
    "IsBoolean", "IsTimestamp",
];

/// Stands for a condition that could not be read; there is a finding about it.
const UNREAD: Condition = Condition::Constant(false);

/// A rule of `Choices`.
pub(super) fn read(fields: &Fields) -> ChoiceRule {
    let conditions = COMPOSITIONS.iter().chain([&CONDITION]).chain(&OPERATORS);
    let known: Vec<&str> = RULE_FIELDS.iter().chain(conditions).copied().collect();
    fields.allow(&known);
    let jsonpath_only: Vec<&str> = COMPOSITIONS.iter().chain(&OPERATORS).copied().collect();
    fields.refuse_other_language(&jsonpath_only, &[CONDITION, "Output"]);
    fields.require(&["Next"]);
    fields.comment();
    let jsonata = fields.is_jsonata();
    ChoiceRule {
        condition: if jsonata { jsonata_condition(fields) } else { condition(fields) },
        next: StateName::new(fields.string("Next").unwrap_or_default()),
        assign: variables::assign(fields),
        output: if jsonata { fields.jsonata_template("Output") } else { None },
    }
}

fn jsonata_condition(fields: &Fields) -> Condition {
    // A rule of the other language has its findings already.
    if !fields.has(CONDITION) && !COMPOSITIONS.iter().any(|field| fields.has(field)) {
        fields.require(&[CONDITION]);
    }
    match fields.get(CONDITION) {
        Some(Value::Bool(constant)) => Condition::Constant(*constant),
        Some(Value::String(text)) => jsonata::expression(fields, CONDITION, text).map_or(UNREAD, Condition::Jsonata),
        Some(_) => {
            fields.report_at(CONDITION, "Expected value of type [STRING, BOOLEAN]");
            UNREAD
        }
        None => UNREAD,
    }
}

/// `And`, `Or`, `Not` or a comparison: what a JSONPath rule tests.
fn condition(fields: &Fields) -> Condition {
    let present: Vec<&str> = COMPOSITIONS.into_iter().filter(|field| fields.has(field)).collect();
    match present.as_slice() {
        ["And"] => Condition::And(parts(fields, "And")),
        ["Or"] => Condition::Or(parts(fields, "Or")),
        ["Not"] => fields.child("Not").map_or(UNREAD, |part| Condition::Not(Box::new(nested(&part)))),
        ["Variable"] => test(fields).unwrap_or(UNREAD),
        // A `Condition` in the wrong language has its finding already.
        [] if fields.has(CONDITION) => UNREAD,
        _ => {
            fields.report(format!(
                "The object must have only one of the following fields, [{}, {CONDITION}]",
                COMPOSITIONS.join(", ")
            ));
            UNREAD
        }
    }
}

fn parts(fields: &Fields, field: &str) -> Vec<Condition> {
    fields.filled_children(field).iter().map(nested).collect()
}

/// A condition inside another: only the rule itself has a `Next`.
fn nested(fields: &Fields) -> Condition {
    let known: Vec<&str> = COMPOSITIONS.iter().chain([&"Comment"]).chain(&OPERATORS).copied().collect();
    fields.allow(&known);
    condition(fields)
}

fn test(fields: &Fields) -> Option<Condition> {
    let present: Vec<&'static str> = OPERATORS.into_iter().filter(|operator| fields.has(operator)).collect();
    let variable = fields.choice_path("Variable");
    let [operator] = present.as_slice() else {
        fields.exactly_one(&OPERATORS);
        return None;
    };
    let comparison = comparison(fields, operator)?;
    Some(Condition::Test { variable: variable?, comparison })
}

fn comparison(fields: &Fields, operator: &str) -> Option<Comparison> {
    match operator {
        "StringMatches" => fields.string(operator).map(|pattern| Comparison::StringMatches(pattern.to_owned())),
        "IsNull" => fields.boolean(operator).map(Comparison::IsNull),
        "IsPresent" => fields.boolean(operator).map(Comparison::IsPresent),
        "IsNumeric" => fields.boolean(operator).map(Comparison::IsNumeric),
        "IsString" => fields.boolean(operator).map(Comparison::IsString),
        "IsBoolean" => fields.boolean(operator).map(Comparison::IsBoolean),
        "IsTimestamp" => fields.boolean(operator).map(Comparison::IsTimestamp),
        _ => {
            let (value_type, relation, by_path) = parse_operator(operator)?;
            let operand = if by_path {
                Operand::Path(fields.choice_path(operator)?)
            } else {
                fields.warn_of_constant_path(operator);
                Operand::Constant(constant(fields, operator, value_type)?)
            };
            Some(Comparison::Compare { value_type, relation, operand })
        }
    }
}

/// `NumericLessThanEqualsPath`: numeric, less than or equal, by path.
fn parse_operator(operator: &str) -> Option<(ValueType, Relation, bool)> {
    let (operator, by_path) = match operator.strip_suffix("Path") {
        Some(operator) => (operator, true),
        None => (operator, false),
    };
    let (value_type, relation) = [
        ("String", ValueType::String),
        ("Numeric", ValueType::Numeric),
        ("Boolean", ValueType::Boolean),
        ("Timestamp", ValueType::Timestamp),
    ]
    .into_iter()
    .find_map(|(prefix, value_type)| Some((value_type, operator.strip_prefix(prefix)?)))?;
    let relation = match relation {
        "Equals" => Relation::Equals,
        "LessThan" => Relation::LessThan,
        "GreaterThan" => Relation::GreaterThan,
        "LessThanEquals" => Relation::LessThanEquals,
        "GreaterThanEquals" => Relation::GreaterThanEquals,
        _ => return None,
    };
    Some((value_type, relation, by_path))
}

fn constant(fields: &Fields, operator: &str, value_type: ValueType) -> Option<Value> {
    let value = fields.get(operator)?;
    match value_type {
        ValueType::String => fields.string(operator).map(Value::from),
        ValueType::Boolean => fields.boolean(operator).map(Value::from),
        ValueType::Numeric => {
            if !value.is_number() {
                fields.report_at(operator, "Expected value of type [NUMBER]");
            }
            value.is_number().then(|| value.clone())
        }
        ValueType::Timestamp => {
            fields.string(operator)?;
            fields.timestamp(operator).map(|_| value.clone())
        }
    }
}
