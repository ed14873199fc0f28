//! Dead letters that were set aside, in an SQS queue that invokes nothing. Body: the message as it was; attributes:
//! `MessageId`, `Queue` and `Reason`.

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, Message, MessageAttributeValue, MessageSystemAttributeName,
};
use engine::timestamp::Timestamp;
use ports::undeliverable::{Held, Letter};
use ports::{StoreError, Undeliverable};

use crate::environment::Variable;
use crate::sdk_error::store_error;

#[derive(Clone, Debug)]
pub struct SqsUndeliverable {
    pub client: Client,
    pub url: Variable,
}

/// Received at a time, and put back at a time: what one request takes.
const BATCH: usize = 10;

/// How long a letter is out of sight that is looked at.
const LOOK_SECONDS: i32 = 60;

const MESSAGE_ID: &str = "MessageId";
const QUEUE: &str = "Queue";
const REASON: &str = "Reason";

#[async_trait]
impl Undeliverable for SqsUndeliverable {
    async fn set_aside(&self, letter: &Letter) -> Result<(), StoreError> {
        let mut send = self.client.send_message().queue_url(self.url.get()?).message_body(&letter.text);
        for (name, value) in [(MESSAGE_ID, &letter.id), (QUEUE, &letter.queue), (REASON, &letter.reason)] {
            // An attribute cannot be empty.
            if !value.is_empty() {
                send = send.message_attributes(name, attribute(value)?);
            }
        }
        send.send().await.map(drop).map_err(|error| store_error("SendMessage", error))
    }

    async fn look(&self, limit: usize) -> Result<Vec<Held>, StoreError> {
        let mut held = Vec::new();
        while held.len() < limit {
            let received = self.receive(BATCH.min(limit - held.len())).await?;
            if received.is_empty() {
                break;
            }
            held.extend(received.into_iter().map(read));
        }
        Ok(held)
    }

    async fn put_back(&self, letters: &[Held]) -> Result<(), StoreError> {
        for batch in letters.chunks(BATCH) {
            let entry = |(id, held): (usize, &Held)| {
                ChangeMessageVisibilityBatchRequestEntry::builder()
                    .id(id.to_string())
                    .receipt_handle(&held.receipt)
                    .visibility_timeout(0)
                    .build()
            };
            let entries: Result<Vec<_>, _> = batch.iter().enumerate().map(entry).collect();
            let entries = entries.map_err(|error| StoreError::Refused(error.to_string()))?;
            let changed = self.client.change_message_visibility_batch().queue_url(self.url.get()?);
            let changed = changed.set_entries(Some(entries)).send().await;
            changed.map_err(|error| store_error("ChangeMessageVisibilityBatch", error))?;
        }
        Ok(())
    }

    async fn remove(&self, letter: &Held) -> Result<(), StoreError> {
        let delete = self.client.delete_message().queue_url(self.url.get()?).receipt_handle(&letter.receipt);
        delete.send().await.map(drop).map_err(|error| store_error("DeleteMessage", error))
    }
}

impl SqsUndeliverable {
    async fn receive(&self, count: usize) -> Result<Vec<Message>, StoreError> {
        let received = self
            .client
            .receive_message()
            .queue_url(self.url.get()?)
            .max_number_of_messages(i32::try_from(count).unwrap_or(1))
            .visibility_timeout(LOOK_SECONDS)
            // Without a wait, SQS looks at some of its servers only.
            .wait_time_seconds(1)
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::SentTimestamp)
            .send()
            .await;
        Ok(received.map_err(|error| store_error("ReceiveMessage", error))?.messages.unwrap_or_default())
    }
}

fn attribute(value: &str) -> Result<MessageAttributeValue, StoreError> {
    let attribute = MessageAttributeValue::builder().data_type("String").string_value(value).build();
    attribute.map_err(|error| StoreError::Refused(error.to_string()))
}

fn read(message: Message) -> Held {
    let attributes = message.message_attributes.unwrap_or_default();
    let text = |name: &str| {
        let value = attributes.get(name).and_then(|attribute| attribute.string_value.clone());
        value.unwrap_or_default()
    };
    let sent = message.attributes.unwrap_or_default().get(&MessageSystemAttributeName::SentTimestamp).cloned();
    Held {
        letter: Letter {
            id: text(MESSAGE_ID),
            queue: text(QUEUE),
            reason: text(REASON),
            text: message.body.unwrap_or_default(),
        },
        set_aside_at: Timestamp::from_millis(sent.and_then(|sent| sent.parse().ok()).unwrap_or_default()),
        receipt: message.receipt_handle.unwrap_or_default(),
    }
}
