//! Journal records as bytes.
//!
//! Left out is what the reader knows: the ARN of the execution is the record's key, and what follows from it (the state
//! machine, the prefix of a role) or from the rest of the record (most ids and times) is not written either.

use engine::execution::ExecutionArn;
use engine::record::Record;

pub use crate::envelope::MAX_DECODED_BYTES;
use crate::error::{DecodeError, EncodeError};
use crate::{envelope, v1};

pub fn encode(record: &Record) -> Result<Vec<u8>, EncodeError> {
    envelope::seal(&v1::record::encode(record)?)
}

/// `execution` is the one that the record was found under.
pub fn decode(execution: &ExecutionArn, bytes: &[u8]) -> Result<Record, DecodeError> {
    v1::record::decode(execution, &envelope::open(bytes)?)
}
