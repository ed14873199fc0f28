//! What a function prints: line by line to our log, and its end to who asks for it (`LogType` `Tail`).

use std::sync::{Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt};

/// `X-Amz-Log-Result` holds the last 4 KB.
const TAIL_BYTES: usize = 4096;
/// A longer line is logged in pieces.
const LINE_BYTES: usize = 64 * 1024;

/// The end of the log of one invocation.
#[derive(Debug, Default)]
pub struct LogTail(Mutex<Vec<u8>>);

impl LogTail {
    pub fn add_line(&self, line: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(line);
        kept.push(b'\n');
        let excess = kept.len().saturating_sub(TAIL_BYTES);
        kept.drain(..excess);
    }

    /// What there is, leaving nothing.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Hands each line to `on_line`, without its end, until the pipe is closed.
pub async fn read_lines(mut pipe: impl AsyncRead + Unpin, mut on_line: impl FnMut(&[u8])) {
    let mut chunk = vec![0; 8192];
    let mut line = Vec::new();
    while let Ok(read @ 1..) = pipe.read(&mut chunk).await {
        for byte in chunk.iter().take(read) {
            if *byte != b'\n' {
                line.push(*byte);
            }
            if *byte == b'\n' || line.len() >= LINE_BYTES {
                on_line(line.strip_suffix(b"\r").unwrap_or(&line));
                line.clear();
            }
        }
    }
    if !line.is_empty() {
        on_line(&line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_split_at_their_ends_and_long_ones_at_the_limit() {
        let long = vec![b'x'; LINE_BYTES + 1];
        for (printed, expected) in
            [(&b""[..], vec![]), (b"one\ntwo\r\n\nthree", vec![3, 3, 0, 5]), (&long, vec![LINE_BYTES, 1])]
        {
            let mut lengths = Vec::new();
            read_lines(printed, |line| lengths.push(line.len())).await;
            assert_eq!(lengths, expected);
        }
    }

    #[test]
    fn the_tail_keeps_the_last_4_kilobytes_once() {
        let tail = LogTail::default();
        tail.add_line(&[b'a'; 3000]);
        tail.add_line(&[b'b'; 3000]);
        let kept = tail.take();
        assert_eq!(kept.len(), TAIL_BYTES);
        assert_eq!(kept.iter().filter(|byte| **byte == b'b').count(), 3000);
        assert!(tail.take().is_empty());
    }
}
