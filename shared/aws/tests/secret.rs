//! The installation's secret: asked for once, and never taken for another.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "support/http.rs"]
mod http;

use std::sync::atomic::{AtomicBool, Ordering};

use aws::environment::Variable;
use aws::installation_secret::SecretsManagerSecret;
use http::{Answer, Http};
use ports::InstallationSecret;
use ports::installation_secret::{Purpose, Secret};

const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:stepwell-AbCdEf";
const VALUE: &str = "pL0s8qVxJ3mZr7NfWc2TgYhK5dBaUe9iRoXwQv4nMkSj6tEbGzFyCuAlHpDI1OV3";

fn secret(http: &Http) -> SecretsManagerSecret {
    SecretsManagerSecret::new(&http.config(), Variable::new("INSTALLATION_SECRET_ARN", ARN))
}

fn value(text: &str) -> Answer {
    let body = format!(r#"{{"ARN":"{ARN}","Name":"stepwell","SecretString":"{text}"}}"#);
    Answer::Response(200, vec![("content-type", "application/x-amz-json-1.1")], body)
}

#[tokio::test]
async fn the_secret_is_asked_for_once() {
    let http = Http::answering(|_| value(VALUE));
    let secret = secret(&http);
    for _ in 0..3 {
        let key = secret.get().await.unwrap().key(Purpose::TaskTokens);
        assert_eq!(key, Secret::new(VALUE.as_bytes()).key(Purpose::TaskTokens));
    }
    let requests = http.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].header("x-amz-target"), Some("secretsmanager.GetSecretValue"));
    assert_eq!(requests[0].body, format!(r#"{{"SecretId":"{ARN}"}}"#));
}

#[tokio::test]
async fn a_refused_question_is_asked_again_the_next_time() {
    let refused = AtomicBool::new(false);
    let http = Http::answering(move |_| {
        if refused.swap(true, Ordering::Relaxed) {
            return value(VALUE);
        }
        let body = r#"{"__type":"AccessDeniedException","Message":"not yet"}"#;
        Answer::Response(400, vec![("content-type", "application/x-amz-json-1.1")], body.into())
    });
    let secret = secret(&http);
    let error = secret.get().await.unwrap_err();
    assert!(error.is_passing() && error.to_string().contains("GetSecretValue"), "{error}");
    secret.get().await.unwrap();
}

#[tokio::test]
async fn a_value_that_could_be_guessed_is_no_secret() {
    for text in ["", "changeme"] {
        let http = Http::answering(move |_| value(text));
        let error = secret(&http).get().await.unwrap_err();
        assert!(!error.is_passing(), "{error}");
    }
}
