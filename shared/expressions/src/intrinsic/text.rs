//! Functions of strings and JSON text.

use super::evaluate::{Evaluated, InvalidArguments};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use md5::Md5;
use serde_json::{Map, Value};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// The longest argument of `Base64Encode`, `Base64Decode` and `Hash`.
const MAX_CHARACTERS: usize = 10_000;

/// Padding or not, and stray bits in the last character, are all the same to Step Functions.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Blank text is null.
pub(super) fn string_to_json(json: &str) -> Evaluated<Value> {
    if json.trim().is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(json).map_err(|_| InvalidArguments)
}

pub(super) fn base64_encode(data: &str) -> Evaluated<Value> {
    limited(data)?;
    Ok(Value::String(LENIENT.encode(data)))
}

/// What is not base64 is skipped, and the text ends at the first `=`.
pub(super) fn base64_decode(data: &str) -> Evaluated<Value> {
    limited(data)?;
    let mut digits: Vec<u8> = data
        .bytes()
        .take_while(|byte| *byte != b'=')
        .filter_map(|byte| match byte {
            b'-' => Some(b'+'),
            b'_' => Some(b'/'),
            b'+' | b'/' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => Some(byte),
            _ => None,
        })
        .collect();
    if digits.len() % 4 == 1 {
        digits.pop(); // Six bits are no byte.
    }
    let decoded = LENIENT.decode(digits).map_err(|_| InvalidArguments)?;
    Ok(Value::String(String::from_utf8_lossy(&decoded).into_owned()))
}

pub(super) fn hash(data: &str, algorithm: &str) -> Evaluated<Value> {
    limited(data)?;
    digest(data, algorithm).map(Value::String).ok_or(InvalidArguments)
}

/// In lower-case hexadecimal. `None` for an algorithm that Step Functions does not have.
pub(crate) fn digest(data: &str, algorithm: &str) -> Option<String> {
    match algorithm {
        "MD5" => Some(hex(&Md5::digest(data))),
        "SHA-1" => Some(hex(&Sha1::digest(data))),
        "SHA-256" => Some(hex(&Sha256::digest(data))),
        "SHA-384" => Some(hex(&Sha384::digest(data))),
        "SHA-512" => Some(hex(&Sha512::digest(data))),
        _ => None,
    }
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The members of both, the second's where both have one. Deep merging (`true`) is refused by Step Functions too.
pub(super) fn json_merge(first: &Map<String, Value>, second: &Map<String, Value>, deep: &Value) -> Evaluated<Value> {
    if *deep == Value::Bool(true) {
        return Err(InvalidArguments);
    }
    let mut merged = first.clone();
    merged.extend(second.iter().map(|(key, value)| (key.clone(), value.clone())));
    Ok(Value::Object(merged))
}

/// Every character of `delimiters` separates; empty parts are left out.
pub(super) fn string_split(string: &str, delimiters: &str) -> Value {
    let parts = string.split(|character| delimiters.contains(character));
    parts.filter(|part| !part.is_empty()).map(Value::from).collect()
}

fn limited(text: &str) -> Evaluated<()> {
    if text.chars().count() <= MAX_CHARACTERS { Ok(()) } else { Err(InvalidArguments) }
}
