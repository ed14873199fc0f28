//! Requests that are not quite requests.

use crate::Guarded;
use crate::signer::Sent;

#[test]
fn nobody_comes_in_without_a_signature() {
    let it = Guarded::default();
    let answer = it.send(it.list().unsigned());
    assert_eq!((answer.status.as_u16(), answer.code()), (400, "MissingAuthenticationTokenException"));
    assert_eq!(answer.message(), "Missing Authentication Token");
}

#[test]
fn half_a_signature_is_told_what_is_missing() {
    let it = Guarded::default();
    let good = it.list().sign();
    let authorization = good.headers.last().unwrap().1.clone();
    let (credential, rest) = authorization.split_once(", ").unwrap();
    let (signed_headers, signature) = rest.split_once(", ").unwrap();
    let none = "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. \
                Authorization header requires 'SignedHeaders' parameter. ";
    for (text, message) in [
        ("Bearer token".to_owned(), format!("{none}Authorization=Bearer token")),
        ("AWS4-HMAC-SHA256".to_owned(), format!("{none}Authorization=AWS4-HMAC-SHA256")),
        (
            credential.to_owned(),
            format!(
                "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' \
                 parameter. Authorization={credential}"
            ),
        ),
        (
            format!("{credential}, {signature}"),
            format!("Authorization header requires 'SignedHeaders' parameter. Authorization={credential}, {signature}"),
        ),
        (
            format!("AWS4-HMAC-SHA256 {signed_headers}, {signature}"),
            format!(
                "Authorization header requires 'Credential' parameter. Authorization=AWS4-HMAC-SHA256 {signed_headers}, \
                 {signature}"
            ),
        ),
        (
            "AWS4-HMAC-SHA256 Credential".to_owned(),
            "'Credential' not a valid key=value pair (missing equal-sign) in Authorization header: 'AWS4-HMAC-SHA256 \
             Credential'."
                .to_owned(),
        ),
        (
            authorization.replace("HMAC-SHA256", "ECDSA-P256-SHA256"),
            format!(
                "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'. Authorization={}",
                authorization.replace("HMAC-SHA256", "ECDSA-P256-SHA256")
            ),
        ),
        (
            format!("{authorization}, {signature}"),
            format!("'Signature' is given twice in Authorization header: '{authorization}, {signature}'."),
        ),
        (
            authorization.replace("/aws4_request", ""),
            format!(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
                 '{}/20260101/us-east-1/states'",
                it.key.0
            ),
        ),
    ] {
        let answer = it.send(good.clone().changing("authorization", |_| text.clone()));
        assert_eq!((answer.status.as_u16(), answer.code()), (400, "IncompleteSignatureException"), "{text}");
        assert_eq!(answer.message(), message);
    }
}

#[test]
fn a_date_that_is_none_is_refused() {
    let it = Guarded::default();
    for date in [
        "",
        "today",
        "2026-01-01T00:00:00Z",
        "20260101T000000",
        "20260101T000000Zx",
        "20261301T000000Z",
        "+20260101T00000Z",
    ] {
        let answer = it.send(it.list().with(|it| it.date = date.into()).with_header("x-amz-date", date).sign());
        assert_eq!(answer.code(), "IncompleteSignatureException", "{date}: {answer:?}");
    }
}

#[test]
fn headers_that_come_twice_are_no_way_in() {
    let it = Guarded::default();
    let good = it.list().sign();
    let authorization = good.headers.last().unwrap().1.clone();
    let delete = "AWSStepFunctions.DeleteStateMachine";
    let with_first =
        |name: &'static str, value: &str| good.clone().with(|it| it.headers.insert(0, (name, value.into())));
    let with_last = |name: &'static str, value: &str| good.clone().with(|it| it.headers.push((name, value.into())));
    for (what, sent) in [
        ("operation first", with_first("x-amz-target", delete)),
        ("operation last", with_last("x-amz-target", delete)),
        ("operation in capitals", with_first("X-AMZ-TARGET", delete)),
        ("authorization first", with_first("authorization", "AWS4-HMAC-SHA256 Credential=x")),
        ("authorization last", with_last("authorization", &authorization)),
        ("host", with_first("host", "other.example")),
        ("date", with_last("x-amz-date", "20260101T000000Z")),
        ("header and query", good.clone().with(|it| it.query = "X-Amz-Signature=0".into())),
    ] {
        assert_ne!(it.send(sent).code(), "ok", "{what}");
    }
    // Names are the same in capitals; what is not signed decides nothing.
    let shouting = good.with(|it| {
        it.headers.iter_mut().for_each(|(name, _)| *name = name.to_uppercase().leak());
        it.headers.push(("x-forwarded-host", "other.example".into()));
        it.headers.push(("x-http-method-override", "DELETE".into()));
    });
    assert_eq!(it.send(shouting).code(), "ok");
}

#[test]
fn the_path_is_the_one_that_was_signed() {
    let it = Guarded::default();
    let with_path = |path: &str| it.list().with(|it| it.path = path.into()).sign();
    for (signed, sent_as) in [
        ("/", "/live/"),
        ("/live/", "/"),
        ("/live/", "/live"),
        ("/live/", "/LIVE/"),
        ("/live/", "/live/../"),
        ("/live/", "/%6cive/"),
        ("/", "/%2e%2e/"),
        ("/", "/admin"),
    ] {
        let answer = it.send(with_path(signed).with(|it| it.path = sent_as.into()));
        assert_eq!(answer.code(), "InvalidSignatureException", "{signed} as {sent_as}");
    }
    for path in ["/", "/live/", "/live", "/restapis/abc123/live/_user_request_/", "/a/b"] {
        assert_eq!(it.send(with_path(path)).code(), "ok", "{path}");
    }
}

#[test]
fn behind_a_gateway_the_stage_is_part_of_the_path_that_was_signed() {
    let it = Guarded::default();
    let sent = |path: &str| it.list().with(|it| it.path = path.into()).sign().with(|it| it.path = "/".into());
    let paths = ["/live/", "/restapis/abc123/live/_user_request_/"];
    for (signed, expected) in [
        ("/live/", "ok"),
        ("/restapis/abc123/live/_user_request_/", "ok"),
        ("/", "InvalidSignatureException"),
        ("/test/", "InvalidSignatureException"),
        ("/restapis/other/live/_user_request_/", "InvalidSignatureException"),
    ] {
        assert_eq!(it.send_through_gateway(sent(signed), &paths).code(), expected, "{signed}");
    }
    assert_eq!(it.send(sent("/live/")).code(), "InvalidSignatureException");
}

/// `POST http://host/ HTTP/1.1`: the form for proxies.
#[test]
fn a_target_in_absolute_form_is_the_same_request() {
    let it = Guarded::default();
    let absolute = |host: &str| it.list().sign().with(|it| it.path = format!("http://{host}/"));
    assert_eq!(it.send(absolute("stepwell.example:8083")).code(), "ok");
    // It is the header that is signed, and nothing is done by either.
    assert_eq!(it.send(absolute("other.example")).code(), "ok");
    let other = absolute("stepwell.example:8083").changing("host", |_| "other.example".into());
    assert_eq!(it.send(other).code(), "InvalidSignatureException");
}

#[test]
fn no_other_method_does_anything() {
    let it = Guarded::default();
    for method in ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"] {
        let unsigned: Sent = it.list().with(|it| it.method = method).unsigned();
        assert_eq!(it.send(unsigned).code(), "MissingAuthenticationTokenException", "{method}");
        let signed = it.send(it.list().with(|it| it.method = method).sign());
        assert_eq!(signed.code(), "UnknownOperationException", "{method}");
    }
}

#[test]
fn a_body_over_the_limit_is_refused_and_one_at_it_is_read() {
    let it = Guarded::default();
    let limit = api_model::limits::BODY_BYTES;
    let with_body = |length: usize| it.list().with(|it| it.body = format!("{{{}}}", " ".repeat(length - 2))).sign();
    assert_eq!(it.send(with_body(limit)).code(), "ok");
    let answer = it.send(with_body(limit + 1));
    assert_eq!((answer.status.as_u16(), answer.code()), (413, "RequestEntityTooLargeException"));
    // Who is not known is refused before the body is read.
    let unknown = with_body(limit + 1).with(|it| it.headers.retain(|(name, _)| *name != "authorization"));
    assert_eq!(it.send(unknown).code(), "MissingAuthenticationTokenException");
}
