//! JSONata's error texts. `jsonata-core` raises JSONata's codes with words of its own; Step Functions shows those of the
//! reference implementation (<https://github.com/jsonata-js/jsonata>, `errorCodes`).

use super::JsonataSyntaxError;
use super::failure::Thrown;
use super::tree::for_each_part;
use jsonata_core::ast::{AstNode, BinaryOp};
use jsonata_core::evaluator::error_code_prefix;
use jsonata_core::parser::ParserError;
use serde_json::Value;

/// What an expression calls: the evaluator often leaves it out of its errors.
#[derive(Debug, Clone, Default)]
pub(super) struct Calls {
    functions: Vec<String>,
    comparisons: Vec<&'static str>,
}

impl Calls {
    pub fn of(ast: &mut AstNode) -> Calls {
        let mut calls = Calls::default();
        calls.collect(ast);
        calls
    }

    fn collect(&mut self, node: &mut AstNode) {
        for_each_part(node, &mut |part| self.collect(part));
        match node {
            AstNode::Function { name, is_builtin: true, .. } => self.functions.push(name.clone()),
            AstNode::Binary { op, .. } => self.comparisons.extend(comparison(*op)),
            _ => {}
        }
    }

    /// A guess where several functions are called: the first to be.
    fn function(&self) -> &str {
        self.functions.first().map_or("undefined", String::as_str)
    }

    fn comparison(&self) -> &str {
        self.comparisons.first().copied().unwrap_or("<")
    }
}

/// The symbol of a comparison.
pub(super) fn comparison(op: BinaryOp) -> Option<&'static str> {
    match op {
        BinaryOp::LessThan => Some("<"),
        BinaryOp::LessThanOrEqual => Some("<="),
        BinaryOp::GreaterThan => Some(">"),
        BinaryOp::GreaterThanOrEqual => Some(">="),
        _ => None,
    }
}

/// What an evaluation stopped with, from the evaluator's message.
pub(super) fn thrown(message: &str, calls: &Calls) -> Thrown {
    let Some(code) = error_code_prefix(message) else { return Thrown::Internal(message.to_owned()) };
    match code {
        "D1011" | "U1001" => return Thrown::Depth,
        "D1012" | "U1003" => return Thrown::Timeout,
        "D2015" => return Thrown::Memory,
        _ => {}
    }
    let words = message.get(code.len() + 1..).unwrap_or_default().trim_start();
    let text = fixed_text(code).map(str::to_owned).or_else(|| rewritten(code, words, calls));
    Thrown::coded(code, text.unwrap_or_else(|| words.to_owned()))
}

/// The evaluator's message about arguments, with the function that it leaves out.
pub(super) fn with_function(message: &str, function: &str) -> String {
    let calls = Calls { functions: vec![function.to_owned()], comparisons: Vec::new() };
    match error_code_prefix(message) {
        Some(code @ ("T0410" | "T0411" | "T0412")) => {
            let words = message.get(code.len() + 1..).unwrap_or_default();
            rewritten(code, words, &calls).map_or_else(|| message.to_owned(), |text| format!("{code}: {text}"))
        }
        _ => message.to_owned(),
    }
}

/// Texts that have nothing filled in.
fn fixed_text(code: &str) -> Option<&'static str> {
    Some(match code {
        "T1006" => "Attempted to invoke a non-function",
        "T1008" => "Attempted to partially apply a non-function",
        "T2003" => "The left side of the range operator (..) must evaluate to an integer",
        "T2004" => "The right side of the range operator (..) must evaluate to an integer",
        "T2006" => "The right side of the function application operator ~> must be a function",
        "T2008" => "The expressions within an order-by clause must evaluate to numeric or string values",
        "D1004" => "Regular expression matches zero length string",
        "D3001" => "Attempting to invoke string function on Infinity or NaN",
        "D3010" => "Second argument of replace function cannot be an empty string",
        "D3011" => "Fourth argument of replace function must evaluate to a positive number",
        "D3012" => "Attempted to replace a matched string with a non-string value",
        "D3020" => "Third argument of split function must evaluate to a positive number",
        "D3040" => "Third argument of match function must evaluate to a positive number",
        "D3050" => "The second argument of reduce function must be a function with at least two arguments",
        "D3070" => {
            "The single argument form of the sort function can only be applied to an array of strings or an array of \
             numbers.  Use the second argument to specify a comparison function"
        }
        "D3080" => "The picture string must only contain a maximum of two sub-pictures",
        "D3081" => "The sub-picture must not contain more than one instance of the 'decimal-separator' character",
        "D3082" => "The sub-picture must not contain more than one instance of the 'percent' character",
        "D3083" => "The sub-picture must not contain more than one instance of the 'per-mille' character",
        "D3084" => "The sub-picture must not contain both a 'percent' and a 'per-mille' character",
        "D3085" => {
            "The mantissa part of a sub-picture must contain at least one character that is either an 'optional digit \
             character' or a member of the 'decimal digit family'"
        }
        "D3086" => {
            "The sub-picture must not contain a passive character that is preceded by an active character and that is \
             followed by another active character"
        }
        "D3087" => {
            "The sub-picture must not contain a 'grouping-separator' character that appears adjacent to a \
             'decimal-separator' character"
        }
        "D3088" => "The sub-picture must not contain a 'grouping-separator' at the end of the integer part",
        "D3089" => "The sub-picture must not contain two adjacent instances of the 'grouping-separator' character",
        "D3090" => {
            "The integer part of the sub-picture must not contain a member of the 'decimal digit family' that is \
             followed by an instance of the 'optional digit character'"
        }
        "D3091" => {
            "The fractional part of the sub-picture must not contain an instance of the 'optional digit character' that \
             is followed by a member of the 'decimal digit family'"
        }
        "D3092" => {
            "A sub-picture that contains a 'percent' or 'per-mille' character must not contain a character treated as an \
             'exponent-separator'"
        }
        "D3093" => {
            "The exponent part of the sub-picture must comprise only of one or more characters that are members of the \
             'decimal digit family'"
        }
        "D3138" => "The $single() function expected exactly 1 matching result.  Instead it matched more.",
        "D3135" => "No matching closing bracket ']' in date/time picture string",
        "D3136" => "The date/time picture string is missing specifiers required to parse the timestamp",
        _ => return None,
    })
}

/// Texts that take something from the evaluator's words.
fn rewritten(code: &str, words: &str, calls: &Calls) -> Option<String> {
    if words.contains("of function \"") {
        return None; // One of ours.
    }
    match code {
        "T0410" => Some(format!(
            "Argument {} of function {} does not match function signature",
            first_number(words).unwrap_or(1),
            quoted(function(words, calls))
        )),
        "T0411" => Some(format!(
            "Context value is not a compatible type with argument {} of function {}",
            first_number(words).unwrap_or(1),
            quoted(function(words, calls))
        )),
        "T0412" => Some(format!(
            "Argument {} of function {} must be an array of {}",
            first_number(words).unwrap_or(1),
            quoted(function(words, calls)),
            quoted(&element_type(words))
        )),
        "T2001" | "T2002" => {
            let (before, rest) = words.split_once("side of the ")?;
            let (operator, after) = rest.split_once(' ')?;
            Some(format!("{before}side of the {} {after}", quoted(operator.trim_matches('"'))))
        }
        "T2010" => Some(format!(
            "The expressions either side of operator {} must evaluate to numeric or string values",
            quoted(calls.comparison())
        )),
        "D3030" => Some(format!("Unable to cast value to a number: {}", cast_value(words))),
        "D3100" => Some(format!(
            "The radix of the formatBase function must be between 2 and 36.  It was given {}",
            words.rsplit(' ').next().unwrap_or_default()
        )),
        _ => None,
    }
}

fn function<'w>(words: &'w str, calls: &'w Calls) -> &'w str {
    let named = words.split_once("of function ").and_then(|(_, rest)| rest.split(' ').next());
    match named.map(|name| name.trim_matches(['$', '"'])) {
        Some(name) if !matches!(name, "does" | "must" | "undefined") => name,
        _ => calls.function(),
    }
}

/// `must be an array of Number` is `numbers`.
fn element_type(words: &str) -> String {
    let kind = words.rsplit("array of ").next().unwrap_or_default().trim_matches('"').to_lowercase();
    if kind.ends_with('s') { kind } else { format!("{kind}s") }
}

fn cast_value(words: &str) -> String {
    match words.split_once('\'').and_then(|(_, rest)| rest.rsplit_once('\'')) {
        Some((text, _)) => quoted(text),
        None if words.contains("null") => "null".to_owned(),
        None => "{}".to_owned(),
    }
}

fn first_number(words: &str) -> Option<usize> {
    words.split(|c: char| !c.is_ascii_digit()).find(|digits| !digits.is_empty())?.parse().ok()
}

/// As JSON, which is how JSONata fills in texts.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// What is wrong with a text, in JSONata's words.
pub(super) fn syntax_error(error: &ParserError) -> JsonataSyntaxError {
    let message = match error {
        ParserError::Expected { expected, found } if is_token(expected) && found == "Eof" => {
            format!("S0203: Expected {} before end of expression", quoted(&symbol(expected)))
        }
        ParserError::Expected { expected, found } if is_token(expected) => {
            format!("S0202: Expected {}, got {}", quoted(&symbol(expected)), quoted(&symbol(found)))
        }
        ParserError::UnexpectedToken(token) if token != "Eof" && is_token(token) => {
            format!("S0211: The symbol {} cannot be used as a unary operator", quoted(&symbol(token)))
        }
        other => spelled(&other.to_string()),
    };
    let message = message.trim_start_matches("Invalid syntax: ").trim_start_matches("Invalid number: ");
    match error_code_prefix(message) {
        Some(code) => {
            let words = message.get(code.len() + 1..).unwrap_or_default().trim_start();
            JsonataSyntaxError { code: Some(code.to_owned()), message: words.to_owned() }
        }
        None => JsonataSyntaxError { code: None, message: message.to_owned() },
    }
}

/// The parser has a limit of its own, of 1,000 levels.
pub(super) fn is_too_deep(error: &ParserError) -> bool {
    error.to_string().contains("maximum expression nesting depth")
}

pub(super) fn unparsable() -> JsonataSyntaxError {
    JsonataSyntaxError {
        code: Some("S0500".to_owned()),
        message: "Attempted to evaluate an expression containing syntax error(s)".to_owned(),
    }
}

/// `Syntax error: Number(2.0)` is `Syntax error: "2"`.
fn spelled(message: &str) -> String {
    match message.split_once("Syntax error: ") {
        Some((before, token)) => format!("{before}Syntax error: {}", quoted(&symbol(token))),
        None => message.to_owned(),
    }
}

fn is_token(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
}

/// What was written, from the parser's name for it.
fn symbol(token: &str) -> String {
    let written = match token {
        "Eof" => "(end)",
        "Plus" => "+",
        "Minus" => "-",
        "Star" => "*",
        "StarStar" => "**",
        "Slash" => "/",
        "Percent" => "%",
        "Equal" => "=",
        "NotEqual" => "!=",
        "LessThan" => "<",
        "LessThanOrEqual" => "<=",
        "GreaterThan" => ">",
        "GreaterThanOrEqual" => ">=",
        "And" => "and",
        "Or" => "or",
        "In" => "in",
        "Ampersand" => "&",
        "Dot" => ".",
        "DotDot" => "..",
        "Question" => "?",
        "QuestionQuestion" => "??",
        "QuestionColon" => "?:",
        "Colon" => ":",
        "ColonEqual" => ":=",
        "TildeArrow" => "~>",
        "LeftParen" => "(",
        "RightParen" => ")",
        "LeftBracket" => "[",
        "RightBracket" => "]",
        "LeftBrace" => "{",
        "RightBrace" => "}",
        "Comma" => ",",
        "Semicolon" => ";",
        "Caret" => "^",
        "Pipe" => "|",
        "Hash" => "#",
        "At" => "@",
        "True" => "true",
        "False" => "false",
        "Null" => "null",
        "Undefined" => "undefined",
        other => return literal(other),
    };
    written.to_owned()
}

/// `Identifier("a")`, `Number(2.0)`: what is in the parentheses.
fn literal(token: &str) -> String {
    let Some((_, inner)) = token.split_once('(') else { return token.to_owned() };
    let inner = inner.strip_suffix(')').unwrap_or(inner);
    match serde_json::from_str::<Value>(inner) {
        Ok(Value::String(text)) => text,
        _ => inner.strip_suffix(".0").unwrap_or(inner).to_owned(),
    }
}
