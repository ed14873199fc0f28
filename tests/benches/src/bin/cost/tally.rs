//! What has been counted.

use std::ops::Add;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Handled by one of our functions: each costs a receive, a delete and an invocation, shared by its batch.
    pub messages: u32,
    /// Requests of the API, each an invocation of its own.
    pub api_requests: u32,
    pub write_units: f64,
    pub read_units: f64,
    /// Request units of SQS: a request for each 64 KB begun.
    pub sends: u32,
    /// Functions of the user, called for tasks.
    pub target_invocations: u32,
    /// The largest.
    pub record_bytes: usize,
    /// The largest, as DynamoDB counts: names and keys included.
    pub item_bytes: usize,
    /// The largest.
    pub message_bytes: usize,
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            messages: self.messages + other.messages,
            api_requests: self.api_requests + other.api_requests,
            write_units: self.write_units + other.write_units,
            read_units: self.read_units + other.read_units,
            sends: self.sends + other.sends,
            target_invocations: self.target_invocations + other.target_invocations,
            record_bytes: self.record_bytes.max(other.record_bytes),
            item_bytes: self.item_bytes.max(other.item_bytes),
            message_bytes: self.message_bytes.max(other.message_bytes),
        }
    }
}
