//! The `stepwell` binary: every function in one process, over embedded stores and queues.

pub mod store;
pub mod targets;
