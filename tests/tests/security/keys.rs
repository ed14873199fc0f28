//! Issuing and revoking.

use access::{AccessKeyId, Role};
use futures::executor::block_on;
use keys::{Answer, Request};

use crate::{Guarded, administer};

#[test]
fn a_new_key_is_good_at_once_and_a_revoked_one_for_less_than_a_minute() {
    let it = Guarded::default();
    let key = it.create_key("ci", Role::Full, &[]);
    let send = || it.call(&key, "ListStateMachines", &serde_json::json!({})).code().to_owned();
    assert_eq!(send(), "ok");
    let id: AccessKeyId = key.0.parse().unwrap();
    let revoked = administer(&it.installation, Request::Revoke { access_key_id: id.clone() });
    assert_eq!(revoked, Answer::Revoked { access_key_id: id });
    it.installation.clock.advance_seconds(59);
    assert_eq!(send(), "UnrecognizedClientException");
}

#[test]
fn a_key_that_is_used_all_the_time_is_revoked_no_later() {
    let it = Guarded::default();
    let key = it.create_key("ci", Role::Full, &[]);
    let send = || it.call(&key, "ListStateMachines", &serde_json::json!({})).code().to_owned();
    assert_eq!(send(), "ok");
    administer(&it.installation, Request::Revoke { access_key_id: key.0.parse().unwrap() });
    for _ in 0..59 {
        it.installation.clock.advance_seconds(1);
        let _ = send();
    }
    assert_eq!(send(), "UnrecognizedClientException");
}

#[test]
fn keys_are_listed_without_their_secrets() {
    let it = Guarded::default();
    let key = it.create_key("ci", Role::StartOnly, &["orders-*"]);
    let answer = administer(&it.installation, Request::List);
    let text = serde_json::to_string(&answer).unwrap();
    assert!(text.contains(&key.0) && text.contains("orders-*") && !text.contains(&key.1), "{text}");
    let stored = block_on(it.installation.ports.access_keys.list()).unwrap();
    let stored: String = stored.iter().map(access::AccessKey::to_json).collect();
    assert!(stored.contains(&key.0) && !stored.contains(&key.1) && !stored.contains(&it.key.1), "{stored}");
}

#[test]
fn revoking_a_key_that_is_not_there_is_an_error() {
    let it = Guarded::default();
    let request = Request::Revoke { access_key_id: "SWKAAAAAAAAAAAAAAAAA".parse().unwrap() };
    let error = block_on(keys::Keys::of(&it.installation.ports).handle(request)).unwrap_err();
    assert_eq!(error.to_string(), "there is no key `SWKAAAAAAAAAAAAAAAAA`");
}

#[test]
fn what_is_asked_of_the_function_is_json() {
    for (text, request) in [
        (r#""list""#, Some(Request::List)),
        (
            r#"{"revoke":{"accessKeyId":"SWKAAAAAAAAAAAAAAAAA"}}"#,
            Some(Request::Revoke { access_key_id: "SWKAAAAAAAAAAAAAAAAA".parse().unwrap() }),
        ),
        (r#"{"revoke":{"accessKeyId":"../../etc/passwd"}}"#, None),
        (r#"{"create":{"name":"a b","policy":{"role":"full"}}}"#, None),
        (r#"{"create":{"name":"a","policy":{"role":"root"}}}"#, None),
        (r#"{"create":{"name":"a","policy":{"role":"worker","machines":["x"]}}}"#, None),
    ] {
        assert_eq!(serde_json::from_str::<Request>(text).ok(), request, "{text}");
    }
}
