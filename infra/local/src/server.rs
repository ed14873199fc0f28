//! The HTTP server of `stepwell dev`: one that nobody can keep busy by being slow.

use std::convert::Infallible;
use std::io::ErrorKind;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Sleep;
use tower::ServiceExt as _;

/// For the head of a request, and between two requests of a connection.
const HEAD_LIMIT: Duration = Duration::from_secs(60);

/// For its body: the largest in this time is a slow line, and not a slow client.
const BODY_LIMIT: Duration = Duration::from_secs(30);

/// When no connection can be accepted, some must end first.
const FULL_PAUSE: Duration = Duration::from_millis(100);

/// Answers requests, without end.
pub async fn serve(listener: TcpListener, router: Router) -> Infallible {
    allow_connections();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(connection(stream, router.clone()));
            }
            Err(error) if is_of_connection(error.kind()) => {}
            Err(error) => {
                tracing::warn!(%error, "connections wait to be accepted");
                tokio::time::sleep(FULL_PAUSE).await;
            }
        }
    }
}

/// Every open connection is a file: as many as the system allows this process, not as few as it starts with.
fn allow_connections() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::debug!(%error, "the limit of open files stays");
    }
}

fn is_of_connection(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset)
}

async fn connection(stream: TcpStream, router: Router) {
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
