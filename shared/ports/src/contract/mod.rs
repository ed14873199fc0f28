//! What every adapter of a port must do, whatever it is built on. An adapter's own test suite calls `run_all` of each
//! module on a store that holds nothing yet; the contracts keep out of each other's way, so one store serves all.
//!
//! Each contract is one function, whose panic says what was broken. Times are fixed and far ahead, so that no store with
//! expiry drops anything, and nothing here sleeps or reads a clock. Lists are compared at once: run these against a store
//! whose indexes keep up.
#![expect(clippy::panic, clippy::indexing_slicing, reason = "test code, for the test suites of adapters")]

pub mod access_keys;
pub mod activities;
pub mod catalog;
pub mod executions;
pub mod journal;
pub mod payloads;
pub mod samples;
pub mod timers;

use crate::store_error::StoreError;

/// The value, or a panic that says which call failed.
fn works<T>(call: &str, result: Result<T, StoreError>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{call} failed: {error}"),
    }
}
