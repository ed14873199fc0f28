//! What can go wrong between a value and its bytes.

#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    #[error("not encodable: {0}")]
    Json(#[from] serde_json::Error),
    #[error("not compressible: {0}")]
    Compression(String),
    /// A message carries the run of its own execution, or none.
    #[error("run of `{run}` in a message for `{message}`")]
    ForeignRun { message: String, run: String },
    /// [`crate::record::MAX_DECODED_BYTES`], beyond which nothing is decoded again.
    #[error("{bytes} bytes are more than can be decoded again")]
    TooLarge { bytes: usize },
}

#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("version {0} is unknown")]
    UnknownVersion(u8),
    #[error("cut short")]
    Truncated,
    #[error("bytes left over")]
    LeftOver,
    #[error("not base64: {0}")]
    Base64(#[from] base64::DecodeError),
    #[error("not decompressible: {0}")]
    Decompression(String),
    #[error("more than {limit} bytes when decompressed")]
    TooLarge { limit: usize },
    #[error("not UTF-8: {0}")]
    Utf8(#[from] std::str::Utf8Error),
    #[error("not of this shape: {0}")]
    Json(#[from] serde_json::Error),
    #[error("text {0} is missing")]
    MissingText(usize),
    #[error("role `{0}` has an unknown form")]
    Role(String),
    #[error("timer `{0}` has an unknown form")]
    Timer(String),
}
