//! Who may come in, and what they may do here.
//!
//! 1. [`presented`] reads what a request says of its signature, wherever it says it.
//! 2. [`key_ring`] looks up the key that it names, and remembers it for a while.
//! 3. [`signature`] checks time, scope and signature. What is not signed decides nothing.
//! 4. [`caller`] says whether the key's policy allows what is asked.

mod caller;
mod key_ring;
mod presented;
mod signature;

use std::sync::Arc;

use api_model::ApiError;
use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};

use crate::Api;
pub(crate) use caller::Caller;
use key_ring::{KeyRing, KnownKey};
use presented::Presented;
pub use signature::SignedPaths;

/// Who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// API Gateway or the function URL has checked the caller already.
    Guarded,
    /// A laptop's loopback address: any credentials, but credentials there must be, as any SDK sends them.
    AnyCredentials,
    /// Who signs with a key that this installation has issued.
    AccessKeys,
}

/// The door of one server.
#[derive(Clone)]
pub(crate) struct Entrance {
    door: Door,
    keys: Arc<KeyRing>,
}

/// Who a request says it is from, before its body has been read: that is what its signature covers.
pub(crate) enum Claim {
    Admitted,
    Signed { presented: Box<Presented>, key: Arc<KnownKey> },
}

impl Entrance {
    pub(crate) fn new(door: Door) -> Self {
        Self { door, keys: Arc::default() }
    }

    /// Refuses what needs no body to be refused.
    pub(crate) async fn check(&self, api: &Api, parts: &Parts) -> Result<Claim, ApiError> {
        match self.door {
            Door::Guarded => Ok(Claim::Admitted),
            Door::AnyCredentials => {
                refuse_other_sites(&parts.headers)?;
                presented::any(parts).map(|()| Claim::Admitted)
            }
            Door::AccessKeys => {
                let presented = Presented::read(parts)?;
                signature::check_terms(&presented, parts, &api.place, api.ports.clock.now())?;
                let key = self.keys.find(api, &presented.key_id).await?;
                Ok(Claim::Signed { presented: Box::new(presented), key })
            }
        }
    }
}

impl Claim {
    pub(crate) fn verify(self, api: &Api, parts: &Parts, body: &Bytes) -> Result<Caller, ApiError> {
        match self {
            Self::Admitted => Ok(Caller::Anyone),
            Self::Signed { presented, key } => {
                signature::verify(&presented, &key.secret, &api.place, parts, body)?;
                Ok(Caller::Key(key))
            }
        }
    }
}

/// A browser says which site a script is of. None but a page of this machine has business at a laptop's door, whatever
/// name it has got for the address.
fn refuse_other_sites(headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(origin) = headers.get(header::ORIGIN) else { return Ok(()) };
    let of_this_machine = origin.to_str().ok().and_then(host_of_origin).is_some_and(is_loopback);
    if of_this_machine { Ok(()) } else { Err(ApiError::MissingAuthenticationToken) }
}

fn host_of_origin(origin: &str) -> Option<&str> {
    let authority = origin.split_once("://")?.1;
    match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map(|(host, _)| host),
        None => Some(authority.rsplit_once(':').map_or(authority, |(host, _)| host)),
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.parse::<std::net::IpAddr>();
    host == "localhost" || host.ends_with(".localhost") || address.is_ok_and(|address| address.is_loopback())
}
