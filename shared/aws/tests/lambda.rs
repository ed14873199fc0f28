//! Calls of Lambda functions: as whom, what comes back, and what is said of calls that went wrong.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/http.rs"]
mod http;

use aws::TaskCredentials;
use aws::dispatcher_target::{Call, DispatcherTarget};
use aws::environment::Variable;
use aws::task_target::LambdaTarget;
use aws_smithy_types::retry::RetryConfig;
use http::{Answer, Http, Request};
use ports::TaskTarget;
use ports::task_target::{Invocation, InvokeError};

const ROLE: &str = "arn:aws:iam::123456789012:role/orders";

fn target(http: &Http, credentials: TaskCredentials) -> LambdaTarget {
    let config = http.config();
    let lambda = aws_sdk_lambda::config::Builder::from(&config).retry_config(RetryConfig::disabled());
    LambdaTarget::from_config(&config, lambda, credentials)
}

fn invocation() -> Invocation {
    Invocation {
        function: "arn:aws:lambda:us-east-1:123456789012:function:check".into(),
        payload: r#"{ "a":1.0 }"#.into(),
        role_arn: Some(ROLE.into()),
        ..Invocation::default()
    }
}

fn ok(body: &str) -> Answer {
    let headers = vec![
        ("date", "Mon, 23 Nov 2026 00:00:00 GMT"),
        ("content-type", "application/json"),
        ("x-amzn-requestid", "6d1f"),
        ("x-amz-executed-version", "7"),
    ];
    Answer::Response(200, headers, body.into())
}

/// Takes on roles for ten years, and answers calls with `lambda`.
fn sts_and(lambda: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Http {
    Http::answering(move |request| {
        if !request.uri.starts_with("https://sts.") {
            return lambda(request);
        }
        let body = "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>\
            <AccessKeyId>role-id</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>role-token</SessionToken>\
            <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
        Answer::Response(200, vec![("content-type", "text/xml")], body.into())
    })
}

#[tokio::test]
async fn a_call_is_made_in_the_role_of_the_task_which_is_taken_on_once() {
    let http = sts_and(|_| ok("{}"));
    let target = target(&http, TaskCredentials::StateMachineRole);
    for _ in 0..3 {
        target.invoke(&invocation()).await.unwrap();
    }
    let other = Invocation { role_arn: Some("arn:aws:iam::123456789012:role/other".into()), ..invocation() };
    target.invoke(&other).await.unwrap();
    let requests = http.requests();
    let (sts, lambda): (Vec<_>, Vec<_>) = requests.iter().partition(|request| request.uri.starts_with("https://sts."));
    assert_eq!(sts.len(), 2);
    assert!(sts[0].body.contains("role%2Forders") && sts[1].body.contains("role%2Fother"), "{sts:?}");
    assert!(sts[0].header("authorization").unwrap().contains("Credential=own-id/"));
    assert_eq!(lambda.len(), 4);
    for request in lambda {
        assert!(request.header("authorization").unwrap().contains("Credential=role-id/"));
        assert_eq!(request.header("x-amz-security-token"), Some("role-token"));
        assert_eq!(request.body, r#"{ "a":1.0 }"#);
    }
}

#[tokio::test]
async fn with_the_dispatchers_role_no_other_is_taken_on() {
    let http = Http::answering(|_| ok("{}"));
    target(&http, TaskCredentials::DispatcherRole).invoke(&invocation()).await.unwrap();
    let requests = http.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].header("authorization").unwrap().contains("Credential=own-id/"));
}

#[tokio::test]
async fn options_of_the_call_are_handed_on() {
    let http = Http::answering(|_| ok("{}"));
    let invocation = Invocation {
        qualifier: Some("live".into()),
        invocation_type: Some("Event".into()),
        log_type: Some("Tail".into()),
        client_context: Some("e30=".into()),
        ..invocation()
    };
    target(&http, TaskCredentials::DispatcherRole).invoke(&invocation).await.unwrap();
    let request = &http.requests()[0];
    assert!(request.uri.ends_with("/invocations?Qualifier=live"), "{}", request.uri);
    assert_eq!(request.header("x-amz-invocation-type"), Some("Event"));
    assert_eq!(request.header("x-amz-log-type"), Some("Tail"));
    assert_eq!(request.header("x-amz-client-context"), Some("e30="));
}

#[tokio::test]
async fn an_answer_comes_with_its_headers_as_lambda_spells_them() {
    let http = Http::answering(|_| ok(" {\"b\": 1.50}"));
    let invoked = target(&http, TaskCredentials::DispatcherRole).invoke(&invocation()).await.unwrap();
    assert_eq!((invoked.status_code, invoked.payload.as_str()), (200, " {\"b\": 1.50}"));
    assert_eq!(invoked.request_id, "6d1f");
    assert_eq!(invoked.executed_version.as_deref(), Some("7"));
    assert_eq!(invoked.function_error, None);
    let header = |name: &str| invoked.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!(header("x-amzn-RequestId"), Some("6d1f"));
    assert_eq!(header("X-Amz-Executed-Version"), Some("7"));
    assert_eq!(header("Date"), Some("Mon, 23 Nov 2026 00:00:00 GMT"));
    assert_eq!(invoked.headers.len(), 4);
}

#[tokio::test]
async fn a_failed_function_is_an_answer() {
    let http = Http::answering(|_| {
        Answer::Response(200, vec![("x-amz-function-error", "Unhandled")], r#"{"errorType":"Oops"}"#.into())
    });
    let invoked = target(&http, TaskCredentials::DispatcherRole).invoke(&invocation()).await.unwrap();
    assert_eq!(invoked.function_error.as_deref(), Some("Unhandled"));
    assert_eq!(invoked.payload, r#"{"errorType":"Oops"}"#);
}

#[tokio::test]
async fn an_error_of_lambda_is_told_as_it_is_and_not_tried_again() {
    for (status, code, body, message) in [
        (404, "ResourceNotFoundException", r#"{"Type":"User","Message":"Function not found"}"#, "Function not found"),
        (429, "TooManyRequestsException", r#"{"Type":"User","message":"Rate exceeded"}"#, "Rate exceeded"),
        (500, "ServiceException", r#"{"Message":"Internal"}"#, "Internal"),
        (418, "BrandNewException", r#"{"message":"New"}"#, "New"),
    ] {
        let http = Http::answering(move |_| {
            Answer::Response(status, vec![("x-amzn-errortype", code), ("x-amzn-requestid", "9c")], body.into())
        });
        let error = target(&http, TaskCredentials::DispatcherRole).invoke(&invocation()).await.unwrap_err();
        let expected =
            InvokeError::Service { code: code.into(), message: message.into(), status, request_id: "9c".into() };
        assert_eq!(error, expected);
        assert_eq!(http.requests().len(), 1, "{code}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_leaves_unknown_whether_the_function_ran() {
    let http = Http::answering(|_| Answer::Broken);
    let error = target(&http, TaskCredentials::DispatcherRole).invoke(&invocation()).await.unwrap_err();
    assert!(matches!(error, InvokeError::NoAnswer(_)), "{error:?}");
    assert_eq!(http.requests().len(), 1);
}

#[tokio::test]
async fn a_function_that_cannot_be_reached_did_not_run() {
    // A port that nobody listens on: bound, and closed again.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let config = Http::answering(|_| Answer::Broken)
        .config()
        .into_builder()
        .endpoint_url(format!("http://127.0.0.1:{port}"))
        .build();
    let error = LambdaTarget::new(&config, TaskCredentials::DispatcherRole).invoke(&invocation()).await.unwrap_err();
    assert!(matches!(error, InvokeError::Unreachable(_)), "{error:?}");
}

#[tokio::test]
async fn a_role_that_cannot_be_taken_on_is_told_as_that() {
    let http = Http::answering(|_| {
        let body = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>not authorized to perform \
                    sts:AssumeRole</Message></Error></ErrorResponse>";
        Answer::Response(403, vec![("content-type", "text/xml")], body.into())
    });
    let error = target(&http, TaskCredentials::StateMachineRole).invoke(&invocation()).await.unwrap_err();
    let InvokeError::Credentials(why) = error else { panic!("{error:?}") };
    assert!(why.contains(ROLE) && why.contains("not authorized to perform"), "{why}");
}

const DISPATCHER: &str = "arn:aws:lambda:us-east-1:123456789012:function:dispatcher";

fn by_dispatcher(http: &Http) -> DispatcherTarget {
    let lambda = target(http, TaskCredentials::DispatcherRole);
    DispatcherTarget { lambda, function: Variable::new("DISPATCHER_FUNCTION", DISPATCHER) }
}

#[tokio::test]
async fn the_dispatcher_calls_on_behalf_of_others() {
    let answer = r#"{"invoked":{"status_code":200,"payload":" 1.50","headers":[["x-amzn-RequestId","6d1f"]]}}"#;
    let http = Http::answering(|_| ok(answer));
    let invoked = by_dispatcher(&http).invoke(&invocation()).await.unwrap();
    assert_eq!((invoked.status_code, invoked.payload.as_str()), (200, " 1.50"));
    assert_eq!(invoked.headers, [("x-amzn-RequestId".to_owned(), "6d1f".to_owned())]);
    let requests = http.requests();
    assert_eq!(requests.len(), 1, "no role is taken on here");
    assert!(requests[0].uri.contains("function%3Adispatcher/invocations"), "{}", requests[0].uri);
    let call: Call = serde_json::from_str(&requests[0].body).unwrap();
    assert_eq!(call.invoke, invocation());
}

#[tokio::test]
async fn an_error_of_the_target_passes_through_the_dispatcher() {
    let error = InvokeError::Credentials("no".into());
    let http = Http::answering(|_| ok(r#"{"failed":{"Credentials":"no"}}"#));
    assert_eq!(by_dispatcher(&http).invoke(&invocation()).await.unwrap_err(), error);
}

#[tokio::test]
async fn an_error_of_the_dispatcher_is_none_of_the_targets() {
    let refused = Http::answering(|_| {
        let headers = vec![("x-amzn-errortype", "TooManyRequestsException")];
        Answer::Response(429, headers, r#"{"Message":"slow down"}"#.into())
    });
    let error = by_dispatcher(&refused).invoke(&invocation()).await.unwrap_err();
    assert!(matches!(&error, InvokeError::Unreachable(why) if why.contains("slow down")), "{error:?}");
    let broken = Http::answering(|_| Answer::Broken);
    let error = by_dispatcher(&broken).invoke(&invocation()).await.unwrap_err();
    assert!(matches!(error, InvokeError::NoAnswer(_)), "{error:?}");
    let failed = Http::answering(|_| {
        let headers = vec![("x-amz-function-error", "Unhandled")];
        Answer::Response(200, headers, r#"{"errorMessage":"died"}"#.into())
    });
    let error = by_dispatcher(&failed).invoke(&invocation()).await.unwrap_err();
    assert!(matches!(&error, InvokeError::NoAnswer(why) if why.contains("died")), "{error:?}");
}
