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
}

impl<'v> Document<'v> {
    pub(super) fn new(root: &'v Value) -> Document<'v> {
        Document { root, work_left: Cell::new(MAX_WORK) }
    }

    /// Whether the evaluation was cut short, so that what it found is worthless.
    pub(super) fn is_exhausted(&self) -> bool {
        self.work_left.get() == 0
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
    for segment in segments {
        value = match segment {
            Segment::Properties(names) => match names.as_slice() {
                [name] => value.as_object()?.get(name)?,
                names => return value.as_object().map(|members| Cow::Owned(merged(members, names))),
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
    let descends = segments.iter().any(|segment| matches!(segment, Segment::Descend));
    let mut walk = Walk { document, descends, found: Vec::new() };
    walk.walk(segments, start);
    walk.found
}

struct Walk<'v, 'd> {
    document: &'d Document<'v>,
    /// Whether the path has `..`: only then can one value be found more than once, within others.
    descends: bool,
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
                    let positions = distinct(indexes.iter().filter_map(|index| from_the_end(items.len(), *index)));
                    self.each(rest, positions.into_iter().filter_map(|position| items.get(position)));
                }
            }
            Segment::Slice { from, to } => {
                if let Value::Array(items) = value {
                    self.each(rest, slice(items, *from, *to).iter());
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
        if !self.descends || self.document.charge(weight(&value)) {
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
        if names.len() > 1 && rest.is_empty() {
            self.find(Cow::Owned(merged(members, names)));
        } else {
            let names = distinct(names.iter());
            self.each(rest, names.into_iter().filter_map(|name| members.get(name)));
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

/// Each once, in order. `[0,0]` would otherwise double what a path finds, as often as it is written.
fn distinct<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut distinct = Vec::new();
    for one in all {
        if !distinct.contains(&one) {
            distinct.push(one);
        }
    }
    distinct
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

fn slice(items: &[Value], from: Option<i32>, to: Option<i32>) -> &[Value] {
    let bound = |index| from_the_end(items.len(), index).unwrap_or(0).min(items.len());
    items.get(from.map_or(0, bound)..to.map_or(items.len(), bound)).unwrap_or_default()
}
