//! Amazon States Language: definition text to a typed [`machine::Machine`], or every [`diagnostic::Diagnostic`] that
//! says why not. Pure: no clock, no randomness, no environment.

pub mod diagnostic;
pub mod machine;
