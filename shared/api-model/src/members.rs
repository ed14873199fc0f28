//! How a request is read.
//!
//! The order of AWS's own checks: the body is JSON, its members have the right JSON types (`SerializationException`); then ARNs
//! are ARNs (`InvalidArn`), because the caller's right to the resource is looked up by it; then all constraints of the
//! service model are checked and all violations reported at once (`ValidationException`). What depends on stored data, and
//! the syntax of names and inputs, comes last and is the handler's.
//!
//! Members that are unknown are ignored; `null` means absent.

mod constraint;

use serde_json::{Map, Value};

pub use constraint::{Pattern, Text};

use crate::arn::ParseArn;
use crate::enums::{WireEnum, value_set};
use crate::{ApiError, Limits, Operation};

/// A request of the API.
pub trait Request: Sized {
    /// The operation that it is for.
    const OPERATION: Operation;

    /// Takes the request from the members of the body. `None` where a member that must be there is not; the reason has
    /// been noted in `members` then.
    fn read(members: &mut Members) -> Option<Self>;

    /// Parses a body.
    ///
    /// # Errors
    /// [`ApiError::Serialization`], [`ApiError::InvalidArn`], [`ApiError::ConstraintViolations`].
    fn parse(body: &[u8], limits: &Limits) -> Result<Self, ApiError> {
        let mut members = Members::from_body(body, limits)?;
        let request = Self::read(&mut members);
        members.finish()?;
        // `read` gives `None` only with a fault noted.
        request.ok_or(ApiError::InternalFailure)
    }
}

/// What is wrong with a request, as far as it has been read.
#[derive(Debug, Default)]
struct Faults {
    serialization: Option<ApiError>,
    arn: Option<ApiError>,
    /// Where, and what.
    violations: Vec<(String, String)>,
}

/// The members of a structure that have not been read yet, and what was wrong with those that have.
#[derive(Debug)]
pub struct Members {
    values: Map<String, Value>,
    /// Where this structure is in the request, with a dot at its end: `tags.1.member.`
    path: String,
    limits: Limits,
    faults: Faults,
}

impl Members {
    /// The members of a request's body. An empty body is no JSON.
    ///
    /// # Errors
    /// [`ApiError::Serialization`].
    pub fn from_body(body: &[u8], limits: &Limits) -> Result<Self, ApiError> {
        let value = serde_json::from_slice(body).map_err(|_| ApiError::Serialization { message: None })?;
        match value {
            Value::Object(values) => {
                Ok(Self { values, path: String::new(), limits: *limits, faults: Faults::default() })
            }
            Value::Array(_) => Err(ApiError::serialization(LIST_NOT_EXPECTED)),
            _ => Err(ApiError::Serialization { message: None }),
        }
    }

    /// The first of: a wrong JSON type, a wrong ARN, all violated constraints.
    ///
    /// # Errors
    /// As said.
    pub fn finish(self) -> Result<(), ApiError> {
        let Faults { serialization, arn, violations } = self.faults;
        if let Some(error) = serialization.or(arn) {
            return Err(error);
        }
        if violations.is_empty() {
            return Ok(());
        }
        let violations = violations.into_iter().map(|(_, text)| text).collect();
        Err(ApiError::ConstraintViolations { violations })
    }

    /// What the installation allows.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.values.remove(name).filter(|value| !value.is_null())
    }

    /// Notes a wrong JSON type; the first one counts.
    fn wrong_type(&mut self, message: impl Into<String>) {
        self.faults.serialization.get_or_insert_with(|| ApiError::serialization(message));
    }

    /// Notes a violated constraint; `value` as the service shows it, with quotes.
    fn violation(&mut self, name: &str, value: Option<&str>, constraint: &str) {
        let shown = value.map_or_else(String::new, |value| format!(" '{value}'"));
        self.note(name, &shown, constraint);
    }

    fn note(&mut self, name: &str, shown: &str, constraint: &str) {
        let place = format!("{}{name}", self.path);
        let text = format!("Value{shown} at '{place}' failed to satisfy constraint: {constraint}");
        self.faults.violations.push((place, text));
    }

    /// Notes the absence of a member that must be there.
    pub fn require<T>(&mut self, name: &str, value: Option<T>) -> Option<T> {
        // With a wrong type or ARN noted, which goes first, this member may well be there.
        let first = self.faults.serialization.is_none() && self.faults.arn.is_none();
        if value.is_none() && first && !self.has_violation(name) {
            self.note(name, " null", "Member must not be null");
        }
        value
    }

    fn has_violation(&self, name: &str) -> bool {
        let place = format!("{}{name}", self.path);
        self.faults.violations.iter().any(|(violated, _)| *violated == place)
    }

    /// A text.
    pub fn text(&mut self, name: &str, constraints: Text) -> Option<String> {
        match self.take(name)? {
            Value::String(text) => {
                self.check_text(name, &text, constraints);
                Some(text)
            }
            other => {
                self.wrong_type(not_convertible(&other, "a String"));
                None
            }
        }
    }

    fn check_text(&mut self, name: &str, text: &str, constraints: Text) {
        let shown = (!constraints.sensitive).then_some(text);
        for broken in constraints.broken_by(text) {
            self.violation(name, shown, &broken);
        }
    }

    /// A text that must be there.
    pub fn required_text(&mut self, name: &str, constraints: Text) -> Option<String> {
        let text = self.text(name, constraints);
        self.require(name, text)
    }

    /// An ARN.
    pub fn arn<A: ParseArn>(&mut self, name: &str, constraints: Text) -> Option<A> {
        let text = self.text(name, constraints)?;
        if self.has_violation(name) {
            return None;
        }
        match A::parse(&text) {
            Ok(arn) => Some(arn),
            Err(error) => {
                self.faults.arn.get_or_insert(error);
                None
            }
        }
    }

    /// An ARN that must be there.
    pub fn required_arn<A: ParseArn>(&mut self, name: &str, constraints: Text) -> Option<A> {
        let arn = self.arn(name, constraints);
        self.require(name, arn)
    }

    /// A whole number of 32 bits in a range. As AWS's reader does, fractions are cut off and what is too large becomes the
    /// largest.
    pub fn integer(&mut self, name: &str, range: std::ops::RangeInclusive<i32>) -> Option<i32> {
        let number = match self.take(name)? {
            Value::Number(number) => number.as_f64().unwrap_or(f64::from(i32::MAX)) as i32,
            other => {
                self.wrong_type(not_convertible(&other, "an Integer"));
                return None;
            }
        };
        let (least, most) = range.into_inner();
        if number < least {
            let constraint = format!("Member must have value greater than or equal to {least}");
            self.violation(name, Some(&number.to_string()), &constraint);
        } else if number > most {
            let constraint = format!("Member must have value less than or equal to {most}");
            self.violation(name, Some(&number.to_string()), &constraint);
        }
        Some(number)
    }

    /// A truth value.
    pub fn boolean(&mut self, name: &str) -> Option<bool> {
        match self.take(name)? {
            Value::Bool(value) => Some(value),
            other => {
                self.wrong_type(not_convertible(&other, "an Boolean"));
                None
            }
        }
    }

    /// A word of an enumeration.
    pub fn word<E: WireEnum>(&mut self, name: &str) -> Option<E> {
        let word = self.text(name, Text::ANY)?;
        let value = E::from_wire(&word);
        if value.is_none() {
            let constraint = format!("Member must satisfy enum value set: {}", value_set::<E>());
            self.violation(name, Some(&word), &constraint);
        }
        value
    }

    /// A word of an enumeration that must be there.
    pub fn required_word<E: WireEnum>(&mut self, name: &str) -> Option<E> {
        let word = self.word(name);
        self.require(name, word)
    }

    /// A structure.
    pub fn structure<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let value = self.take(name)?;
        let path = format!("{}{name}.", self.path);
        self.nested(value, path, read)
    }

    /// A list of structures. Elements are numbered from 1 in error texts: `tags.1.member.key`.
    pub fn list<T>(&mut self, name: &str, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let elements = self.elements(name)?;
        let mut list = Vec::with_capacity(elements.len());
        let present = elements.into_iter().enumerate().filter(|(_, value)| !value.is_null());
        for (index, value) in present {
            let path = format!("{}{name}.{}.member.", self.path, index + 1);
            list.extend(self.nested(value, path, &mut read));
        }
        Some(list)
    }

    /// A list of structures with so many elements.
    pub fn bounded_list<T: std::fmt::Display>(
        &mut self,
        name: &str,
        lengths: std::ops::RangeInclusive<usize>,
        mut read: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut length = 0;
        let list = self.list(name, |members| {
            length += 1;
            read(members)
        })?;
        let (least, most) = lengths.into_inner();
        let broken = if length < least {
            format!("Member must have length greater than or equal to {least}")
        } else if length > most {
            format!("Member must have length less than or equal to {most}")
        } else {
            return Some(list);
        };
        let shown: Vec<String> = list.iter().map(ToString::to_string).collect();
        self.violation(name, Some(&format!("[{}]", shown.join(", "))), &broken);
        Some(list)
    }

    /// A list of texts; `constraints` of length are on each. AWS reports them for the list.
    pub fn texts(&mut self, name: &str, constraints: Text) -> Option<Vec<String>> {
        let mut list = Vec::new();
        for value in self.elements(name)? {
            match value {
                Value::String(text) => list.push(text),
                Value::Null => {}
                other => self.wrong_type(not_convertible(&other, "a String")),
            }
        }
        if list.iter().any(|text| !constraints.broken_by(text).is_empty()) {
            let shown = format!("[{}]", list.join(", "));
            let constraint = format!("Member must satisfy constraint: {}", constraints.lengths());
            self.violation(name, Some(&shown), &constraint);
        }
        Some(list)
    }

    fn elements(&mut self, name: &str) -> Option<Vec<Value>> {
        match self.take(name)? {
            Value::Array(elements) => Some(elements),
            Value::Object(_) => {
                self.wrong_type(STRUCTURE_NOT_EXPECTED);
                None
            }
            _ => {
                self.wrong_type("Expected list or null");
                None
            }
        }
    }

    fn nested<T>(&mut self, value: Value, path: String, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        match value {
            Value::Object(values) => {
                let faults = std::mem::take(&mut self.faults);
                let mut inner = Self { values, path, limits: self.limits, faults };
                let result = read(&mut inner);
                self.faults = inner.faults;
                result
            }
            Value::Array(_) => {
                self.wrong_type(LIST_NOT_EXPECTED);
                None
            }
            _ => {
                self.wrong_type("Expected null");
                None
            }
        }
    }
}

const LIST_NOT_EXPECTED: &str = "Start of list found where not expected";
const STRUCTURE_NOT_EXPECTED: &str = "Start of structure or map found where not expected.";

/// What AWS's reader says of a value that cannot become what it should.
fn not_convertible(value: &Value, wanted: &str) -> String {
    let token = match value {
        Value::Array(_) => return LIST_NOT_EXPECTED.to_owned(),
        Value::Object(_) => return STRUCTURE_NOT_EXPECTED.to_owned(),
        Value::Null => "NULL_VALUE",
        Value::Bool(true) => "TRUE_VALUE",
        Value::Bool(false) => "FALSE_VALUE",
        Value::Number(number) if number.to_string().contains(['.', 'e', 'E']) => "DECIMAL_VALUE",
        Value::Number(_) => "NUMBER_VALUE",
        Value::String(_) => "STRING_VALUE",
    };
    format!("{token} can not be converted to {wanted}")
}

#[cfg(test)]
mod tests;
