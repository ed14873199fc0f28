//! Chunks of payloads that a run has put aside. They know neither of an execution nor of times.

use std::borrow::Cow;

use engine::aside::{self, ContentHash};
use engine::execution::ExecutionArn;
use engine::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

use super::texts::{self, Reader, TextId, Writer};
use crate::error::{DecodeError, EncodeError};

#[derive(Serialize, Deserialize)]
struct Chunk<'a> {
    #[serde(rename = "l", borrow, default, skip_serializing_if = "Option::is_none")]
    link: Option<Cow<'a, str>>,
    /// Each with its index.
    #[serde(rename = "p", default, skip_serializing_if = "Vec::is_empty")]
    payloads: Vec<(u32, TextId)>,
}

pub fn encode(chunk: &aside::Chunk) -> Result<Vec<u8>, EncodeError> {
    let nobody = ExecutionArn::new("");
    let mut writer = Writer::new(&nobody, None, Timestamp::from_millis(0));
    let content = Chunk {
        link: chunk.link.as_ref().map(|link| Cow::Borrowed(link.as_str())),
        payloads: chunk.payloads.iter().map(|(index, payload)| (*index, writer.text(payload.as_str()))).collect(),
    };
    writer.body(content)
}

pub fn decode(body: &[u8]) -> Result<aside::Chunk, DecodeError> {
    let texts::Opened { base, content, texts } = texts::open::<Chunk<'_>>(body)?;
    let nobody = ExecutionArn::new("");
    let reader = Reader::new(&nobody, base, &texts);
    let payload = |(index, text)| Ok((index, reader.payload(text)?));
    Ok(aside::Chunk {
        link: content.link.as_deref().map(ContentHash::from_text),
        payloads: content.payloads.into_iter().map(payload).collect::<Result<_, DecodeError>>()?,
    })
}
