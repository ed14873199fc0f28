//! An access key: issued once, stored with its secret encrypted, given up by being removed.

use api_model::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::secret_box::NONCE_BYTES;
use crate::{AccessKeyId, Policy, SecretBox, Unsealable};

/// Who holds a key, as the name of an IAM user: it shows in errors and logs. Several keys may have one name, and one
/// replaces another while both are good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyName(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot name a key: 1 to 64 letters, digits and any of +=,.@_- (as the names of IAM users)")]
pub struct InvalidKeyName(String);

impl KeyName {
    pub fn parse(text: &str) -> Result<Self, InvalidKeyName> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte);
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            return Ok(Self(text.to_owned()));
        }
        Err(InvalidKeyName(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for KeyName {
    type Error = InvalidKeyName;
    fn try_from(text: String) -> Result<Self, InvalidKeyName> {
        Self::parse(&text)
    }
}

impl std::str::FromStr for KeyName {
    type Err = InvalidKeyName;
    fn from_str(text: &str) -> Result<Self, InvalidKeyName> {
        Self::parse(text)
    }
}

impl From<KeyName> for String {
    fn from(name: KeyName) -> Self {
        name.0
    }
}

/// What is asked for when a key is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRequest {
    pub name: KeyName,
    pub policy: Policy,
}

/// A key as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKey {
    pub id: AccessKeyId,
    pub name: KeyName,
    pub policy: Policy,
    pub created_at: Timestamp,
    sealed_secret: Vec<u8>,
}

/// A new key, and the only sight of its secret.
pub struct IssuedKey {
    pub key: AccessKey,
    /// Forty characters, as AWS's.
    pub secret: String,
}

/// Bytes of randomness that issuing takes.
const ID_BYTES: usize = 16;
const SECRET_BYTES: usize = 30;

impl AccessKey {
    /// A new key. `random` must be unguessable, and used once.
    ///
    /// # Errors
    /// [`Unsealable`] if the secret cannot be encrypted, which does not happen.
    pub fn issue(
        request: KeyRequest,
        secrets: &SecretBox,
        created_at: Timestamp,
        random: [[u8; 32]; 3],
    ) -> Result<IssuedKey, Unsealable> {
        let [for_id, for_secret, for_nonce] = random;
        let id = AccessKeyId::from_random(first::<ID_BYTES>(for_id));
        let secret = STANDARD.encode(first::<SECRET_BYTES>(for_secret));
        let sealed_secret = secrets.seal(&id, &secret, first::<NONCE_BYTES>(for_nonce))?;
        let key = Self { id, name: request.name, policy: request.policy, created_at, sealed_secret };
        Ok(IssuedKey { key, secret })
    }

    /// The secret that its holder signs with.
    ///
    /// # Errors
    /// [`Unsealable`] if it was encrypted under another key, or altered.
    pub fn secret(&self, secrets: &SecretBox) -> Result<String, Unsealable> {
        secrets.open(&self.id, &self.sealed_secret)
    }

    /// As it is stored.
    pub fn to_json(&self) -> String {
        let stored = Stored {
            v: VERSION,
            id: self.id.clone(),
            name: self.name.clone(),
            policy: self.policy.clone(),
            created_at: self.created_at.millis(),
            secret: STANDARD.encode(&self.sealed_secret),
        };
        // Texts and numbers alone: there is nothing that cannot be written.
        serde_json::to_string(&stored).unwrap_or_default()
    }

    /// # Errors
    /// [`UnreadableKey`] if it is none, or of a later version.
    pub fn from_json(text: &str) -> Result<Self, UnreadableKey> {
        let unreadable = |what: String| UnreadableKey(what);
        let stored: Stored = serde_json::from_str(text).map_err(|error| unreadable(error.to_string()))?;
        if stored.v != VERSION {
            return Err(unreadable(format!("version {}", stored.v)));
        }
        let sealed_secret = STANDARD.decode(&stored.secret).map_err(|error| unreadable(error.to_string()))?;
        Ok(Self {
            id: stored.id,
            name: stored.name,
            policy: stored.policy,
            created_at: Timestamp::from_millis(stored.created_at),
            sealed_secret,
        })
    }
}

impl std::fmt::Debug for IssuedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IssuedKey").field("key", &self.key).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("access key: {0}")]
pub struct UnreadableKey(String);

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Stored {
    v: u32,
    id: AccessKeyId,
    name: KeyName,
    policy: Policy,
    /// Milliseconds since the epoch.
    created_at: i64,
    /// Sealed, in base64.
    secret: String,
}

fn first<const N: usize>(random: [u8; 32]) -> [u8; N] {
    let mut bytes = [0; N];
    for (to, from) in bytes.iter_mut().zip(random) {
        *to = from;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Role;

    fn issue() -> IssuedKey {
        let request = KeyRequest {
            name: KeyName::parse("ci").unwrap(),
            policy: Policy::new(Role::StartOnly, &["orders-*"]).unwrap(),
        };
        let secrets = SecretBox::new(&[7; 32]);
        AccessKey::issue(request, &secrets, Timestamp::from_millis(1_700_000_000_123), [[1; 32], [2; 32], [3; 32]])
            .unwrap()
    }

    #[test]
    fn an_issued_key_gives_its_secret_back_to_its_installation() {
        let issued = issue();
        assert_eq!(issued.secret.len(), 40);
        assert_eq!(issued.key.secret(&SecretBox::new(&[7; 32])).unwrap(), issued.secret);
        assert_eq!(issued.key.secret(&SecretBox::new(&[8; 32])), Err(Unsealable));
        assert!(!format!("{issued:?}").contains(&issued.secret));
    }

    /// The shape of the first version. Keys that were issued then must stay readable: a new version gets a line of its own.
    const FIRST: &str = r#"{"v":1,"id":"SWKABBBBBBBBBBBBBBBB","name":"ci","policy":{"role":"start-only","machines":["orders-*"]},"created_at":1700000000123,"secret":"AQMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDA8VhAlg0Ro+zNncKuAa2hwpr/TkkQnJ/Vus4dU5hQ2j5jWvIhlk7LM6ZSbt9RU2dx8M87iC3NnQL"}"#;

    #[test]
    fn a_key_is_stored_in_a_shape_that_stays_readable() {
        let key = issue().key;
        assert_eq!(key.to_json(), FIRST);
        assert_eq!(AccessKey::from_json(FIRST).unwrap(), key);
    }

    #[test]
    fn what_is_no_key_or_a_later_version_is_not_read() {
        let later = FIRST.replace(r#""v":1"#, r#""v":2"#);
        let odd = FIRST.replace("start-only", "root");
        for text in ["", "{}", later.as_str(), odd.as_str()] {
            assert!(AccessKey::from_json(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_of_keys_are_names_of_iam_users() {
        for (name, valid) in
            [("ci", true), ("ada@example.com", true), ("", false), ("a b", false), ("a/b", false), ("ä", false)]
        {
            assert_eq!(KeyName::parse(name).is_ok(), valid, "{name}");
        }
        assert!(KeyName::parse(&"x".repeat(64)).is_ok() && KeyName::parse(&"x".repeat(65)).is_err());
    }
}
