//! One evaluation.

use super::budget;
use super::comparison;
use super::failure::Thrown;
use super::functions::Host;
use super::guard;
use super::messages;
use super::source::EvaluationSource;
use super::syntax::{Body, Code};
use super::value::{ExactNumbers, NoJson, ResultReader, to_jsonata};
use super::{JsonataExpression, JsonataFailure, JsonataLimits, JsonataScope};
use jsonata_core::ast::AstNode;
use jsonata_core::evaluator::{Context, EvaluatorOptions};
use jsonata_core::value::JValue;
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;

/// Why there is no value, before it is known whose.
enum Stopped {
    Undefined,
    Unsupported,
    Thrown(Thrown),
}

impl From<Thrown> for Stopped {
    fn from(thrown: Thrown) -> Stopped {
        Stopped::Thrown(thrown)
    }
}

impl JsonataExpression {
    /// The value, for the field that a failure names, such as `Output/total`.
    pub fn evaluate(
        &self,
        field: &str,
        scope: &dyn JsonataScope,
        limits: &JsonataLimits,
    ) -> Result<Value, JsonataFailure> {
        evaluate(&self.body, scope, limits).map_err(|stopped| {
            let stopped = self.explained(stopped, scope, limits);
            let (expression, field) = (self.text().to_owned(), field.to_owned());
            match stopped {
                Stopped::Undefined => JsonataFailure::Undefined { expression, field },
                Stopped::Unsupported => JsonataFailure::UnsupportedType { expression, field },
                Stopped::Thrown(thrown) => JsonataFailure::Thrown { expression, field, thrown },
            }
        })
    }
}

impl JsonataExpression {
    /// The evaluator does not say which values it could not compare: another evaluation does.
    fn explained(&self, stopped: Stopped, scope: &dyn JsonataScope, limits: &JsonataLimits) -> Stopped {
        let is_mismatch = |stopped: &Stopped| match stopped {
            Stopped::Thrown(Thrown::Coded { code, .. }) => code == comparison::MISMATCH,
            _ => false,
        };
        let again = is_mismatch(&stopped).then(|| self.with_telling_comparisons()).flatten();
        match again.map(|body| evaluate(&body, scope, limits)) {
            Some(Err(told)) if is_mismatch(&told) => told,
            _ => stopped,
        }
    }
}

fn evaluate(body: &Body, scope: &dyn JsonataScope, limits: &JsonataLimits) -> Result<Value, Stopped> {
    let ast = match &body.code {
        Code::TooDeep => return Err(Thrown::Depth.into()),
        Code::Path { path, ast } => match path.look_up(scope) {
            Some(found) => return found.ok_or(Stopped::Undefined),
            None => ast,
        },
        Code::Ast(ast) => ast,
    };
    // The evaluator panics on some odd arguments. All that it was working on is dropped with it.
    catch_unwind(AssertUnwindSafe(|| run(body, ast, scope, limits)))
        .unwrap_or_else(|_| Err(Thrown::Internal("The expression could not be evaluated".to_owned()).into()))
}

fn run(body: &Body, ast: &AstNode, scope: &dyn JsonataScope, limits: &JsonataLimits) -> Result<Value, Stopped> {
    let mut exact = ExactNumbers::default();
    let context = bindings(body, scope, &mut exact);
    let seed = if body.references.is_random { [scope.random(), scope.random()] } else { [0, 0] };
    let source = EvaluationSource::new(scope.epoch_milliseconds(), seed);
    let options = EvaluatorOptions {
        timeout_ms: Some(limits.milliseconds),
        max_stack_depth: Some(limits.depth),
        max_sequence_length: Some(budget::MAX_SEQUENCE_LENGTH),
        ..EvaluatorOptions::default()
    };
    let host = Host::new(source, options, exact, Arc::clone(&body.names));
    let outcome = host.evaluator(context).and_then(|mut evaluator| evaluator.evaluate(ast, &JValue::Undefined));
    let value = outcome.map_err(|error| match host.budget.stopped() {
        Some(thrown) => thrown,
        None => messages::thrown(error.message(), &body.calls),
    })?;
    if value.is_undefined() {
        return Err(Stopped::Undefined);
    }
    read(&host, &value, limits)
}

fn read(host: &Rc<Host>, value: &JValue, limits: &JsonataLimits) -> Result<Value, Stopped> {
    let exact = host.exact.borrow();
    ResultReader { exact: &exact, bytes_left: limits.result_bytes }.read(value, 0).map_err(|error| match error {
        NoJson::Unsupported => Stopped::Unsupported,
        NoJson::TooLarge => Stopped::Thrown(Thrown::Memory),
    })
}

/// `$states` with what the expression may read of it, and the variables.
fn bindings(body: &Body, scope: &dyn JsonataScope, exact: &mut ExactNumbers) -> Context {
    let mut context = Context::new();
    for name in &body.references.variables {
        if let Some(value) = scope.variable(name) {
            let value = to_jsonata(value, exact);
            guard::other_names(name).for_each(|other| context.bind(other, value.clone()));
            context.bind(name.clone(), value);
        }
    }
    let reads = body.references.states;
    let members = [
        ("input", reads.input.then(|| scope.input())),
        ("context", reads.context.then(|| scope.context())),
        ("result", if reads.result { scope.result() } else { None }),
        ("errorOutput", if reads.error_output { scope.error_output() } else { None }),
    ];
    let states = members.into_iter().filter_map(|(name, member)| Some((name.to_owned(), to_jsonata(member?, exact))));
    context.bind("states".to_owned(), JValue::object(states.collect()));
    context
}
