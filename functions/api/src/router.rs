//! The HTTP door: awsJson1_0 over POST, the operation in `X-Amz-Target`.

use std::panic::AssertUnwindSafe;

use api_model::{ApiError, Operation, limits};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::response::Response;
use futures::FutureExt;

use crate::{Api, operations};

/// Who may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// API Gateway or the function URL has checked the caller already.
    Guarded,
    /// A laptop's loopback address: any credentials, but credentials there must be, as any SDK sends them.
    AnyCredentials,
}

/// All operations, whatever the path: a REST API puts its stage there.
pub fn router(api: Api, door: Door) -> Router {
    Router::new().fallback(answer).with_state((api, door))
}

async fn answer(State((api, door)): State<(Api, Door)>, request: Request) -> Response {
    let request_id = api.ports.ids.uuid();
    let (parts, body) = request.into_parts();
    let result = match admit(door, &parts.method, &parts.headers) {
        Ok(operation) => match read(body).await {
            Ok(body) => handle(&api, operation, &body, &request_id).await,
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
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

fn admit(door: Door, method: &Method, headers: &HeaderMap) -> Result<Operation, ApiError> {
    if door == Door::AnyCredentials {
        check_credentials(headers)?;
    }
    if method != Method::POST {
        return Err(ApiError::UnknownOperation);
    }
    Operation::from_target(headers.get("x-amz-target").and_then(|target| target.to_str().ok()))
}

/// That there is a Signature Version 4 header, not that it is right.
fn check_credentials(headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(authorization) = headers.get(AUTHORIZATION) else { return Err(ApiError::MissingAuthenticationToken) };
    let text = authorization.to_str().unwrap_or_default();
    if text.starts_with("AWS4-") && text.contains("Credential=") {
        return Ok(());
    }
    Err(ApiError::IncompleteSignature {
        message: format!("Authorization header requires 'Credential' parameter. Authorization={text}"),
    })
}

async fn read(body: Body) -> Result<Bytes, ApiError> {
    axum::body::to_bytes(body, limits::BODY_BYTES).await.map_err(|_| ApiError::RequestEntityTooLarge)
}

async fn handle(api: &Api, operation: Operation, body: &[u8], request_id: &str) -> Result<Vec<u8>, ApiError> {
    tracing::debug!(request_id, %operation, "request");
    let answered = AssertUnwindSafe(operations::perform(api, operation, body, request_id)).catch_unwind().await;
    answered.unwrap_or_else(|_| {
        tracing::error!(request_id, %operation, "the operation panicked");
        Err(ApiError::InternalFailure)
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
