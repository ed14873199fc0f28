//! The queues of activities in SQS. They are made and removed with their activities, not with the stack: their names begin
//! with a text of the installation's, which is all that its functions may touch.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::delete_queue::DeleteQueueError;
use aws_sdk_sqs::operation::receive_message::ReceiveMessageError;
use aws_sdk_sqs::operation::send_message::SendMessageError;
use aws_sdk_sqs::types::{Message as SqsMessage, QueueAttributeName};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::timeout::TimeoutConfig;
use ports::StoreError;
use ports::activities::{ActivityQueues, RECEIVED_SECONDS, Received};
use ports::queue::{Message, Task};

use crate::environment::Variable;
use crate::sdk_error::store_error;

#[derive(Clone, Debug)]
pub struct SqsActivityQueues {
    pub client: Client,
    /// What the names of the installation's queues begin with.
    pub prefix: Variable,
}

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html>
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// How long an answer may take beyond the wait.
const ANSWER_TIME: Duration = Duration::from_secs(3);

/// The longest that SQS keeps a message; the sweep sends a task again that waits for longer.
const RETENTION_SECONDS: &str = "1209600";

/// `AWS.SimpleQueueService.NonExistentQueue` is how older services spell it.
const NO_QUEUE: [&str; 2] = ["QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"];

#[async_trait]
impl ActivityQueues for SqsActivityQueues {
    async fn make(&self, id: &str) -> Result<String, StoreError> {
        let made = self
            .client
            .create_queue()
            .queue_name(format!("{}{id}", self.prefix.get()?))
            .attributes(QueueAttributeName::VisibilityTimeout, RECEIVED_SECONDS.to_string())
            .attributes(QueueAttributeName::MessageRetentionPeriod, RETENTION_SECONDS)
            .attributes(QueueAttributeName::SqsManagedSseEnabled, "true")
            .send()
            .await;
        let url = made.map_err(|error| store_error("CreateQueue", error))?.queue_url;
        url.ok_or_else(|| StoreError::Unavailable("CreateQueue gave no URL".into()))
    }

    async fn remove(&self, address: &str) -> Result<(), StoreError> {
        match self.client.delete_queue().queue_url(address).send().await {
            Err(error) if error.as_service_error().is_some_and(|error: &DeleteQueueError| is_gone(error)) => Ok(()),
            removed => removed.map(drop).map_err(|error| store_error("DeleteQueue", error)),
        }
    }

    async fn send(&self, address: &str, task: &Task) -> Result<(), StoreError> {
        let body = wire::message::encode(&Message::Task(task.clone()));
        let body = body.map_err(|error| StoreError::Refused(error.to_string()))?;
        match self.client.send_message().queue_url(address).message_body(body).send().await {
            Err(error) if error.as_service_error().is_some_and(|error: &SendMessageError| is_gone(error)) => {
                tracing::warn!(execution = %task.execution, queue = address, "the queue of an activity is gone");
                Ok(())
            }
            sent => sent.map(drop).map_err(|error| store_error("SendMessage", error)),
        }
    }

    async fn receive(&self, address: &str, wait: Duration) -> Result<Option<Received>, StoreError> {
        let wait = wait.min(LONGEST_WAIT);
        // The connection is silent for as long as nothing comes.
        let limit = wait + ANSWER_TIME;
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(limit).operation_timeout(limit).build();
        let received = self
            .client
            .receive_message()
            .queue_url(address)
            .max_number_of_messages(1)
            .wait_time_seconds(i32::try_from(wait.as_secs()).unwrap_or_default())
            .customize()
            .config_override(aws_sdk_sqs::Config::builder().timeout_config(timeouts))
            .send()
            .await;
        let messages = match received {
            Err(error) if error.as_service_error().is_some_and(|error: &ReceiveMessageError| is_gone(error)) => {
                return Ok(None);
            }
            received => received.map_err(|error| store_error("ReceiveMessage", error))?.messages,
        };
        match messages.unwrap_or_default().pop() {
            Some(message) => self.read(address, message).await,
            None => Ok(None),
        }
    }

    async fn settle(&self, address: &str, receipt: &str) -> Result<(), StoreError> {
        let deleted = self.client.delete_message().queue_url(address).receipt_handle(receipt).send().await;
        deleted.map(drop).map_err(|error| store_error("DeleteMessage", error))
    }
}

impl SqsActivityQueues {
    /// What nobody can read is taken out: the sweep sends the task again.
    async fn read(&self, address: &str, message: SqsMessage) -> Result<Option<Received>, StoreError> {
        let receipt = message.receipt_handle.unwrap_or_default();
        match wire::message::decode(message.body.as_deref().unwrap_or_default()) {
            Ok(Message::Task(task)) => Ok(Some(Received { task, receipt })),
            read => {
                let why = read.err().map(|error| error.to_string());
                tracing::error!(queue = address, why, "a message of an activity that is no task");
                self.settle(address, &receipt).await.map(|()| None)
            }
        }
    }
}

fn is_gone(error: &impl ProvideErrorMetadata) -> bool {
    error.code().is_some_and(|code| NO_QUEUE.contains(&code))
}
