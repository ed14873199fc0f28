//! One connection for each request: a kept one that the server is about to close would leave it unknown whether the
//! function ran. What fails before the request is on its way is told apart from what fails after.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use ports::task_target::InvokeError;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::EndpointError;
use super::head::Recorder;

const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// Keeps what is between us and the server from forgetting a connection on which a function is silent for minutes.
const KEEPALIVE: Duration = Duration::from_secs(60);
/// Well over what Lambda sends.
const LARGEST_ANSWER_BYTES: usize = 64 * 1024 * 1024;

pub struct Server {
    host: String,
    port: u16,
    authority: String,
    #[cfg(feature = "https")]
    tls: Option<super::tls::Tls>,
}

/// A whole response.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// In the order received, spelled as received.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn request_id(&self) -> String {
        self.header("x-amzn-requestid").unwrap_or_default().to_owned()
    }
}

impl Server {
    pub fn of(uri: &Uri) -> Result<Self, EndpointError> {
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(EndpointError::Url(uri.to_string()));
        };
        let default_port = match scheme {
            "http" => 80,
            "https" => 443,
            _ => return Err(EndpointError::Url(uri.to_string())),
        };
        #[cfg(not(feature = "https"))]
        if scheme == "https" {
            return Err(EndpointError::NoTls(uri.to_string()));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = authority.port_u16().unwrap_or(default_port);
        Ok(Self {
            #[cfg(feature = "https")]
            tls: (scheme == "https").then(|| super::tls::Tls::to(&host)).transpose()?,
            authority: if port == default_port {
                authority.host().to_owned()
            } else {
                format!("{}:{port}", authority.host())
            },
            host,
            port,
        })
    }

    /// For the header `Host`.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    pub async fn exchange(&self, request: Request<Full<Bytes>>, limit: Duration) -> Result<Answer, InvokeError> {
        let connection = match timeout(CONNECT_LIMIT, self.connect()).await {
            Ok(connected) => connected.map_err(|error| self.unreachable(&error))?,
            Err(_) => return Err(self.unreachable(&"no connection in time")),
        };
        match timeout(limit, send(connection, request)).await {
            Ok(answered) => answered,
            Err(_) => Err(InvokeError::NoAnswer(format!("{} has not answered in time", self.authority))),
        }
    }

    fn unreachable(&self, error: &dyn std::fmt::Display) -> InvokeError {
        InvokeError::Unreachable(format!("{}: {error}", self.authority))
    }

    async fn connect(&self) -> std::io::Result<Box<dyn Connection>> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        stream.set_nodelay(true)?;
        socket2::SockRef::from(&stream).set_tcp_keepalive(&socket2::TcpKeepalive::new().with_time(KEEPALIVE))?;
        #[cfg(feature = "https")]
        if let Some(tls) = &self.tls {
            return Ok(Box::new(tls.over(stream).await?));
        }
        Ok(Box::new(stream))
    }
}

trait Connection: AsyncRead + AsyncWrite + Unpin + Send {}

impl<C: AsyncRead + AsyncWrite + Unpin + Send> Connection for C {}

async fn send(connection: Box<dyn Connection>, request: Request<Full<Bytes>>) -> Result<Answer, InvokeError> {
    let (recorder, head) = Recorder::new(connection);
    let (mut sender, driver) = http1::handshake(TokioIo::new(recorder)).await.map_err(unsent)?;
    let _driver = AbortOnDrop(tokio::spawn(driver).abort_handle());
    sender.ready().await.map_err(unsent)?;
    let response = sender.send_request(request).await.map_err(unanswered)?;
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), LARGEST_ANSWER_BYTES).collect().await;
    let body = body.map_err(|error| InvokeError::NoAnswer(error.to_string()))?.to_bytes();
    Ok(Answer { status, headers: head.headers(), body })
}

fn unsent(error: hyper::Error) -> InvokeError {
    InvokeError::Unreachable(error.to_string())
}

fn unanswered(error: hyper::Error) -> InvokeError {
    // Hyper cancels only what it has not begun to write.
    if error.is_canceled() { unsent(error) } else { InvokeError::NoAnswer(error.to_string()) }
}

struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
