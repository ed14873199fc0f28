//! What a run has put aside, as bytes.

use engine::aside::Chunk;

use crate::error::{DecodeError, EncodeError};
use crate::{envelope, v1};

pub fn encode(chunk: &Chunk) -> Result<Vec<u8>, EncodeError> {
    envelope::seal(&v1::chunk::encode(chunk)?)
}

pub fn decode(bytes: &[u8]) -> Result<Chunk, DecodeError> {
    v1::chunk::decode(&envelope::open(bytes)?)
}
