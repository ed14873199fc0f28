//! Signatures: good ones, and all that are not.

use tests::START;

use crate::Guarded;
use crate::signer::Unsigned;

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided. Check your AWS \
    Secret Access Key and signing method. Consult the service documentation for details.";

#[test]
fn a_request_that_is_signed_with_a_key_comes_in() {
    let it = Guarded::default();
    let answer = it.send(it.list().sign());
    assert_eq!((answer.status.as_u16(), answer.code()), (200, "ok"));
    assert_eq!(answer.body["stateMachines"], serde_json::json!([]));
}

/// Botocore's, for the same requests with the same secret at the same time.
#[test]
fn signatures_are_those_of_the_aws_sdks() {
    let key = ("SWKAAAAAAAAAAAAAAAAA".to_owned(), "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned());
    let list = Unsigned::new(&key, "ListStateMachines", r#"{"maxResults":1}"#).at(START);
    for (path, signature) in [
        ("/", "e2cb2d8bedbe4321c767bc9464e78438abc70f120675b808432e6ddda4101d36"),
        ("/live/", "8d18de15fe2b5f22b58ea6b4fc0d65a3a37079357ef935f1d69c16c549919f03"),
        ("/restapis/abc123/live/_user_request_/", "a9b366a93c7004d14d5e4eae195d4a70b9482af9444d243399996b73b3d79358"),
    ] {
        let sent = list.clone().with(|it| it.path = path.into()).sign();
        let authorization = &sent.headers.last().unwrap().1;
        assert!(authorization.ends_with(&format!("Signature={signature}")), "{path}: {authorization}");
    }
}

#[test]
fn a_signature_of_another_secret_is_refused_and_so_is_one_of_another_key() {
    let it = Guarded::default();
    let other = it.create_key("other", access::Role::Full, &[]);
    for (forged, code, message) in [
        (it.list().with(|it| it.secret = "guessed".into()), "InvalidSignatureException", MISMATCH),
        (it.list().with(|it| it.secret.clone_from(&other.1)), "InvalidSignatureException", MISMATCH),
        (it.list().with(|it| it.key_id.clone_from(&other.0)), "InvalidSignatureException", MISMATCH),
        (
            it.list().with(|it| it.key_id = "SWKAAAAAAAAAAAAAAAAA".into()),
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
        (
            it.list().with(|it| it.key_id = "AKIAIOSFODNN7EXAMPLE".into()),
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
    ] {
        let answer = it.send(forged.clone().sign());
        assert_eq!((answer.status.as_u16(), answer.code()), (400, code), "{forged:?}");
        assert_eq!(answer.message(), message, "{forged:?}");
    }
}

#[test]
fn no_part_of_what_was_signed_can_be_changed() {
    let it = Guarded::default();
    let good = it.list().with_signed_header("x-amz-user-agent", "aws-sdk-js/3").sign();
    assert_eq!(it.send(good.clone()).code(), "ok");
    for (what, sent) in [
        ("body", good.clone().with(|it| it.body = "{ }".into())),
        ("method", good.clone().with(|it| it.method = "PUT")),
        ("path", good.clone().with(|it| it.path = "/live/".into())),
        ("query", good.clone().with(|it| it.query = "a=b".into())),
        ("operation", good.clone().changing("x-amz-target", |_| "AWSStepFunctions.DeleteStateMachine".into())),
        ("host", good.clone().changing("host", |_| "other.example".into())),
        ("date", good.clone().changing("x-amz-date", |date| date.replace("000000Z", "000001Z"))),
        ("another signed header", good.clone().changing("x-amz-user-agent", |_| "other".into())),
        ("case of a value", good.clone().changing("content-type", |value| value.to_uppercase())),
        ("list of signed headers", good.clone().changing("authorization", |it| it.replace("content-type;", ""))),
        (
            "order of signed headers",
            good.clone().changing("authorization", |it| {
                it.replace("content-type;host;x-amz-date", "host;content-type;x-amz-date")
            }),
        ),
    ] {
        let answer = it.send(sent);
        assert_eq!((answer.code(), answer.message()), ("InvalidSignatureException", MISMATCH), "{what}");
    }
}

#[test]
fn no_altered_or_cut_signature_is_taken() {
    let it = Guarded::default();
    let good = it.list().sign();
    let signature = good.headers.last().unwrap().1.rsplit_once('=').unwrap().1.to_owned();
    assert_eq!(signature.len(), 64);
    let put = |text: &str| it.send(good.clone().changing("authorization", |it| it.replace(&signature, text)));
    for length in 0..64 {
        assert_ne!(put(&signature[..length]).code(), "ok", "{length} characters");
        let mut altered = signature.clone().into_bytes();
        altered[length] = if altered[length] == b'0' { b'1' } else { b'0' };
        assert_ne!(put(std::str::from_utf8(&altered).unwrap()).code(), "ok", "character {length}");
    }
    for text in [signature.to_uppercase(), format!("{signature}0"), format!("0{signature}"), signature.repeat(2)] {
        assert_eq!(put(&text).code(), "InvalidSignatureException", "{text}");
    }
}

#[test]
fn a_signature_is_good_for_five_minutes_around_its_date() {
    let it = Guarded::default();
    it.installation.clock.advance_seconds(3_600);
    let now = it.installation.clock.now();
    for (seconds, expected) in [(0, "ok"), (-300, "ok"), (300, "ok"), (-301, "expired"), (301, "not yet current")] {
        let answer = it.send(it.list().at(now.plus_millis(seconds * 1_000)).sign());
        match expected {
            "ok" => assert_eq!(answer.code(), "ok", "{seconds} s"),
            _ => assert_eq!(answer.code(), "InvalidSignatureException", "{seconds} s"),
        }
        assert!(expected == "ok" || answer.message().starts_with(&format!("Signature {expected}: ")), "{answer:?}");
    }
    let answer = it.send(it.list().at(START).sign());
    assert_eq!(
        answer.message(),
        "Signature expired: 20260101T000000Z is now earlier than 20260101T005500Z (20260101T010000Z - 5 min.)"
    );
    let answer = it.send(it.list().at(now.plus_seconds(7_200)).sign());
    assert_eq!(
        answer.message(),
        "Signature not yet current: 20260101T030000Z is still later than 20260101T010500Z (20260101T010000Z + 5 min.)"
    );
}

/// As on AWS, a request is not remembered: whoever could read it could send it again for five minutes. It is TLS that
/// keeps it from being read.
#[test]
fn a_request_can_be_sent_again_until_its_signature_expires() {
    let it = Guarded::default();
    let sent = it.list().sign();
    assert_eq!(it.send(sent.clone()).code(), "ok");
    assert_eq!(it.send(sent.clone()).code(), "ok");
    it.installation.clock.advance_seconds(301);
    assert_eq!(it.send(sent).code(), "InvalidSignatureException");
}

#[test]
fn a_signature_is_for_this_service_and_region_and_day() {
    let it = Guarded::default();
    for (unsigned, message) in [
        (
            it.list().with(|it| it.region = "eu-west-1".into()),
            "Credential should be scoped to a valid region, not 'eu-west-1'. ",
        ),
        (
            it.list().with(|it| it.service = "execute-api".into()),
            "Credential should be scoped to correct service: 'states'. ",
        ),
        (
            it.list().with(|it| it.terminator = "aws5_request".into()),
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. ",
        ),
        (
            it.list().with(|it| it.day = "20251231".into()),
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20251231' != \
             '20260101', from '20260101T000000Z'. ",
        ),
    ] {
        let answer = it.send(unsigned.sign());
        assert_eq!((answer.status.as_u16(), answer.code()), (400, "InvalidSignatureException"));
        assert_eq!(answer.message(), message);
    }
}

#[test]
fn the_host_the_operation_and_the_date_must_be_signed() {
    let it = Guarded::default();
    for (left_out, message) in [
        ("host", "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."),
        ("x-amz-target", "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization."),
        ("x-amz-date", MISMATCH),
    ] {
        let answer = it.send(it.list().with(|it| it.signed.retain(|name| *name != left_out)).sign());
        assert_eq!((answer.code(), answer.message()), ("InvalidSignatureException", message), "{left_out}");
    }
    let missing = it.list().with_signed_header("x-amz-more", "1").sign();
    let missing = missing.with(|it| it.headers.retain(|(name, _)| *name != "x-amz-more"));
    assert_eq!(it.send(missing).message(), MISMATCH, "a header that is signed and not there");
}

#[test]
fn a_body_is_signed_as_a_whole() {
    let it = Guarded::default();
    for kind in ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", ""] {
        let unsigned = it.list().with_signed_header("x-amz-content-sha256", kind);
        let answer = it.send(unsigned.with(|it| it.payload_hash = Some(kind.into())).sign());
        let message =
            format!("The body must be signed as a whole: '{kind}' is not supported as 'X-Amz-Content-SHA256'.");
        assert_eq!((answer.code(), answer.message()), ("InvalidSignatureException", message.as_str()));
    }
    // Without the header nothing says so; and a hash of another body is not that of this one.
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    for unsigned in [
        it.list().with(|it| it.payload_hash = Some("UNSIGNED-PAYLOAD".into())),
        it.list().with_signed_header("x-amz-content-sha256", hash).with(|it| it.payload_hash = Some(hash.into())),
    ] {
        assert_eq!(it.send(unsigned.sign()).message(), MISMATCH);
    }
    let hash = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";
    assert_eq!(it.send(it.list().with_signed_header("x-amz-content-sha256", hash).sign()).code(), "ok");
}

#[test]
fn a_session_token_is_refused_for_there_are_no_sessions() {
    let it = Guarded::default();
    for sent in [
        it.list().with_signed_header("x-amz-security-token", "token").sign(),
        it.list().with_header("x-amz-security-token", "token").sign(),
        it.list().presign(60).with(|it| it.query += "&X-Amz-Security-Token=token"),
    ] {
        let answer = it.send(sent);
        assert_eq!(answer.code(), "UnrecognizedClientException");
        assert_eq!(answer.message(), "The security token included in the request is invalid.");
    }
}

#[test]
fn a_request_signed_in_its_query_is_good_as_long_as_it_says_but_not_for_hours() {
    let it = Guarded::default();
    let sent = it.list().presign(60);
    assert_eq!(it.send(sent.clone()).code(), "ok");
    for (what, sent) in [
        ("expiry", sent.clone().with(|it| it.query = it.query.replace("Expires=60", "Expires=61"))),
        ("body", sent.clone().with(|it| it.body = "{ }".into())),
        ("operation", sent.clone().changing("x-amz-target", |_| "AWSStepFunctions.DeleteStateMachine".into())),
        ("another parameter", sent.clone().with(|it| it.query += "&a=b")),
        ("parameter twice", sent.clone().with(|it| it.query += "&X-Amz-Expires=600")),
    ] {
        assert_ne!(it.send(sent).code(), "ok", "{what}");
    }
    let long = it.list().presign(604_800);
    it.installation.clock.advance_seconds(60);
    let answer = it.send(sent);
    assert_eq!(answer.message(), "Signature expired: 20260101T000100Z is now later than 20260101T000100Z");
    assert_eq!(it.send(long.clone()).code(), "ok");
    it.installation.clock.advance_seconds(840);
    assert_eq!(it.send(long).code(), "InvalidSignatureException");
}
