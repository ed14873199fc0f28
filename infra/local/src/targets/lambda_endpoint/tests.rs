//! Against a server of which each test writes the bytes.

use std::time::Duration;

use ports::TaskTarget;
use ports::task_target::{Invocation, InvokeError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{Credentials, EndpointError, LambdaEndpoint};

const OK: &str = "HTTP/1.1 200 OK\r\nDate: Sun, 22 Nov 2026 23:38:16 GMT\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\
                  x-amzn-RequestId: r-1\r\nX-Amz-Function-Error: Unhandled\r\nx-amzn-Remapped-Content-Length: 0\r\n\
                  X-Amz-Executed-Version: $LATEST\r\nX-Amz-Log-Result: bG9n\r\nX-Amzn-Trace-Id: root=1-2;sampled=0\r\n\r\n{\"a\":1}";

fn invocation() -> Invocation {
    Invocation { function: "shop".into(), payload: r#"{"n":1.50}"#.into(), ..Invocation::default() }
}

fn endpoint(url: &str) -> LambdaEndpoint {
    let credentials =
        Credentials { access_key_id: "AKID".into(), secret_access_key: "secret".into(), session_token: None };
    LambdaEndpoint::new(url, "eu-west-1", credentials).unwrap()
}

/// Reads a whole request; both its parts.
async fn read_request(stream: &mut TcpStream) -> (String, String) {
    let mut received = Vec::new();
    loop {
        let read = stream.read_buf(&mut received).await.unwrap();
        assert_ne!(read, 0, "the request broke off");
        let text = String::from_utf8_lossy(&received).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if body.len() >= length.parse::<usize>().unwrap() {
            return (head.to_owned(), body.to_owned());
        }
    }
}

struct Exchange {
    result: Result<ports::task_target::Invoked, InvokeError>,
    head: String,
    body: String,
}

/// Invokes at a server that answers with these bytes and closes the connection.
async fn exchange(base_path: &str, invocation: &Invocation, answer: &str) -> Exchange {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let target = endpoint(&format!("http://{}{base_path}", listener.local_addr().unwrap()));
    let serve = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let request = read_request(&mut stream).await;
        stream.write_all(answer.as_bytes()).await.unwrap();
        request
    };
    let (result, (head, body)) = tokio::join!(target.invoke(invocation), serve);
    Exchange { result, head, body }
}

#[tokio::test]
async fn the_answer_is_taken_over_with_its_headers_as_they_came() {
    let invoked = exchange("", &invocation(), OK).await.result.unwrap();
    assert_eq!(
        (invoked.status_code, invoked.payload.as_str(), invoked.request_id.as_str()),
        (200, r#"{"a":1}"#, "r-1")
    );
    assert_eq!(invoked.function_error.as_deref(), Some("Unhandled"));
    assert_eq!(invoked.executed_version.as_deref(), Some("$LATEST"));
    assert_eq!(invoked.log_result.as_deref(), Some("bG9n"));
    let names: Vec<&str> = invoked.headers.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "Date",
        "Content-Type",
        "Content-Length",
        "x-amzn-RequestId",
        "X-Amz-Function-Error",
        "x-amzn-Remapped-Content-Length",
        "X-Amz-Executed-Version",
        "X-Amz-Log-Result",
        "X-Amzn-Trace-Id",
    ];
    assert_eq!(names, expected);
}

#[tokio::test]
async fn answers_may_be_chunked_or_end_with_the_connection_or_be_empty() {
    for (answer, status, payload) in [
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n3\r\n:1}\r\n0\r\n\r\n", 200, "{\"a\":1}"),
        ("HTTP/1.1 200 OK\r\n\r\nnot json", 200, "not json"),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", 202, ""),
        ("HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
    ] {
        let invoked = exchange("", &invocation(), answer).await.result.unwrap();
        assert_eq!((invoked.status_code, invoked.payload.as_str()), (status, payload), "{answer}");
    }
}

#[tokio::test]
async fn the_request_is_that_of_invoke() {
    let full = Invocation {
        function: "arn:aws:lambda:eu-west-1:111122223333:function:shop".into(),
        qualifier: Some("$LATEST".into()),
        invocation_type: Some("RequestResponse".into()),
        log_type: Some("Tail".into()),
        client_context: Some("e30=".into()),
        ..invocation()
    };
    let sent = exchange("/base/", &full, OK).await;
    let path = "/base/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Ashop/invocations";
    let mut lines = sent.head.lines();
    assert_eq!(lines.next().unwrap(), format!("POST {path}?Qualifier=%24LATEST HTTP/1.1"));
    let headers: Vec<&str> = lines.collect();
    for expected in [
        "x-amz-invocation-type: RequestResponse",
        "x-amz-log-type: Tail",
        "x-amz-client-context: e30=",
        "content-type: application/json",
    ] {
        assert!(headers.contains(&expected), "{expected} in {headers:?}");
    }
    let authorization = headers.iter().find_map(|line| line.strip_prefix("authorization: ")).unwrap();
    assert!(
        authorization.contains("/eu-west-1/lambda/aws4_request, SignedHeaders=content-type;host;x-amz-"),
        "{authorization}"
    );
    assert_eq!(sent.body, r#"{"n":1.50}"#);

    let plain = exchange("", &invocation(), OK).await;
    assert!(plain.head.starts_with("POST /2015-03-31/functions/shop/invocations HTTP/1.1\r\n"), "{}", plain.head);
    assert!(!plain.head.contains("x-amz-invocation-type"));
}

#[tokio::test]
async fn errors_of_lambda_are_service_errors_wherever_they_are_named() {
    let message = "Function not found: x";
    for (status, headers, body, code, expected) in [
        (
            404,
            "x-amzn-ErrorType: ResourceNotFoundException\r\n",
            r#"{"Type":"User","Message":"Function not found: x"}"#,
            "ResourceNotFoundException",
            message,
        ),
        (
            404,
            "X-Amzn-Errortype: ResourceNotFoundException:http://a.b/\r\n",
            r#"{"message":"Function not found: x"}"#,
            "ResourceNotFoundException",
            message,
        ),
        (
            400,
            "",
            r#"{"__type":"com.amazonaws.lambda#InvalidRequestContentException","message":"m"}"#,
            "InvalidRequestContentException",
            "m",
        ),
        (
            429,
            "",
            r#"{"Reason":"CallerRateLimitExceeded","__type":"TooManyRequestsException","message":"Rate Exceeded."}"#,
            "TooManyRequestsException",
            "Rate Exceeded.",
        ),
        (500, "x-amzn-ErrorType: ServiceException\r\n", "{}", "ServiceException", "HTTP status 500"),
        (403, "", "<html>", "UnknownError", "HTTP status 403"),
    ] {
        let length = body.len();
        let answer =
            format!("HTTP/1.1 {status} X\r\nx-amzn-RequestId: r-1\r\n{headers}Content-Length: {length}\r\n\r\n{body}");
        let result = exchange("", &invocation(), &answer).await.result;
        let expected =
            InvokeError::Service { code: code.into(), message: expected.into(), status, request_id: "r-1".into() };
        assert_eq!(result.unwrap_err(), expected);
    }
}

#[tokio::test]
async fn what_breaks_after_the_request_has_gone_out_leaves_it_unknown_whether_the_function_ran() {
    for answer in [
        "",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"a\"",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n",
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 504 Gateway Timeout\r\nContent-Length: 6\r\n\r\n<html>",
    ] {
        let result = exchange("", &invocation(), answer).await.result;
        assert!(matches!(result, Err(InvokeError::NoAnswer(_))), "{answer:?}: {result:?}");
    }
}

#[tokio::test]
async fn what_fails_before_is_unreachable() {
    let nobody = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    for url in [format!("http://{nobody}"), "http://nowhere.invalid".to_owned()] {
        let result = endpoint(&url).invoke(&invocation()).await;
        assert!(matches!(result, Err(InvokeError::Unreachable(_))), "{url}: {result:?}");
    }
    let unsendable = Invocation { client_context: Some("a\nb".into()), ..invocation() };
    let result = endpoint(&format!("http://{nobody}")).invoke(&unsendable).await;
    assert!(matches!(result, Err(InvokeError::Unreachable(_))), "{result:?}");
}

#[cfg(feature = "https")]
#[tokio::test]
async fn a_server_without_tls_is_unreachable_by_https() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let target = endpoint(&format!("https://{}", listener.local_addr().unwrap()));
    let invocation = invocation();
    let (result, ()) = tokio::join!(target.invoke(&invocation), async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    });
    assert!(matches!(result, Err(InvokeError::Unreachable(_))), "{result:?}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up_after_the_limit() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let target = endpoint(&format!("http://{}", listener.local_addr().unwrap()));
    let request = target.request(&invocation(), time::OffsetDateTime::now_utc()).unwrap();
    let result = target.server.exchange(request, Duration::from_millis(100)).await;
    assert!(matches!(result, Err(InvokeError::NoAnswer(_))), "{result:?}");
}

#[tokio::test]
async fn urls_are_http_or_https_with_a_host() {
    for url in ["", "127.0.0.1:4566", "/lambda", "ftp://a", "http://", "http://a b"] {
        let refused = LambdaEndpoint::new(url, "eu-west-1", Credentials::from_environment()).err();
        assert!(matches!(refused, Some(EndpointError::Url(_))), "{url}: {refused:?}");
    }
    for (url, host) in
        [("http://a:80", "a"), ("http://a:4566/x", "a:4566"), ("http://[::1]:4566", "[::1]:4566"), ("http://a", "a")]
    {
        assert_eq!(endpoint(url).server.authority(), host, "{url}");
    }
}
