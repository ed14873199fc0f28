//! The embedded stores: every port that keeps something, in memory or in one SQLite file. Both pass `ports::contract`.

pub mod access_keys;
pub mod memory;
pub mod sqlite;

pub use access_keys::{FileAccessKeys, MemoryAccessKeys};
pub use memory::MemoryStore;
pub use sqlite::SqliteStore;
