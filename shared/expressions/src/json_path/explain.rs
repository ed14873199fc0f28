//! Why a definite path found nothing, as Jayway words it. Recorded from Step Functions: `Missing property in path` and
//! `No results for path`; the others are Jayway's.

use super::syntax::Segment;
use super::{NotFound, NotFoundKind, select, syntax};
use crate::java_text::java_text;
use serde_json::Value;

pub(super) fn definite(segments: &[Segment], root: &Value) -> Option<NotFound> {
    if let Some((Segment::Function(_), others)) = segments.split_last()
        && !syntax::is_definite(others)
    {
        return function_of_many(segments, root);
    }
    let mut value = root;
    let mut walked = String::from("$");
    for (position, segment) in segments.iter().enumerate() {
        let rest = segments.get(position..).unwrap_or_default();
        let is_last = rest.len() == 1;
        match step(segment, value, is_last) {
            Step::Found(next) => value = next,
            Step::Computed => return None,
            Step::Missing(kind) => {
                let reason = reason(kind, &walked, rest, value, is_last);
                return Some(NotFound { kind, reason });
            }
        }
        walked.push_str(&fragment(segment));
    }
    None
}

fn function_of_many(segments: &[Segment], root: &Value) -> Option<NotFound> {
    let document = select::Document::new(root);
    let found = select::one(segments, root, &document).is_some();
    indefinite(segments, &document).or_else(|| {
        let kind = NotFoundKind::Function;
        (!found).then(|| NotFound { kind, reason: reason(kind, "$", segments, root, true) })
    })
}

/// For an indefinite path, after its evaluation.
pub(super) fn indefinite(segments: &[Segment], document: &select::Document<'_>) -> Option<NotFound> {
    if document.is_exhausted() {
        return Some(NotFound { kind: NotFoundKind::TooMuch, reason: "The path visits too many values".to_owned() });
    }
    // Without such names the path has a filter with them.
    let names = segments.iter().position(Segment::has_several_names).unwrap_or(segments.len());
    let walked: String = segments.iter().take(names).map(fragment).collect();
    let kind = NotFoundKind::NamesWithinPath;
    let rest = segments.get(names..).unwrap_or_default();
    let reason = reason(kind, &format!("${walked}"), rest, document.root, false);
    document.has_names_within().then_some(NotFound { kind, reason })
}

enum Step<'v> {
    Found(&'v Value),
    /// The last step, whose value is not part of the document.
    Computed,
    Missing(NotFoundKind),
}

fn step<'v>(segment: &Segment, value: &'v Value, is_last: bool) -> Step<'v> {
    match (segment, value) {
        (Segment::Properties(names), Value::Object(members)) => match names.as_slice() {
            [name] => members.get(name).map_or(Step::Missing(NotFoundKind::MissingProperty), Step::Found),
            _ if is_last => Step::Computed,
            _ => Step::Missing(NotFoundKind::NamesWithinPath),
        },
        (Segment::Properties(_), _) => Step::Missing(NotFoundKind::NotAnObject),
        (Segment::Indexes(_), Value::Array(_)) => match single(segment, value) {
            Some(std::borrow::Cow::Borrowed(item)) => Step::Found(item),
            _ => Step::Missing(NotFoundKind::IndexOutOfRange),
        },
        (Segment::Indexes(_), _) => Step::Missing(NotFoundKind::NotAnArray),
        _ => match single(segment, value) {
            Some(_) => Step::Computed,
            None => Step::Missing(NotFoundKind::Function),
        },
    }
}

fn single<'v>(segment: &Segment, value: &'v Value) -> Option<select::Node<'v>> {
    select::one(std::slice::from_ref(segment), value, &select::Document::new(value))
}

fn reason(kind: NotFoundKind, walked: &str, rest: &[Segment], value: &Value, is_last: bool) -> String {
    let here = rest.first().map(fragment).unwrap_or_default();
    let remaining: String = rest.iter().map(fragment).collect();
    match kind {
        NotFoundKind::MissingProperty if !is_last => {
            format!("Missing property in path {walked}{here}")
        }
        NotFoundKind::MissingProperty
        | NotFoundKind::IndexOutOfRange
        | NotFoundKind::Function
        | NotFoundKind::TooMuch => {
            format!("No results for path: {walked}{remaining}")
        }
        NotFoundKind::NamesWithinPath => {
            format!("Multi properties can only be used as path leafs: {walked}{}", here.replace("','", "', '"))
        }
        NotFoundKind::NotAnObject => format!("Property {here} not found in path {walked}"),
        NotFoundKind::NotAnArray if value.is_null() => format!("The path {walked} is null"),
        NotFoundKind::NotAnArray => {
            format!("Filter: {remaining} can only be applied to arrays. Current context is: {}", java_text(value))
        }
    }
}

/// A segment in Jayway's normal form: `['a']`, `[0]`. Only definite segments get here.
fn fragment(segment: &Segment) -> String {
    match segment {
        Segment::Properties(names) => format!("['{}']", names.join("','")),
        Segment::Indexes(indexes) => {
            let indexes: Vec<String> = indexes.iter().map(ToString::to_string).collect();
            format!("[{}]", indexes.join(","))
        }
        Segment::Slice { .. } => "[:]".to_owned(),
        Segment::Wildcard => "[*]".to_owned(),
        Segment::Descend => "..".to_owned(),
        Segment::Filter(_) => "[?]".to_owned(),
        Segment::Function(_) => ".function()".to_owned(),
    }
}
