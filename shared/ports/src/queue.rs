//! The queues, as far as they are written to. Reading from them is what invokes the functions.

use async_trait::async_trait;

pub use wire::message::{Express, Lane, MAX_DELAY_SECONDS, Message, Task, TaskBody, Transition};

use crate::store_error::StoreError;

#[async_trait]
pub trait Queue: Send + Sync {
    /// Sends all of them. On an error some may have been sent: sending again is always safe.
    async fn send(&self, messages: Vec<Message>) -> Result<(), StoreError>;
}
