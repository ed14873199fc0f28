//! The response of Lambda besides what the SDK makes of it: `lambda:invoke` shows all headers to the workflow.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_lambda::config::interceptors::BeforeDeserializationInterceptorContextRef;
use aws_sdk_lambda::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_lambda::error::BoxError;

#[derive(Debug, Default)]
pub struct Captured {
    pub status: u16,
    pub headers: Vec<(String, String)>,
}

#[derive(Debug)]
pub struct CaptureResponse(pub Arc<Mutex<Captured>>);

impl Intercept for CaptureResponse {
    fn name(&self) -> &'static str {
        "CaptureResponse"
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let mut captured = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        captured.status = response.status().as_u16();
        captured.headers =
            response.headers().iter().map(|(name, value)| (spelled(name).to_owned(), value.to_owned())).collect();
        Ok(())
    }
}

/// The HTTP client gives header names in lower case. Lambda spells them in its own way, which workflows may rely on.
const SPELLINGS: [&str; 9] = [
    "Connection",
    "Content-Length",
    "Content-Type",
    "Date",
    "X-Amz-Executed-Version",
    "X-Amz-Function-Error",
    "X-Amz-Log-Result",
    "X-Amzn-Trace-Id",
    "x-amzn-RequestId",
];

fn spelled(name: &str) -> &str {
    if name == "x-amzn-remapped-content-length" {
        return "x-amzn-Remapped-Content-Length";
    }
    SPELLINGS.into_iter().find(|spelling| spelling.eq_ignore_ascii_case(name)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelled_as_lambda_spells_them() {
        for (received, spelled_as) in [
            ("x-amzn-requestid", "x-amzn-RequestId"),
            ("x-amzn-remapped-content-length", "x-amzn-Remapped-Content-Length"),
            ("content-type", "Content-Type"),
            ("x-own", "x-own"),
        ] {
            assert_eq!(spelled(received), spelled_as);
        }
    }
}
