//! Who comes in by the door that asks for access keys, and who does not.
//!
//! The handlers are the real ones, over a store in memory; the clock is moved by hand. `signer` signs without the crate that
//! the door checks with. Real clients do so in `tests/integration`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod keys;
mod policies;
mod requests;
mod signatures;
mod signer;

use ::keys::{Answer, Keys, Request};
use access::{KeyName, KeyRequest, Policy, Role};
use api::{Door, SignedPaths};
use axum::Router;
use axum::http::StatusCode;
use futures::executor::block_on;
use http_body_util::BodyExt;
use serde_json::Value;
use signer::{Sent, Unsigned};
use tests::Installation;
use tower::ServiceExt;

/// An installation whose door asks for keys, and a key of it that permits everything.
pub struct Guarded {
    pub installation: Installation,
    pub router: Router,
    pub key: (String, String),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    pub status: StatusCode,
    pub body: Value,
}

impl Answered {
    /// The error's name, or `ok`.
    pub fn code(&self) -> &str {
        self.body["__type"].as_str().map_or("ok", |code| code.rsplit('#').next().unwrap())
    }

    pub fn message(&self) -> &str {
        ["message", "Message"].iter().find_map(|member| self.body[*member].as_str()).unwrap_or_default()
    }
}

impl Default for Guarded {
    fn default() -> Self {
        let installation = Installation::default();
        let router = api::router(installation.api.clone(), Door::AccessKeys);
        let key = create_key(&installation, "root", Role::Full, &[]);
        Self { installation, router, key }
    }
}

impl Guarded {
    pub fn create_key(&self, name: &str, role: Role, machines: &[&str]) -> (String, String) {
        create_key(&self.installation, name, role, machines)
    }

    /// A request that is good as it is.
    pub fn list(&self) -> Unsigned {
        Unsigned::new(&self.key, "ListStateMachines", "{}").at(self.installation.clock.now())
    }

    pub fn send(&self, sent: Sent) -> Answered {
        self.send_request(sent.request())
    }

    /// As API Gateway hands it on, which keeps the stage apart from the path.
    pub fn send_through_gateway(&self, sent: Sent, paths: &[&str]) -> Answered {
        let mut request = sent.request();
        request.extensions_mut().insert(SignedPaths(paths.iter().map(|path| (*path).to_owned()).collect()));
        self.send_request(request)
    }

    fn send_request(&self, request: axum::extract::Request) -> Answered {
        let response = block_on(self.router.clone().oneshot(request)).unwrap();
        let status = response.status();
        let body = block_on(response.into_body().collect()).unwrap().to_bytes();
        Answered { status, body: serde_json::from_slice(&body).unwrap() }
    }

    /// Calls the operation with the key; the error's name, or `ok`.
    pub fn call(&self, key: &(String, String), operation: &str, body: &Value) -> Answered {
        let now = self.installation.clock.now();
        self.send(Unsigned::new(key, operation, &body.to_string()).at(now).sign())
    }
}

pub fn administer(installation: &Installation, request: Request) -> Answer {
    block_on(Keys::of(&installation.ports).handle(request)).unwrap()
}

fn create_key(installation: &Installation, name: &str, role: Role, machines: &[&str]) -> (String, String) {
    let request = KeyRequest { name: KeyName::parse(name).unwrap(), policy: Policy::new(role, machines).unwrap() };
    match administer(installation, Request::Create(request)) {
        Answer::Created { access_key_id, secret_access_key } => (access_key_id.to_string(), secret_access_key),
        other => panic!("{other:?}"),
    }
}
