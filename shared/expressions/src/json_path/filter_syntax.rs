//! The syntax of filters: `?( @.a == 1 && (@.b in ['x', 'y'] || !@.c) )`.

use super::PathSyntaxError;
use super::filter::{Filter, FilterPath, Operand, Operator};
use super::syntax::Parser;
use regex_lite::RegexBuilder;
use serde_json::{Map, Value};

/// Operators in the order in which they are tried: those that begin like another come first.
const OPERATORS: [(&str, Operator); 12] = [
    ("===", Operator::Identical),
    ("!==", Operator::NotIdentical),
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("=~", Operator::Matches),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("<>", Operator::NotEqual),
    ("=", Operator::Equal),
    ("~", Operator::Matches),
];

type Parsed<T> = Result<T, PathSyntaxError>;

/// What stands between `[?` and `]`.
pub(super) fn filter(parser: &mut Parser<'_>) -> Parsed<Filter> {
    parser.skip_blanks();
    parser.expect('(', "expected `(`")?;
    let filter = alternatives(parser)?;
    parser.expect(')', "expected `)`")?;
    Ok(filter)
}

fn alternatives(parser: &mut Parser<'_>) -> Parsed<Filter> {
    let mut left = conjunction(parser)?;
    while parser.eat("||") {
        left = Filter::Or(Box::new(left), Box::new(conjunction(parser)?));
    }
    Ok(left)
}

fn conjunction(parser: &mut Parser<'_>) -> Parsed<Filter> {
    let mut left = condition(parser)?;
    while parser.eat("&&") {
        left = Filter::And(Box::new(left), Box::new(condition(parser)?));
    }
    Ok(left)
}

/// One operand of `&&` and `||`, with the blanks around it.
fn condition(parser: &mut Parser<'_>) -> Parsed<Filter> {
    parser.skip_blanks();
    let condition = match parser.peek() {
        Some('!') => {
            parser.next();
            Filter::Not(Box::new(parser.nested(condition)?))
        }
        Some('(') => {
            parser.next();
            let inner = parser.nested(alternatives)?;
            parser.expect(')', "expected `)`")?;
            inner
        }
        _ => comparison(parser)?,
    };
    parser.skip_blanks();
    Ok(condition)
}

fn comparison(parser: &mut Parser<'_>) -> Parsed<Filter> {
    let left = operand(parser)?;
    parser.skip_blanks();
    if parser.peek() == Some(')') || parser.rest().starts_with("&&") || parser.rest().starts_with("||") {
        return match left {
            Operand::Path(path) => Ok(Filter::Exists(path)),
            Operand::Literal(_) | Operand::Pattern(_) => parser.fail("expected an operator"),
        };
    }
    let operator = operator(parser)?;
    parser.skip_blanks();
    let right = operand(parser)?;
    Ok(Filter::Compare { left, operator, right })
}

fn operator(parser: &mut Parser<'_>) -> Parsed<Operator> {
    for (token, operator) in OPERATORS {
        if parser.eat(token) {
            return Ok(operator);
        }
    }
    let word = parser.take_while(|character| character.is_ascii_alphabetic());
    match word.to_ascii_lowercase().as_str() {
        "in" => Ok(Operator::In),
        "nin" => Ok(Operator::NotIn),
        "subsetof" => Ok(Operator::SubsetOf),
        "anyof" => Ok(Operator::AnyOf),
        "noneof" => Ok(Operator::NoneOf),
        "all" => Ok(Operator::All),
        "contains" => Ok(Operator::Contains),
        "size" => Ok(Operator::Size),
        "empty" => Ok(Operator::Empty),
        _ => parser.fail("expected an operator"),
    }
}

fn operand(parser: &mut Parser<'_>) -> Parsed<Operand> {
    match parser.peek() {
        Some(root @ ('$' | '@')) => {
            parser.next();
            let segments = parser.segments(true)?;
            Ok(Operand::Path(FilterPath { from_document: root == '$', segments }))
        }
        Some('/') => pattern(parser),
        _ => parser.nested(literal).map(Operand::Literal),
    }
}

/// `/regex/` or `/regex/i`, matched against whole values.
fn pattern(parser: &mut Parser<'_>) -> Parsed<Operand> {
    parser.expect('/', "expected `/`")?;
    let mut text = String::new();
    loop {
        match parser.next() {
            None => return parser.fail("expected a closing `/`"),
            Some('/') => break,
            Some('\\') if parser.peek() == Some('/') => text.extend(parser.next()),
            Some('\\') => {
                text.push('\\');
                text.extend(parser.next());
            }
            Some(other) => text.push(other),
        }
    }
    let flags = parser.take_while(|character| character.is_ascii_lowercase());
    RegexBuilder::new(&format!("^(?:{text})$"))
        .case_insensitive(flags.contains('i'))
        .build()
        .map(Operand::Pattern)
        .or_else(|_| parser.fail("expected a regular expression"))
}

/// JSON in which strings may also have single quotes.
fn literal(parser: &mut Parser<'_>) -> Parsed<Value> {
    match parser.peek() {
        Some('\'' | '"') => string(parser).map(Value::String),
        Some('[') => array(parser),
        Some('{') => object(parser),
        Some('-' | '0'..='9') => number(parser),
        _ => match parser.take_while(|character| character.is_ascii_alphabetic()) {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            "null" => Ok(Value::Null),
            _ => parser.fail("expected a path or a value"),
        },
    }
}

fn number(parser: &mut Parser<'_>) -> Parsed<Value> {
    let text = parser.take_while(|character| matches!(character, '0'..='9' | '-' | '+' | '.' | 'e' | 'E'));
    serde_json::from_str(text).map(Value::Number).or_else(|_| parser.fail("expected a number"))
}

fn string(parser: &mut Parser<'_>) -> Parsed<String> {
    let Some(delimiter @ ('\'' | '"')) = parser.next() else {
        return parser.fail("expected a string");
    };
    let mut text = String::new();
    while let Some(character) = parser.next() {
        match character {
            '\\' => text.push(match parser.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('b') => '\u{8}',
                Some('f') => '\u{c}',
                Some('u') => unicode_escape(parser)?,
                Some(other) => other,
                None => return parser.fail("expected a closing quote"),
            }),
            end if end == delimiter => return Ok(text),
            other => text.push(other),
        }
    }
    parser.fail("expected a closing quote")
}

/// The four digits after `\u`, and after a high surrogate the low one that has to follow.
fn unicode_escape(parser: &mut Parser<'_>) -> Parsed<char> {
    let first = hexadecimal(parser)?;
    let second = if (0xd800..0xdc00).contains(&first) && parser.eat("\\u") { Some(hexadecimal(parser)?) } else { None };
    match char::decode_utf16([Some(first), second].into_iter().flatten()).next() {
        Some(Ok(character)) => Ok(character),
        _ => parser.fail("expected a character"),
    }
}

fn hexadecimal(parser: &mut Parser<'_>) -> Parsed<u16> {
    let mut unit = 0;
    for _ in 0..4 {
        let Some(digit) = parser.peek().and_then(|digit| digit.to_digit(16)) else {
            return parser.fail("expected four hexadecimal digits");
        };
        parser.next();
        unit = unit * 16 + digit;
    }
    u16::try_from(unit).or_else(|_| parser.fail("expected four hexadecimal digits"))
}

fn array(parser: &mut Parser<'_>) -> Parsed<Value> {
    parser.expect('[', "expected `[`")?;
    let mut items = Vec::new();
    parser.skip_blanks();
    while !parser.eat("]") {
        if !items.is_empty() {
            parser.expect(',', "expected `,` or `]`")?;
            parser.skip_blanks();
        }
        items.push(parser.nested(literal)?);
        parser.skip_blanks();
    }
    Ok(Value::Array(items))
}

fn object(parser: &mut Parser<'_>) -> Parsed<Value> {
    parser.expect('{', "expected `{`")?;
    let mut members = Map::new();
    parser.skip_blanks();
    while !parser.eat("}") {
        if !members.is_empty() {
            parser.expect(',', "expected `,` or `}`")?;
            parser.skip_blanks();
        }
        let key = string(parser)?;
        parser.skip_blanks();
        parser.expect(':', "expected `:`")?;
        parser.skip_blanks();
        members.insert(key, parser.nested(literal)?);
        parser.skip_blanks();
    }
    Ok(Value::Object(members))
}
