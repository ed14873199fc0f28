//! The interpreter, as a pure function.
//!
//! 1. A [`run::Run`] is what is needed to go on: the live branches of one execution.
//! 2. An [`input::Input`] is what a message says: a state is to be entered, a task has ended, a time has come.
//! 3. [`step()`] takes both, and gives a [`record::Step`]: the history events, the run after them, and the
//!    [`effect::Effect`]s that are owed.
//! 4. The shell appends that as one [`record::Record`] to the journal, and only then performs the effects.
//!
//! What a run does not need all the time is put aside ([`aside`]): steps say what, and what they need of it.
//!
//! Nothing here reads a clock, draws a random number or does I/O: time and seed come in with [`input::Given`].

pub mod aside;
pub mod context_object;
pub mod data_flow;
pub mod effect;
pub mod errors;
pub mod event;
pub mod execution;
pub mod failure;
pub mod input;
pub mod inspection;
pub mod limits;
pub mod mocks;
pub mod payload;
pub mod planted;
pub mod record;
pub mod redrive;
pub mod run;
pub mod states;
mod step;
pub mod supported;
pub mod task_token;
pub mod test_state;
pub mod timestamp;
mod transition;

pub use redrive::redrive;
pub use step::{abort, answer, claim, claim_too, fail, heartbeat, large_result, start, step, step_on};
