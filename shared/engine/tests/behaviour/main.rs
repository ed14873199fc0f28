//! What the interpreter does, through its entry points alone: `start`, `step`, `claim`, `answer`, …
//!
//! [`world`] plays an execution to its end without a clock, a queue or a target, and prints its history; the other
//! modules say what that history is to be.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod catch;
mod choice;
mod context_object;
mod data_flow;
mod definitions;
mod histories;
mod jsonata;
mod jsonata_failures;
mod limits;
mod map;
mod map_data;
mod map_failures;
mod map_size;
mod mocks;
mod parallel;
mod phases;
mod redrive;
mod retry;
mod steps;
mod supported;
mod test_state;
mod timeouts;
mod variables;
mod wait;
mod wait_for_somebody;
mod world;
