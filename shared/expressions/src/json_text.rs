//! JSON as Step Functions writes what it has computed.

use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};
use std::io;

/// Compact, keys in their order. Numbers as they are, with their exponents as Java writes them: `1.0E21`, `1.5E-4`.
pub fn json_text(value: &Value) -> String {
    use serde::Serialize;
    let mut text = Vec::with_capacity(128);
    // A value has no keys but strings, and a vector takes all that is written to it.
    match value.serialize(&mut Serializer::with_formatter(&mut text, JavaNumbers)) {
        Ok(()) => String::from_utf8(text).unwrap_or_default(),
        Err(_) => value.to_string(),
    }
}

struct JavaNumbers;

impl Formatter for JavaNumbers {
    fn write_number_str<W: ?Sized + io::Write>(&mut self, writer: &mut W, number: &str) -> io::Result<()> {
        match number.split_once(['e', 'E']) {
            Some((digits, exponent)) => write!(writer, "{digits}E{}", exponent.trim_start_matches('+')),
            None => writer.write_all(number.as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::json_text;

    #[test]
    fn exponents_are_spelled_as_in_java() {
        for (text, expected) in [
            (r#"{"b": [1.50, 1e21], "a": "1e21"}"#, r#"{"b":[1.50,1E21],"a":"1e21"}"#),
            ("-1.5e-7", "-1.5E-7"),
            ("1E+400", "1E400"),
            ("12345678901234567890123", "12345678901234567890123"),
        ] {
            assert_eq!(json_text(&serde_json::from_str(text).unwrap()), expected);
        }
    }
}
