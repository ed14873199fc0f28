//! The Lambda Runtime API, served to one process: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use bytes::Bytes;
use http_body_util::BodyExt;
use serde_json::json;
use tokio::sync::{mpsc, oneshot, watch};

use super::answer::MAX_RESPONSE_BYTES;

/// What the function is invoked with.
#[derive(Debug)]
pub struct Event {
    pub request_id: String,
    pub trace_root: String,
    pub invoked_arn: String,
    /// JSON text.
    pub client_context: Option<String>,
    pub payload: Bytes,
}

/// The response of a function, or its error object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub failed: bool,
    pub payload: Bytes,
}

/// An event on its way to the process.
pub struct Offer {
    pub event: Arc<Event>,
    pub timeout: Duration,
    /// Told when the process has it. A failure to tell withdraws the offer.
    pub taken: Option<oneshot::Sender<()>>,
    pub answer: oneshot::Sender<Answer>,
}

/// How far the process has come in its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Init {
    Starting,
    /// It has asked for an event.
    Ready,
    /// It has reported that it cannot start, with this error object.
    Failed(Bytes),
}

pub struct RuntimeApi {
    offers: tokio::sync::Mutex<mpsc::Receiver<Offer>>,
    init: watch::Sender<Init>,
    /// The invocation that the process has and has not answered.
    current: Mutex<Option<Current>>,
}

struct Current {
    request_id: String,
    answer: oneshot::Sender<Answer>,
}

/// The other end: where events are offered, and where the start is watched.
pub struct Link {
    pub offers: mpsc::Sender<Offer>,
    pub init: watch::Receiver<Init>,
}

pub fn new() -> (Arc<RuntimeApi>, Link) {
    let (offers, taken_offers) = mpsc::channel(1);
    let (told_init, init) = watch::channel(Init::Starting);
    let api = RuntimeApi { offers: taken_offers.into(), init: told_init, current: Mutex::new(None) };
    (Arc::new(api), Link { offers, init })
}

pub fn router(api: Arc<RuntimeApi>) -> Router {
    Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{request_id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{request_id}/error", post(error))
        .route("/2018-06-01/runtime/init/error", post(init_error))
        .with_state(api)
}

impl RuntimeApi {
    fn current(&self) -> std::sync::MutexGuard<'_, Option<Current>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the process owes an answer that someone still waits for.
    fn is_busy(&self) -> bool {
        self.current().as_ref().is_some_and(|current| !current.answer.is_closed())
    }

    /// Gives the answer to who waits for it; `false` if nobody does.
    fn settle(&self, request_id: &str, answer: Answer) -> bool {
        let mut current = self.current();
        if current.as_ref().is_none_or(|current| current.request_id != request_id) {
            return false;
        }
        current.take().is_some_and(|current| current.answer.send(answer).is_ok())
    }

    fn is_current(&self, request_id: &str) -> bool {
        self.current().as_ref().is_some_and(|current| current.request_id == request_id)
    }
}

async fn next(State(api): State<Arc<RuntimeApi>>) -> Response {
    if api.is_busy() {
        let message =
            "State transition from Running to Ready failed for runtime. Error: State transition is not allowed";
        return refusal(StatusCode::FORBIDDEN, "InvalidStateTransition", message);
    }
    api.init.send_replace(Init::Ready);
    let mut offers = api.offers.lock().await;
    let Offer { event, timeout, answer, .. } = loop {
        let Some(mut offer) = offers.recv().await else {
            return refusal(StatusCode::GONE, "InvalidStateTransition", "The function is stopping.");
        };
        // An offer that was given up has gone to another process: this one must not have it too.
        if let Some(taken) = offer.taken.take()
            && taken.send(()).is_ok()
        {
            break offer;
        }
    };
    *api.current() = Some(Current { request_id: event.request_id.clone(), answer });
    delivery(&event, timeout)
}

fn delivery(event: &Event, timeout: Duration) -> Response {
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + timeout;
    let trace_id = format!("Root={};Sampled=0", event.trace_root);
    let mut response = Response::builder()
        .header(header::CONTENT_TYPE, "application/json")
        .header("Lambda-Runtime-Aws-Request-Id", &event.request_id)
        .header("Lambda-Runtime-Trace-Id", trace_id)
        .header("Lambda-Runtime-Invoked-Function-Arn", &event.invoked_arn)
        .header("Lambda-Runtime-Deadline-Ms", deadline.as_millis().to_string());
    if let Some(client_context) = &event.client_context {
        response = response.header("Lambda-Runtime-Client-Context", client_context.as_bytes());
    }
    response
        .body(Body::from(event.payload.clone()))
        .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn response(State(api): State<Arc<RuntimeApi>>, Path(request_id): Path<String>, body: Body) -> Response {
    answered(&api, &request_id, body, false).await
}

async fn error(State(api): State<Arc<RuntimeApi>>, Path(request_id): Path<String>, body: Body) -> Response {
    answered(&api, &request_id, body, true).await
}

async fn answered(api: &RuntimeApi, request_id: &str, body: Body, failed: bool) -> Response {
    let Some(posted) = read(body).await else {
        return refusal(StatusCode::BAD_REQUEST, "TruncatedHTTPRequest", "HTTP request detected as truncated");
    };
    if !api.is_current(request_id) {
        return refusal(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID");
    }
    let Some(payload) = posted.payload else {
        api.settle(request_id, Answer::too_large());
        let message = format!("Exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).");
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message);
    };
    let answer = match error_of_stream(&posted.trailers) {
        Some(error_object) => Answer { failed: true, payload: error_object },
        None => Answer { failed, payload },
    };
    api.settle(request_id, answer);
    status_ok()
}

async fn init_error(State(api): State<Arc<RuntimeApi>>, body: Body) -> Response {
    let payload = read(body).await.and_then(|posted| posted.payload).unwrap_or_default();
    let changed = api.init.send_if_modified(|init| {
        let starting = *init == Init::Starting;
        if starting {
            *init = Init::Failed(payload);
        }
        starting
    });
    if changed {
        status_ok()
    } else {
        let message =
            "State transition from Ready to InitError failed for runtime. Error: State transition is not allowed";
        refusal(StatusCode::FORBIDDEN, "InvalidStateTransition", message)
    }
}

struct Posted {
    /// `None`: more than Lambda takes.
    payload: Option<Bytes>,
    trailers: HeaderMap,
}

/// Reads to the end even what is too large, since a client that cannot send its body does not read our refusal. `None`:
/// the body broke off.
async fn read(mut body: Body) -> Option<Posted> {
    let mut payload = Vec::new();
    let mut received = 0_usize;
    let mut trailers = HeaderMap::new();
    while let Some(frame) = body.frame().await {
        match frame.ok()?.into_data() {
            Ok(data) => {
                received = received.saturating_add(data.len());
                if received <= MAX_RESPONSE_BYTES {
                    payload.extend_from_slice(&data);
                }
            }
            Err(other) => trailers.extend(other.into_trailers().unwrap_or_default()),
        }
    }
    Some(Posted { payload: (received <= MAX_RESPONSE_BYTES).then(|| payload.into()), trailers })
}

/// A runtime that streams its response reports what goes wrong midway in trailers; the error object is in base64.
fn error_of_stream(trailers: &HeaderMap) -> Option<Bytes> {
    trailers.get("Lambda-Runtime-Function-Error-Type")?;
    let encoded = trailers.get("Lambda-Runtime-Function-Error-Body").map_or(&b""[..], |value| value.as_bytes());
    Some(base64::engine::general_purpose::STANDARD.decode(encoded).unwrap_or_default().into())
}

fn status_ok() -> Response {
    json_response(StatusCode::ACCEPTED, &json!({"status": "OK"}))
}

fn refusal(status: StatusCode, error_type: &str, message: &str) -> Response {
    json_response(status, &json!({"errorMessage": message, "errorType": error_type}))
}

fn json_response(status: StatusCode, body: &serde_json::Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
