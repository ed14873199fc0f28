//! The texts of a body, each stored once, and the frame of a body: `varint(length of the JSON)`, the JSON, the texts.
//! The JSON tells the length of each text.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use engine::execution::ExecutionArn;
use engine::payload::Payload;
use engine::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

use super::role;
use crate::error::{DecodeError, EncodeError};

/// The number of a text.
pub type TextId = usize;

/// What every part of a body is written against.
pub struct Writer<'a> {
    pub execution: &'a ExecutionArn,
    /// The execution's role, which tasks share unless they have their own.
    pub role_arn: Option<&'a str>,
    pub base: Timestamp,
    texts: Vec<&'a str>,
    by_place: HashMap<(*const u8, usize), TextId>,
    by_content: HashMap<&'a str, TextId>,
}

impl<'a> Writer<'a> {
    pub fn new(execution: &'a ExecutionArn, role_arn: Option<&'a str>, base: Timestamp) -> Self {
        Self { execution, role_arn, base, texts: Vec::new(), by_place: HashMap::new(), by_content: HashMap::new() }
    }

    /// By place in memory first: most showings of a payload are clones of one.
    pub fn text(&mut self, text: &'a str) -> TextId {
        let place = (text.as_ptr(), text.len());
        if let Some(id) = self.by_place.get(&place) {
            return *id;
        }
        let id = *self.by_content.entry(text).or_insert_with(|| {
            self.texts.push(text);
            self.texts.len() - 1
        });
        self.by_place.insert(place, id);
        id
    }

    /// `None` for the execution's own role.
    pub fn role(&self, role_arn: &'a str) -> Option<Cow<'a, str>> {
        (self.role_arn != Some(role_arn)).then(|| role::write(self.execution, role_arn))
    }

    pub fn time(&self, time: Timestamp) -> i64 {
        time.as_millis().wrapping_sub(self.base.as_millis())
    }

    pub fn body<T: Serialize>(self, content: T) -> Result<Vec<u8>, EncodeError> {
        let lengths = self.texts.iter().map(|text| text.len()).collect();
        let json = serde_json::to_vec(&Body { base: self.base.as_millis(), content, lengths })?;
        let texts: usize = self.texts.iter().map(|text| text.len()).sum();
        let mut body = Vec::with_capacity(json.len() + texts + 5);
        push_varint(&mut body, json.len());
        body.extend_from_slice(&json);
        for text in self.texts {
            body.extend_from_slice(text.as_bytes());
        }
        Ok(body)
    }
}

/// What every part of a body is read against.
pub struct Reader<'a> {
    pub execution: &'a ExecutionArn,
    pub role_arn: Option<Arc<str>>,
    pub base: Timestamp,
    texts: &'a [Payload],
}

impl<'a> Reader<'a> {
    pub fn new(execution: &'a ExecutionArn, base: Timestamp, texts: &'a [Payload]) -> Self {
        Self { execution, role_arn: None, base, texts }
    }

    pub fn payload(&self, id: TextId) -> Result<Payload, DecodeError> {
        self.texts.get(id).cloned().ok_or(DecodeError::MissingText(id))
    }

    pub fn text(&self, id: TextId) -> Result<String, DecodeError> {
        self.payload(id).map(|text| text.as_str().to_owned())
    }

    pub fn role(&self, written: Option<&str>) -> Result<Arc<str>, DecodeError> {
        match written {
            Some(own) => role::read(self.execution, own),
            None => self.role_arn.clone().ok_or_else(|| DecodeError::Role(String::new())),
        }
    }

    pub fn time(&self, relative: i64) -> Timestamp {
        Timestamp::from_millis(self.base.as_millis().wrapping_add(relative))
    }
}

#[derive(Serialize, Deserialize)]
struct Body<T> {
    #[serde(rename = "a")]
    base: i64,
    #[serde(rename = "v")]
    content: T,
    #[serde(rename = "t", default, skip_serializing_if = "Vec::is_empty")]
    lengths: Vec<usize>,
}

/// A body taken apart.
pub struct Opened<T> {
    pub base: Timestamp,
    pub content: T,
    pub texts: Vec<Payload>,
}

pub fn open<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<Opened<T>, DecodeError> {
    let (length, rest) = take_varint(body)?;
    let (json, rest) = rest.split_at_checked(length).ok_or(DecodeError::Truncated)?;
    let body: Body<T> = serde_json::from_slice(json)?;
    let texts = split_texts(rest, &body.lengths)?;
    Ok(Opened { base: Timestamp::from_millis(body.base), content: body.content, texts })
}

fn split_texts(mut rest: &[u8], lengths: &[usize]) -> Result<Vec<Payload>, DecodeError> {
    let mut texts = Vec::with_capacity(lengths.len());
    for length in lengths {
        let (text, after) = rest.split_at_checked(*length).ok_or(DecodeError::Truncated)?;
        texts.push(Payload::from_text(std::str::from_utf8(text)?));
        rest = after;
    }
    if rest.is_empty() { Ok(texts) } else { Err(DecodeError::LeftOver) }
}

/// Seven bits a byte, the low ones first; the high bit says that there are more.
pub(super) fn push_varint(bytes: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

fn take_varint(bytes: &[u8]) -> Result<(usize, &[u8]), DecodeError> {
    let mut number = 0;
    for (index, byte) in bytes.iter().enumerate().take(4) {
        number |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok((number, bytes.get(index + 1..).unwrap_or_default()));
        }
    }
    Err(DecodeError::Truncated)
}
