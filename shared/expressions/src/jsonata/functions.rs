//! The functions that Step Functions adds to JSONata or replaces, and those that [`super::guard`] puts before builtins.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-sfn>

use super::budget::Budget;
use super::comparison;
use super::failure::Thrown;
use super::guard::{self, GUARDED};
use super::messages;
use super::picture;
use super::source::EvaluationSource;
use super::strict_json;
use super::value::{ExactNumbers, to_jsonata};
use crate::intrinsic::text::digest;
use crate::java_random::JavaRandom;
use crate::timestamp::format_epoch_milliseconds;
use jsonata_core::ast::AstNode;
use jsonata_core::evaluator::{Context, Evaluator, EvaluatorError, EvaluatorOptions};
use jsonata_core::functions::string;
use jsonata_core::value::JValue;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

pub(super) type Answer = Result<JValue, EvaluatorError>;

/// Builtins called from within builtins, by way of ours, before the depth limit is said to be reached.
const MAX_NESTED_EVALUATIONS: usize = 8;
/// Step Functions' limit for `$range` (measured by others in 2026-08).
const MAX_RANGE_ITEMS: i128 = 360_145;
/// A short text in an array: its place, its counters, what the allocator rounds up to.
const PART_BYTES: usize = 48;
/// A Roman number has a letter for every thousand.
const MAX_ROMAN: f64 = 1e6;

/// What the functions of one evaluation share.
pub(super) struct Host {
    pub budget: Budget,
    pub source: EvaluationSource,
    pub options: EvaluatorOptions,
    pub exact: RefCell<ExactNumbers>,
    names: Arc<BTreeSet<String>>,
    nested: Cell<usize>,
}

impl Host {
    pub fn new(
        source: EvaluationSource,
        options: EvaluatorOptions,
        exact: ExactNumbers,
        names: Arc<BTreeSet<String>>,
    ) -> Rc<Host> {
        let exact = RefCell::new(exact);
        Rc::new(Host { budget: Budget::default(), source, options, exact, names, nested: Cell::new(0) })
    }

    /// An evaluator that knows those of our functions that the expression names.
    pub fn evaluator(self: &Rc<Self>, context: Context) -> Result<Evaluator, EvaluatorError> {
        let hidden: Vec<&str> = GUARDED.into_iter().filter(|name| context.lookup(name).is_some()).collect();
        let mut evaluator = Evaluator::with_options(context, self.options.clone());
        for (name, function) in FUNCTIONS {
            self.register(&mut evaluator, name, function)?;
            if guard::ADDED.contains(&name) {
                self.register(&mut evaluator, &guard::as_value_name(name), move |host, args| {
                    function(host, args.get(..arity(name)).unwrap_or(args))
                })?;
            }
        }
        for (op, name) in comparison::NAMES {
            self.register(&mut evaluator, name, move |host, args| comparison::compare(host, op, args))?;
        }
        for name in GUARDED {
            let is_hidden = hidden.contains(&name);
            self.register(&mut evaluator, &guard::guarded_name(name).unwrap_or_default(), move |host, args| {
                host.call_guarded(name, args, &JValue::Undefined)
            })?;
            self.register(&mut evaluator, &guard::as_value_name(name), move |host, args| {
                host.call_guarded(name, args.get(..arity(name)).unwrap_or(args), &JValue::Undefined)
            })?;
            self.register(&mut evaluator, &guard::in_context_name(name), move |host, args| match args {
                _ if is_hidden => Err(thrown("T1006", "Attempted to invoke a non-function")),
                [context, args @ ..] => host.call_guarded(name, args, context),
                [] => Ok(JValue::Undefined),
            })?;
        }
        Ok(evaluator)
    }

    fn register(
        self: &Rc<Self>,
        evaluator: &mut Evaluator,
        name: &str,
        function: impl Fn(&Rc<Host>, &[JValue]) -> Answer + 'static,
    ) -> Result<(), EvaluatorError> {
        if !self.names.contains(name) {
            return Ok(());
        }
        let host = Rc::clone(self);
        evaluator.register_fn_override(name, move |args: &[JValue]| function(&host, args))
    }

    fn call_guarded(self: &Rc<Self>, name: &str, args: &[JValue], context: &JValue) -> Answer {
        self.check(name, args, context)?;
        if self.nested.get() >= MAX_NESTED_EVALUATIONS {
            return Err(self.budget.stop(Thrown::Depth));
        }
        self.nested.set(self.nested.get() + 1);
        let answer = self.call_adjusted(name, args, context);
        self.nested.set(self.nested.get() - 1);
        let answer = answer.map_err(|error| match self.budget.has_stopped() {
            true => error,
            false => EvaluatorError::EvaluationError(messages::with_function(error.message(), name)),
        })?;
        self.budget.charge_made(&answer)?;
        Ok(answer)
    }

    /// What the evaluator's function answers, where it would lose digits or read the process's clock.
    fn call_adjusted(self: &Rc<Self>, name: &str, args: &[JValue], context: &JValue) -> Answer {
        match args {
            [subject, rest @ ..] if name == "string" => self.with_all_digits(subject, |subject| {
                let args: Vec<JValue> = [subject].into_iter().chain(rest).cloned().collect();
                self.call_builtin(name, &args, context)
            }),
            [] if name == "string" => self.with_all_digits(context, |context| self.call_builtin(name, args, context)),
            [JValue::String(text), JValue::String(picture)] if name == "toMillis" => {
                match picture::completed(text, picture, self.source.epoch_milliseconds) {
                    Some((text, picture)) => {
                        self.call_builtin(name, &[JValue::string(text), JValue::string(picture)], context)
                    }
                    None => self.call_builtin(name, args, context),
                }
            }
            _ => self.call_builtin(name, args, context),
        }
    }

    /// The text of a value, where integers that only pass through keep what a double would lose.
    fn with_all_digits(&self, value: &JValue, stringify: impl FnOnce(&JValue) -> Answer) -> Answer {
        let named = self.exact.borrow().named(value);
        let Some((value, digits)) = named else { return stringify(value) };
        Ok(match stringify(&value)? {
            JValue::String(text) => {
                let restore = |text: String, (name, digits): &(String, String)| {
                    text.replace(&format!("\"{name}\""), digits).replace(name, digits)
                };
                JValue::string(digits.iter().fold(text.to_string(), restore))
            }
            other => other,
        })
    }

    /// What the evaluator's function answers.
    fn call_builtin(self: &Rc<Self>, name: &str, args: &[JValue], context: &JValue) -> Answer {
        let mut bindings = Context::new();
        let mut names = Vec::with_capacity(args.len());
        for (index, arg) in args.iter().enumerate() {
            let argument = format!("argument {index}");
            bindings.bind(argument.clone(), arg.clone());
            names.push(AstNode::Variable(argument));
        }
        let call = AstNode::Function { name: name.to_owned(), args: names, is_builtin: true };
        // Only functions passed as arguments can ask for ours.
        if args.iter().any(JValue::is_function) {
            return self.evaluator(bindings)?.evaluate(&call, context);
        }
        Evaluator::with_options(bindings, self.options.clone()).evaluate(&call, context)
    }

    /// Refuses arguments that would make the builtin abort, run for long, or allocate beyond the budget.
    fn check(&self, name: &str, args: &[JValue], context: &JValue) -> Result<(), EvaluatorError> {
        let text = |index: usize| args.get(index).and_then(JValue::as_str).map_or(0, str::len);
        match name {
            "string" => self.budget.weigh(args.first().unwrap_or(context)).map(drop),
            "pad" => {
                let width = args.iter().filter_map(JValue::as_f64).fold(0.0_f64, |width, n| width.max(n.abs()));
                self.budget.charge(if width.is_finite() { width as usize } else { usize::MAX })
            }
            "join" => {
                let items = args.first().unwrap_or(context);
                let count = items.as_array().map_or(1, Vec::len);
                let separators = count.saturating_mul(text(1));
                self.budget.weigh(items).and_then(|bytes| self.budget.charge(separators.max(bytes / 2)))
            }
            // Each place of the text may match.
            "replace" => match args {
                [subject, _, replacement, ..] => {
                    let length = |value: &JValue| value.as_str().map_or(0, str::len);
                    let worst = (length(subject) + 1).saturating_mul(length(replacement));
                    if worst > 64 << 20 { Err(self.budget.stop(Thrown::Memory)) } else { Ok(()) }
                }
                _ => Ok(()),
            },
            "append" | "zip" => {
                let items = args.iter().map(|arg| arg.as_array().map_or(1, Vec::len)).fold(0, usize::saturating_add);
                self.budget.charge_items(items)
            }
            "split" => self.check_split(args, context),
            "formatInteger" => self.check_format_integer(args, context),
            "fromMillis" | "toMillis" => {
                if args.iter().filter_map(JValue::as_str).any(has_wide_component) {
                    return Err(thrown(
                        "D3133",
                        "The width of a component in the date/time picture string is too large",
                    ));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// All parts are made, whatever the limit for them, and each takes more than its letters.
    fn check_split(&self, args: &[JValue], context: &JValue) -> Result<(), EvaluatorError> {
        let text = args.first().unwrap_or(context).as_str().unwrap_or_default();
        let parts = match args.get(1) {
            Some(JValue::String(separator)) if !separator.is_empty() => text.matches(&**separator).count(),
            Some(JValue::Regex { .. }) => text.len() / 4,
            _ => text.len(),
        };
        self.budget.charge(text.len())?;
        self.budget.charge_shared(parts * PART_BYTES)
    }

    fn check_format_integer(&self, args: &[JValue], context: &JValue) -> Result<(), EvaluatorError> {
        let number = args.iter().chain([context]).find_map(JValue::as_f64).unwrap_or(0.0);
        let is_roman = args.iter().filter_map(JValue::as_str).any(|picture| picture.contains(['i', 'I']));
        if number.is_nan() {
            return Err(signature_error("formatInteger", 1));
        }
        if number.is_infinite() {
            let sign = if number > 0.0 { "" } else { "-" };
            return Err(thrown("D1001", &format!("Number out of range: {sign}Infinity")));
        }
        if is_roman && number.abs() > MAX_ROMAN { Err(self.budget.stop(Thrown::Memory)) } else { Ok(()) }
    }
}

/// More digits in a row than a picture has use for.
fn has_wide_component(picture: &str) -> bool {
    picture.split(|c: char| !c.is_ascii_digit()).any(|digits| digits.len() > 4)
}

/// Whether a call of a guarded builtin with so many arguments may take one from the context.
pub(super) fn reads_context(name: &str, arguments: usize) -> bool {
    !matches!(name, "join" | "append" | "zip" | "merge" | "reverse" | "distinct") && arguments < arity(name)
}

/// How many arguments a function is handed by `$map` and its like.
fn arity(name: &str) -> usize {
    match name {
        "uuid" => 0,
        "parse" | "random" | "string" | "uppercase" | "lowercase" | "trim" | "base64encode" | "base64decode"
        | "encodeUrl" | "encodeUrlComponent" | "decodeUrl" | "decodeUrlComponent" | "merge" | "spread" | "keys"
        | "reverse" | "distinct" => 1,
        "partition" | "hash" | "join" | "formatInteger" | "toMillis" | "append" | "substringBefore"
        | "substringAfter" => 2,
        "range" | "pad" | "fromMillis" | "split" | "substring" => 3,
        "replace" => 4,
        _ => usize::MAX,
    }
}

type HostFunction = fn(&Rc<Host>, &[JValue]) -> Answer;

const FUNCTIONS: [(&str, HostFunction); 18] = [
    ("eval", |_, _| Err(thrown("T1006", "Attempted to invoke a non-function"))),
    ("now", now),
    ("millis", |host, _| Ok(JValue::from(host.source.epoch_milliseconds))),
    ("random", random),
    ("shuffle", shuffle),
    ("uuid", uuid),
    ("hash", hash_text),
    ("parse", parse),
    ("partition", partition),
    ("range", range),
    (guard::CONCATENATE, concatenate),
    (guard::RANGE_START, |host, args| {
        same(args, |value| {
            host.budget.range_start(value);
            Ok(())
        })
    }),
    (guard::RANGE_END, |host, args| same(args, |value| host.budget.range_end(value))),
    (guard::ITEM, |host, args| same(args, |value| host.budget.item(value))),
    (guard::ARRAY, |host, args| {
        let count = |index: usize| args.get(index).and_then(JValue::as_f64).unwrap_or(0.0) as usize;
        host.budget.charge_array(count(0), count(1)).map(|()| JValue::Undefined)
    }),
    (guard::OBJECT, |host, args| {
        let members = args.get(1).and_then(JValue::as_f64).unwrap_or(0.0) as usize;
        same(args, |_| host.budget.charge_object(members))
    }),
    (guard::RESULT, |host, args| same(args, |value| host.budget.charge_sequence(value))),
    (guard::OPERAND, |host, args| same(args, |value| host.budget.weigh(value).map(drop))),
];

/// The argument, if `check` lets it pass.
fn same(args: &[JValue], check: impl FnOnce(&JValue) -> Result<(), EvaluatorError>) -> Answer {
    let value = args.first().unwrap_or(&JValue::Undefined);
    check(value).map(|()| value.clone())
}

fn concatenate(host: &Rc<Host>, args: &[JValue]) -> Answer {
    let mut text = String::new();
    for arg in args {
        let part = match arg {
            JValue::String(part) => Rc::clone(part),
            JValue::Undefined => Rc::from(""),
            other => {
                host.budget.weigh(other)?;
                match host.with_all_digits(other, |value| Ok(string::string(value, None)?))? {
                    JValue::String(part) => part,
                    _ => Rc::from(""),
                }
            }
        };
        host.budget.charge(text.len().saturating_add(part.len()))?;
        text.push_str(&part);
    }
    Ok(JValue::string(text))
}

/// The time of the evaluation, in a picture and a timezone if they are given.
fn now(host: &Rc<Host>, args: &[JValue]) -> Answer {
    let milliseconds = host.source.epoch_milliseconds;
    if args.is_empty() {
        return Ok(JValue::string(format_epoch_milliseconds(milliseconds)));
    }
    let mut with_time = vec![JValue::from(milliseconds)];
    with_time.extend(args.iter().take(2).cloned());
    host.call_guarded("fromMillis", &with_time, &JValue::Undefined)
}

/// A number from 0 up to 1: with a seed, the first of `java.util.Random`.
fn random(host: &Rc<Host>, args: &[JValue]) -> Answer {
    refuse_surplus("random", args, 1)?;
    match args.first() {
        None | Some(JValue::Undefined) => Ok(JValue::Number(host.source.next_double())),
        Some(_) => Ok(JValue::Number(JavaRandom::new(integer("random", args, 0)?).next_double())),
    }
}

fn shuffle(host: &Rc<Host>, args: &[JValue]) -> Answer {
    let items = match args.first() {
        None | Some(JValue::Undefined) => return Ok(JValue::Undefined),
        Some(JValue::Array(items)) => items.to_vec(),
        Some(single) => vec![single.clone()],
    };
    let mut items = items;
    host.budget.charge_items(items.len())?;
    for end in (1..items.len()).rev() {
        let other = (host.source.next_u64() % (end as u64 + 1)) as usize;
        items.swap(end, other);
    }
    Ok(JValue::sequence(items))
}

fn uuid(host: &Rc<Host>, args: &[JValue]) -> Answer {
    refuse_surplus("uuid", args, 0)?;
    Ok(JValue::string(host.source.next_uuid()))
}

/// Lower-case hexadecimal. Without an algorithm, nothing.
fn hash_text(_: &Rc<Host>, args: &[JValue]) -> Answer {
    refuse_surplus("hash", args, 2)?;
    let Some(text) = args.first().and_then(JValue::as_str) else { return Err(signature_error("hash", 1)) };
    match args.get(1) {
        None | Some(JValue::Undefined) => Ok(JValue::Undefined),
        Some(JValue::String(algorithm)) => digest(text, algorithm).map(JValue::string).ok_or_else(|| {
            thrown(
                "D3137",
                &format!("Hash algorithm '{algorithm}' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5"),
            )
        }),
        Some(_) => Err(signature_error("hash", 2)),
    }
}

/// JSON text to a value. Duplicate keys, and numbers that no double can hold, are no JSON here.
fn parse(host: &Rc<Host>, args: &[JValue]) -> Answer {
    refuse_surplus("parse", args, 1)?;
    let text = match args.first() {
        None | Some(JValue::Undefined) => return Ok(JValue::Undefined),
        Some(JValue::String(text)) => text,
        Some(_) => return Err(signature_error("parse", 1)),
    };
    host.budget.charge(text.len())?;
    let value = strict_json::parse(text).ok_or_else(|| thrown("D3137", "Invalid JSON"))?;
    Ok(to_jsonata(&value, &mut host.exact.borrow_mut()))
}

/// Chunks of an array. A size of zero, an empty array and a missing one give nothing.
fn partition(host: &Rc<Host>, args: &[JValue]) -> Answer {
    refuse_surplus("partition", args, 2)?;
    let items = match args.first() {
        None | Some(JValue::Undefined) => return Ok(JValue::Undefined),
        Some(JValue::Array(items)) if items.is_empty() => return Ok(JValue::Undefined),
        Some(JValue::Array(items)) => items,
        Some(_) => return Err(thrown("T0412", "Argument 1 of function \"partition\" must be an array of undefined")),
    };
    let size = match args.get(1) {
        None | Some(JValue::Undefined) => i64::MAX,
        Some(_) => integer("partition", args, 1)?,
    };
    let size = match usize::try_from(size) {
        Ok(0) => return Ok(JValue::Undefined),
        Ok(size) => size,
        Err(_) => return Err(thrown("D3137", "Second argument must be zero or greater")),
    };
    host.budget.charge_items(items.len())?;
    Ok(JValue::array(items.chunks(size).map(|chunk| JValue::array(chunk.to_vec())).collect()))
}

/// The integers from a start to an end, both included, by steps. A single one is not in an array; none, or a step that
/// leads away from the end, is nothing.
fn range(host: &Rc<Host>, args: &[JValue]) -> Answer {
    refuse_surplus("range", args, 3)?;
    let (start, end) = (integer("range", args, 0)?, integer("range", args, 1)?);
    let step = match args.get(2) {
        None | Some(JValue::Undefined) => return Ok(JValue::Undefined),
        Some(_) => integer("range", args, 2)?,
    };
    if step == 0 || (step > 0 && start > end) || (step < 0 && start < end) {
        return Ok(JValue::Undefined);
    }
    let count = (i128::from(end) - i128::from(start)) / i128::from(step) + 1;
    if count > MAX_RANGE_ITEMS {
        return Err(host.budget.stop(Thrown::Memory));
    }
    host.budget.charge_items(usize::try_from(count).unwrap_or(usize::MAX))?;
    let item = |index: i128| JValue::Number((i128::from(start) + index * i128::from(step)) as f64);
    Ok(JValue::sequence((0..count).map(item).collect()))
}

/// A number argument without its fraction, as Java casts one.
fn integer(function: &str, args: &[JValue], index: usize) -> Result<i64, EvaluatorError> {
    match args.get(index) {
        Some(JValue::Number(number)) => Ok(*number as i64),
        _ => Err(signature_error(function, index + 1)),
    }
}

fn refuse_surplus(function: &str, args: &[JValue], most: usize) -> Result<(), EvaluatorError> {
    match args.get(most) {
        None | Some(JValue::Undefined) => Ok(()),
        Some(_) => Err(signature_error(function, most + 1)),
    }
}

fn signature_error(function: &str, argument: usize) -> EvaluatorError {
    thrown("T0410", &format!("Argument {argument} of function \"{function}\" does not match function signature"))
}

pub(super) fn thrown(code: &str, message: &str) -> EvaluatorError {
    EvaluatorError::EvaluationError(format!("{code}: {message}"))
}
