//! The messages of AWS's JSON parser, Jackson's `ReaderBasedJsonParser`, without the place that they end with.
//!
//! Three of them are recorded from AWS (see the tests above); the others are of the parser's public source.

use crate::limits::JSON_DEPTH;

const TOKENS: &str = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/// How deep arrays and objects are nested in a JSON text.
pub(super) fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// What is wrong with the text; `None` if there is nothing in it but white space, or nothing is wrong.
pub fn complaint(text: &str) -> Option<String> {
    let mut scanner = Scanner { rest: text.chars().peekable(), open: Vec::new() };
    scanner.skip_space();
    scanner.rest.peek()?;
    scanner.document().err()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Array,
    Object,
}

struct Scanner<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    open: Vec<Container>,
}

type Check = Result<(), String>;

impl Scanner<'_> {
    fn skip_space(&mut self) {
        while self.rest.next_if(|c| matches!(c, ' ' | '\t' | '\r' | '\n')).is_some() {}
    }

    /// The next character that is not white space.
    fn next(&mut self) -> Option<char> {
        self.skip_space();
        self.rest.next()
    }

    fn document(&mut self) -> Check {
        let first = self.next().ok_or_else(end_between)?;
        self.value(first)?;
        while let Some(container) = self.open.last().copied() {
            self.after_value(container)?;
        }
        match self.next() {
            None => Ok(()),
            Some(c) => {
                self.value(c)?;
                Err("Trailing token found after value: not allowed as per \
                     `DeserializationFeature.FAIL_ON_TRAILING_TOKENS`"
                    .to_owned())
            }
        }
    }

    /// A value, or the beginning of an array or object with its first member; the rest is [`Self::after_value`]'s.
    fn value(&mut self, first: char) -> Check {
        let mut first = first;
        loop {
            match first {
                '[' => {
                    self.enter(Container::Array)?;
                    let c = self.next().ok_or_else(|| end_of(Container::Array))?;
                    if c == ']' {
                        self.open.pop();
                        return Ok(());
                    }
                    first = c;
                }
                '{' => {
                    self.enter(Container::Object)?;
                    let c = self.next().ok_or_else(|| end_of(Container::Object))?;
                    if c == '}' {
                        self.open.pop();
                        return Ok(());
                    }
                    first = self.member_name(c)?;
                }
                other => return self.scalar(other),
            }
        }
    }

    fn enter(&mut self, container: Container) -> Check {
        self.open.push(container);
        let depth = self.open.len();
        if depth > JSON_DEPTH {
            return Err(format!("Document nesting depth ({depth}) exceeds the maximum allowed ({JSON_DEPTH})"));
        }
        Ok(())
    }

    /// The name of a member and its colon; gives the first character of the value.
    fn member_name(&mut self, first: char) -> Result<char, String> {
        if first != '"' {
            return Err(unexpected(first, "was expecting double-quote to start field name"));
        }
        self.string("in field name", "name")?;
        match self.next() {
            Some(':') => self.next().ok_or_else(|| "Unexpected end-of-input within/between Object entries".to_owned()),
            Some(c) => Err(unexpected(c, "was expecting a colon to separate field name and value")),
            None => Err("Unexpected end-of-input within/between Object entries".to_owned()),
        }
    }

    /// What follows a value in a container: its end, or a comma and the next value.
    fn after_value(&mut self, container: Container) -> Check {
        let c = self.next().ok_or_else(|| end_of(container))?;
        match (container, c) {
            (Container::Array, ']') | (Container::Object, '}') => {
                self.open.pop();
                Ok(())
            }
            (Container::Array, '}') => Err("Unexpected close marker '}': expected ']'".to_owned()),
            (Container::Object, ']') => Err("Unexpected close marker ']': expected '}'".to_owned()),
            (Container::Array, ',') => {
                let first = self.next().ok_or_else(|| end_of(container))?;
                self.value(first)
            }
            (Container::Object, ',') => {
                let name = self.next().ok_or_else(|| end_of(container))?;
                let first = self.member_name(name)?;
                self.value(first)
            }
            (Container::Array, c) => Err(unexpected(c, "was expecting comma to separate Array entries")),
            (Container::Object, c) => Err(unexpected(c, "was expecting comma to separate Object entries")),
        }
    }

    fn scalar(&mut self, first: char) -> Check {
        match first {
            '"' => self.string(": was expecting closing quote for a string value", "string value"),
            '-' => match self.rest.next() {
                Some(digit) if digit.is_ascii_digit() => self.number(digit),
                Some(c) => Err(not_a_number(c, "expected digit (0-9) to follow minus sign, for valid numeric value")),
                None => Err("Unexpected end-of-input in a Number value".to_owned()),
            },
            digit if digit.is_ascii_digit() => self.number(digit),
            letter if letter.is_alphabetic() || letter == '_' || letter == '$' => self.word(letter),
            c => Err(unexpected(c, &format!("expected a valid value {TOKENS}"))),
        }
    }

    /// `true`, `false`, `null`, or no token at all.
    fn word(&mut self, first: char) -> Check {
        let mut word = String::from(first);
        // Jackson shows at most 256 characters.
        while let Some(c) = self.rest.next_if(|c| c.is_alphanumeric() || matches!(c, '_' | '$')) {
            if word.len() < 256 {
                word.push(c);
            }
        }
        match word.as_str() {
            "true" | "false" | "null" => Ok(()),
            "NaN" => {
                Err("Non-standard token 'NaN': enable `JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS` to allow".into())
            }
            _ => Err(format!("Unrecognized token '{word}': was expecting {TOKENS}")),
        }
    }

    fn digits(&mut self) -> usize {
        let mut count = 0;
        while self.rest.next_if(char::is_ascii_digit).is_some() {
            count += 1;
        }
        count
    }

    /// The rest of a number after its first digit.
    fn number(&mut self, first: char) -> Check {
        let more = self.digits();
        if first == '0' && more > 0 {
            return Err("Invalid numeric value: Leading zeroes not allowed".to_owned());
        }
        if self.rest.next_if_eq(&'.').is_some() && self.digits() == 0 {
            return Err(self.number_cut("Decimal point not followed by a digit"));
        }
        if self.rest.next_if(|c| matches!(c, 'e' | 'E')).is_some() {
            let _sign = self.rest.next_if(|c| matches!(c, '+' | '-'));
            if self.digits() == 0 {
                return Err(self.number_cut("Exponent indicator not followed by a digit"));
            }
        }
        match self.rest.peek() {
            Some(c) if self.open.is_empty() && !c.is_ascii_whitespace() => {
                Err(unexpected(*c, "Expected space separating root-level values"))
            }
            _ => Ok(()),
        }
    }

    fn number_cut(&mut self, what: &str) -> String {
        self.rest
            .peek()
            .map_or_else(|| "Unexpected end-of-input in a Number value".to_owned(), |c| not_a_number(*c, what))
    }

    /// The rest of a string after its opening quote.
    fn string(&mut self, at_end: &str, kind: &str) -> Check {
        loop {
            match self.rest.next() {
                None if at_end.starts_with(':') => {
                    return Err(format!("Unexpected end-of-input{at_end}"));
                }
                None => return Err(format!("Unexpected end-of-input {at_end}")),
                Some('"') => return Ok(()),
                Some('\\') => self.escape()?,
                Some(c) if u32::from(c) < 0x20 => {
                    return Err(format!(
                        "Illegal unquoted character ({}): has to be escaped using backslash to be included in {kind}",
                        described(c)
                    ));
                }
                Some(_) => {}
            }
        }
    }

    fn escape(&mut self) -> Check {
        let cut = || "Unexpected end-of-input in character escape sequence".to_owned();
        match self.rest.next().ok_or_else(cut)? {
            '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' => Ok(()),
            'u' => (0..4).try_for_each(|_| match self.rest.next() {
                Some(c) if c.is_ascii_hexdigit() => Ok(()),
                Some(c) => Err(unexpected(c, "expected a hex-digit for character escape sequence")),
                None => Err(cut()),
            }),
            c => Err(format!("Unrecognized character escape {}", described(c))),
        }
    }
}

fn end_between() -> String {
    "No content to map due to end-of-input".to_owned()
}

fn end_of(container: Container) -> String {
    let name = match container {
        Container::Array => "Array",
        Container::Object => "Object",
    };
    format!("Unexpected end-of-input: expected close marker for {name}")
}

fn unexpected(c: char, comment: &str) -> String {
    format!("Unexpected character ({}): {comment}", described(c))
}

fn not_a_number(c: char, comment: &str) -> String {
    format!("Unexpected character ({}) in numeric value: {comment}", described(c))
}

/// `'a' (code 97)`, `'€' (code 8364 / 0x20ac)`, `(CTRL-CHAR, code 10)`
fn described(c: char) -> String {
    let mut units = [0; 2];
    // Jackson sees UTF-16: of a pair, the first unit.
    let code = c.encode_utf16(&mut units).first().copied().unwrap_or_default();
    match code {
        0..0x20 => format!("(CTRL-CHAR, code {code})"),
        0x20..=0xFF => format!("'{c}' (code {code})"),
        _ => format!("'{c}' (code {code} / 0x{code:x})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_says_what_the_parser_says() {
        for (text, expected) in [
            ("{", "Unexpected end-of-input: expected close marker for Object"),
            ("[1", "Unexpected end-of-input: expected close marker for Array"),
            ("{\"a\"", "Unexpected end-of-input within/between Object entries"),
            (
                "{\"a\" 1}",
                "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value",
            ),
            ("{\"a\": 1 R}", "Unexpected character ('R' (code 82)): was expecting comma to separate Object entries"),
            ("[1 2]", "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries"),
            ("{\"a\": 1,}", "Unexpected character ('}' (code 125)): was expecting double-quote to start field name"),
            ("{\"a\": }", &format!("Unexpected character ('}}' (code 125)): expected a valid value {TOKENS}")),
            ("\"abc", "Unexpected end-of-input: was expecting closing quote for a string value"),
            ("nul", &format!("Unrecognized token 'nul': was expecting {TOKENS}")),
            ("01", "Invalid numeric value: Leading zeroes not allowed"),
            ("[1.]", "Unexpected character (']' (code 93)) in numeric value: Decimal point not followed by a digit"),
            ("\"\\x\"", "Unrecognized character escape 'x' (code 120)"),
            ("[€]", &format!("Unexpected character ('€' (code 8364 / 0x20ac)): expected a valid value {TOKENS}")),
            (
                "\"a\nb\"",
                "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to be included in string value",
            ),
        ] {
            assert_eq!(complaint(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn whatever_is_no_json_gets_a_complaint_and_json_gets_none() {
        let tokens = ["{", "}", "[", "]", ":", ",", "1", "-", "0.5e1", "\"a\"", "\"", "true", "x", " ", "\\", "é"];
        // Every text of up to four of these tokens.
        for length in 1..=4_u32 {
            for number in 0..tokens.len().pow(length) {
                let token = |at: u32| tokens[number / tokens.len().pow(at) % tokens.len()];
                let text: String = (0..length).map(token).collect();
                if text.trim().is_empty() {
                    continue;
                }
                let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
                assert_eq!(complaint(&text).is_none(), is_json, "{text}");
            }
        }
    }
}
