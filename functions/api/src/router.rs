//! HTTP: awsJson1_0 over POST, the operation in `X-Amz-Target`.

use std::error::Error as _;
use std::panic::AssertUnwindSafe;

use api_model::{ApiError, Operation, limits};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use futures::FutureExt;
use http_body_util::LengthLimitError;

use crate::door::{Door, Entrance};
use crate::{Api, operations};

/// All operations, whatever the path: a REST API puts its stage there.
pub fn router(api: Api, door: Door) -> Router {
    Router::new().fallback(answer).with_state((api, Entrance::new(door)))
}

async fn answer(State((api, entrance)): State<(Api, Entrance)>, request: Request) -> Response {
    let request_id = api.ports.ids.uuid();
    let answered = AssertUnwindSafe(perform(&api, &entrance, request, &request_id)).catch_unwind().await;
    let result = answered.unwrap_or_else(|_| {
        tracing::error!(request_id, "a request panicked");
        Err(ApiError::InternalFailure)
    });
    let (status, body) = match result {
        Ok(body) => (StatusCode::OK, body),
        Err(error) => {
            tracing::info!(request_id, error = error.code(), "refused");
            let status = StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, error.to_json().to_string().into_bytes())
        }
    };
    respond(status, body, &request_id)
}

/// Nothing is looked at before it is known who calls, but what tells that.
async fn perform(api: &Api, entrance: &Entrance, request: Request, request_id: &str) -> Result<Vec<u8>, ApiError> {
    let (parts, body) = request.into_parts();
    let claim = entrance.check(api, &parts).await?;
    let body = read(body).await?;
    let caller = claim.verify(api, &parts, &body)?;
    if parts.method != Method::POST {
        return Err(ApiError::UnknownOperation);
    }
    let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let operation = Operation::from_target(target)?;
    caller.authorize(operation, &body, &api.place)?;
    tracing::debug!(request_id, %operation, "request");
    operations::perform(api, operation, &body, request_id).await
}

async fn read(body: Body) -> Result<Bytes, ApiError> {
    axum::body::to_bytes(body, limits::BODY_BYTES).await.map_err(|error| {
        // Otherwise the connection broke, or was too slow: hardly anybody will read the answer.
        let too_large = error.source().is_some_and(|source| source.is::<LengthLimitError>());
        if too_large { ApiError::RequestEntityTooLarge } else { ApiError::RequestTimeout }
    })
}

fn respond(status: StatusCode, body: Vec<u8>, request_id: &str) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.0"));
    if let Ok(request_id) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", request_id);
    }
    response
}
