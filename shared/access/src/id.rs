//! Ids of access keys: like AWS's in length and alphabet, and with a prefix that AWS does not use.

use std::fmt;

use serde::{Deserialize, Serialize};

const PREFIX: &str = "SWKA";
const RANDOM_CHARACTERS: usize = 16;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// `SWKA` and sixteen letters and digits, e.g. `SWKA4QX2NLTZKD7M5RJH`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AccessKeyId(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no id of an access key: `{PREFIX}` and {RANDOM_CHARACTERS} letters A-Z and digits 2-7")]
pub struct InvalidAccessKeyId(String);

impl AccessKeyId {
    pub fn parse(text: &str) -> Result<Self, InvalidAccessKeyId> {
        let random = text.strip_prefix(PREFIX).filter(|random| random.len() == RANDOM_CHARACTERS);
        match random {
            Some(random) if random.bytes().all(|byte| ALPHABET.contains(&byte)) => Ok(Self(text.to_owned())),
            _ => Err(InvalidAccessKeyId(text.to_owned())),
        }
    }

    /// Five bits of each of the bytes make a character.
    pub(crate) fn from_random(random: [u8; RANDOM_CHARACTERS]) -> Self {
        let character = |byte: u8| ALPHABET.get(usize::from(byte % 32)).copied().map_or('A', char::from);
        Self(PREFIX.chars().chain(random.into_iter().map(character)).collect())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for AccessKeyId {
    type Error = InvalidAccessKeyId;
    fn try_from(text: String) -> Result<Self, InvalidAccessKeyId> {
        Self::parse(&text)
    }
}

impl std::str::FromStr for AccessKeyId {
    type Err = InvalidAccessKeyId;
    fn from_str(text: &str) -> Result<Self, InvalidAccessKeyId> {
        Self::parse(text)
    }
}

impl From<AccessKeyId> for String {
    fn from(id: AccessKeyId) -> Self {
        id.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_what_issuing_makes_and_nothing_else() {
        let id = AccessKeyId::from_random([0, 1, 31, 32, 63, 64, 255, 26, 9, 9, 9, 9, 9, 9, 9, 9]);
        assert_eq!(id.as_str(), "SWKAAB7A7A72JJJJJJJJ");
        assert_eq!(AccessKeyId::parse(id.as_str()), Ok(id));
        for text in [
            "",
            "SWKA",
            "AKIAIOSFODNN7EXAMPLE",
            "SWKAAB7A7A72JJJJJJJ",
            "SWKAAB7A7A72JJJJJJJJJ",
            "SWKAAB7A7A72JJJJJJJ1",
            "SWKAab7a7a72jjjjjjjj",
            "SWKA/../../../../etc",
            "SWKAÄÄÄÄÄÄÄÄ",
        ] {
            assert!(AccessKeyId::parse(text).is_err(), "{text}");
        }
    }
}
