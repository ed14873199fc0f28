//! What a field of the Amazon States Language computes: JSONPath, reference paths, intrinsic functions and payload
//! templates; JSONata expressions and templates.
//!
//! Everything is compiled once, when a definition is loaded, and evaluated many times against a [`scope::Scope`]: the
//! state's input, the context object and the variables. The crate is pure: the clock, random numbers and UUIDs are the
//! scope's.
//!
//! A tour, from small to large:
//! 1. [`json_path::JsonPath`] selects values from one document;
//! 2. [`path::Path`] adds the root: the input (`$.x`), the context object (`$$.x`) or a variable (`$name.x`);
//! 3. [`reference_path::ReferencePath`] names a single place, and is what `ResultPath` writes to;
//! 4. [`intrinsic::IntrinsicFunction`] is a call such as `States.Format('{}', $.x)`;
//! 5. [`template::PayloadTemplate`] is a JSON value whose keys ending in `.$` are computed;
//! 6. [`jsonata::JsonataExpression`] and [`jsonata::JsonataTemplate`] are the other query language.
//!
//! What goes wrong at run time is an [`error::EvaluationError`], whose text is the one that Step Functions reports.

pub mod error;
pub mod intrinsic;
mod java_random;
mod java_text;
pub mod json_path;
pub mod json_text;
pub mod jsonata;
pub mod numbers;
pub mod path;
pub mod reference_path;
pub mod scope;
pub mod template;
pub mod timestamp;
pub mod variable_name;
pub mod wildcard;
