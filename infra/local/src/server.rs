//! The HTTP server of `stepwell dev`: one that nobody can keep busy by being slow, or by being many.
//!
//! Every connection is an open file, of which the system allows a process so many. It takes connections as long as enough
//! files are left for all else; what comes beyond that is told so, and may come again.

use std::convert::Infallible;
use std::io::ErrorKind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;
use tower::ServiceExt as _;

/// For the head of a request, and between two requests of a connection.
const HEAD_LIMIT: Duration = Duration::from_secs(60);

/// For its body: the largest in this time is a slow line, and not a slow client.
const BODY_LIMIT: Duration = Duration::from_secs(30);

/// When no connection can be accepted, some must end first.
const FULL_PAUSE: Duration = Duration::from_millis(100);

/// Files that are no connections of clients: the store's, the functions', calls of tasks.
const OTHER_FILES: usize = 256;

/// How many clients are told at a time that there are too many. More wait.
const REFUSALS: usize = 64;

/// For the client to hear it.
const REFUSAL_LIMIT: Duration = Duration::from_secs(1);

/// As the API's own `ServiceUnavailable`, after which SDKs try again.
const REFUSAL: &str = "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 1\r\n\
    content-type: application/x-amz-json-1.0\r\ncontent-length: 82\r\n\r\n\
    {\"__type\":\"ServiceUnavailable\",\"message\":\"Service unavailable. Please try again.\"}";

/// Where the system sets no limit, it may still refuse to go beyond some number.
const MANY_FILES: u64 = 10_240;

/// How many connections there may be: of as many open files as the system allows this process, not of as few as it
/// starts with.
pub fn connections() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = [maximum, Some(MANY_FILES)]
        .into_iter()
        .find(|files| setrlimit(Resource::Nofile, Rlimit { current: *files, maximum }).is_ok());
    let files = raised.unwrap_or(current).and_then(|files| usize::try_from(files).ok());
    let files = files.unwrap_or(Semaphore::MAX_PERMITS).min(Semaphore::MAX_PERMITS);
    files.saturating_sub(OTHER_FILES).max(files / 2)
}

/// Answers requests on at most so many connections, without end.
pub async fn serve(listener: TcpListener, router: Router, connections: usize) -> Infallible {
    let (places, refusals) = (Arc::new(Semaphore::new(connections)), Arc::new(Semaphore::new(REFUSALS)));
    loop {
        match listener.accept().await {
            Ok((stream, _)) => match places.clone().try_acquire_owned() {
                Ok(place) => drop(tokio::spawn(connection(stream, router.clone(), place))),
                Err(_full) => {
                    let permit = refusals.clone().acquire_owned().await;
                    tokio::spawn(async move {
                        refuse(stream).await;
                        drop(permit);
                    });
                }
            },
            Err(error) if is_of_connection(error.kind()) => {}
            Err(error) => {
                tracing::warn!(%error, "connections wait to be accepted");
                tokio::time::sleep(FULL_PAUSE).await;
            }
        }
    }
}

/// Reads on after it has answered: who closes on what was not read takes the answer back.
async fn refuse(mut stream: TcpStream) {
    let refused = async {
        stream.write_all(REFUSAL.as_bytes()).await?;
        stream.shutdown().await?;
        let mut read = [0; 4096];
        while stream.read(&mut read).await? > 0 {}
        std::io::Result::Ok(())
    };
    let _gone = tokio::time::timeout(REFUSAL_LIMIT, refused).await;
}

fn is_of_connection(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

async fn connection(stream: TcpStream, router: Router, _place: OwnedSemaphorePermit) {
    // Answers are small, and waited for.
    let _unsupported = stream.set_nodelay(true);
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        router.clone().oneshot(request.map(|body| Body::new(Timely::new(body))))
    });
    let mut server = http1::Builder::new();
    let server = server.timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT);
    if let Err(error) = server.serve_connection(TokioIo::new(stream), service).await {
        tracing::debug!(%error, "a connection broke");
    }
}

/// A body that has come in time, or breaks.
struct Timely {
    body: Incoming,
    limit: Pin<Box<Sleep>>,
}

impl Timely {
    fn new(body: Incoming) -> Self {
        Self { body, limit: Box::pin(tokio::time::sleep(BODY_LIMIT)) }
    }
}

#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("the body took longer than {} s", BODY_LIMIT.as_secs())]
    Slow,
    #[error(transparent)]
    Connection(#[from] hyper::Error),
}

impl HttpBody for Timely {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Broken::from)));
        }
        self.limit.as_mut().poll(context).map(|()| Some(Err(Broken::Slow)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
