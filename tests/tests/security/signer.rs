//! Signature Version 4, written out for these tests: what the door checks with AWS's crate is made here without it.

use axum::body::Body;
use axum::http::Request;
use engine::timestamp::Timestamp;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use tests::START;
use time::OffsetDateTime;
use time::macros::format_description;

/// A request, and how it is signed. Every part can be changed before it is signed.
#[derive(Clone, Debug)]
pub struct Unsigned {
    pub key_id: String,
    pub secret: String,
    pub method: &'static str,
    pub path: String,
    pub query: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    pub date: String,
    /// Of the scope.
    pub day: String,
    pub region: String,
    pub service: String,
    pub terminator: String,
    /// Which headers are signed.
    pub signed: Vec<&'static str>,
    /// What stands for the body in what is signed, if not its hash.
    pub payload_hash: Option<String>,
}

/// A request as it is sent. Every part can be changed after it was signed.
#[derive(Clone, Debug)]
pub struct Sent {
    pub method: &'static str,
    pub path: String,
    pub query: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Unsigned {
    pub fn new(key: &(String, String), operation: &str, body: &str) -> Self {
        Self {
            key_id: key.0.clone(),
            secret: key.1.clone(),
            method: "POST",
            path: "/".into(),
            query: String::new(),
            headers: vec![
                ("host", "stepwell.example:8083".into()),
                ("content-type", "application/x-amz-json-1.0".into()),
                ("x-amz-target", format!("AWSStepFunctions.{operation}")),
                ("x-amz-date", String::new()),
            ],
            body: body.into(),
            date: String::new(),
            day: String::new(),
            region: "us-east-1".into(),
            service: "states".into(),
            terminator: "aws4_request".into(),
            signed: vec!["content-type", "host", "x-amz-date", "x-amz-target"],
            payload_hash: None,
        }
        .at(START)
    }

    pub fn at(mut self, time: Timestamp) -> Self {
        let time = OffsetDateTime::from_unix_timestamp(time.as_millis() / 1000).unwrap();
        self.date = time.format(format_description!("[year][month][day]T[hour][minute][second]Z")).unwrap();
        self.day = self.date[..8].into();
        let date = self.date.clone();
        self.with_header("x-amz-date", &date)
    }

    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }

    /// With the header signed as well.
    pub fn with_signed_header(mut self, name: &'static str, value: &str) -> Self {
        self.signed.push(name);
        self.signed.sort_unstable();
        self.with_header(name, value)
    }

    pub fn scope(&self) -> String {
        format!("{}/{}/{}/{}", self.day, self.region, self.service, self.terminator)
    }

    /// With the signature in the header `Authorization`.
    pub fn sign(self) -> Sent {
        let signature = self.signature(&self.query);
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={signature}",
            self.key_id,
            self.scope(),
            self.signed.join(";")
        );
        let mut sent = self.unsigned();
        sent.headers.push(("authorization", authorization));
        sent
    }

    /// With the signature in the query.
    pub fn presign(mut self, expires_seconds: u64) -> Sent {
        self.headers.retain(|(name, _)| *name != "x-amz-date");
        self.signed.retain(|name| *name != "x-amz-date");
        let credential = format!("{}/{}", self.key_id, self.scope()).replace('/', "%2F");
        self.query = format!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={}&X-Amz-Expires={expires_seconds}\
             &X-Amz-SignedHeaders={}",
            self.date,
            self.signed.join("%3B")
        );
        let signature = self.signature(&self.query);
        self.query = format!("{}&X-Amz-Signature={signature}", self.query);
        self.unsigned()
    }

    pub fn unsigned(self) -> Sent {
        Sent { method: self.method, path: self.path, query: self.query, headers: self.headers, body: self.body }
    }

    fn signature(&self, query: &str) -> String {
        let values = |name: &str| {
            let values =
                self.headers.iter().filter(|(known, _)| *known == name).map(|(_, value)| value.trim().to_owned());
            values.collect::<Vec<_>>().join(",")
        };
        let headers: String = self.signed.iter().map(|name| format!("{name}:{}\n", values(name))).collect();
        let hash = self.payload_hash.clone().unwrap_or_else(|| hex(&Sha256::digest(&self.body)));
        let signed = self.signed.join(";");
        let canonical = format!("{}\n{}\n{query}\n{headers}\n{signed}\n{hash}", self.method, self.path);
        let to_sign = format!("AWS4-HMAC-SHA256\n{}\n{}\n{}", self.date, self.scope(), hex(&Sha256::digest(canonical)));
        let first = format!("AWS4{}", self.secret).into_bytes();
        let parts = [&self.day, &self.region, &self.service, &self.terminator];
        let key = parts.iter().fold(first, |key, part| keyed(&key, part));
        hex(&keyed(&key, &to_sign))
    }
}

impl Sent {
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Changes the value of the header.
    pub fn changing(mut self, name: &str, change: impl Fn(&str) -> String) -> Self {
        let value = &mut self.headers.iter_mut().find(|(known, _)| *known == name).unwrap().1;
        *value = change(value);
        self
    }

    pub fn request(self) -> Request<Body> {
        let uri = if self.query.is_empty() { self.path } else { format!("{}?{}", self.path, self.query) };
        let mut request = Request::builder().method(self.method).uri(uri);
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        request.body(Body::from(self.body)).unwrap()
    }
}

fn keyed(key: &[u8], message: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
