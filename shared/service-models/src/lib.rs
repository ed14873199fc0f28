//! What AWS services answer, as far as TestState checks mocks of it: the shapes of outputs, from the services' own API
//! models. <https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html#mock-validation-modes>
//!
//! `generate` writes the models. They are kept compressed, and the one that is asked for is read anew each time: mocks are
//! for tests, and everybody else pays nothing but the space.

mod model;
mod table;

use serde_json::Value;

use model::Model;

/// How strictly a result is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// What is required must be there.
    Strict,
    /// What is there must be right.
    Present,
}

/// What the first field says that is wrong, in AWS's words. A field that the model does not know is fine, and so is any
/// answer of a service or operation that is not among the models.
///
/// `service` and `action` as in the ARN of the integration: `aws-sdk:s3` and `getObject`, `states` and
/// `startExecution.sync:2`.
pub fn check(service: &str, action: &str, result: &Value, mode: Mode) -> Result<(), String> {
    match load(service) {
        Some(model) => model.check(action, result, mode),
        None => Ok(()),
    }
}

fn load(service: &str) -> Option<Model> {
    let index = table::MODELS.binary_search_by_key(&service, |(name, _)| name).ok()?;
    let (_, compressed) = table::MODELS.get(index)?;
    let json = zstd::decode_all(*compressed).ok()?;
    serde_json::from_slice(&json).ok()
}

#[cfg(test)]
mod tests;
