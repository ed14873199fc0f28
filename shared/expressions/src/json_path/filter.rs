//! Filters: what `[?(…)]` accepts.

use super::select::{self, Document};
use super::syntax::Segment;
use crate::numbers;
use regex_lite::Regex;
use serde_json::Value;
use std::borrow::Cow;
use std::cmp::Ordering;

#[derive(Debug, Clone)]
pub(crate) enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Exists(FilterPath),
    Compare { left: Operand, operator: Operator, right: Operand },
}

#[derive(Debug, Clone)]
pub(crate) struct FilterPath {
    /// `$`, the whole document, or else `@`, the element that is tested.
    pub from_document: bool,
    pub segments: Vec<Segment>,
}

#[derive(Debug, Clone)]
pub(crate) enum Operand {
    Path(FilterPath),
    Literal(Value),
    Pattern(Regex),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    /// `===`: as `==`, but a number never equals a string.
    Identical,
    NotIdentical,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,
    In,
    NotIn,
    SubsetOf,
    AnyOf,
    NoneOf,
    All,
    Contains,
    Size,
    Empty,
}

/// An operand's value at one element. A path that finds nothing is `None`, which equals nothing, not even itself.
type Operated<'v> = Option<Cow<'v, Value>>;

impl Filter {
    /// Scalars are never accepted: see the module's root.
    pub(super) fn accepts<'v>(&self, element: &'v Value, document: &Document<'v>) -> bool {
        (element.is_object() || element.is_array()) && self.holds(element, document)
    }

    fn holds<'v>(&'v self, element: &'v Value, document: &Document<'v>) -> bool {
        match self {
            Filter::And(left, right) => left.holds(element, document) && right.holds(element, document),
            Filter::Or(left, right) => left.holds(element, document) || right.holds(element, document),
            Filter::Not(inner) => !inner.holds(element, document),
            Filter::Exists(path) => !path.values(element, document).is_empty(),
            Filter::Compare { left, operator, right } => match (left, right) {
                (Operand::Pattern(pattern), other) | (other, Operand::Pattern(pattern)) => {
                    *operator == Operator::Matches
                        && other.value(element, document).is_some_and(|value| fits(pattern, &value))
                }
                _ => operator.holds(&left.value(element, document), &right.value(element, document)),
            },
        }
    }

    /// Whether the filter reads the document besides the element that it tests.
    pub(super) fn reads_document(&self) -> bool {
        match self {
            Filter::And(left, right) | Filter::Or(left, right) => left.reads_document() || right.reads_document(),
            Filter::Not(inner) => inner.reads_document(),
            Filter::Exists(path) => path.reads_document(),
            Filter::Compare { left, right, .. } => {
                [left, right].into_iter().any(|operand| matches!(operand, Operand::Path(path) if path.reads_document()))
            }
        }
    }
}

impl FilterPath {
    fn start<'v>(&self, element: &'v Value, document: &Document<'v>) -> &'v Value {
        if self.from_document { document.root } else { element }
    }

    fn values<'v>(&self, element: &'v Value, document: &Document<'v>) -> Vec<Cow<'v, Value>> {
        select::many(&self.segments, self.start(element, document), document)
    }

    fn value<'v>(&self, element: &'v Value, document: &Document<'v>) -> Operated<'v> {
        if super::syntax::is_definite(&self.segments) {
            return select::one(&self.segments, self.start(element, document), document);
        }
        let values = self.values(element, document).into_iter().map(Cow::into_owned).collect();
        Some(Cow::Owned(Value::Array(values)))
    }

    fn reads_document(&self) -> bool {
        self.from_document
            || self.segments.iter().any(|segment| matches!(segment, Segment::Filter(filter) if filter.reads_document()))
    }
}

impl Operand {
    fn value<'v>(&'v self, element: &'v Value, document: &Document<'v>) -> Operated<'v> {
        match self {
            Operand::Path(path) => path.value(element, document),
            Operand::Literal(value) => Some(Cow::Borrowed(value)),
            Operand::Pattern(_) => None,
        }
    }
}

impl Operator {
    fn holds(self, left: &Operated<'_>, right: &Operated<'_>) -> bool {
        let ordered = |accepted: fn(Ordering) -> bool| order(left, right).is_some_and(accepted);
        match self {
            Operator::Equal => equal(left.as_deref(), right.as_deref()),
            Operator::NotEqual => !equal(left.as_deref(), right.as_deref()),
            Operator::Identical => identical(left.as_deref(), right.as_deref()),
            Operator::NotIdentical => !identical(left.as_deref(), right.as_deref()),
            Operator::Less => ordered(Ordering::is_lt),
            Operator::LessOrEqual => ordered(Ordering::is_le),
            Operator::Greater => ordered(Ordering::is_gt),
            Operator::GreaterOrEqual => ordered(Ordering::is_ge),
            Operator::Matches => false,
            Operator::In => list(right).is_some_and(|items| contains(items, left.as_deref())),
            Operator::NotIn => !Operator::In.holds(left, right),
            Operator::SubsetOf => both(left, right, |left, right| left.iter().all(|item| contains(right, Some(item)))),
            Operator::AnyOf => both(left, right, |left, right| left.iter().any(|item| contains(right, Some(item)))),
            Operator::NoneOf => both(left, right, |left, right| !left.iter().any(|item| contains(right, Some(item)))),
            Operator::All => both(left, right, |left, right| right.iter().all(|item| contains(left, Some(item)))),
            Operator::Contains => match (left.as_deref(), right.as_deref()) {
                (Some(Value::String(text)), Some(Value::String(part))) => text.contains(part),
                (Some(Value::Array(items)), Some(item)) => contains(items, Some(item)),
                _ => false,
            },
            Operator::Size => match right.as_deref() {
                Some(Value::Number(expected)) if !left.as_deref().is_some_and(Value::is_object) => {
                    size(left).is_some_and(|size| i64::try_from(size).ok() == expected.as_i64())
                }
                _ => false,
            },
            Operator::Empty => match right.as_deref() {
                Some(Value::Bool(expected)) => size(left).is_some_and(|size| (size == 0) == *expected),
                _ => false,
            },
        }
    }
}

/// Numbers by value; a number and a string by the string; the rest structurally.
fn equal(left: Option<&Value>, right: Option<&Value>) -> bool {
    match (left, right) {
        (Some(Value::Number(number)), Some(Value::String(text))) => {
            serde_json::from_str(text).is_ok_and(|other| numbers::numeric_equal(number, &other))
        }
        (Some(Value::String(text)), Some(Value::Number(number))) => *text == number.to_string(),
        (Some(left), Some(right)) => numbers::json_equal(left, right),
        _ => false,
    }
}

fn identical(left: Option<&Value>, right: Option<&Value>) -> bool {
    let is_number = |value: Option<&Value>| value.is_some_and(Value::is_number);
    is_number(left) == is_number(right) && equal(left, right)
}

/// Texts are ordered as in Java, by their UTF-16 units.
fn order(left: &Operated<'_>, right: &Operated<'_>) -> Option<Ordering> {
    match (left.as_deref()?, right.as_deref()?) {
        (Value::Number(left), Value::Number(right)) => Some(numbers::compare(left, right)),
        (Value::String(left), Value::String(right)) => Some(order_of_texts(left, right)),
        (Value::String(left), Value::Number(right)) => Some(order_of_texts(left, &right.to_string())),
        (Value::Number(left), Value::String(right)) => Some(order_of_texts(&left.to_string(), right)),
        _ => None,
    }
}

fn order_of_texts(left: &str, right: &str) -> Ordering {
    left.encode_utf16().cmp(right.encode_utf16())
}

fn list<'o>(operated: &'o Operated<'_>) -> Option<&'o [Value]> {
    operated.as_deref().and_then(Value::as_array).map(Vec::as_slice)
}

fn both(left: &Operated<'_>, right: &Operated<'_>, holds: impl Fn(&[Value], &[Value]) -> bool) -> bool {
    matches!((list(left), list(right)), (Some(left), Some(right)) if holds(left, right))
}

fn contains(items: &[Value], wanted: Option<&Value>) -> bool {
    items.iter().any(|item| equal(Some(item), wanted))
}

fn size(operated: &Operated<'_>) -> Option<usize> {
    match operated.as_deref()? {
        Value::String(text) => Some(text.encode_utf16().count()),
        Value::Array(items) => Some(items.len()),
        Value::Object(members) => Some(members.len()),
        _ => None,
    }
}

/// Patterns match whole values; of an array, any element.
fn fits(pattern: &Regex, value: &Value) -> bool {
    match value {
        Value::String(text) => pattern.is_match(text),
        Value::Number(number) => pattern.is_match(&number.to_string()),
        Value::Bool(flag) => pattern.is_match(if *flag { "true" } else { "false" }),
        Value::Array(items) => items.iter().any(|item| !item.is_array() && fits(pattern, item)),
        Value::Null | Value::Object(_) => pattern.is_match(""),
    }
}
