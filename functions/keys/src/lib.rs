//! Who may call is decided here: access keys are issued, listed and revoked. The `api` function can only look them up.
//!
//! In the account this is a function of its own, which AWS lets nobody invoke but who has the permission. `stepwell keys`
//! does so, and calls the same handler for the folder of a `stepwell dev --data`.

use std::sync::Arc;

use access::{AccessKey, AccessKeyId, KeyRequest, Policy, SecretBox, Unsealable};
use api_model::Timestamp;
use ports::installation_secret::Purpose;
use ports::{AccessKeys, Clock, Ids, InstallationSecret, Ports, StoreError};
use serde::{Deserialize, Serialize};

/// What can be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Request {
    Create(KeyRequest),
    List,
    Revoke { access_key_id: AccessKeyId },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Answer {
    /// The secret is told this once.
    Created {
        access_key_id: AccessKeyId,
        secret_access_key: String,
    },
    /// The oldest first.
    Keys(Vec<ListedKey>),
    Revoked {
        access_key_id: AccessKeyId,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedKey {
    pub access_key_id: AccessKeyId,
    pub name: String,
    pub policy: Policy,
    /// Milliseconds since the epoch.
    pub created_at: i64,
}

#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error("there is no key `{0}`")]
    NoSuchKey(AccessKeyId),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Encryption(#[from] Unsealable),
}

pub struct Keys {
    pub access_keys: Arc<dyn AccessKeys>,
    pub secret: Arc<dyn InstallationSecret>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
}

impl Keys {
    pub fn of(ports: &Ports) -> Self {
        Self {
            access_keys: ports.access_keys.clone(),
            secret: ports.secret.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
        }
    }

    pub async fn handle(&self, request: Request) -> Result<Answer, KeysError> {
        match request {
            Request::Create(request) => self.create(request).await,
            Request::List => self.list().await,
            Request::Revoke { access_key_id } => self.revoke(access_key_id).await,
        }
    }

    async fn create(&self, request: KeyRequest) -> Result<Answer, KeysError> {
        let secrets = SecretBox::new(&self.secret.get().await?.key(Purpose::AccessKeys));
        let created_at = Timestamp::from_millis(self.clock.now().as_millis());
        let random = [self.ids.secret(), self.ids.secret(), self.ids.secret()];
        let issued = AccessKey::issue(request, &secrets, created_at, random)?;
        self.access_keys.add(&issued.key).await?;
        tracing::info!(key = %issued.key.id, name = issued.key.name.as_str(), policy = ?issued.key.policy, "created");
        Ok(Answer::Created { access_key_id: issued.key.id, secret_access_key: issued.secret })
    }

    async fn list(&self) -> Result<Answer, KeysError> {
        let listed = |key: AccessKey| ListedKey {
            access_key_id: key.id,
            name: key.name.into(),
            policy: key.policy,
            created_at: key.created_at.millis(),
        };
        Ok(Answer::Keys(self.access_keys.list().await?.into_iter().map(listed).collect()))
    }

    async fn revoke(&self, access_key_id: AccessKeyId) -> Result<Answer, KeysError> {
        if !self.access_keys.remove(&access_key_id).await? {
            return Err(KeysError::NoSuchKey(access_key_id));
        }
        tracing::info!(key = %access_key_id, "revoked");
        Ok(Answer::Revoked { access_key_id })
    }
}
