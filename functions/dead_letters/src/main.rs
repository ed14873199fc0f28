//! The `dead_letters` function: the dead-letter queues call it.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use dead_letters::{Received, Undertaker};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use tracing::Instrument;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    aws::logging::init();
    let connection = aws::connect()?;
    let undertaker = Undertaker { ports: connection.ports(), undeliverable: connection.undeliverable() };
    lambda_runtime::run(service_fn(|event: LambdaEvent<SqsEvent>| handle(&undertaker, event))).await
}

/// What failed for now stays in its dead-letter queue, and comes again.
async fn handle(undertaker: &Undertaker, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
    let mut response = SqsBatchResponse::default();
    for record in event.payload.records {
        let received = received(record);
        let span = tracing::info_span!("message", request_id = event.context.request_id, message = received.id);
        if let Err(error) = undertaker.take(&received).instrument(span).await {
            tracing::error!(message = received.id, %error, "a dead letter will come again");
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = received.id;
            response.batch_item_failures.push(failure);
        }
    }
    Ok(response)
}

fn received(record: SqsMessage) -> Received {
    let queue = record.event_source_arn.unwrap_or_default();
    let receives = record.attributes.get("ApproximateReceiveCount").and_then(|count| count.parse().ok());
    Received {
        id: record.message_id.unwrap_or_default(),
        queue: queue.rsplit(':').next().unwrap_or_default().to_owned(),
        text: record.body.unwrap_or_default(),
        receives: receives.unwrap_or(1),
    }
}
