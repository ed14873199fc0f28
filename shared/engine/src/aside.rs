//! What a run has put aside: payloads that it will need later, and that must not travel with every record and message
//! meanwhile. They are kept under the hash of what they are, so that writing them twice changes nothing.
//!
//! A step says what it puts aside ([`crate::record::Step::aside`]); that is written before its record. A step that needs
//! what is not among [`crate::input::Given::aside`] says so ([`crate::record::Outcome::Needs`]), and is tried again.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::payload::Payload;

/// The first 128 bits of the SHA-256 of a chunk, as 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContentHash(Arc<str>);

impl ContentHash {
    /// As it was written.
    pub fn from_text(text: &str) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Payloads that are put aside together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Where there are more: the items after these, the results before these.
    pub link: Option<ContentHash>,
    /// Each with its index in the whole.
    pub payloads: Vec<(u32, Payload)>,
}

impl Chunk {
    pub fn single(payload: Payload) -> Self {
        Self { link: None, payloads: vec![(0, payload)] }
    }

    /// Kept in runs and as a key of stores: never to be changed.
    pub fn hash(&self) -> ContentHash {
        let mut hasher = Sha256::new();
        hasher.update(self.link.as_ref().map_or("", ContentHash::as_str));
        for (index, payload) in &self.payloads {
            hasher.update(b"\0");
            hasher.update(index.to_le_bytes());
            hasher.update(u64::try_from(payload.len()).unwrap_or(u64::MAX).to_le_bytes());
            hasher.update(payload.as_str());
        }
        let mut text = String::with_capacity(32);
        for byte in hasher.finalize().iter().take(16) {
            // Writing to a text cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        ContentHash(text.into())
    }
}

/// Something that a step needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    pub hash: ContentHash,
    /// With all that it links to.
    pub whole_chain: bool,
}

/// The chunks at hand, by their hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aside(BTreeMap<ContentHash, Arc<Chunk>>);

static NOTHING: Aside = Aside(BTreeMap::new());

/// For steps of runs that have put nothing aside.
impl Default for &Aside {
    fn default() -> Self {
        &NOTHING
    }
}

impl Aside {
    pub fn get(&self, hash: &ContentHash) -> Option<&Arc<Chunk>> {
        self.0.get(hash)
    }

    pub fn insert(&mut self, hash: ContentHash, chunk: Arc<Chunk>) {
        self.0.insert(hash, chunk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_stay_what_they_were() {
        let payload = |text: &str| Payload::from_text(text);
        let first = Chunk { link: None, payloads: vec![(0, payload("1")), (7, payload("[]"))] };
        let second = Chunk { link: Some(first.hash()), payloads: Vec::new() };
        for (chunk, expected) in [
            (Chunk::single(payload("{}")), "48305baae2d182017a76988b97a78212"),
            (first, "f591868f4883a33ce86f11af00b89505"),
            (second, "64f8fd2dceadacc4118e8c6edfb72e85"),
        ] {
            assert_eq!(chunk.hash().as_str(), expected, "{chunk:?}");
        }
    }

    #[test]
    fn what_is_cut_differently_hashes_differently() {
        let chunk = |texts: &[&str]| Chunk {
            link: None,
            payloads: (0..).zip(texts.iter().map(|text| Payload::from_text(*text))).collect(),
        };
        assert_ne!(chunk(&["12", "3"]).hash(), chunk(&["1", "23"]).hash());
        assert_ne!(chunk(&["1"]).hash(), Chunk { payloads: vec![(1, Payload::from_text("1"))], link: None }.hash());
    }
}
