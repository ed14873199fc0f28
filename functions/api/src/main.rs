//! The `api` function: API Gateway and the function URL call it.

use api::{Api, Door, router};
use api_model::Place;
use axum::http::HeaderValue;
use axum::middleware::map_response;
use axum::response::Response;
use lambda_http::Error;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    aws::logging::init();
    let connection = aws::connect()?;
    let place = Place::new(variable("PARTITION")?, variable("AWS_REGION")?, variable("ACCOUNT_ID")?);
    // Page tokens hold positions, no secrets; what binds them to this installation is the name of its journal.
    let key = connection.environment.journal_table.get()?.to_owned();
    let api = Api::new(connection.ports(), place, key.as_bytes());
    lambda_http::run(router(api, Door::Guarded).layer(map_response(as_text))).await
}

/// lambda_http does not know that `application/x-amz-json-1.0` is text, and would answer in base64, which a REST API
/// passes on as it is.
async fn as_text(mut response: Response) -> Response {
    response.headers_mut().insert("x-lambda-http-content-encoding", HeaderValue::from_static("text"));
    response
}

fn variable(name: &str) -> Result<String, Error> {
    std::env::var(name).map_err(|_| format!("environment variable `{name}` is not set").into())
}
