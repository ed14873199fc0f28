//! The limits of the API: the service model's, and the service quotas
//! (<https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html>).

/// What an installation may raise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest execution input, task output and the like, in UTF-8 bytes. AWS: 262,144.
    pub payload_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { payload_bytes: PAYLOAD_BYTES }
    }
}

/// AWS's largest payload, in UTF-8 bytes.
pub const PAYLOAD_BYTES: usize = 262_144;
/// Largest definition, in characters.
pub const DEFINITION_CHARACTERS: usize = 1_048_576;
/// Largest request body that is read, in bytes. The largest definition, 1 MB, is about 2 MB as a JSON string with its
/// quotes escaped; twice that leaves room, and what is larger is refused unread.
pub const BODY_BYTES: usize = 4 * 1_048_576;
/// Page size where the caller asks for none, or for 0.
pub const DEFAULT_PAGE: usize = 100;
/// Largest page size.
pub const MAX_PAGE: i32 = 1000;
/// Most tags on one resource.
pub const TAGS: usize = 50;
/// How long a page token is good for, in seconds: AWS's 24 hours.
pub const PAGE_TOKEN_SECONDS: i64 = 24 * 60 * 60;
/// Deepest nesting of a JSON text; deeper ones are refused before anything evaluates them.
pub const JSON_DEPTH: usize = 120;
