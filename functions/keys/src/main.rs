//! The `keys` function: `stepwell keys` invokes it, as whoever AWS permits to.

use keys::{Answer, Keys, Request};
use lambda_runtime::{Error, LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    aws::logging::init();
    let keys = Keys::of(&aws::connect()?.ports());
    lambda_runtime::run(service_fn(|event: LambdaEvent<Request>| handle(&keys, event))).await
}

async fn handle(keys: &Keys, event: LambdaEvent<Request>) -> Result<Answer, Error> {
    Ok(keys.handle(event.payload).await?)
}
