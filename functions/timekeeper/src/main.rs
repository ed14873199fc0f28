//! The `timekeeper` function: a schedule calls it every minute.

use std::time::{Duration, SystemTime};

use engine::timestamp::Timestamp;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;
use timekeeper::Timekeeper;
use tracing::Instrument;

/// Left before Lambda ends the invocation.
const MARGIN: Duration = Duration::from_secs(5);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    aws::logging::init();
    let timekeeper = Timekeeper { ports: aws::connect()?.ports() };
    lambda_runtime::run(service_fn(|event: LambdaEvent<Value>| {
        let span = tracing::info_span!("minute", request_id = event.context.request_id);
        run(&timekeeper, event.context.deadline()).instrument(span)
    }))
    .await
}

async fn run(timekeeper: &Timekeeper, deadline: SystemTime) -> Result<(), Error> {
    let until = deadline.checked_sub(MARGIN).unwrap_or(deadline);
    let since = until.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let until = Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX));
    let swept = timekeeper.run(until).await?;
    tracing::info!(timers = swept.timers, executions = swept.executions, deleted = swept.deleted, "done");
    Ok(())
}
