//! The access keys that this installation has issued.

use access::{AccessKey, AccessKeyId};
use async_trait::async_trait;

use crate::store_error::StoreError;

#[async_trait]
pub trait AccessKeys: Send + Sync {
    /// Adds a key, whose id is new.
    async fn add(&self, key: &AccessKey) -> Result<(), StoreError>;

    /// Strongly consistent: a key that was added or removed before is known to be.
    async fn get(&self, id: &AccessKeyId) -> Result<Option<AccessKey>, StoreError>;

    /// All, the oldest first. There are few.
    async fn list(&self) -> Result<Vec<AccessKey>, StoreError>;

    /// Whether there was such a key.
    async fn remove(&self, id: &AccessKeyId) -> Result<bool, StoreError>;
}
