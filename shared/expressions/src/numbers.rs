//! Numbers as JSON text, compared by value: `1`, `1.0` and `10e-1` are equal, and no precision is lost on the way.

use serde_json::{Number, Value};
use std::cmp::Ordering;

/// Whether two numbers have the same value.
pub fn numeric_equal(left: &Number, right: &Number) -> bool {
    compare(left, right) == Ordering::Equal
}

/// The order of two numbers by value, exact for any number of digits.
pub fn compare(left: &Number, right: &Number) -> Ordering {
    if let (Some(left), Some(right)) = (left.as_i64(), right.as_i64()) {
        return left.cmp(&right);
    }
    Decimal::parse(&left.to_string()).cmp(&Decimal::parse(&right.to_string()))
}

/// Equality of JSON values where numbers count by value and the order of keys does not matter.
pub fn json_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => numeric_equal(left, right),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| json_equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| json_equal(left, right)))
        }
        (left, right) => left == right,
    }
}

/// The value as an integer if it is one: `2`, `2.0` and `2e0`, but not `2.5`.
pub fn as_integer(number: &Number) -> Option<i64> {
    if let Some(integer) = number.as_i64() {
        return Some(integer);
    }
    let float = number.as_f64()?;
    (float.fract() == 0.0).then(|| in_i64(float)).flatten()
}

/// The nearest integer, halves upwards, as Java's `Math.round`: 1.5 is 2 and -1.5 is -1.
pub fn round(number: &Number) -> Option<i64> {
    match number.as_i64() {
        Some(integer) => Some(integer),
        None => in_i64((number.as_f64()? + 0.5).floor()),
    }
}

/// The integer part, as Java's `intValue`: 2.6 is 2 and -0.6 is 0.
pub fn truncate(number: &Number) -> Option<i64> {
    match number.as_i64() {
        Some(integer) => Some(integer),
        None => in_i64(number.as_f64()?.trunc()),
    }
}

/// `None` for what an `i64` cannot hold, infinities and NaN included. The upper bound is 2^63, the first too large.
fn in_i64(float: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    (-LIMIT..LIMIT).contains(&float).then_some(float as i64)
}

/// A decimal number: 0.DIGITS * 10^exponent. Zero has no digits and a positive sign.
// INVARIANT: `digits` neither starts nor ends with a zero, so that equal values are equal structures.
#[derive(PartialEq, Eq)]
struct Decimal {
    negative: bool,
    exponent: i64,
    digits: Vec<u8>,
}

impl Decimal {
    /// Reads the text of a JSON number. Exponents beyond `i64` saturate.
    fn parse(text: &str) -> Decimal {
        let (negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent_text) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        let leading_zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        digits.drain(..leading_zeros);
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        if digits.is_empty() {
            return Decimal { negative: false, exponent: 0, digits };
        }
        let shift = saturating_i64(whole.len()).saturating_sub(saturating_i64(leading_zeros));
        Decimal { negative, exponent: parse_exponent(exponent_text).saturating_add(shift), digits }
    }

    fn magnitude_cmp(&self, other: &Decimal) -> Ordering {
        match (self.digits.is_empty(), other.digits.is_empty()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.exponent.cmp(&other.exponent).then_with(|| self.digits.cmp(&other.digits)),
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.magnitude_cmp(other),
            (true, true) => other.magnitude_cmp(self),
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn parse_exponent(text: &str) -> i64 {
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    unsigned.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX })
}

fn saturating_i64(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn numbers_are_ordered_by_value() {
        for (left, right, expected) in [
            ("1", "1.0", Ordering::Equal),
            ("10e-1", "1", Ordering::Equal),
            ("0", "-0.0", Ordering::Equal),
            ("0e5", "0", Ordering::Equal),
            ("-1", "1", Ordering::Less),
            ("-2", "-1.5", Ordering::Less),
            ("0.1", "0.09", Ordering::Greater),
            ("0.001", "0.0001e1", Ordering::Equal),
            ("123456789012345678901", "123456789012345678900", Ordering::Greater),
            ("1e400", "1e399", Ordering::Greater),
            ("-1e400", "1", Ordering::Less),
            ("1.23", "1.3", Ordering::Less),
            ("100", "99.5", Ordering::Greater),
            ("0", "0.5", Ordering::Less),
        ] {
            assert_eq!(compare(&number(left), &number(right)), expected, "{left} and {right}");
            assert_eq!(compare(&number(right), &number(left)), expected.reverse(), "{right} and {left}");
        }
    }

    #[test]
    fn values_are_equal_whatever_the_spelling_of_numbers_and_order_of_keys() {
        let left = serde_json::from_str(r#"{"a": [1.0, {"x": null}], "b": true}"#).unwrap();
        let right = serde_json::from_str(r#"{"b": true, "a": [1, {"x": null}]}"#).unwrap();
        let other = serde_json::from_str(r#"{"b": true, "a": [1, {"x": null}], "c": 1}"#).unwrap();
        assert!(json_equal(&left, &right));
        assert!(!json_equal(&left, &other));
        assert!(!json_equal(&Value::from("1"), &Value::from(1)));
    }

    #[test]
    fn rounding_is_javas() {
        for (text, rounded, truncated, integer) in [
            ("1.5", Some(2), Some(1), None),
            ("-1.5", Some(-1), Some(-1), None),
            ("-1.49", Some(-1), Some(-1), None),
            ("-0.5", Some(0), Some(0), None),
            ("2.6", Some(3), Some(2), None),
            ("3.0", Some(3), Some(3), Some(3)),
            ("7", Some(7), Some(7), Some(7)),
            ("1e30", None, None, None),
        ] {
            let number = number(text);
            assert_eq!(
                (round(&number), truncate(&number), as_integer(&number)),
                (rounded, truncated, integer),
                "{text}"
            );
        }
    }
}
