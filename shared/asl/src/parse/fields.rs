//! One JSON object of a definition, read field by field.
//!
//! Texts are AWS's, as ValidateStateMachineDefinition gives them.

use serde_json::{Map, Value};

use super::findings::Findings;
pub(super) use crate::diagnostic::member_location as join;
use crate::diagnostic::{Code, Diagnostic};
use crate::machine::QueryLanguage;

/// An object with its place in the definition. Every method that finds something wrong notes it.
#[derive(Clone)]
pub(super) struct Fields<'a> {
    object: &'a Map<String, Value>,
    location: String,
    /// Of the state that the object belongs to.
    pub language: QueryLanguage,
    pub findings: &'a Findings,
}

/// The word for a query language in a definition.
pub(super) fn language_name(language: QueryLanguage) -> &'static str {
    match language {
        QueryLanguage::JsonPath => "JSONPath",
        QueryLanguage::Jsonata => "JSONata",
    }
}

impl<'a> Fields<'a> {
    pub fn root(object: &'a Map<String, Value>, language: QueryLanguage, findings: &'a Findings) -> Self {
        Self { object, location: "/".to_owned(), language, findings }
    }

    pub fn location(&self) -> &str {
        &self.location
    }

    pub fn object(&self) -> &'a Map<String, Value> {
        self.object
    }

    /// Where a field of this object stands: `/States/Pay/Next`, `/StartAt`.
    pub fn location_of(&self, field: &str) -> String {
        join(&self.location, field)
    }

    pub fn with_language(mut self, language: QueryLanguage) -> Self {
        self.language = language;
        self
    }

    pub fn is_jsonata(&self) -> bool {
        self.language == QueryLanguage::Jsonata
    }

    // What to say, and where.

    /// A `SCHEMA_VALIDATION_FAILED` that concerns the object.
    pub fn report(&self, message: impl Into<String>) {
        self.findings.add(Code::SchemaValidationFailed, message, Some(&self.location));
    }

    /// The same, about one member of the object.
    pub fn report_member(&self, member: &str, message: impl Into<String>) {
        let finding = Diagnostic::new(Code::SchemaValidationFailed, message, Some(&self.location));
        self.findings.push(finding.about(member));
    }

    /// A `SCHEMA_VALIDATION_FAILED` that concerns one field.
    pub fn report_at(&self, field: &str, message: impl Into<String>) {
        self.findings.add(Code::SchemaValidationFailed, message, Some(&self.location_of(field)));
    }

    fn expected(&self, field: &str, type_name: &str) {
        self.report_at(field, format!("Expected value of type {type_name}"));
    }

    // Which fields there are.

    pub fn has(&self, field: &str) -> bool {
        self.object.contains_key(field)
    }

    pub fn get(&self, field: &str) -> Option<&'a Value> {
        self.object.get(field)
    }

    /// Refuses every field that is not in `known`.
    pub fn allow(&self, known: &[&str]) {
        for field in self.object.keys().filter(|field| !known.contains(&field.as_str())) {
            self.report_member(field, format!("Field '{field}' is not supported"));
        }
    }

    /// Refuses the fields that only the other query language has.
    pub fn refuse_other_language(&self, jsonpath_only: &[&str], jsonata_only: &[&str]) {
        let (refused, other) = match self.language {
            QueryLanguage::JsonPath => (jsonata_only, QueryLanguage::Jsonata),
            QueryLanguage::Jsonata => (jsonpath_only, QueryLanguage::JsonPath),
        };
        for field in refused.iter().filter(|field| self.has(field)) {
            let message = format!(
                "The QueryLanguage is set to '{}', but field '{field}' is only supported for the '{}' QueryLanguage",
                language_name(self.language),
                language_name(other),
            );
            self.report_member(field, message);
        }
    }

    pub fn require(&self, fields: &[&str]) {
        let missing: Vec<&str> = fields.iter().copied().filter(|field| !self.has(field)).collect();
        if !missing.is_empty() {
            self.report(format!("These fields are required: [{}]", missing.join(", ")));
        }
    }

    /// Notes more than one of `fields`; answers how many there are.
    pub fn at_most_one(&self, fields: &[&str]) -> usize {
        let present: Vec<&&str> = fields.iter().filter(|field| self.has(field)).collect();
        if let [.., _, last] = present.as_slice() {
            let message = format!("There should only be one of the following fields: [{}]", fields.join(", "));
            self.report_member(last, message);
        }
        present.len()
    }

    pub fn exactly_one(&self, fields: &[&str]) {
        if self.at_most_one(fields) == 0 {
            self.report(format!("This object should have only one of the following fields: [{}]", fields.join(", ")));
        }
    }

    // Values by type. A field that is absent, or of the wrong type, is `None`.

    pub fn string(&self, field: &str) -> Option<&'a str> {
        let value = self.get(field)?;
        if value.as_str().is_none() {
            self.expected(field, "[STRING]");
        }
        value.as_str()
    }

    pub fn boolean(&self, field: &str) -> Option<bool> {
        let value = self.get(field)?;
        if value.as_bool().is_none() {
            self.expected(field, "[BOOLEAN]");
        }
        value.as_bool()
    }

    pub fn array(&self, field: &str) -> Option<&'a Vec<Value>> {
        let value = self.get(field)?;
        if value.as_array().is_none() {
            self.expected(field, "[ARRAY]");
        }
        value.as_array()
    }

    /// An array with something in it.
    pub fn filled_array(&self, field: &str) -> Option<&'a Vec<Value>> {
        let array = self.array(field)?;
        if array.is_empty() {
            self.report_at(field, "Value cannot be empty");
        }
        Some(array)
    }

    /// Notes what is no array of strings.
    pub fn strings(&self, field: &str) {
        let items = self.array(field).map(Vec::as_slice).unwrap_or_default();
        for (index, _) in items.iter().enumerate().filter(|(_, item)| !item.is_string()) {
            self.expected(&format!("{field}[{index}]"), "[STRING]");
        }
    }

    /// A field's object, with its place.
    pub fn child(&self, field: &str) -> Option<Fields<'a>> {
        let Some(object) = self.get(field)?.as_object() else {
            self.expected(field, "[OBJECT]");
            return None;
        };
        Some(Fields { object, location: self.location_of(field), ..self.clone() })
    }

    /// The objects of an array, with their places: `Choices[0]`.
    pub fn children(&self, field: &str) -> Vec<Fields<'a>> {
        let items = self.array(field).map(Vec::as_slice).unwrap_or_default();
        self.objects_of(field, items)
    }

    /// As [`Fields::children`], of an array that must not be empty.
    pub fn filled_children(&self, field: &str) -> Vec<Fields<'a>> {
        let items = self.filled_array(field).map(Vec::as_slice).unwrap_or_default();
        self.objects_of(field, items)
    }

    fn objects_of(&self, field: &str, items: &'a [Value]) -> Vec<Fields<'a>> {
        let mut objects = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let place = format!("{field}[{index}]");
            match item.as_object() {
                Some(object) => {
                    objects.push(Fields { object, location: self.location_of(&place), ..self.clone() });
                }
                None => self.expected(&place, "[OBJECT]"),
            }
        }
        objects
    }

    /// A string out of a fixed list.
    pub fn one_of(&self, field: &str, allowed: &[&'static str]) -> Option<&'static str> {
        let text = self.string(field)?;
        let found = allowed.iter().copied().find(|word| *word == text);
        if found.is_none() {
            self.report_at(field, format!("Value should be one of the following: [{}]", allowed.join(", ")));
        }
        found
    }

    pub fn comment(&self) -> Option<String> {
        self.string("Comment").map(ToOwned::to_owned)
    }
}
