//! The syntax of calls.

use super::{Argument, Call, Function, IntrinsicSyntaxError};
use crate::path::Path;
use serde_json::Value;

/// How deeply calls may nest: "You can nest up to 10 intrinsic functions within a field".
const MAX_DEPTH: usize = 10;

type Parsed<T> = Result<T, IntrinsicSyntaxError>;

pub(super) fn parse(text: &str) -> Parsed<Call> {
    let mut parser = Parser { text, position: 0 };
    let call = parser.call(1)?;
    parser.skip_blanks();
    if parser.rest().is_empty() { Ok(call) } else { parser.fail("unexpected text after the call") }
}

struct Parser<'t> {
    text: &'t str,
    position: usize,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.position += character.len_utf8();
        Some(character)
    }

    fn eat(&mut self, character: char) -> bool {
        let found = self.peek() == Some(character);
        if found {
            self.next();
        }
        found
    }

    fn take_while(&mut self, mut belongs: impl FnMut(char) -> bool) -> &'t str {
        let rest = self.rest();
        let length = rest.find(|character| !belongs(character)).unwrap_or(rest.len());
        self.position += length;
        rest.get(..length).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        self.take_while(|character| matches!(character, ' ' | '\t' | '\r' | '\n'));
    }

    fn fail<T>(&self, reason: impl Into<String>) -> Parsed<T> {
        Err(IntrinsicSyntaxError { reason: reason.into(), position: self.position })
    }

    fn call(&mut self, depth: usize) -> Parsed<Call> {
        if depth > MAX_DEPTH {
            return self.fail(format!("intrinsic functions nest deeper than {MAX_DEPTH}"));
        }
        let name = self.take_while(|character| character.is_ascii_alphanumeric() || character == '.');
        let Some(function) = Function::named(name) else {
            return self.fail(format!("`{name}` is not an intrinsic function"));
        };
        self.skip_blanks();
        if !self.eat('(') {
            return self.fail("expected `(`");
        }
        let arguments = self.arguments(depth)?;
        Ok(Call { function, arguments })
    }

    fn arguments(&mut self, depth: usize) -> Parsed<Vec<Argument>> {
        let mut arguments = Vec::new();
        self.skip_blanks();
        if self.eat(')') {
            return Ok(arguments);
        }
        loop {
            self.skip_blanks();
            arguments.push(self.argument(depth)?);
            self.skip_blanks();
            if self.eat(')') {
                return Ok(arguments);
            }
            if !self.eat(',') {
                return self.fail("expected `,` or `)`");
            }
        }
    }

    fn argument(&mut self, depth: usize) -> Parsed<Argument> {
        match self.peek() {
            Some('\'') => self.string(),
            Some('$') => self.path(),
            Some('-' | '0'..='9') => self.number(),
            Some('S') => self.call(depth + 1).map(Argument::Call),
            _ => match self.take_while(|character| character.is_ascii_alphanumeric()) {
                "true" => Ok(Argument::Literal(Value::Bool(true))),
                "false" => Ok(Argument::Literal(Value::Bool(false))),
                "null" => Ok(Argument::Literal(Value::Null)),
                _ => self.fail("expected a string in single quotes, a number, a path or a call"),
            },
        }
    }

    fn number(&mut self) -> Parsed<Argument> {
        let text = self.take_while(|character| matches!(character, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
        match serde_json::from_str(text) {
            Ok(number) => Ok(Argument::Literal(Value::Number(number))),
            Err(_) => self.fail(format!("`{text}` is not a number")),
        }
    }

    /// Only `\'`, `\\`, `\{` and `\}` are escapes; Step Functions refuses any other backslash.
    fn string(&mut self) -> Parsed<Argument> {
        self.eat('\'');
        let mut raw = String::new();
        let mut value = String::new();
        loop {
            match self.next() {
                None => return self.fail("expected a closing `'`"),
                Some('\'') => {
                    return Ok(Argument::Text { raw, value: Value::String(value) });
                }
                Some('\\') => match self.next() {
                    Some(escaped @ ('\'' | '\\' | '{' | '}')) => {
                        raw.push('\\');
                        raw.push(escaped);
                        value.push(escaped);
                    }
                    _ => return self.fail("only `'`, `\\`, `{` and `}` can follow a backslash"),
                },
                Some(other) => {
                    raw.push(other);
                    value.push(other);
                }
            }
        }
    }

    /// A path ends at the `,` or `)` that is outside of its own brackets and quotes.
    fn path(&mut self) -> Parsed<Argument> {
        let start = self.position;
        let (mut open, mut quote, mut escaped) = (0_usize, None, false);
        let text = self.take_while(|character| {
            match (quote, character) {
                (Some(_), _) if escaped => escaped = false,
                (Some(_), '\\') => escaped = true,
                (Some(delimiter), _) if character == delimiter => quote = None,
                (Some(_), _) => {}
                (None, '\'' | '"') if open > 0 => quote = Some(character),
                (None, '[' | '(') => open += 1,
                (None, ',' | ')') if open == 0 => return false,
                (None, ']' | ')') => open = open.saturating_sub(1),
                (None, _) => {}
            }
            true
        });
        match Path::parse(text.trim_end()) {
            Ok(path) => Ok(Argument::Path(path)),
            Err(error) => {
                Err(IntrinsicSyntaxError { reason: error.reason.to_owned(), position: start + error.position })
            }
        }
    }
}
