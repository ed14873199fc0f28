//! What an expression may read.

use serde_json::Value;

/// The surroundings of one evaluation. The implementor decides what is built when: `context` is only called when an
/// expression reads the context object.
pub trait Scope {
    /// The document that `$` names.
    fn input(&self) -> &Value;

    /// The document that `$$` names, the context object.
    fn context(&self) -> &Value;

    /// The value of the variable `$name`, if it has been assigned.
    fn variable(&self, name: &str) -> Option<&Value>;

    /// A fresh random number, uniform over all values.
    fn random(&self) -> u64;

    /// A fresh version 4 UUID in its usual text form.
    fn uuid(&self) -> String;
}
