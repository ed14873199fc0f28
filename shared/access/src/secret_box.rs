//! Secrets encrypted at rest: XChaCha20-Poly1305, whose nonce is long enough to be drawn at random. A sealed secret is
//! bound to the id of its key, so that it cannot be moved to another.
//!
//! | bytes | content |
//! |---|---|
//! | 1 | version of this layout: 1 |
//! | 24 | nonce |
//! | rest | the secret, encrypted, and the tag of 16 bytes |

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::AccessKeyId;

const VERSION: u8 = 1;
pub(crate) const NONCE_BYTES: usize = 24;

/// Seals and opens under one key.
#[derive(Clone)]
pub struct SecretBox(XChaCha20Poly1305);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the secret cannot be decrypted: it was encrypted by another installation, or altered")]
pub struct Unsealable;

impl SecretBox {
    pub fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// The nonce must be random, and used once.
    pub(crate) fn seal(&self, id: &AccessKeyId, secret: &str, nonce: [u8; NONCE_BYTES]) -> Result<Vec<u8>, Unsealable> {
        let payload = Payload { msg: secret.as_bytes(), aad: id.as_str().as_bytes() };
        let encrypted = self.0.encrypt(&XNonce::from(nonce), payload).map_err(|_| Unsealable)?;
        Ok([&[VERSION], &nonce[..], &encrypted].concat())
    }

    pub(crate) fn open(&self, id: &AccessKeyId, sealed: &[u8]) -> Result<String, Unsealable> {
        let (version, rest) = sealed.split_first().ok_or(Unsealable)?;
        let (nonce, encrypted) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(Unsealable)?;
        if *version != VERSION {
            return Err(Unsealable);
        }
        let payload = Payload { msg: encrypted, aad: id.as_str().as_bytes() };
        let secret = self.0.decrypt(&XNonce::from(*nonce), payload).map_err(|_| Unsealable)?;
        String::from_utf8(secret).map_err(|_| Unsealable)
    }
}

impl fmt::Debug for SecretBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBox(key not shown)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(character: &str) -> AccessKeyId {
        AccessKeyId::parse(&format!("SWKA{}", character.repeat(16))).unwrap()
    }

    fn sealed() -> Vec<u8> {
        SecretBox::new(&[7; 32]).seal(&id("A"), "secret", [9; 24]).unwrap()
    }

    #[test]
    fn what_was_sealed_is_opened_with_its_key_and_id_only() {
        let sealed = sealed();
        assert_eq!(SecretBox::new(&[7; 32]).open(&id("A"), &sealed).unwrap(), "secret");
        assert_eq!(SecretBox::new(&[7; 32]).open(&id("B"), &sealed), Err(Unsealable));
        assert_eq!(SecretBox::new(&[8; 32]).open(&id("A"), &sealed), Err(Unsealable));
        let shown = sealed.windows(6).any(|part| part == b"secret");
        assert!(!shown);
    }

    #[test]
    fn nothing_altered_or_cut_is_opened() {
        let sealed = sealed();
        let it = SecretBox::new(&[7; 32]);
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(it.open(&id("A"), &altered), Err(Unsealable), "byte {at}");
            assert_eq!(it.open(&id("A"), &sealed[..at]), Err(Unsealable), "{at} bytes");
        }
    }

    /// Made by this code in its first version: keys that were issued then must stay usable.
    #[test]
    fn a_secret_sealed_by_the_first_version_is_opened_still() {
        let hex = "01090909090909090909090909090909090909090909090909cd1781f819de8d26ee8f85\
            60cb18bff21c2c9705c9dc";
        let bytes: Vec<u8> =
            (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        assert_eq!(SecretBox::new(&[7; 32]).open(&id("A"), &bytes).unwrap(), "secret");
    }
}
