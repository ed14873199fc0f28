//! Evaluation: which values of a document a path selects.

use super::syntax::Segment;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::cell::Cell;

pub(super) type Node<'v> = Cow<'v, Value>;

/// How much one evaluation may do, in visited values: many times what a payload of the allowed size can need without
/// repeated `..`, which can visit the same values again and again.
const MAX_WORK: usize = 4_000_000;

/// How many characters of a string weigh as much as a value.
const CHARACTERS_A_UNIT: usize = 64;

/// One evaluation: the document, and how much may still be done with it.
pub(super) struct Document<'v> {
    pub(super) root: &'v Value,
    work_left: Cell<usize>,
    has_names_within: Cell<bool>,
}

impl<'v> Document<'v> {
    pub(super) fn new(root: &'v Value) -> Document<'v> {
        Document { root, work_left: Cell::new(MAX_WORK), has_names_within: Cell::new(false) }
    }

    /// Whether the evaluation was cut short, so that what it found is worthless.
    pub(super) fn is_exhausted(&self) -> bool {
        self.work_left.get() == 0
    }

    /// Whether the evaluation came to several names in one pair of brackets of which it should go on.
    pub(super) fn has_names_within(&self) -> bool {
        self.has_names_within.get()
    }

    pub(super) fn has_failed(&self) -> bool {
        self.is_exhausted() || self.has_names_within()
    }

    /// Books some work; `false` when there has been too much.
    pub(super) fn charge(&self, work: usize) -> bool {
        self.work_left.set(self.work_left.get().saturating_sub(work));
        !self.is_exhausted()
    }
}

/// The value of a definite path.
pub(super) fn one<'v>(segments: &[Segment], start: &'v Value, document: &Document<'v>) -> Option<Node<'v>> {
    if let Some((Segment::Function(function), others)) = segments.split_last() {
        return if super::syntax::is_definite(others) {
            one(others, start, document).and_then(|value| function.of_value(&value)).map(Cow::Owned)
        } else {
            function.of_selected(&many(others, start, document)).map(Cow::Owned)
        };
    }
    let mut value = start;
    let mut rest = segments;
    while let Some((segment, after)) = rest.split_first() {
        rest = after;
        value = match segment {
            Segment::Properties(names) => match (value.as_object()?, names.as_slice()) {
                (members, [name]) => members.get(name)?,
                (members, names) if rest.is_empty() => return Some(Cow::Owned(merged(members, names))),
                _ => {
                    document.has_names_within.set(true);
                    return None;
                }
            },
            Segment::Indexes(indexes) => element(value.as_array()?, *indexes.first()?)?,
            _ => return None,
        };
    }
    Some(Cow::Borrowed(value))
}

/// The values of an indefinite path, from any value within the document. Also right for a definite path, whose list has
/// one value or none.
pub(super) fn many<'v>(segments: &[Segment], start: &'v Value, document: &Document<'v>) -> Vec<Node<'v>> {
    let repeats = segments.iter().any(Segment::may_repeat);
    let mut walk = Walk { document, repeats, found: Vec::new() };
    walk.walk(segments, start);
    walk.found
}

struct Walk<'v, 'd> {
    document: &'d Document<'v>,
    /// Whether one value can be found more than once, by itself or within others.
    repeats: bool,
    found: Vec<Node<'v>>,
}

impl<'v> Walk<'v, '_> {
    fn walk(&mut self, segments: &[Segment], value: &'v Value) {
        let Some((segment, rest)) = segments.split_first() else {
            return self.find(Cow::Borrowed(value));
        };
        if !self.document.charge(1) {
            return;
        }
        match segment {
            Segment::Properties(names) => self.properties(names, rest, value),
            Segment::Indexes(indexes) => {
                if let Value::Array(items) = value {
                    self.each(rest, indexes.iter().filter_map(|index| element(items, *index)));
                }
            }
            Segment::Slice { from, to } => {
                if let Value::Array(items) = value {
                    self.each(rest, slice(items, *from, *to));
                }
            }
            Segment::Wildcard => self.children(value, |walk, child| walk.walk(rest, child)),
            Segment::Descend => self.descend(rest, value),
            Segment::Filter(filter) => match value {
                Value::Object(_) if filter.accepts(value, self.document) => self.walk(rest, value),
                Value::Array(items) => {
                    let document = self.document;
                    self.each(rest, items.iter().filter(|item| filter.accepts(item, document)));
                }
                _ => {}
            },
            Segment::Function(function) => {
                function.of_value(value).into_iter().for_each(|value| self.find(Cow::Owned(value)))
            }
        }
    }

    fn find(&mut self, value: Node<'v>) {
        if !self.repeats || self.document.charge(weight(&value)) {
            self.found.push(value);
        }
    }

    fn each(&mut self, rest: &[Segment], values: impl Iterator<Item = &'v Value>) {
        for value in values {
            self.walk(rest, value);
        }
    }

    fn properties(&mut self, names: &[String], rest: &[Segment], value: &'v Value) {
        let Value::Object(members) = value else {
            return;
        };
        match names {
            [name] => self.each(rest, members.get(name).into_iter()),
            names if rest.is_empty() => self.find(Cow::Owned(merged(members, names))),
            _ => self.document.has_names_within.set(true),
        }
    }

    /// The value and everything below it, parents first, each as if the rest of the path began there.
    fn descend(&mut self, rest: &[Segment], value: &'v Value) {
        if !self.document.charge(1) {
            return;
        }
        if self.descent_stops_at(rest, value) {
            self.walk(rest, value);
        }
        self.children(value, |walk, child| walk.descend(rest, child));
    }

    /// In a descent a filter tests each object once, not again as the element of an array, and members are merged only
    /// where all of them exist.
    fn descent_stops_at(&self, rest: &[Segment], value: &Value) -> bool {
        match (rest, value) {
            ([Segment::Filter(_), ..], value) => value.is_object(),
            ([Segment::Properties(names)], Value::Object(members)) => {
                names.iter().all(|name| members.contains_key(name))
            }
            (_, value) => value.is_object() || value.is_array(),
        }
    }

    fn children(&mut self, value: &'v Value, mut visit: impl FnMut(&mut Self, &'v Value)) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| visit(self, item)),
            Value::Object(members) => members.values().for_each(|member| visit(self, member)),
            _ => {}
        }
    }
}

/// What it costs to copy a value.
fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => 1 + text.len() / CHARACTERS_A_UNIT,
        Value::Array(items) => items.iter().map(weight).sum::<usize>() + 1,
        Value::Object(members) => members.values().map(|member| weight(member) + 1).sum::<usize>() + 1,
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}

/// An object with those of the members that exist, in the order of the path.
fn merged(members: &Map<String, Value>, names: &[String]) -> Value {
    let existing = names.iter().filter_map(|name| Some((name.clone(), members.get(name)?.clone())));
    Value::Object(existing.collect())
}

fn element(items: &[Value], index: i32) -> Option<&Value> {
    items.get(from_the_end(items.len(), index)?)
}

/// The position that an index means, `None` before the start of the array.
fn from_the_end(length: usize, index: i32) -> Option<usize> {
    match usize::try_from(index) {
        Ok(index) => Some(index),
        Err(_) => length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?),
    }
}

/// As Jayway has it: with both bounds given, the indexes between them count one by one, so that those below zero are
/// taken from the end of the array, and the others then from its start.
fn slice(items: &[Value], from: Option<i32>, to: Option<i32>) -> impl Iterator<Item = &Value> {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let from_the_end = |bound: i64| if bound < 0 { length.saturating_add(bound).max(0) } else { bound };
    let (from, to) = match (from.map(i64::from), to.map(i64::from)) {
        (Some(from), Some(to)) => (from.max(-length), to.min(length)),
        (from, to) => (from.map_or(0, from_the_end), to.map_or(length, from_the_end).min(length)),
    };
    (from..to).filter_map(move |index| element(items, i32::try_from(index).ok()?))
}
