//! From the text of a path to its segments.

use super::PathSyntaxError;
use super::filter::Filter;
use super::filter_syntax;
use super::function::PathFunction;
use crate::reference_path::Step;

/// How deeply filters, their parentheses and their literals may nest.
const MAX_DEPTH: usize = 32;

/// How many segments a path may have. JSON text nests at most 128 deep.
const MAX_SEGMENTS: usize = 256;

/// How many names or indexes may stand in one pair of brackets.
const MAX_UNION: usize = 1_000;

#[derive(Debug, Clone)]
pub(crate) enum Segment {
    /// `.a`, `['a']`, `['a','b']`; never empty.
    Properties(Vec<String>),
    /// `[0]`, `[-1]`, `[0,1]`; never empty. Negative ones count from the end.
    Indexes(Vec<i32>),
    /// `[1:]`, `[:2]`, `[1:2]`; at least one bound is present.
    Slice { from: Option<i32>, to: Option<i32> },
    /// `.*`, `[*]`
    Wildcard,
    /// `..`, always followed by another segment.
    Descend,
    /// `[?(…)]`
    Filter(Box<Filter>),
    /// `.length()`, always last.
    Function(PathFunction),
}

impl Segment {
    pub(super) fn reference_step(&self) -> Option<Step> {
        match self {
            Segment::Properties(names) => match names.as_slice() {
                [name] => Some(Step::Field(name.clone())),
                _ => None,
            },
            Segment::Indexes(indexes) => match indexes.as_slice() {
                [index] => usize::try_from(*index).ok().map(Step::Index),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn has_several_names(&self) -> bool {
        matches!(self, Segment::Properties(names) if names.len() > 1)
    }

    /// Whether the segment can take one value more than once, or with what is within it.
    pub(super) fn may_repeat(&self) -> bool {
        match self {
            Segment::Descend => true,
            Segment::Indexes(indexes) => indexes.len() > 1,
            Segment::Slice { from, to } => from.is_some_and(|from| from < 0) && to.is_some(),
            Segment::Properties(_) | Segment::Wildcard | Segment::Filter(_) | Segment::Function(_) => false,
        }
    }

    fn is_definite(&self) -> bool {
        match self {
            Segment::Indexes(indexes) => indexes.len() == 1,
            Segment::Properties(_) | Segment::Function(_) => true,
            Segment::Slice { .. } | Segment::Wildcard | Segment::Descend | Segment::Filter(_) => false,
        }
    }
}

pub(super) fn is_definite(segments: &[Segment]) -> bool {
    match segments.split_last() {
        // A function makes one value of however many there are.
        Some((Segment::Function(_), _)) => true,
        _ => segments.iter().all(Segment::is_definite),
    }
}

pub(super) fn may_read(segments: &[Segment], members: &[&str]) -> bool {
    if segments.iter().any(|segment| matches!(segment, Segment::Filter(filter) if filter.reads_document())) {
        return true;
    }
    for (position, member) in members.iter().enumerate() {
        match segments.get(position) {
            Some(Segment::Properties(names)) if names.iter().any(|name| name == member) => {}
            // Members are those of objects, so an array's elements are elsewhere.
            Some(Segment::Properties(_) | Segment::Indexes(_) | Segment::Slice { .. }) => {
                return false;
            }
            Some(Segment::Wildcard | Segment::Descend | Segment::Filter(_) | Segment::Function(_)) | None => {
                return true;
            }
        }
    }
    true
}

/// The segments of a whole text that begins with `$`.
pub(super) fn parse_path(text: &str) -> Result<Vec<Segment>, PathSyntaxError> {
    let mut parser = Parser::new(text);
    parser.expect('$', "a path must begin with `$`")?;
    let segments = parser.segments(false)?;
    parser.end()?;
    Ok(segments)
}

/// A place in a text. Shared with the syntax of filters, which contain paths, which contain filters.
pub(super) struct Parser<'t> {
    text: &'t str,
    position: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str) -> Parser<'t> {
        Parser { text, position: 0, depth: 0 }
    }

    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.position..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.position += character.len_utf8();
        Some(character)
    }

    pub(super) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.position += token.len();
        }
        found
    }

    pub(super) fn expect(&mut self, character: char, reason: &'static str) -> Result<(), PathSyntaxError> {
        if self.peek() == Some(character) {
            self.next();
            Ok(())
        } else {
            self.fail(reason)
        }
    }

    pub(super) fn skip_blanks(&mut self) {
        self.take_while(|character| matches!(character, ' ' | '\t' | '\r' | '\n'));
    }

    pub(super) fn take_while(&mut self, belongs: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let length = rest.find(|character| !belongs(character)).unwrap_or(rest.len());
        self.position += length;
        rest.get(..length).unwrap_or_default()
    }

    pub(super) fn fail<T>(&self, reason: &'static str) -> Result<T, PathSyntaxError> {
        Err(PathSyntaxError { reason, position: self.position })
    }

    fn end(&self) -> Result<(), PathSyntaxError> {
        if self.rest().is_empty() { Ok(()) } else { self.fail("unexpected character") }
    }

    /// Runs `parse` one level deeper.
    pub(super) fn nested<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, PathSyntaxError>,
    ) -> Result<T, PathSyntaxError> {
        if self.depth >= MAX_DEPTH {
            return self.fail("nested too deeply");
        }
        self.depth += 1;
        let result = parse(self);
        self.depth -= 1;
        result
    }

    /// What follows `$` or `@`. Within a filter, names end also where an operator or a bracket of the filter begins.
    pub(super) fn segments(&mut self, in_filter: bool) -> Result<Vec<Segment>, PathSyntaxError> {
        let mut segments = Vec::new();
        loop {
            match self.peek() {
                Some('.') => self.dotted(in_filter, &mut segments)?,
                Some('[') => segments.push(self.bracketed()?),
                _ => return Ok(segments),
            }
            if segments.len() > MAX_SEGMENTS {
                return self.fail("too many segments");
            }
            if matches!(segments.last(), Some(Segment::Function(_))) {
                return if matches!(self.peek(), Some('.' | '[')) {
                    self.fail("nothing can follow a function")
                } else {
                    Ok(segments)
                };
            }
        }
    }

    fn dotted(&mut self, in_filter: bool, segments: &mut Vec<Segment>) -> Result<(), PathSyntaxError> {
        self.expect('.', "expected `.`")?;
        if self.eat(".") {
            segments.push(Segment::Descend);
        }
        let segment = match self.peek() {
            Some('[') => self.bracketed()?,
            Some('*') => {
                self.next();
                Segment::Wildcard
            }
            _ => self.name_or_function(in_filter)?,
        };
        segments.push(segment);
        Ok(())
    }

    fn name_or_function(&mut self, in_filter: bool) -> Result<Segment, PathSyntaxError> {
        let name = self.take_while(|character| match character {
            '.' | '[' | '(' => false,
            '<' | '>' | '=' | '~' | '!' | '&' | '|' | ')' | ']' | ',' => !in_filter,
            other => !other.is_whitespace() && !other.is_control(),
        });
        if name.is_empty() {
            return self.fail("expected the name of a member");
        }
        if self.peek() == Some('(') {
            self.skip_arguments()?;
            return Ok(Segment::Function(PathFunction::named(name)));
        }
        Ok(Segment::Properties(vec![name.to_owned()]))
    }

    /// No function that Step Functions knows takes arguments; they are only matched up.
    fn skip_arguments(&mut self) -> Result<(), PathSyntaxError> {
        let mut open = 0_usize;
        while let Some(character) = self.next() {
            match character {
                '(' => open += 1,
                ')' if open == 1 => return Ok(()),
                ')' => open -= 1,
                _ => {}
            }
        }
        self.fail("expected `)`")
    }

    fn bracketed(&mut self) -> Result<Segment, PathSyntaxError> {
        self.expect('[', "expected `[`")?;
        self.skip_blanks();
        let segment = match self.peek() {
            Some('\'' | '"') => Segment::Properties(self.quoted_names()?),
            Some('*') => {
                self.next();
                Segment::Wildcard
            }
            Some('?') => {
                self.next();
                Segment::Filter(Box::new(self.nested(filter_syntax::filter)?))
            }
            Some('0'..='9' | '-' | ':') => self.indexes_or_slice()?,
            _ => return self.fail("expected a quote, a number, `*` or `?`"),
        };
        let members = match &segment {
            Segment::Properties(names) => names.len(),
            Segment::Indexes(indexes) => indexes.len(),
            _ => 1,
        };
        if members > MAX_UNION {
            return self.fail("too many names or indexes");
        }
        self.skip_blanks();
        self.expect(']', "expected `]`")?;
        Ok(segment)
    }

    fn quoted_names(&mut self) -> Result<Vec<String>, PathSyntaxError> {
        let mut names = vec![self.quoted_name()?];
        self.skip_blanks();
        while self.eat(",") {
            self.skip_blanks();
            names.push(self.quoted_name()?);
            self.skip_blanks();
        }
        Ok(names)
    }

    /// A backslash protects the delimiter and itself; before anything else it belongs to the name, as Step Functions
    /// was seen to read it.
    fn quoted_name(&mut self) -> Result<String, PathSyntaxError> {
        let Some(delimiter @ ('\'' | '"')) = self.next() else {
            return self.fail("expected a quote");
        };
        let mut name = String::new();
        while let Some(character) = self.next() {
            match character {
                '\\' => match self.peek() {
                    Some(escaped) if escaped == delimiter || escaped == '\\' => {
                        self.next();
                        name.push(escaped);
                    }
                    _ => name.push('\\'),
                },
                end if end == delimiter => return Ok(name),
                other => name.push(other),
            }
        }
        self.fail("expected a closing quote")
    }

    fn indexes_or_slice(&mut self) -> Result<Segment, PathSyntaxError> {
        let expression = self.take_while(|character| matches!(character, '0'..='9' | '-' | ':' | ',' | ' '));
        if !expression.contains(':') {
            let indexes: Option<Vec<i32>> = expression.split(',').map(|index| index.trim().parse().ok()).collect();
            return indexes.map(Segment::Indexes).map_or_else(|| self.fail("expected array indexes"), Ok);
        }
        // A third part, the step of other dialects, is ignored as Jayway does.
        let mut bounds = expression.split(':').map(str::trim);
        let (from, to) = (bounds.next().map(slice_bound), bounds.next().map(slice_bound));
        match (from.unwrap_or(Ok(None)), to.unwrap_or(Ok(None))) {
            (Ok(None), Ok(None)) | (Err(()), _) | (_, Err(())) => self.fail("expected the bounds of a slice"),
            (Ok(from), Ok(to)) => Ok(Segment::Slice { from, to }),
        }
    }
}

fn slice_bound(text: &str) -> Result<Option<i32>, ()> {
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| ()) }
}
