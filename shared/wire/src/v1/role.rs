//! Role ARNs. Most are of the account that the execution is in, and most tasks share the execution's.

use std::borrow::Cow;
use std::sync::Arc;

use engine::execution::ExecutionArn;

use crate::error::DecodeError;

/// `/NAME` for a role of the execution's own account, else `=` and the whole.
pub fn write<'a>(execution: &ExecutionArn, role_arn: &'a str) -> Cow<'a, str> {
    match role_arn.strip_prefix(&role_prefix(execution)) {
        Some(name) if name.starts_with('/') => Cow::Borrowed(name),
        _ => Cow::Owned(format!("={role_arn}")),
    }
}

pub fn read(execution: &ExecutionArn, written: &str) -> Result<Arc<str>, DecodeError> {
    if let Some(whole) = written.strip_prefix('=') {
        return Ok(whole.into());
    }
    if written.starts_with('/') {
        return Ok(format!("{}{written}", role_prefix(execution)).into());
    }
    Err(DecodeError::Role(written.to_owned()))
}

fn role_prefix(execution: &ExecutionArn) -> String {
    format!("arn:{}:iam::{}:role", execution.partition(), execution.account())
}
