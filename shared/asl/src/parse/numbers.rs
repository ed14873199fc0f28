//! Fields that are numbers: constants in a range, or paths or expressions that give one.

use serde_json::Number;

use super::fields::Fields;
use super::jsonata;
use crate::machine::Integer;
use crate::machine::map::Percentage;

/// The most that AWS takes for a duration in seconds.
pub(super) const MAX_SECONDS: u64 = 99_999_999;

/// Bounds of a constant. Both belong to the range.
#[derive(Clone, Copy)]
pub(super) struct Range {
    pub min: u64,
    pub max: u64,
}

pub(super) const ANY: Range = Range { min: 0, max: u64::MAX };
pub(super) const SECONDS: Range = Range { min: 0, max: MAX_SECONDS };
pub(super) const POSITIVE_SECONDS: Range = Range { min: 1, max: MAX_SECONDS };

impl Fields<'_> {
    /// A constant whole number.
    pub fn whole_number(&self, field: &str, range: Range) -> Option<u64> {
        let value = self.get(field)?;
        let Some(number) = value.as_number().filter(|number| is_whole(number)) else {
            self.report_at(field, "Expected value of type Integer");
            return None;
        };
        let negative = number.to_string().starts_with('-') && number.as_i64() != Some(0);
        let magnitude = number.as_u64().unwrap_or(if negative { 0 } else { u64::MAX });
        if negative || magnitude < range.min {
            self.report_at(field, format!("Minimum value is {}", range.min));
            return None;
        }
        if magnitude > range.max {
            self.report_at(field, format!("Maximum value is {}", range.max));
            return None;
        }
        Some(magnitude)
    }

    /// A constant that may have a fraction.
    pub fn decimal(&self, field: &str, min: f64, max: Option<f64>) -> Option<f64> {
        let value = self.get(field)?;
        let Some(number) = value.as_f64().filter(|number| number.is_finite()) else {
            self.report_at(field, "Expected value of type Double");
            return None;
        };
        if number < min {
            self.report_at(field, format!("Minimum value is {min:?}"));
            return None;
        }
        if let Some(max) = max.filter(|max| number > *max) {
            self.report_at(field, format!("Maximum value is {max:?}"));
            return None;
        }
        Some(number)
    }

    /// `field` as a constant or expression, or `fieldPath`.
    pub fn integer(&self, field: &str, range: Range) -> Option<Integer> {
        if let Some(text) = self.expression_text(field) {
            return jsonata::expression(self, field, text).map(Integer::Jsonata);
        }
        self.warn_of_constant_path(field);
        let path = self.path_variant(field).map(Integer::Path);
        self.whole_number(field, range).map(Integer::Constant).or(path)
    }

    /// As [`Fields::integer`], from 0 to 100 and with fractions.
    pub fn percentage(&self, field: &str) -> Option<Percentage> {
        if let Some(text) = self.expression_text(field) {
            return jsonata::expression(self, field, text).map(Percentage::Jsonata);
        }
        self.warn_of_constant_path(field);
        let path = self.path_variant(field).map(Percentage::Path);
        self.decimal(field, 0.0, Some(100.0)).map(Percentage::Constant).or(path)
    }

    /// The value of a JSONata field that is a string, and so must be an expression.
    fn expression_text(&self, field: &str) -> Option<&str> {
        if !self.is_jsonata() {
            return None;
        }
        self.get(field)?.as_str()
    }

    /// `fieldPath`, beside which `field` may not stand.
    fn path_variant(&self, field: &str) -> Option<expressions::path::Path> {
        let with_path = format!("{field}Path");
        if self.is_jsonata() || !self.has(&with_path) {
            return None;
        }
        self.at_most_one(&[field, &with_path]);
        self.single_value_path(&with_path)
    }
}

fn is_whole(number: &Number) -> bool {
    !number.to_string().contains(['.', 'e', 'E'])
}
