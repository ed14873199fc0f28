//! The Choice state: <https://states-language.net/spec.html#choice-state>.

use std::cmp::Ordering;

use asl::machine::{Choice, ChoiceRule, Comparison, Condition, Next, Operand, Relation, State, ValueType};
use expressions::numbers;
use expressions::path::Path;
use expressions::wildcard::string_matches;
use serde_json::Value;

use super::Result;
use crate::data_flow::{Document, Evaluation};
use crate::failure::Failure;
use crate::run::Branch;
use crate::transition::Transition;

/// `Choices[0]`: where a rule stands in its state.
fn place(index: usize) -> String {
    format!("Choices[{index}]")
}

/// AWS gives it as `States.Runtime`, though the States Language has the name `States.NoChoiceMatched` for it (observed 2026).
const NO_MATCH: &str = "Failed to transition out of the state. The state does not point to a next state.";

/// The first rule that holds decides; then `Default`; without one it is a failure.
pub(crate) fn run(transition: &mut Transition<'_>, branch: &mut Branch, state: &State, choice: &Choice) -> Result {
    let (next, leaving) = {
        let evaluation = Evaluation::new(transition, branch, state);
        let flow = evaluation.flow(&choice.flow);
        let raw = Document::from(branch.input.clone());
        let input = flow.reference_input(&raw)?;
        match chosen(&choice.choices, &evaluation, &input)? {
            Some((index, rule)) => (rule.next.clone(), flow.leave_by(&raw, rule, &place(index))?),
            None => (choice.default.clone().ok_or_else(|| evaluation.runtime(NO_MATCH))?, flow.leave(&raw)?),
        }
    };
    Ok(transition.exit(branch, state, leaving, Next::State(next)))
}

fn chosen<'c>(
    rules: &'c [ChoiceRule],
    evaluation: &Evaluation<'_>,
    input: &Document,
) -> std::result::Result<Option<(usize, &'c ChoiceRule)>, Failure> {
    for (index, rule) in rules.iter().enumerate() {
        let holds = match &rule.condition {
            Condition::Jsonata(expression) => {
                evaluation.jsonata(input).boolean(expression, &format!("{}/Condition", place(index)))?
            }
            condition => holds(condition, evaluation, input)?,
        };
        if holds {
            return Ok(Some((index, rule)));
        }
    }
    Ok(None)
}

fn holds(condition: &Condition, evaluation: &Evaluation<'_>, input: &Document) -> std::result::Result<bool, Failure> {
    match condition {
        Condition::And(all) => {
            for condition in all {
                if !holds(condition, evaluation, input)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        Condition::Or(any) => {
            for condition in any {
                if holds(condition, evaluation, input)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Condition::Not(condition) => Ok(!holds(condition, evaluation, input)?),
        Condition::Constant(constant) => Ok(*constant),
        Condition::Test { variable, comparison } => test(variable, comparison, evaluation, input),
        // Of a whole rule, above; JSONata has no other.
        Condition::Jsonata(expression) => evaluation.jsonata(input).boolean(expression, "Condition"),
    }
}

fn test(
    variable: &Path,
    comparison: &Comparison,
    evaluation: &Evaluation<'_>,
    input: &Document,
) -> std::result::Result<bool, Failure> {
    let found = evaluation.find(variable, input);
    if let Comparison::IsPresent(expected) = comparison {
        return Ok(found.is_some() == *expected);
    }
    let Some(found) = found else {
        return Err(invalid_path(evaluation, variable));
    };
    Ok(match comparison {
        Comparison::IsPresent(_) => false,
        Comparison::IsNull(expected) => found.is_null() == *expected,
        Comparison::IsNumeric(expected) => found.is_number() == *expected,
        Comparison::IsString(expected) => found.is_string() == *expected,
        Comparison::IsBoolean(expected) => found.is_boolean() == *expected,
        Comparison::IsTimestamp(expected) => instant(&found).is_some() == *expected,
        Comparison::StringMatches(pattern) => found.as_str().is_some_and(|text| string_matches(pattern, text)),
        Comparison::Compare { value_type, relation, operand } => match operand {
            Operand::Constant(constant) => compare(*value_type, *relation, &found, constant),
            Operand::Path(path) => {
                let other = evaluation.find(path, input).ok_or_else(|| invalid_path(evaluation, path))?;
                compare(*value_type, *relation, &found, &other)
            }
        },
    })
}

fn invalid_path(evaluation: &Evaluation<'_>, path: &Path) -> Failure {
    evaluation
        .runtime(&format!("Invalid path '{path}': The choice state's condition path references an invalid value."))
}

/// Values of another type than the operator's are simply not equal, less or greater.
fn compare(value_type: ValueType, relation: Relation, left: &Value, right: &Value) -> bool {
    let ordering = match (value_type, left, right) {
        (ValueType::String, Value::String(left), Value::String(right)) => Some(utf16_order(left, right)),
        (ValueType::Numeric, Value::Number(left), Value::Number(right)) => Some(numbers::compare(left, right)),
        (ValueType::Boolean, Value::Bool(left), Value::Bool(right)) => Some(left.cmp(right)),
        (ValueType::Timestamp, left, right) => match (instant(left), instant(right)) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => None,
        },
        _ => None,
    };
    ordering.is_some_and(|ordering| agrees(relation, ordering))
}

fn agrees(relation: Relation, ordering: Ordering) -> bool {
    match relation {
        Relation::Equals => ordering.is_eq(),
        Relation::LessThan => ordering.is_lt(),
        Relation::GreaterThan => ordering.is_gt(),
        Relation::LessThanEquals => ordering.is_le(),
        Relation::GreaterThanEquals => ordering.is_ge(),
    }
}

/// AWS compares as Java does: by UTF-16 code units, which differs from UTF-8 beyond the basic plane.
fn utf16_order(left: &str, right: &str) -> Ordering {
    left.encode_utf16().cmp(right.encode_utf16())
}

fn instant(value: &Value) -> Option<expressions::timestamp::Timestamp> {
    value.as_str().and_then(|text| expressions::timestamp::Timestamp::parse(text).ok())
}
