//! An HTTP client that answers from a list, and keeps what it was asked.

#![allow(clippy::unwrap_used, reason = "test code")]
#![allow(dead_code, reason = "each test binary uses a part")]

use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_types::SdkConfig;

/// What comes back: status, headers, body; or the connection breaks.
#[derive(Clone, Debug)]
pub enum Answer {
    Response(u16, Vec<(&'static str, &'static str)>, String),
    Broken,
}

#[derive(Clone, Debug)]
pub struct Request {
    pub uri: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

type Answering = dyn Fn(&Request) -> Answer + Send + Sync;

#[derive(Clone)]
pub struct Http {
    answer: Arc<Answering>,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Http {
    pub fn answering(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self { answer: Arc::new(answer), requests: Arc::default() }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub fn config(&self) -> SdkConfig {
        let credentials = Credentials::new("own-id", "secret", None, None, "test");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .time_source(aws_smithy_async::time::SystemTimeSource::new())
            .http_client(self.clone())
            .build()
    }
}

impl HttpConnector for Http {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let headers = request.headers().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let request = Request { uri: request.uri().to_owned(), headers, body };
        self.requests.lock().unwrap().push(request.clone());
        match (self.answer)(&request) {
            Answer::Response(status, headers, body) => {
                let mut response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
                for (name, value) in headers {
                    response.headers_mut().insert(name, value);
                }
                HttpConnectorFuture::ready(Ok(response))
            }
            Answer::Broken => HttpConnectorFuture::ready(Err(ConnectorError::io("connection reset by peer".into()))),
        }
    }
}

impl HttpClient for Http {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Http")
    }
}
