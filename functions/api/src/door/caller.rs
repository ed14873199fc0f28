//! Who calls, and what their key permits.

use std::sync::Arc;

use access::Resource;
use api_model::{ApiError, Operation, Place};
use serde_json::{Map, Value};

use super::key_ring::KnownKey;

pub(crate) enum Caller {
    /// Whoever it is, the door lets all of them do everything.
    Anyone,
    Key(Arc<KnownKey>),
}

impl Caller {
    /// Whether the caller may perform the operation that the body asks for.
    pub(crate) fn authorize(&self, operation: Operation, body: &[u8], place: &Place) -> Result<(), ApiError> {
        let Self::Key(key) = self else { return Ok(()) };
        let permitted = key.policy.permits(operation);
        if permitted && !key.policy.is_limited() {
            return Ok(());
        }
        // As the operation will read it. What is no JSON object is of no state machine.
        let members: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
        let resource = match Resource::of(operation, &members, place) {
            Ok(resource) => resource,
            // Who may perform it at all is told what is wrong with the request.
            Err(error) if permitted => return Err(error),
            Err(_) => Resource::of(operation, &Map::new(), place)?,
        };
        if permitted && key.policy.covers(&resource) {
            return Ok(());
        }
        tracing::info!(principal = key.principal, %operation, resource = resource.shown, "denied");
        Err(ApiError::access_denied(&key.principal, operation, &resource.shown))
    }
}
