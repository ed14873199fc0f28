//! [`AccessKeys`]: keys that were added are found and listed until they are removed.

use access::{AccessKey, KeyName, KeyRequest, Policy, Role, SecretBox};
use api_model::Timestamp;

use super::works;
use crate::access_keys::AccessKeys;

pub async fn run_all(keys: &dyn AccessKeys) {
    a_key_is_found_until_it_is_removed(keys).await;
    keys_are_listed_the_oldest_first(keys).await;
}

pub async fn a_key_is_found_until_it_is_removed(keys: &dyn AccessKeys) {
    let (one, other) = (key(1, 0), key(2, 0));
    let found = works("get", keys.get(&one.id).await);
    assert!(found.is_none(), "a key that was not added yet is there: {found:?}");
    works("add", keys.add(&one).await);
    works("add", keys.add(&other).await);
    let found = works("get", keys.get(&one.id).await);
    assert!(found.as_ref() == Some(&one), "the key that was added is not found as it was: {found:?}");
    assert!(works("remove", keys.remove(&one.id).await), "the key was not there when it was removed");
    assert!(!works("remove", keys.remove(&one.id).await), "a key that was removed was there to be removed again");
    let found = works("get", keys.get(&one.id).await);
    assert!(found.is_none(), "a removed key is there still: {found:?}");
    let found = works("get", keys.get(&other.id).await);
    assert!(found == Some(other.clone()), "removing one key removed another: {found:?}");
    works("remove", keys.remove(&other.id).await);
}

pub async fn keys_are_listed_the_oldest_first(keys: &dyn AccessKeys) {
    assert!(works("list", keys.list().await).is_empty(), "there are keys where all were removed");
    let mut added: Vec<AccessKey> =
        [(11, 5_000), (12, 1_000), (13, 9_000), (14, 2_000)].map(|(n, at)| key(n, at)).into();
    for key in &added {
        works("add", keys.add(key).await);
    }
    added.sort_by_key(|key| key.created_at);
    let found = works("list", keys.list().await);
    assert!(found == added, "the list is not of all keys, the oldest first: {found:?}");
    for key in &added {
        works("remove", keys.remove(&key.id).await);
    }
}

/// A key that differs from those of other numbers.
pub fn key(number: u8, created_at: i64) -> AccessKey {
    let policy = Policy::new(Role::StartOnly, &["orders-*", "billing"]);
    let (Ok(name), Ok(policy)) = (KeyName::parse("contract"), policy) else { panic!("a valid request") };
    let random = [[number; 32], [2; 32], [3; 32]];
    let secrets = SecretBox::new(&[7; 32]);
    let issued = AccessKey::issue(KeyRequest { name, policy }, &secrets, Timestamp::from_millis(created_at), random);
    match issued {
        Ok(issued) => issued.key,
        Err(error) => panic!("{error}"),
    }
}
