//! Who may call. An installation issues access keys, as AWS does; a request is signed with the secret of one
//! (Signature Version 4), so the secret itself must be kept, and is kept encrypted.
//!
//! 1. [`AccessKey`] is what is stored, under its [`AccessKeyId`].
//! 2. [`Policy`] says what its holder may do, by the operation and by the state machine that a [`Resource`] names.
//! 3. [`SecretBox`] encrypts secrets, under a key that is stored elsewhere.

mod id;
mod key;
mod policy;
mod resource;
mod secret_box;

pub use id::{AccessKeyId, InvalidAccessKeyId};
pub use key::{AccessKey, IssuedKey, KeyName, KeyRequest, UnreadableKey};
pub use policy::{NamePattern, Policy, PolicyError, Role};
pub use resource::Resource;
pub use secret_box::{SecretBox, Unsealable};
