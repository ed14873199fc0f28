//! What a function does with the SQS messages that it was given, other than ending well: keep those it still works on,
//! delete those that are done while others of their batch are not.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::ChangeMessageVisibilityBatchRequestEntry;
use futures::future::try_join_all;
use ports::StoreError;

use crate::sdk_error::store_error;

/// The messages of one queue.
#[derive(Clone, Debug)]
pub struct Receipts {
    client: Client,
    queue_url: String,
}

const BATCH: usize = 10;

impl Receipts {
    pub fn new(client: Client, queue_url: impl Into<String>) -> Self {
        Self { client, queue_url: queue_url.into() }
    }

    /// Hides the messages for another `seconds`, counted from now; 0 gives them back at once. Messages that are gone are
    /// passed over.
    pub async fn hide(&self, receipt_handles: &[String], seconds: u32) -> Result<(), StoreError> {
        let seconds = i32::try_from(seconds).unwrap_or(i32::MAX);
        try_join_all(receipt_handles.chunks(BATCH).map(|batch| self.hide_batch(batch, seconds))).await.map(drop)
    }

    pub async fn delete(&self, receipt_handle: &str) -> Result<(), StoreError> {
        let delete = self.client.delete_message().queue_url(&self.queue_url).receipt_handle(receipt_handle).send();
        delete.await.map(drop).map_err(|error| store_error("DeleteMessage", error))
    }

    async fn hide_batch(&self, receipt_handles: &[String], seconds: i32) -> Result<(), StoreError> {
        let entry = |(id, handle): (usize, &String)| {
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(id.to_string())
                .receipt_handle(handle)
                .visibility_timeout(seconds)
                .build()
                .map_err(|error| StoreError::Refused(error.to_string()))
        };
        let entries = receipt_handles.iter().enumerate().map(entry).collect::<Result<_, _>>()?;
        let changed = self
            .client
            .change_message_visibility_batch()
            .queue_url(&self.queue_url)
            .set_entries(Some(entries))
            .send()
            .await;
        let failed = changed.map_err(|error| store_error("ChangeMessageVisibilityBatch", error))?.failed;
        for entry in failed {
            tracing::debug!(code = entry.code, message = entry.message, "a message could not be kept hidden");
        }
        Ok(())
    }
}
