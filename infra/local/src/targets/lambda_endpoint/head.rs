//! The head of a response as it came: hyper forgets the order of different headers, and how they were spelled.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// More than hyper accepts of a head.
const LARGEST_BYTES: usize = 512 * 1024;
const MOST_HEADERS: usize = 128;

/// The first bytes that were read of a connection: at least all heads up to that of the final response.
#[derive(Clone, Debug, Default)]
pub struct Head(Arc<Mutex<Recorded>>);

#[derive(Debug, Default)]
struct Recorded {
    bytes: Vec<u8>,
    complete: bool,
}

impl Head {
    /// The headers of the final response, in the order received, spelled as received.
    pub fn headers(&self) -> Vec<(String, String)> {
        let recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        final_head(&recorded.bytes).unwrap_or_default()
    }

    fn add(&self, bytes: &[u8]) {
        let mut recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if recorded.complete || bytes.is_empty() {
            return;
        }
        recorded.bytes.extend_from_slice(bytes);
        recorded.complete = recorded.bytes.len() > LARGEST_BYTES || final_head(&recorded.bytes).is_some();
    }
}

/// Skips interim responses (1xx). `None`: not complete, or not HTTP.
fn final_head(mut bytes: &[u8]) -> Option<Vec<(String, String)>> {
    loop {
        let mut parsed = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut response = httparse::Response::new(&mut parsed);
        let httparse::Status::Complete(length) = response.parse(bytes).ok()? else { return None };
        if response.code? >= 200 {
            let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
            return Some(response.headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect());
        }
        bytes = bytes.get(length..)?;
    }
}

/// A connection whose first bytes are kept.
pub struct Recorder<C> {
    connection: C,
    head: Head,
}

impl<C> Recorder<C> {
    pub fn new(connection: C) -> (Self, Head) {
        let head = Head::default();
        (Self { connection, head: head.clone() }, head)
    }
}

impl<C: AsyncRead + Unpin> AsyncRead for Recorder<C> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.connection).poll_read(context, into))?;
        self.head.add(into.filled().get(before..).unwrap_or_default());
        Poll::Ready(Ok(()))
    }
}

impl<C: AsyncWrite + Unpin> AsyncWrite for Recorder<C> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.connection).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.connection).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_keep_their_order_and_spelling_however_they_arrive() {
        let sent = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nDate: x\r\nx-amzn-RequestId: r\r\nA: 1\r\na: 2\r\n\r\nbody";
        let expected = [("Date", "x"), ("x-amzn-RequestId", "r"), ("A", "1"), ("a", "2")];
        for piece in [1, 7, sent.len()] {
            let head = Head::default();
            sent.chunks(piece).for_each(|bytes| head.add(bytes));
            let headers = head.headers();
            let found: Vec<(&str, &str)> =
                headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(found, expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn the_body_is_not_kept() {
        let head = Head::default();
        head.add(b"HTTP/1.1 200 OK\r\n\r\n");
        head.add(&[0; 1000]);
        assert!(head.0.lock().unwrap().bytes.len() < 100);
    }
}
