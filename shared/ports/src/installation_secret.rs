//! The secret of an installation: whatever it authenticates or encrypts, it does under a key derived from this one, a key
//! for each purpose. It is never stored beside what it protects.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use crate::store_error::StoreError;

#[async_trait]
pub trait InstallationSecret: Send + Sync {
    /// The same for as long as the installation lives, in all of its functions. Adapters remember it: the first call may
    /// have to ask for it.
    async fn get(&self) -> Result<Arc<Secret>, StoreError>;
}

/// What a key is for. Its text goes into the key: it is never changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Encrypts the secrets of access keys.
    AccessKeys,
    /// Authenticates task tokens.
    TaskTokens,
    /// Authenticates page tokens.
    PageTokens,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::AccessKeys => b"stepwell access keys 1",
            Self::TaskTokens => b"stepwell task tokens 1",
            Self::PageTokens => b"stepwell page tokens 1",
        }
    }
}

pub const KEY_BYTES: usize = 32;

pub struct Secret([u8; KEY_BYTES]);

impl Secret {
    /// From random material of any form that holds at least 256 bits.
    pub fn new(material: &[u8]) -> Self {
        Self(Sha256::digest(material).into())
    }

    /// The key for the purpose: the first block of HKDF-Expand (RFC 5869) with SHA-256.
    pub fn key(&self, purpose: Purpose) -> [u8; KEY_BYTES] {
        // A key of one block of SHA-256 is any 64 bytes; there is no length to get wrong.
        let mut block = [0; 64];
        for (to, from) in block.iter_mut().zip(self.0) {
            *to = from;
        }
        let mut mac = <Hmac<Sha256> as Mac>::new(&block.into());
        mac.update(purpose.label());
        mac.update(&[1]);
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(not shown)")
    }
}

/// One that is known already: of a process, of a folder, of a test.
#[derive(Clone, Debug)]
pub struct KnownSecret(Arc<Secret>);

impl KnownSecret {
    pub fn new(material: &[u8]) -> Self {
        Self(Arc::new(Secret::new(material)))
    }
}

#[async_trait]
impl InstallationSecret for KnownSecret {
    async fn get(&self) -> Result<Arc<Secret>, StoreError> {
        Ok(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Computed with Python's hmac and hashlib; a change of these makes everything unreadable that was encrypted before.
    #[test]
    fn each_purpose_has_its_own_key_for_ever() {
        let secret = Secret::new(b"material");
        assert_eq!(
            hex(&secret.key(Purpose::AccessKeys)),
            "159b81a92b676feba60e11442dcfbdac2eb84666c61101824b6b115851583c78"
        );
        assert_eq!(
            hex(&secret.key(Purpose::TaskTokens)),
            "98c76d33cfea2cad379e457695b6815f19d646cc09faf7f26f9b028c30f7820b"
        );
        assert_ne!(Secret::new(b"other").key(Purpose::AccessKeys), secret.key(Purpose::AccessKeys));
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        assert_eq!(format!("{:?}", KnownSecret::new(b"material")), "KnownSecret(Secret(not shown))");
    }
}
