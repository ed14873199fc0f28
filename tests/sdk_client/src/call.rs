//! What a call is given, and what comes of it.

use std::fmt::Debug;

use aws_sdk_sfn::error::{ProvideErrorMetadata, SdkError};
use serde_json::{Value, json};

/// An answer, or an error of the service.
pub type Called = Result<Value, Value>;

/// A JSON object. What is not in it is not given to the SDK either.
pub struct Parameters(Value);

impl Parameters {
    pub fn parse(text: &str) -> Self {
        Self(serde_json::from_str(text).unwrap())
    }

    pub fn text(&self, name: &str) -> Option<String> {
        self.0.get(name)?.as_str().map(str::to_owned)
    }

    pub fn flag(&self, name: &str) -> Option<bool> {
        self.0.get(name)?.as_bool()
    }

    pub fn number(&self, name: &str) -> Option<i32> {
        self.0.get(name)?.as_i64()?.try_into().ok()
    }

    pub fn part(&self, name: &str) -> Option<Self> {
        self.0.get(name).cloned().map(Self)
    }

    pub fn parts(&self, name: &str) -> Option<Vec<Self>> {
        Some(self.0.get(name)?.as_array()?.iter().cloned().map(Self).collect())
    }

    pub fn texts(&self, name: &str) -> Option<Vec<String>> {
        self.0.get(name)?.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
    }
}

/// The SDK's error, which must be the service's.
pub fn told<E>(error: SdkError<E>) -> Value
where
    E: ProvideErrorMetadata + Debug,
{
    let SdkError::ServiceError(service) = &error else { panic!("{error:?}") };
    json!({
        "code": service.err().code(), "message": service.err().message(), "status": service.raw().status().as_u16(),
    })
}

/// Each item of a list as an object with one member.
pub fn each<'a, T: 'a>(items: &'a [T], name: &str, member: impl Fn(&'a T) -> &'a str) -> Vec<Value> {
    items.iter().map(|item| json!({ name: member(item) })).collect()
}
