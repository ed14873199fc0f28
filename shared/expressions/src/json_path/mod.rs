//! JSONPath in the dialect that Step Functions uses: Jayway's JsonPath for Java, of about version 2.0. Messages that
//! only such a version has were seen from Step Functions (`Multi properties can only be used as path leafs`), and a
//! function that came later (`sum()`) was not found. The functions of 2.2 work here nevertheless.
//!
//! What differs from RFC 9535, because Jayway differs:
//! - a path is *definite* (names at most one value: `$.a[0]`) or *indefinite* (selects a list: `$.a[*]`);
//! - `['a','b']` gives one object with those members, is definite, and has to end its path;
//! - `[-4:1]` counts its indexes one by one, so that -1 is followed by 0;
//! - `[?(…)]` on an object tests the object itself, and `$..[?(…)]` every object below and including the start;
//! - filters know `in`, `nin`, `subsetof`, `anyof`, `noneof`, `size`, `empty`, `contains`, `all` and `=~ /regex/i`;
//! - functions (`.length()`, `.min()`, `.max()`, `.avg()`, `.stddev()`) may end a path.
//!
//! From the Step Functions guide: `@` in a filter never matches a scalar element, only objects (and arrays).
//! <https://docs.aws.amazon.com/step-functions/latest/dg/amazon-states-language-paths.html>

mod explain;
mod filter;
mod filter_syntax;
mod function;
mod select;
mod syntax;

use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use syntax::Segment;

/// A compiled path from the root of one document.
#[derive(Debug, Clone)]
pub struct JsonPath {
    text: String,
    segments: Vec<Segment>,
    definite: bool,
}

/// Why a text is not a path. `position` counts bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at position {position}")]
pub struct PathSyntaxError {
    pub reason: &'static str,
    pub position: usize,
}

/// What a path selected. Values are borrowed from the document unless the path computed them.
#[derive(Debug, Clone, PartialEq)]
pub enum Selection<'v> {
    /// Of a definite path: the value, or `None` where the document has none.
    One(Option<Cow<'v, Value>>),
    /// Of an indefinite path: all values in document order, perhaps none.
    Many(Vec<Cow<'v, Value>>),
}

impl<'v> Selection<'v> {
    /// The value that Step Functions goes on with: lists become arrays, even of one or no value. `None`: not found.
    pub fn into_value(self) -> Option<Cow<'v, Value>> {
        match self {
            Selection::One(value) => value,
            Selection::Many(values) => {
                Some(Cow::Owned(Value::Array(values.into_iter().map(Cow::into_owned).collect())))
            }
        }
    }
}

/// Why a definite path found nothing, in Jayway's words, which Step Functions passes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotFound {
    pub kind: NotFoundKind,
    /// For example `No results for path: $['a']`.
    pub reason: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotFoundKind {
    /// An object on the way has no such member.
    MissingProperty,
    /// An array on the way is too short. A payload template shows this as null.
    IndexOutOfRange,
    /// Something other than an object has no members.
    NotAnObject,
    /// Something other than an array has no elements.
    NotAnArray,
    /// The path ends in a function that does not exist or does not apply.
    Function,
    /// Several names stand in one pair of brackets, and more follows.
    NamesWithinPath,
    /// The path would visit more values than is reasonable, by several `..`.
    TooMuch,
}

impl JsonPath {
    /// Compiles a path that begins with `$`.
    pub fn parse(text: &str) -> Result<JsonPath, PathSyntaxError> {
        let segments = syntax::parse_path(text)?;
        Ok(JsonPath { text: text.to_owned(), definite: syntax::is_definite(&segments), segments })
    }

    /// Whether the path names at most one value.
    pub fn is_definite(&self) -> bool {
        self.definite
    }

    /// Whether the path is `$`.
    pub fn is_root(&self) -> bool {
        self.segments.is_empty()
    }

    pub fn select<'v>(&self, root: &'v Value) -> Selection<'v> {
        let document = select::Document::new(root);
        let selection = if self.definite {
            Selection::One(select::one(&self.segments, root, &document))
        } else {
            Selection::Many(select::many(&self.segments, root, &document))
        };
        if document.has_failed() { Selection::One(None) } else { selection }
    }

    /// Why `select` found nothing in the same document. `None` for a path that did find something.
    pub fn explain(&self, root: &Value) -> Option<NotFound> {
        if self.definite {
            return explain::definite(&self.segments, root);
        }
        let document = select::Document::new(root);
        select::many(&self.segments, root, &document);
        explain::indefinite(&self.segments, &document)
    }

    /// Whether the path may read the value at `members` below the root, or something above or below it. Errs on the
    /// side of `true`: wildcards, descents and filters count as reading everything that they may reach.
    pub fn may_read(&self, members: &[&str]) -> bool {
        syntax::may_read(&self.segments, members)
    }

    /// The path as steps of a reference path, if it is one.
    pub(crate) fn reference_steps(&self) -> Option<Vec<crate::reference_path::Step>> {
        self.segments.iter().map(Segment::reference_step).collect()
    }
}

impl fmt::Display for JsonPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl PartialEq for JsonPath {
    fn eq(&self, other: &JsonPath) -> bool {
        self.text == other.text
    }
}

impl Eq for JsonPath {}

#[cfg(test)]
mod tests;
