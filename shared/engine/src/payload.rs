//! JSON texts as they travel: what a state took in, what it gave out.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

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

    /// `None` if `text` is not JSON.
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str::<serde::de::IgnoredAny>(text).ok().map(|_| Self(text.into()))
    }

    /// Compact, keys in their order.
    pub fn from_value(value: &Value) -> Self {
        Self(value.to_string().into())
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

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
