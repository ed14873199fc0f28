//! The `api` function: API Gateway and the function URL call it.

use api::{Api, Door, router};
use api_model::Place;
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    aws::logging::init();
    let connection = aws::connect().await?;
    let place = Place::new(variable("PARTITION")?, variable("AWS_REGION")?, variable("ACCOUNT_ID")?);
    // Page tokens hold positions, no secrets; what binds them to this installation is the name of its journal.
    let key = connection.environment.journal_table.get()?.to_owned();
    let api = Api::new(connection.ports(), place, key.as_bytes());
    lambda_http::run(router(api, Door::Guarded)).await
}

fn variable(name: &str) -> Result<String, Error> {
    std::env::var(name).map_err(|_| format!("environment variable `{name}` is not set").into())
}
