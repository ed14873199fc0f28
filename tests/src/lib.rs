//! The handlers of all functions, in a world of one thread that does what clouds do.
//!
//! 1. [`Installation`] puts the real handlers over a [`stepwell::store::MemoryStore`], a [`Mail`] whose letters are
//!    delivered by hand, a [`ManualClock`] and a [`ScriptedTarget`].
//! 2. Every call that a handler makes of a port goes through a [`Gate`]: it pauses before and after, so that a
//!    [`Delivery`] can be left half-way for good, which is a crash, or interleaved with another; and it can be told to
//!    fail there, with the call done or not.
//! 3. Messages are encoded when they are sent and decoded when they are delivered, so that the wire format takes part.
//!
//! Nothing here sleeps, and nothing is random.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod clock;
mod course;
mod crowd;
mod definitions;
mod delivery;
pub mod fold;
mod gate;
mod history;
mod installation;
mod log;
pub mod machines;
mod mail;
mod offers;
mod target;
mod undeliverable;

pub use clock::{CountedIds, ManualClock, START, SkewedClock};
pub use crowd::Took;
pub use definitions::{ACTIVITY, FUNCTION, callback, pass, states, task, with};
pub use delivery::Delivery;
pub use gate::{Fault, Gate, WriteUnits};
pub use history::{events, told, untimed};
pub use installation::{ApiAnswer, Installation, Options};
pub use log::KeptLog;
pub use mail::{Letter, Mail};
pub use offers::Offers;
pub use target::{Reply, ScriptedTarget};
pub use undeliverable::KeptLetters;
