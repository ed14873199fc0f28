//! Journal records and queue messages: what is stored and what travels, versioned, apart from the engine's types.
//!
//! 1. [`record`], [`chunk`] and [`message`] turn the engine's types into bytes or text, and back.
//! 2. `v1/` holds the shapes of version 1: serde structs with short names, and how they map to the engine's types.
//! 3. `envelope` puts the version in front, and compresses.
//!
//! A shape that was released once is a promise to executions that are running: `fixtures/` keeps an example of each, and
//! a test decodes them all. A change that an older reader would misread gets a new version and a folder of its own.

pub mod chunk;
mod envelope;
mod error;
pub mod message;
mod next_version;
pub mod record;
pub mod timer;
mod v1;

pub use error::{DecodeError, EncodeError};
