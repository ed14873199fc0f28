//! Journal records and queue messages: what is stored and what travels.

pub mod message;
