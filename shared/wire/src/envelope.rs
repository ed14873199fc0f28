//! The first byte: which version the rest is of, and whether it is compressed.
//!
//! Compressed is what gets smaller by it. Each version has a dictionary, which zstd takes as text that came before; the
//! dictionary is as fixed as the version's shapes.

use std::cell::RefCell;

use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::get_frame_content_size;

use crate::error::{DecodeError, EncodeError};
use crate::v1;

/// Nothing larger is written or read. Far beyond what an execution may hold, and small enough to allocate for bytes
/// that only claim to be that large.
pub const MAX_DECODED_BYTES: usize = 64 * 1024 * 1024;

/// Above this, zstd takes longer than a plain transition may, for a few percent.
const LEVEL: i32 = 3;

const COMPRESSED: u8 = 0x80;
const V1: u8 = 1;

thread_local! {
    // A context costs more to make than a record costs to compress.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// `body`, of version 1, with its first byte.
pub fn seal(body: &[u8]) -> Result<Vec<u8>, EncodeError> {
    if body.len() > MAX_DECODED_BYTES {
        return Err(EncodeError::TooLarge { bytes: body.len() });
    }
    let compressed = compress(body).map_err(|error| EncodeError::Compression(error.to_string()))?;
    let (tag, rest) = if compressed.len() < body.len() { (V1 | COMPRESSED, &compressed[..]) } else { (V1, body) };
    let mut sealed = Vec::with_capacity(1 + rest.len());
    sealed.push(tag);
    sealed.extend_from_slice(rest);
    Ok(sealed)
}

/// The body of version 1 that `bytes` hold. With a second version this gives an enum.
pub fn open(bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let (tag, rest) = bytes.split_first().ok_or(DecodeError::Truncated)?;
    match *tag {
        V1 => Ok(rest.to_vec()),
        tag if tag == V1 | COMPRESSED => decompress(rest),
        tag => Err(DecodeError::UnknownVersion(tag & !COMPRESSED)),
    }
}

fn compress(body: &[u8]) -> std::io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(compressor) => compressor.compress(body),
        None => kept.insert(Compressor::with_dictionary(LEVEL, v1::DICTIONARY)?).compress(body),
    })
}

fn decompress(frame: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let size = decompressed_size(frame)?;
    let decompressed = DECOMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(decompressor) => decompressor.decompress(frame, size),
        None => kept.insert(Decompressor::with_dictionary(v1::DICTIONARY)?).decompress(frame, size),
    });
    decompressed.map_err(|error| DecodeError::Decompression(error.to_string()))
}

/// What the frame says of itself; zstd stops with an error where there is more.
fn decompressed_size(frame: &[u8]) -> Result<usize, DecodeError> {
    let said = get_frame_content_size(frame)
        .ok()
        .flatten()
        .ok_or_else(|| DecodeError::Decompression("the frame does not tell its size".into()))?;
    usize::try_from(said)
        .ok()
        .filter(|size| *size <= MAX_DECODED_BYTES)
        .ok_or(DecodeError::TooLarge { limit: MAX_DECODED_BYTES })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_compress_stays_as_it_is() {
        let body = b"x";
        assert_eq!(seal(body).unwrap(), [&[V1], &body[..]].concat());
    }

    #[test]
    fn an_unknown_version_is_named() {
        for (bytes, expected) in
            [(&[2, b'x'][..], "version 2 is unknown"), (&[0x83], "version 3 is unknown"), (&[], "cut short")]
        {
            assert_eq!(open(bytes).unwrap_err().to_string(), expected, "{bytes:?}");
        }
    }

    #[test]
    fn a_bomb_is_not_unpacked() {
        let mut bomb = vec![V1 | COMPRESSED];
        bomb.extend(zstd::bulk::compress(&vec![0; MAX_DECODED_BYTES + 1], 19).unwrap());
        assert!(bomb.len() < 10_000, "{}", bomb.len());
        assert!(matches!(open(&bomb), Err(DecodeError::TooLarge { .. })));
    }

    #[test]
    fn a_frame_that_lies_about_its_size_is_refused() {
        let mut frame = zstd::bulk::compress(&[b'a'; 200], LEVEL).unwrap();
        // Magic number, frame header descriptor, one byte of content size.
        assert_eq!(frame[5], 200);
        frame[5] = 100;
        let sealed = [&[V1 | COMPRESSED], &frame[..]].concat();
        assert!(matches!(open(&sealed), Err(DecodeError::Decompression(_))));
    }
}
