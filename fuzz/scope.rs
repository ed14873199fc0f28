//! What the targets share: a text with a document, and the surroundings in which expressions are evaluated.

use expressions::jsonata::JsonataScope;
use expressions::scope::Scope;
use serde_json::{Value, json};

/// The first line of what the fuzzer came up with, and the rest as a document: itself as a text if it is no JSON.
pub fn text_and_document(data: &str) -> (&str, Value) {
    let (text, document) = data.split_once('\n').unwrap_or((data, "{\"a\":[{\"b\":1,\"c\":\"x\"},{\"b\":2.5}],\"d\":null}"));
    (text, serde_json::from_str(document).unwrap_or_else(|_| Value::from(document)))
}

/// `$`, `$$` and every variable have values, the random numbers are always the same.
pub struct Surroundings {
    document: Value,
    context: Value,
}

impl Surroundings {
    pub fn new(document: Value) -> Surroundings {
        Surroundings { document, context: json!({"Execution": {"Name": "n"}, "State": {"Name": "S"}}) }
    }
}

impl Scope for Surroundings {
    fn input(&self) -> &Value {
        &self.document
    }

    fn context(&self) -> &Value {
        &self.context
    }

    fn variable(&self, _: &str) -> Option<&Value> {
        Some(&self.document)
    }

    fn random(&self) -> u64 {
        7
    }

    fn uuid(&self) -> String {
        "00000000-0000-4000-8000-000000000000".to_owned()
    }
}

impl JsonataScope for Surroundings {
    fn input(&self) -> &Value {
        &self.document
    }

    fn context(&self) -> &Value {
        &self.context
    }

    fn result(&self) -> Option<&Value> {
        Some(&self.document)
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        matches!(name, "a" | "b").then_some(&self.document)
    }

    fn random(&self) -> u64 {
        7
    }

    fn epoch_milliseconds(&self) -> i64 {
        1_767_225_600_000
    }
}
