//! The `interpreter` function: the queues `transitions` and `transitions.fifo` call it with batches.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use futures::FutureExt;
use futures::future::join_all;
use interpreter::{Chunks, Delivery, Handled, Interpreter};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use ports::Machines;
use ports::queue::{Message, Transition};
use tracing::Instrument;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    aws::logging::init();
    let ports = aws::connect()?.ports();
    let machines = Arc::new(Machines::new(ports.catalog.clone()));
    let interpreter = Interpreter { ports, machines, chunks: Chunks::default() };
    lambda_runtime::run(service_fn(|event: LambdaEvent<SqsEvent>| handle(&interpreter, event))).await
}

/// Messages of the FIFO lane come in groups of one execution, and each group is worked on as one; all others by themselves.
async fn handle(interpreter: &Interpreter, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
    let request_id = event.context.request_id;
    let (groups, mut failures) = groups(event.payload.records);
    let handled = join_all(groups.iter().map(|group| {
        let span = tracing::info_span!("messages", request_id, execution = group.execution());
        // A panic is that group's alone: the others of the batch go on.
        AssertUnwindSafe(handle_group(interpreter, group)).catch_unwind().instrument(span)
    }))
    .await;
    for (group, done) in groups.iter().zip(handled) {
        if !done.unwrap_or(false) {
            failures.extend(group.ids.iter().map(failure));
        }
    }
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failures;
    Ok(response)
}

struct Group {
    ids: Vec<String>,
    messages: Vec<Transition>,
    fifo: bool,
    /// The highest of them.
    receives: u32,
}

impl Group {
    fn execution(&self) -> &str {
        self.messages.first().map_or("", |message| message.execution.as_str())
    }
}

fn groups(records: Vec<SqsMessage>) -> (Vec<Group>, Vec<BatchItemFailure>) {
    let mut groups: Vec<Group> = Vec::new();
    let mut failures = Vec::new();
    for record in records {
        let id = record.message_id.unwrap_or_default();
        let fifo = record.event_source_arn.is_some_and(|arn| arn.ends_with(".fifo"));
        let receives =
            record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok()).unwrap_or(1);
        let message = match wire::message::decode(record.body.as_deref().unwrap_or_default()) {
            Ok(Message::Transition(message)) => message,
            Ok(Message::Task(_) | Message::Express(_)) => {
                tracing::error!(message = id, "a task message in a queue of transitions");
                failures.push(failure(&id));
                continue;
            }
            Err(error) => {
                tracing::error!(message = id, %error, "a message that cannot be read");
                failures.push(failure(&id));
                continue;
            }
        };
        let same = |group: &&mut Group| group.fifo && group.execution() == message.execution.as_str();
        match groups.iter_mut().find(same).filter(|_| fifo) {
            Some(group) => {
                group.ids.push(id);
                group.receives = group.receives.max(receives);
                group.messages.push(message);
            }
            None => groups.push(Group { ids: vec![id], messages: vec![message], fifo, receives }),
        }
    }
    (groups, failures)
}

fn failure(id: impl AsRef<str>) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = id.as_ref().to_owned();
    failure
}

/// How long record 0 is waited for: StartExecution writes it while its message is under way.
const START_WAITS_MILLIS: [u64; 6] = [10, 20, 50, 100, 200, 500];

/// After so many receives, a message without a record 0 is that of a StartExecution that failed.
const START_RECEIVES: u32 = 3;

async fn handle_group(interpreter: &Interpreter, group: &Group) -> bool {
    let mut waits = START_WAITS_MILLIS.iter();
    loop {
        match (interpreter.handle(&group.messages, Delivery::from_receives(group.receives)).await, waits.next()) {
            (Ok(Handled::Done), _) => {
                tracing::info!(messages = group.messages.len(), "done");
                return true;
            }
            (Ok(Handled::NotStarted), Some(millis)) => tokio::time::sleep(Duration::from_millis(*millis)).await,
            (Ok(Handled::NotStarted), None) if group.receives >= START_RECEIVES => {
                tracing::warn!("the execution was never started: its message is dropped");
                return true;
            }
            (Ok(Handled::NotStarted), None) => return false,
            (Err(error), _) => {
                tracing::warn!(%error, receives = group.receives, "the messages will come again");
                return false;
            }
        }
    }
}
