//! The `dispatcher` function: the queue `tasks` calls it with batches.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, SystemTime};

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use dispatcher::Dispatcher;
use engine::timestamp::Timestamp;
use futures::FutureExt;
use futures::future::join_all;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use ports::queue::Message;
use tracing::Instrument;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    aws::logging::init();
    let connection = aws::connect()?;
    let ports = connection.ports();
    let dispatcher = Dispatcher {
        target: connection.task_target(),
        worker: ports.ids.uuid().into(),
        claims: dispatcher::Claims::default(),
        alone: false,
        ports,
    };
    lambda_runtime::run(service_fn(|event: LambdaEvent<SqsEvent>| handle(&dispatcher, event))).await
}

/// All tasks of a batch are called at once, and each is answered as it ends.
async fn handle(dispatcher: &Dispatcher, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
    let request_id = event.context.request_id.clone();
    let until = timestamp(event.context.deadline());
    let failures = join_all(event.payload.records.into_iter().map(|record| {
        let span = tracing::info_span!("message", request_id, execution = tracing::field::Empty);
        let id = record.message_id.clone().unwrap_or_default();
        // A panic is that message's alone: the calls of the others go on.
        let handled = AssertUnwindSafe(handle_one(dispatcher, record, until)).catch_unwind();
        handled.map(move |done| (!done.unwrap_or(false)).then_some(id)).instrument(span)
    }))
    .await;
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failures.into_iter().flatten().map(failure).collect();
    Ok(response)
}

fn timestamp(time: SystemTime) -> Timestamp {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

fn failure(id: String) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = id;
    failure
}

/// Whether the message may be deleted.
async fn handle_one(dispatcher: &Dispatcher, record: SqsMessage, until: Timestamp) -> bool {
    let id = record.message_id.unwrap_or_default();
    let task = match wire::message::decode(record.body.as_deref().unwrap_or_default()) {
        Ok(Message::Task(task)) => task,
        Ok(Message::Transition(_)) => {
            tracing::error!(message = id, "a transition message in the queue of tasks");
            return false;
        }
        Err(error) => {
            tracing::error!(message = id, %error, "a message that cannot be read");
            return false;
        }
    };
    tracing::Span::current().record("execution", task.execution.as_str());
    match dispatcher.dispatch(&task, until).await {
        Ok(()) => {
            tracing::info!("done");
            true
        }
        Err(error) => {
            tracing::warn!(%error, "the message will come again");
            false
        }
    }
}
