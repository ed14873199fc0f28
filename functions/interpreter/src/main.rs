//! The `interpreter` function: the queues `transitions` and `transitions.fifo` call it with batches.

use std::sync::Arc;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use interpreter::{Chunks, Interpreter, Received};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use ports::Machines;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    aws::logging::init();
    let ports = aws::connect()?.ports();
    let machines = Arc::new(Machines::new(ports.catalog.clone()));
    let interpreter = Interpreter { ports, machines, chunks: Chunks::default() };
    lambda_runtime::run(service_fn(|event: LambdaEvent<SqsEvent>| handle(&interpreter, event))).await
}

async fn handle(interpreter: &Interpreter, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
    let received = event.payload.records.into_iter().map(received).collect();
    let failed = interpreter.handle_batch(received, &event.context.request_id).await;
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed.into_iter().map(failure).collect();
    Ok(response)
}

fn received(record: SqsMessage) -> Received {
    let receives = record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
    Received {
        id: record.message_id.unwrap_or_default(),
        text: record.body.unwrap_or_default(),
        fifo: record.event_source_arn.is_some_and(|arn| arn.ends_with(".fifo")),
        receives: receives.unwrap_or(1),
    }
}

fn failure(id: String) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = id;
    failure
}
