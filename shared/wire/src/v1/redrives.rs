//! That an execution was redriven.

use std::borrow::Cow;

use engine::redrive;
use serde::{Deserialize, Serialize};

use super::texts::{Reader, Writer};

#[derive(Serialize, Deserialize)]
pub struct Redrives<'a> {
    #[serde(rename = "c")]
    count: u32,
    #[serde(rename = "a")]
    at: i64,
    /// Each with its time.
    #[serde(rename = "t", borrow, default, skip_serializing_if = "Vec::is_empty")]
    client_tokens: Vec<(Cow<'a, str>, i64)>,
}

impl<'a> Redrives<'a> {
    pub fn write(redrives: &'a redrive::Redrives, writer: &Writer<'a>) -> Self {
        let token = |known: &'a redrive::ClientToken| (Cow::Borrowed(&*known.token), writer.time(known.at));
        Self {
            count: redrives.count,
            at: writer.time(redrives.at),
            client_tokens: redrives.client_tokens.iter().map(token).collect(),
        }
    }

    pub fn read(self, reader: &Reader<'_>) -> redrive::Redrives {
        let token =
            |(token, at): (Cow<'_, str>, i64)| redrive::ClientToken { token: (&*token).into(), at: reader.time(at) };
        redrive::Redrives {
            count: self.count,
            at: reader.time(self.at),
            client_tokens: self.client_tokens.into_iter().map(token).collect(),
        }
    }
}
