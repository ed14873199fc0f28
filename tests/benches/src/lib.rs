//! What the benches share: state machines, an HTTP client, processes, statistics and tables.
//!
//! `cost` counts what transitions cost in the account, `dev` measures `stepwell dev`, and `cold_start` measures the Lambda
//! functions' binaries. They print, and judge nothing: README.md has the targets and the last figures.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench ends when something is wrong, and prints"
)]

pub mod api;
pub mod machines;
pub mod process;
pub mod statistics;
pub mod table;
