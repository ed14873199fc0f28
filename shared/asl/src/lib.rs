//! Amazon States Language: definition text to a typed [`machine::Machine`], or every [`diagnostic::Diagnostic`] that
//! says why not. Pure: no clock, no randomness, no environment.
//!
//! 1. [`parse()`] reads the text as JSON (`parse/json.rs`).
//! 2. `parse/scope.rs` walks `StartAt` and `States`; `parse/states/` has one file for each state type. They read their
//!    fields through `parse/fields.rs`, which notes what is wrong and where, and goes on: all findings are given at once.
//! 3. `parse/transitions.rs` looks at the whole: targets that do not exist, states that nothing leads to, no way to end.

pub mod diagnostic;
pub mod machine;
mod parse;
mod variable_references;

pub use parse::{MachineType, Parsed, parse, parse_state};
pub use variable_references::{VariableReferences, variable_references};
