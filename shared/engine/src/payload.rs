//! JSON texts as they travel: what a state took in, what it gave out.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::limits;

/// A JSON text. AWS hands the text of an input through as it came, white space and number spelling included, and writes
/// compactly only what it computed; so the text is what is kept, and cloning one is cheap.
// INVARIANT: valid JSON. The doors (StartExecution, task outcomes) check before they make one.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Payload(Arc<str>);

impl Payload {
    /// `text` must be valid JSON.
    pub fn from_text(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// `None` if `text` is not JSON, or nested deeper than [`limits::JSON_DEPTH`]. Half a surrogate pair, which some
    /// runtimes write where they cut a text, becomes U+FFFD.
    pub fn parse(text: &str) -> Option<Self> {
        Self::checked(text).or_else(|| Self::checked(&without_lone_surrogates(text)?))
    }

    /// By the same parser that [`Payload::value`] uses: what it refuses must not become a payload.
    fn checked(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        (!is_deeper_than(&value, limits::JSON_DEPTH)).then(|| Self(text.into()))
    }

    /// Compact, keys in their order.
    pub fn from_value(value: &Value) -> Self {
        Self(expressions::json_text::json_text(value).into())
    }

    pub fn null() -> Self {
        Self("null".into())
    }

    /// The texts as they are, in an array.
    pub fn array<'a>(items: impl IntoIterator<Item = &'a Payload>) -> Self {
        let texts: Vec<&str> = items.into_iter().map(Payload::as_str).collect();
        Self(format!("[{}]", texts.join(",")).into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Size in bytes of UTF-8, which is what AWS limits.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `null` if the text is no JSON, which the invariant rules out.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or(Value::Null)
    }

    /// Whether both are one and the same text in memory.
    pub fn same(&self, other: &Payload) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Whether arrays and objects are nested deeper than that.
pub(crate) fn is_deeper_than(value: &Value, depth: usize) -> bool {
    match (value, depth.checked_sub(1)) {
        (Value::Array(_) | Value::Object(_), None) => true,
        (Value::Array(items), Some(depth)) => items.iter().any(|item| is_deeper_than(item, depth)),
        (Value::Object(members), Some(depth)) => members.values().any(|member| is_deeper_than(member, depth)),
        _ => false,
    }
}

/// The text with U+FFFD for each escape that is half of a surrogate pair; `None` if there is none.
fn without_lone_surrogates(text: &str) -> Option<String> {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = false;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at_checked(at)?;
        whole.push_str(before);
        let length = match (surrogate(escape), escape.get(6..).and_then(surrogate)) {
            (Some(Half::High), Some(Half::Low)) => 12,
            (Some(_), _) => {
                found = true;
                whole.push('\u{FFFD}');
                rest = escape.get(6..)?;
                continue;
            }
            (None, _) => 1 + escape.chars().nth(1)?.len_utf8(),
        };
        let (kept, after) = escape.split_at_checked(length)?;
        whole.push_str(kept);
        rest = after;
    }
    whole.push_str(rest);
    found.then_some(whole)
}

enum Half {
    High,
    Low,
}

/// Which half of a pair the text begins with, as an escape.
fn surrogate(text: &str) -> Option<Half> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    match u16::from_str_radix(digits, 16).ok()? {
        0xD800..=0xDBFF => Some(Half::High),
        0xDC00..=0xDFFF => Some(Half::Low),
        _ => None,
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_becomes_a_payload_can_be_read_again() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        for (text, expected) in [
            (r#" {"a" : 1.0} "#.to_owned(), Some(r#" {"a" : 1.0} "#.to_owned())),
            (r#"{"t":"\ud83d"}"#.to_owned(), Some("{\"t\":\"\u{FFFD}\"}".to_owned())),
            (
                r#"["\udc00x","\ud83d\ude00","\\ud83d"]"#.to_owned(),
                Some("[\"\u{FFFD}x\",\"\\ud83d\\ude00\",\"\\\\ud83d\"]".to_owned()),
            ),
            (r#"{"$serde_json::private::Number":"x"}"#.to_owned(), None),
            ("{".to_owned(), None),
            ("1 2".to_owned(), None),
            (deep(limits::JSON_DEPTH), Some(deep(limits::JSON_DEPTH))),
            (deep(limits::JSON_DEPTH + 1), None),
            (deep(100_000), None),
        ] {
            let payload = Payload::parse(&text);
            assert_eq!(payload.as_ref().map(Payload::as_str), expected.as_deref(), "{text:.60}");
            if let Some(payload) = payload {
                assert_eq!(serde_json::from_str::<Value>(payload.as_str()).ok(), Some(payload.value()));
            }
        }
    }
}
