//! The embedded stores: every port that keeps something, in memory or in one SQLite file. Both pass `ports::contract`.

pub mod memory;
pub mod sqlite;

pub use memory::MemoryStore;
pub use sqlite::SqliteStore;
