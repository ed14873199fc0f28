//! The keys that have been used lately. A revoked one is good until it is forgotten here, and no longer than that.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use std::sync::Arc;

use access::{AccessKey, AccessKeyId, Policy, SecretBox};
use api_model::{ApiError, Place};
use engine::timestamp::Timestamp;
use ports::installation_secret::Purpose;

use crate::{Api, failed};

/// A minute is promised; the rest is for clocks and for requests under way.
const REMEMBERED_SECONDS: u64 = 45;

/// Far more than anybody issues. Unknown keys are not remembered, so that nobody can fill it.
const REMEMBERED_KEYS: usize = 10_000;

#[derive(Default)]
pub(crate) struct KeyRing(Mutex<HashMap<AccessKeyId, Remembered>>);

struct Remembered {
    key: Arc<KnownKey>,
    until: Timestamp,
}

/// A key with its secret in plain.
pub(crate) struct KnownKey {
    /// As errors and logs name its holder.
    pub(crate) principal: String,
    pub(crate) policy: Policy,
    pub(super) secret: String,
}

impl fmt::Debug for KnownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownKey").field("principal", &self.principal).finish_non_exhaustive()
    }
}

impl KeyRing {
    pub(super) async fn find(&self, api: &Api, id: &str) -> Result<Arc<KnownKey>, ApiError> {
        // What cannot be a key of this installation is not looked up.
        let id = AccessKeyId::parse(id).map_err(|_| ApiError::UnrecognizedClient)?;
        let now = api.ports.clock.now();
        if let Some(key) = self.remembered(&id, now) {
            return Ok(key);
        }
        let (key, secret) = futures::join!(api.ports.access_keys.get(&id), api.ports.secret.get());
        let key = key.map_err(failed)?.ok_or(ApiError::UnrecognizedClient)?;
        let secrets = SecretBox::new(&secret.map_err(failed)?.key(Purpose::AccessKeys));
        let key = Arc::new(known(&key, &secrets, &api.place)?);
        self.remember(id, key.clone(), now);
        Ok(key)
    }

    fn remembered(&self, id: &AccessKeyId, now: Timestamp) -> Option<Arc<KnownKey>> {
        let keys = self.lock();
        keys.get(id).filter(|remembered| now < remembered.until).map(|remembered| remembered.key.clone())
    }

    fn remember(&self, id: AccessKeyId, key: Arc<KnownKey>, now: Timestamp) {
        let mut keys = self.lock();
        if keys.len() >= REMEMBERED_KEYS {
            keys.retain(|_, remembered| now < remembered.until);
        }
        if keys.len() < REMEMBERED_KEYS {
            keys.insert(id, Remembered { key, until: now.plus_seconds(REMEMBERED_SECONDS) });
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccessKeyId, Remembered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn known(key: &AccessKey, secrets: &SecretBox, place: &Place) -> Result<KnownKey, ApiError> {
    let secret = key.secret(secrets).map_err(|error| {
        tracing::error!(key = %key.id, %error, "an access key is unusable");
        ApiError::UnrecognizedClient
    })?;
    let Place { partition, account, .. } = place;
    let principal = format!("arn:{partition}:iam::{account}:user/{}", key.name.as_str());
    Ok(KnownKey { principal, policy: key.policy.clone(), secret })
}
