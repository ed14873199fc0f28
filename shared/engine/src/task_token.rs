//! Task tokens: opaque, and authenticated, so that nobody can answer for a task who has not been given its token. A token
//! is good as long as its execution runs and its task waits; a retry of the task has another one.
//!
//! It is base64url of
//!
//! | bytes | content |
//! |---|---|
//! | 1 | version of this layout: 1 |
//! | 16 | HMAC-SHA256, cut, of the version and of the rest |
//! | 4 | branch of the run, big-endian |
//! | 8 | place of the branch, big-endian |
//! | rest | ARN of the execution |
//!
//! Tokens are with others, for as long as an execution may last: what was issued once must still be read.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::execution::ExecutionArn;
use crate::run::Token;

const VERSION: u8 = 1;
const TAG_BYTES: usize = 16;

/// The longest that the API takes.
pub const MAX_CHARACTERS: usize = 2048;

/// A key of the installation's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TaskTokenKey([u8; 32]);

impl TaskTokenKey {
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    pub fn issue(&self, execution: &ExecutionArn, token: Token) -> String {
        let mut rest = Vec::with_capacity(12 + execution.as_str().len());
        rest.extend(token.branch.to_be_bytes());
        rest.extend(token.place.to_be_bytes());
        rest.extend(execution.as_str().as_bytes());
        let tag = self.authenticate(&rest).finalize().into_bytes();
        let mut bytes = vec![VERSION];
        bytes.extend(tag.iter().take(TAG_BYTES));
        bytes.extend(rest);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What the token names; `None` if it was not issued under this key.
    pub fn read(&self, text: &str) -> Option<(ExecutionArn, Token)> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (version, rest) = bytes.split_first()?;
        let (tag, rest) = rest.split_at_checked(TAG_BYTES)?;
        if *version != VERSION {
            return None;
        }
        self.authenticate(rest).verify_truncated_left(tag).ok()?;
        let (branch, rest) = rest.split_first_chunk()?;
        let (place, execution) = rest.split_first_chunk()?;
        let token = Token { branch: u32::from_be_bytes(*branch), place: u64::from_be_bytes(*place) };
        Some((ExecutionArn::new(std::str::from_utf8(execution).ok()?), token))
    }

    fn authenticate(&self, rest: &[u8]) -> Hmac<Sha256> {
        // A block of SHA-256, which a shorter key is filled up to: there is no length to get wrong.
        let mut block = [0; 64];
        for (to, from) in block.iter_mut().zip(self.0) {
            *to = from;
        }
        let mut mac = <Hmac<Sha256> as Mac>::new(&block.into());
        mac.update(&[VERSION]);
        mac.update(rest);
        mac
    }
}

impl fmt::Debug for TaskTokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TaskTokenKey(not shown)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: TaskTokenKey = TaskTokenKey([7; 32]);
    const ARN: &str = "arn:aws:states:eu-west-1:123456789012:execution:shop:order-1";
    const TOKEN: Token = Token { branch: 3, place: 70_000 };

    /// Issued by version 1. It must be read for ever.
    const ISSUED: &str = "AWHTVzm6ExlK-cGunriWoTkAAAADAAAAAAABEXBhcm46YXdzOnN0YXRlczpldS13ZXN0LTE6MTIzNDU2Nzg5MDEyOmV4ZWN1dGlvbjpzaG9wOm9yZGVyLTE";

    fn token() -> String {
        KEY.issue(&ExecutionArn::new(ARN), TOKEN)
    }

    #[test]
    fn a_token_names_its_task() {
        assert_eq!(KEY.read(&token()), Some((ExecutionArn::new(ARN), TOKEN)));
        assert_eq!(KEY.read(ISSUED), Some((ExecutionArn::new(ARN), TOKEN)));
        assert_eq!(format!("{KEY:?}"), "TaskTokenKey(not shown)");
    }

    #[test]
    fn the_longest_token_is_short_enough_for_the_api() {
        let name = "n".repeat(80);
        let arn = format!("arn:aws-us-gov:states:us-gov-west-1:123456789012:execution:{name}/{name}:{name}");
        let token = KEY.issue(&ExecutionArn::new(arn), Token { branch: u32::MAX, place: u64::MAX });
        assert!(token.len() <= 1024, "{}", token.len());
        assert!(token.len() <= MAX_CHARACTERS);
    }

    #[test]
    fn no_forged_altered_or_cut_token_is_read() {
        assert_eq!(TaskTokenKey([8; 32]).read(&token()), None);
        let good = token();
        let bytes = URL_SAFE_NO_PAD.decode(&good).unwrap();
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut altered = bytes.clone();
                altered[at] ^= 1 << bit;
                assert_eq!(KEY.read(&URL_SAFE_NO_PAD.encode(altered)), None, "bit {bit} of byte {at}");
            }
        }
        for length in 0..good.len() {
            assert_eq!(KEY.read(&good[..length]), None);
        }
        for text in ["", "====", "token", "\u{e9}", &format!("{good}A"), &"A".repeat(100_000)] {
            assert_eq!(KEY.read(text), None, "{text:.20}");
        }
    }
}
