//! The `doctor` function: `stepwell doctor` invokes it, as whoever AWS permits to.

use doctor::{Answer, Doctor, Messages, Request};
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    aws::logging::init();
    let connection = aws::connect()?;
    let doctor =
        Doctor { ports: connection.ports(), undeliverable: Some(connection.undeliverable()), messages: Messages::Ours };
    lambda_runtime::run(service_fn(|event: LambdaEvent<Request>| handle(&doctor, event))).await
}

async fn handle(doctor: &Doctor, event: LambdaEvent<Request>) -> Result<Answer, Error> {
    Ok(doctor.handle(event.payload).await?)
}
