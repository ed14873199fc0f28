//! The `dispatcher` function: the queue `tasks` calls it with batches, and the `api` function with single calls.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws::dispatcher_target::Answer;
use aws::execution_log::StandardOutput;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsMessage};
use dispatcher::Dispatcher;
use engine::timestamp::Timestamp;
use express::Express;
use futures::FutureExt;
use futures::future::join_all;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use ports::queue::Message;
use ports::task_target::Invocation;
use ports::{Machines, StoreError};
use serde::{Deserialize, Serialize};
use tracing::Instrument;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    aws::logging::init();
    let connection = aws::connect()?;
    let (ports, target) = (connection.ports(), connection.task_target());
    let handlers = Handlers {
        express: Express::new(&ports, target.clone(), Arc::new(StandardOutput)),
        machines: Machines::new(ports.catalog.clone()),
        dispatcher: Dispatcher {
            target,
            worker: ports.ids.uuid().into(),
            claims: dispatcher::Claims::default(),
            alone: false,
            ports,
        },
    };
    lambda_runtime::run(service_fn(|event: LambdaEvent<Event>| handle(&handlers, event))).await
}

struct Handlers {
    dispatcher: Dispatcher,
    express: Express,
    machines: Machines,
}

/// One of the two.
#[derive(Deserialize)]
struct Event {
    /// A batch of the queue.
    #[serde(rename = "Records", default)]
    records: Vec<SqsMessage>,
    /// What another function wants to have called: [`aws::dispatcher_target::Call`].
    #[serde(default)]
    invoke: Option<Invocation>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Response {
    Batch(SqsBatchResponse),
    Answer(Answer),
}

async fn handle(handlers: &Handlers, event: LambdaEvent<Event>) -> Result<Response, Error> {
    let LambdaEvent { payload: Event { records, invoke }, context } = event;
    if let Some(invocation) = invoke {
        return Ok(Response::Answer(handlers.dispatcher.target.invoke(&invocation).await.into()));
    }
    let until = timestamp(context.deadline());
    Ok(Response::Batch(handle_batch(handlers, records, &context.request_id, until).await))
}

/// All tasks of a batch are called at once, and each is answered as it ends.
async fn handle_batch(
    handlers: &Handlers,
    records: Vec<SqsMessage>,
    request_id: &str,
    until: Timestamp,
) -> SqsBatchResponse {
    let failures = join_all(records.into_iter().map(|record| {
        let span = tracing::info_span!("message", request_id, execution = tracing::field::Empty);
        let id = record.message_id.clone().unwrap_or_default();
        // A panic is that message's alone: the calls of the others go on.
        let handled = AssertUnwindSafe(handle_one(handlers, record, until)).catch_unwind();
        handled.map(move |done| (!done.unwrap_or(false)).then_some(id)).instrument(span)
    }))
    .await;
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failures.into_iter().flatten().map(failure).collect();
    response
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
async fn handle_one(handlers: &Handlers, record: SqsMessage, until: Timestamp) -> bool {
    let id = record.message_id.unwrap_or_default();
    let message = match wire::message::decode(record.body.as_deref().unwrap_or_default()) {
        Ok(message) => message,
        Err(error) => {
            tracing::error!(message = id, %error, "a message that cannot be read");
            return false;
        }
    };
    let execution = match &message {
        Message::Task(task) => &task.execution,
        Message::Express(express) => &express.execution,
        Message::Transition(_) => {
            tracing::error!(message = id, "a transition message in the queue of tasks");
            return false;
        }
    };
    tracing::Span::current().record("execution", execution.as_str());
    match handle_message(handlers, &message, until).await {
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

async fn handle_message(handlers: &Handlers, message: &Message, until: Timestamp) -> Result<(), StoreError> {
    let Handlers { dispatcher, express, machines } = handlers;
    match message {
        Message::Task(task) => dispatcher.dispatch(task, until).await,
        Message::Express(message) => {
            express.run_message(message, &*dispatcher.ports.catalog, machines, until).await.map(drop)
        }
        Message::Transition(_) => Ok(()),
    }
}
