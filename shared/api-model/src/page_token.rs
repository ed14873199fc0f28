//! Page tokens: opaque, authenticated, bound to the request that they continue, and good for 24 hours.
//!
//! A token is base64url of
//!
//! | bytes | content |
//! |---|---|
//! | 1 | version of this layout: 1 |
//! | 8 | when it expires, epoch seconds, big-endian |
//! | 16 | HMAC-SHA256, cut, of the above, the operation, what it is bound to, and the rest |
//! | rest | the contents as JSON |
//!
//! Contents of 700 bytes of JSON fit the 1,024 characters that a request may give back (3,096 for ListExecutions).
//! It is stored nowhere, so the layout may change: old tokens then are invalid, as expired ones are.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use crate::limits::PAGE_TOKEN_SECONDS;
use crate::{ApiError, Operation, Timestamp};

const VERSION: u8 = 1;
const TAG_BYTES: usize = 16;
const HEAD_BYTES: usize = 9;

/// Makes and reads page tokens under a key.
#[derive(Clone)]
pub struct PageTokens {
    mac: Hmac<Sha256>,
}

impl std::fmt::Debug for PageTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PageTokens(key not shown)")
    }
}

impl PageTokens {
    /// Tokens under the key, which is secret; all functions of an installation use the same.
    pub fn new(key: &[u8]) -> Self {
        // HMAC takes keys of any length; hashing first leaves no error to handle.
        use sha2::Digest;
        let mac = <Hmac<Sha256> as Mac>::new(&Sha256::digest(key).into_iter().chain([0; 32]).collect());
        Self { mac }
    }

    /// A token for what follows a page. `bound_to`: the members of the request that must not change from page to page.
    ///
    /// # Errors
    /// [`ApiError::InternalFailure`] if the contents cannot be written as JSON.
    pub fn issue<T: Serialize>(
        &self,
        operation: Operation,
        bound_to: &[&str],
        contents: &T,
        now: Timestamp,
    ) -> Result<String, ApiError> {
        let contents = serde_json::to_vec(contents).map_err(|_| ApiError::InternalFailure)?;
        let expires = now.millis() / 1000 + PAGE_TOKEN_SECONDS;
        let mut token = Vec::with_capacity(HEAD_BYTES + TAG_BYTES + contents.len());
        token.push(VERSION);
        token.extend(expires.to_be_bytes());
        let tag = self.authenticate(&token, operation, bound_to, &contents).finalize().into_bytes();
        token.extend(tag.iter().take(TAG_BYTES));
        token.extend(contents);
        Ok(URL_SAFE_NO_PAD.encode(token))
    }

    /// What the token holds.
    ///
    /// # Errors
    /// [`ApiError::InvalidToken`]: not a token, altered, expired, or of another request.
    pub fn read<T: DeserializeOwned>(
        &self,
        operation: Operation,
        bound_to: &[&str],
        token: &str,
        now: Timestamp,
    ) -> Result<T, ApiError> {
        self.open(operation, bound_to, token, now).ok_or(ApiError::InvalidToken)
    }

    fn open<T: DeserializeOwned>(
        &self,
        operation: Operation,
        bound_to: &[&str],
        token: &str,
        now: Timestamp,
    ) -> Option<T> {
        let token = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (head, rest) = token.split_at_checked(HEAD_BYTES)?;
        let (tag, contents) = rest.split_at_checked(TAG_BYTES)?;
        let (version, expires) = head.split_first()?;
        if *version != VERSION {
            return None;
        }
        self.authenticate(head, operation, bound_to, contents).verify_truncated_left(tag).ok()?;
        let expires = i64::from_be_bytes(expires.try_into().ok()?);
        if now.millis() / 1000 >= expires {
            return None;
        }
        serde_json::from_slice(contents).ok()
    }

    /// Each part goes in after its length, so that no two requests look alike.
    fn authenticate(&self, head: &[u8], operation: Operation, bound_to: &[&str], contents: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        let mut add = |part: &[u8]| {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        };
        add(head);
        add(operation.as_str().as_bytes());
        bound_to.iter().for_each(|part| add(part.as_bytes()));
        add(contents);
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn token() -> String {
        PageTokens::new(b"k").issue(Operation::ListExecutions, &["arn", "RUNNING"], &("next", 7), NOW).unwrap()
    }

    fn read(tokens: &PageTokens, operation: Operation, bound_to: &[&str], token: &str, now: Timestamp) -> Option<u32> {
        let contents = tokens.read::<(String, u32)>(operation, bound_to, token, now);
        assert!(matches!(contents, Ok(_) | Err(ApiError::InvalidToken)));
        contents.ok().map(|(_, number)| number)
    }

    #[test]
    fn a_token_gives_back_its_contents_to_the_request_that_it_continues() {
        let tokens = PageTokens::new(b"k");
        let bound_to = ["arn", "RUNNING"];
        assert_eq!(read(&tokens, Operation::ListExecutions, &bound_to, &token(), NOW), Some(7));
        assert_eq!(read(&tokens, Operation::ListActivities, &bound_to, &token(), NOW), None);
        for other in [&["arn", "FAILED"][..], &["arn"], &["arnRUNNING"], &["arn", "RUNN", "ING"], &[]] {
            assert_eq!(read(&tokens, Operation::ListExecutions, other, &token(), NOW), None, "{other:?}");
        }
    }

    #[test]
    fn a_token_of_another_key_or_an_expired_one_is_invalid() {
        let bound_to = ["arn", "RUNNING"];
        let other = PageTokens::new(b"other");
        assert_eq!(read(&other, Operation::ListExecutions, &bound_to, &token(), NOW), None);
        let tokens = PageTokens::new(b"k");
        let later = |seconds: i64| Timestamp::from_millis(NOW.millis() + seconds * 1000);
        let list = Operation::ListExecutions;
        assert_eq!(read(&tokens, list, &bound_to, &token(), later(PAGE_TOKEN_SECONDS - 1)), Some(7));
        assert_eq!(read(&tokens, list, &bound_to, &token(), later(PAGE_TOKEN_SECONDS)), None);
    }

    #[test]
    fn no_altered_or_cut_token_is_read() {
        let tokens = PageTokens::new(b"k");
        let bound_to = ["arn", "RUNNING"];
        let good = token();
        let bytes = URL_SAFE_NO_PAD.decode(&good).unwrap();
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            let altered = URL_SAFE_NO_PAD.encode(altered);
            assert_eq!(read(&tokens, Operation::ListExecutions, &bound_to, &altered, NOW), None, "byte {at}");
        }
        for length in 0..good.len() {
            assert_eq!(read(&tokens, Operation::ListExecutions, &bound_to, &good[..length], NOW), None);
        }
        for text in ["", "InvalidToken", "====", "\u{e9}"] {
            assert_eq!(read(&tokens, Operation::ListExecutions, &bound_to, text, NOW), None, "{text}");
        }
    }
}
