//! JSONata in a state: what its expressions read, and what becomes of what they give.
//! <https://states-language.net/spec.html#using-jsonata>

use std::ops::RangeInclusive;

use asl::machine::{Assign, JsonataFlow, QueryLanguage};
use expressions::jsonata::{JsonataExpression, JsonataFailure, JsonataLimits, JsonataScope, JsonataTemplate};
use serde_json::Value;

use super::{Document, Evaluation, Leaving};
use crate::failure::Failure;
use crate::run::Variables;
use crate::timestamp::Timestamp;

/// Where JSONata is evaluated in a state: `$states` as it stands at one point of the state's course.
pub(crate) struct Jsonata<'s> {
    evaluation: &'s Evaluation<'s>,
    input: &'s Document,
    result: Option<&'s Document>,
    error_output: Option<&'s Document>,
}

impl<'a> Evaluation<'a> {
    pub fn is_jsonata(&self) -> bool {
        self.state.query_language == QueryLanguage::Jsonata
    }

    /// `input` is the state's raw input, `$states.input`.
    pub fn jsonata<'s>(&'s self, input: &'s Document) -> Jsonata<'s> {
        Jsonata { evaluation: self, input, result: None, error_output: None }
    }

    /// A `States.QueryEvaluationError` of the state. `location` is the field, relative to the state, if it is about one.
    pub fn query_failure(&self, location: Option<&str>, why: &str) -> Failure {
        Failure::query_evaluation(&self.state.name, self.entered(), location, why)
    }
}

impl<'s> Jsonata<'s> {
    /// With `$states.result`.
    pub fn with_result(self, result: &'s Document) -> Self {
        Self { result: Some(result), ..self }
    }

    /// With `$states.errorOutput`.
    pub fn with_error_output(self, error_output: &'s Document) -> Self {
        Self { error_output: Some(error_output), ..self }
    }

    /// `field` is what failures name: `Output`, `Choices[0]/Output`.
    pub fn render(&self, template: &JsonataTemplate, field: &str) -> Result<Document, Failure> {
        if let Some(literal) = template.literal() {
            return Ok(Document::from(literal.clone()));
        }
        let rendered = template.render(field, self, &JsonataLimits::default());
        rendered.map(Document::from).map_err(|failure| self.failure(&failure))
    }

    pub fn text(&self, expression: &JsonataExpression, field: &str) -> Result<String, Failure> {
        self.typed(expression, field, JsonataExpression::as_string)
    }

    pub fn boolean(&self, expression: &JsonataExpression, field: &str) -> Result<bool, Failure> {
        self.typed(expression, field, JsonataExpression::as_boolean)
    }

    pub fn array(&self, expression: &JsonataExpression, field: &str) -> Result<Vec<Value>, Failure> {
        self.typed(expression, field, JsonataExpression::as_array)
    }

    /// From 0 to 100, fractions allowed.
    pub fn percentage(&self, expression: &JsonataExpression, field: &str) -> Result<f64, Failure> {
        self.typed(expression, field, JsonataExpression::as_percentage)
    }

    /// An instant, to the millisecond.
    pub fn timestamp(&self, expression: &JsonataExpression, field: &str) -> Result<Timestamp, Failure> {
        let instant = self.typed(expression, field, JsonataExpression::as_timestamp)?;
        Ok(Timestamp::from_millis(instant.epoch_milliseconds()))
    }

    /// A whole number within `range`.
    pub fn integer(
        &self,
        expression: &JsonataExpression,
        field: &str,
        range: RangeInclusive<u64>,
    ) -> Result<u64, Failure> {
        self.typed(expression, field, |expression, field, value| expression.as_integer_within(field, value, &range))
    }

    /// `Assign` and `Output` of a state, a Choice rule or a Catcher; without `Output`, the output is `default`. `place` is
    /// where they stand in the state: nothing, or `Catch[0]/`.
    pub fn leave(
        &self,
        assign: Option<&Assign>,
        output: Option<&JsonataTemplate>,
        place: &str,
        default: &Document,
    ) -> Result<Leaving, Failure> {
        let assigned = match assign {
            Some(Assign::Jsonata(template)) => {
                self.evaluation.variables_of(self.render(template, &format!("{place}Assign"))?)?
            }
            // The parser gives each state the `Assign` of its own language.
            None | Some(Assign::JsonPath(_)) => Variables::new(),
        };
        match output {
            Some(template) => self.evaluation.leaving(&self.render(template, &format!("{place}Output"))?, assigned),
            None => self.evaluation.leaving(default, assigned),
        }
    }

    fn typed<T>(
        &self,
        expression: &JsonataExpression,
        field: &str,
        read: impl FnOnce(&JsonataExpression, &str, Value) -> Result<T, JsonataFailure>,
    ) -> Result<T, Failure> {
        let value = expression.evaluate(field, self, &JsonataLimits::default());
        value.and_then(|value| read(expression, field, value)).map_err(|failure| self.failure(&failure))
    }

    fn failure(&self, failure: &JsonataFailure) -> Failure {
        self.evaluation.query_failure(Some(failure.location()), &failure.to_string())
    }
}

impl JsonataScope for Jsonata<'_> {
    fn input(&self) -> &Value {
        self.input.value()
    }

    fn context(&self) -> &Value {
        self.evaluation.context()
    }

    fn result(&self) -> Option<&Value> {
        self.result.map(Document::value)
    }

    fn error_output(&self) -> Option<&Value> {
        self.error_output.map(Document::value)
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        self.evaluation.variable(name)
    }

    fn random(&self) -> u64 {
        self.evaluation.transition.random.next()
    }

    fn epoch_milliseconds(&self) -> i64 {
        self.evaluation.transition.now().as_millis()
    }
}

/// The data fields of a JSONata state.
#[derive(Clone, Copy)]
pub(super) struct JsonataFields<'f>(pub &'f JsonataFlow);

impl JsonataFields<'_> {
    /// `Arguments`, or the input as it is.
    pub fn arguments(self, jsonata: &Jsonata<'_>) -> Result<Document, Failure> {
        match &self.0.arguments {
            Some(template) => {
                let arguments = jsonata.render(template, "Arguments")?;
                jsonata.evaluation.inspect(|data| data.after_arguments = Some(arguments.payload()));
                Ok(arguments)
            }
            None => Ok(jsonata.input.clone()),
        }
    }

    /// `Assign` and `Output`. Without the latter, the output is the result if there is one, otherwise the input.
    pub fn leave(self, jsonata: &Jsonata<'_>) -> Result<Leaving, Failure> {
        let default = jsonata.result.unwrap_or(jsonata.input);
        jsonata.leave(self.0.assign.as_ref(), self.0.output.as_ref(), "", default)
    }
}
