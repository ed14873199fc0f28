//! The queues in SQS: `transitions` and `tasks`, which take delays, and `transitions.fifo`, which keeps each execution's
//! messages together.

use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{BatchResultErrorEntry, SendMessageBatchRequestEntry};
use engine::input::Input;
use engine::timestamp::Timestamp;
use futures::future::try_join_all;
use ports::queue::{Lane, MAX_DELAY_SECONDS, Message, Transition};
use ports::{Clock, Queue, StoreError};

use crate::environment::Variable;
use crate::hash;
use crate::sdk_error::store_error;

#[derive(Clone)]
pub struct SqsQueues {
    pub client: Client,
    pub clock: Arc<dyn Clock>,
    pub transitions_url: Variable,
    pub transitions_fifo_url: Variable,
    pub tasks_url: Variable,
}

/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
const BATCH_MESSAGES: usize = 10;

/// Each 64 KB are paid for as one request anyway, so larger batches save nothing; SQS and emulators take this much.
const BATCH_BYTES: usize = 256 * 1024;

/// How many times a message is tried that SQS says it could not take.
const TRIES: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Destination {
    Transitions,
    TransitionsFifo,
    Tasks,
}

/// A message as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Outgoing {
    body: String,
    delay_seconds: i32,
    /// Message group and deduplication id, for the FIFO queue.
    fifo: Option<(String, String)>,
}

#[async_trait]
impl Queue for SqsQueues {
    async fn send(&self, messages: Vec<Message>) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut batches: Vec<(Destination, Vec<Outgoing>)> = Vec::new();
        for message in &messages {
            let (destination, outgoing) = outgoing(message, now)?;
            match batches.iter_mut().rfind(|(to, _)| *to == destination).filter(|(_, batch)| has_room(batch, &outgoing))
            {
                Some((_, batch)) => batch.push(outgoing),
                None => batches.push((destination, vec![outgoing])),
            }
        }
        // One after the other within the FIFO queue, which keeps the order; side by side otherwise.
        let (fifo, others): (Vec<_>, Vec<_>) =
            batches.into_iter().partition(|(to, _)| *to == Destination::TransitionsFifo);
        let in_order = async {
            for (destination, batch) in fifo {
                self.send_batch(destination, batch).await?;
            }
            Ok(())
        };
        let side_by_side = try_join_all(others.into_iter().map(|(to, batch)| self.send_batch(to, batch)));
        futures::try_join!(in_order, side_by_side)?;
        Ok(())
    }
}

impl SqsQueues {
    fn url(&self, destination: Destination) -> Result<&str, StoreError> {
        match destination {
            Destination::Transitions => self.transitions_url.get(),
            Destination::TransitionsFifo => self.transitions_fifo_url.get(),
            Destination::Tasks => self.tasks_url.get(),
        }
    }

    async fn send_batch(&self, destination: Destination, batch: Vec<Outgoing>) -> Result<(), StoreError> {
        let url = self.url(destination)?;
        let mut left = batch;
        let mut tries = 0;
        loop {
            tries += 1;
            let entries = left.iter().enumerate().map(|(id, message)| entry(id, message)).collect::<Result<_, _>>()?;
            let sent = self.client.send_message_batch().queue_url(url).set_entries(Some(entries)).send().await;
            let failed = sent.map_err(|error| store_error("SendMessageBatch", error))?.failed;
            let Some(first) = failed.first() else { return Ok(()) };
            if first.sender_fault || tries == TRIES {
                return Err(failure(first));
            }
            let failed_ids: Vec<usize> = failed.iter().filter_map(|entry| entry.id.parse().ok()).collect();
            left = left.into_iter().enumerate().filter(|(id, _)| failed_ids.contains(id)).map(|(_, it)| it).collect();
        }
    }
}

fn has_room(batch: &[Outgoing], another: &Outgoing) -> bool {
    let bytes: usize = batch.iter().map(|outgoing| outgoing.body.len()).sum();
    batch.len() < BATCH_MESSAGES && bytes + another.body.len() <= BATCH_BYTES
}

fn outgoing(message: &Message, now: Timestamp) -> Result<(Destination, Outgoing), StoreError> {
    let body = wire::message::encode(message).map_err(|error| StoreError::Refused(error.to_string()))?;
    let plain = |delay_seconds| Outgoing { body: body.clone(), delay_seconds, fifo: None };
    Ok(match message {
        Message::Task(task) => (Destination::Tasks, plain(delay_seconds(task.not_before, now))),
        Message::Express(_) => (Destination::Tasks, plain(0)),
        Message::Transition(transition) => match (transition.lane, delay_seconds(transition.not_before, now)) {
            // Only whole FIFO queues have a delay, so what must wait goes round by the standard queue.
            (Lane::Fifo, 0) => {
                let group = hash::hex(transition.execution.as_str().as_bytes());
                let identity = identity(transition, now);
                let fifo = Some((group, hash::hex(identity.as_bytes())));
                (Destination::TransitionsFifo, Outgoing { fifo, ..plain(0) })
            }
            (Lane::Fifo | Lane::Standard, delay) => (Destination::Transitions, plain(delay)),
        },
    })
}

/// What SQS drops for five minutes after it has seen it. A time's message may be owed again after it came, by the clock of
/// whoever handled it too early: that is another one.
fn identity(transition: &Transition, now: Timestamp) -> String {
    let cause = transition.input.cause();
    match transition.input {
        Input::Advance { .. } | Input::TaskEnded { .. } => format!("{}/{cause:?}", transition.seq),
        Input::TimeCame { .. } => format!("{}/{cause:?}/{}", transition.seq, now.as_millis()),
    }
}

/// In whole seconds, rounded up, so that nothing comes early.
fn delay_seconds(not_before: Option<Timestamp>, now: Timestamp) -> i32 {
    let millis = not_before.map_or(0, |not_before| not_before.millis_since(now));
    i32::try_from(millis.div_ceil(1000).min(MAX_DELAY_SECONDS)).unwrap_or(0)
}

fn entry(id: usize, message: &Outgoing) -> Result<SendMessageBatchRequestEntry, StoreError> {
    let mut entry = SendMessageBatchRequestEntry::builder().id(id.to_string()).message_body(&message.body);
    if message.delay_seconds > 0 {
        entry = entry.delay_seconds(message.delay_seconds);
    }
    if let Some((group, deduplication)) = &message.fifo {
        entry = entry.message_group_id(group).message_deduplication_id(deduplication);
    }
    entry.build().map_err(|error| StoreError::Refused(error.to_string()))
}

fn failure(entry: &BatchResultErrorEntry) -> StoreError {
    let what = format!("SendMessageBatch: {}: {}", entry.code, entry.message.as_deref().unwrap_or_default());
    if entry.sender_fault { StoreError::Refused(what) } else { StoreError::Unavailable(what) }
}
