//! Evaluation: which values of a document a path selects.

use super::syntax::Segment;
use serde_json::{Map, Value};
use std::borrow::Cow;

pub(super) type Node<'v> = Cow<'v, Value>;

/// The value of a definite path.
pub(super) fn one<'v>(segments: &[Segment], root: &'v Value) -> Option<Node<'v>> {
    if let Some((Segment::Function(function), others)) = segments.split_last() {
        return if super::syntax::is_definite(others) {
            one(others, root).and_then(|value| function.of_value(&value)).map(Cow::Owned)
        } else {
            function.of_selected(&many(others, root)).map(Cow::Owned)
        };
    }
    let mut value = root;
    for segment in segments {
        value = match segment {
            Segment::Properties(names) => match names.as_slice() {
                [name] => value.as_object()?.get(name)?,
                names => {
                    return value.as_object().map(|members| Cow::Owned(merged(members, names)));
                }
            },
            Segment::Indexes(indexes) => element(value.as_array()?, *indexes.first()?)?,
            _ => return None,
        };
    }
    Some(Cow::Borrowed(value))
}

/// The values of an indefinite path; also right for a definite one, whose list has one value or none.
pub(super) fn many<'v>(segments: &[Segment], root: &'v Value) -> Vec<Node<'v>> {
    relative(segments, root, root)
}

/// The same, from a value within the document of `root`.
pub(super) fn relative<'v>(segments: &[Segment], start: &'v Value, root: &'v Value) -> Vec<Node<'v>> {
    let mut found = Vec::new();
    Walk { root, found: &mut found }.walk(segments, start);
    found
}

struct Walk<'v, 'f> {
    root: &'v Value,
    found: &'f mut Vec<Node<'v>>,
}

impl<'v> Walk<'v, '_> {
    fn walk(&mut self, segments: &[Segment], value: &'v Value) {
        let Some((segment, rest)) = segments.split_first() else {
            self.found.push(Cow::Borrowed(value));
            return;
        };
        match segment {
            Segment::Properties(names) => self.properties(names, rest, value),
            Segment::Indexes(indexes) => {
                if let Value::Array(items) = value {
                    for item in indexes.iter().filter_map(|index| element(items, *index)) {
                        self.walk(rest, item);
                    }
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
                Value::Object(_) if filter.accepts(value, self.root) => self.walk(rest, value),
                Value::Array(items) => {
                    let root = self.root;
                    self.each(rest, items.iter().filter(|item| filter.accepts(item, root)));
                }
                _ => {}
            },
            Segment::Function(function) => self.found.extend(function.of_value(value).map(Cow::Owned)),
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
            self.found.push(Cow::Owned(merged(members, names)));
        } else {
            self.each(rest, names.iter().filter_map(|name| members.get(name)));
        }
    }

    /// The value and everything below it, parents first, each as if the rest of the path began there.
    fn descend(&mut self, rest: &[Segment], value: &'v Value) {
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
