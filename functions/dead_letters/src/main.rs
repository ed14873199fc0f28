//! The `dead_letters` function: the dead-letter queues call it.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use ports::Ports;
use tracing::Instrument;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    aws::logging::init();
    let ports = aws::connect()?.ports();
    lambda_runtime::run(service_fn(|event: LambdaEvent<SqsEvent>| handle(&ports, event))).await
}

/// What cannot be read, or cannot be failed, stays in its dead-letter queue, where the alarm counts it.
async fn handle(ports: &Ports, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
    let mut response = SqsBatchResponse::default();
    for record in event.payload.records {
        let id = record.message_id.clone().unwrap_or_default();
        let span = tracing::info_span!("message", request_id = event.context.request_id, message = id);
        if let Err(why) = handle_one(ports, record, &id).instrument(span).await {
            tracing::error!(message = id, why, "a dead letter stays where it is");
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id;
            response.batch_item_failures.push(failure);
        }
    }
    Ok(response)
}

async fn handle_one(ports: &Ports, record: SqsMessage, id: &str) -> Result<(), String> {
    let message =
        wire::message::decode(record.body.as_deref().unwrap_or_default()).map_err(|error| error.to_string())?;
    let queue = record.event_source_arn.unwrap_or_default();
    let queue = queue.rsplit(':').next().unwrap_or_default();
    dead_letters::bury(ports, &message, id, queue).await.map_err(|error| error.to_string())
}
