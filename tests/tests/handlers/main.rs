//! The handlers under what clouds do: messages twice, late, in any order or lost; calls that fail, or whose answer is
//! lost; crashes at any await; several invocations at once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod activities;
mod aside;
mod batches;
mod big_data;
mod callbacks;
mod claims;
mod dead_letters;
mod disturbances;
mod doctor;
mod express;
mod fan_out;
mod long_time;
mod outcomes;
mod poison;
mod redrive;
mod start;
mod stop;
mod sweep;
mod time;
mod workflow;
