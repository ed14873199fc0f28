//! Dead letters whose execution could not even be failed. They are set aside, for people to look at.

use async_trait::async_trait;

use crate::store_error::StoreError;

#[async_trait]
pub trait Undeliverable: Send + Sync {
    /// Keeps the letter for two weeks.
    async fn set_aside(&self, letter: &Letter) -> Result<(), StoreError>;

    /// Takes up to `limit` letters into hand. They are out of the sight of others until they are put back, or for a
    /// minute.
    async fn look(&self, limit: usize) -> Result<Vec<Held>, StoreError>;

    async fn put_back(&self, letters: &[Held]) -> Result<(), StoreError>;

    async fn remove(&self, letter: &Held) -> Result<(), StoreError>;
}

/// A message as its queue had it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The message's own id.
    pub id: String,
    /// Name of the dead-letter queue that it was in.
    pub queue: String,
    pub text: String,
    /// Why its execution could not be failed.
    pub reason: String,
}

/// A letter in hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub letter: Letter,
    pub set_aside_at: engine::timestamp::Timestamp,
    /// For [`Undeliverable::put_back`] and [`Undeliverable::remove`].
    pub receipt: String,
}
