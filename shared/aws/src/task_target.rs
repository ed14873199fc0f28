//! Lambda functions as targets of tasks.
//!
//! Nothing here is tried again: whether a second call is right is for the state's Retry to say. And a call is only said
//! not to have happened where that is certain.

mod headers;
mod role;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::{IdentityCache, StalledStreamProtectionConfig};
use aws_sdk_lambda::error::SdkError;
use aws_sdk_lambda::operation::RequestId;
use aws_sdk_lambda::operation::invoke::{InvokeError as LambdaError, InvokeOutput};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{InvocationType, LogType};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use ports::task_target::{Invocation, InvokeError, Invoked, TaskTarget};

use crate::environment::TaskCredentials;
use crate::sdk_error::with_sources;
use headers::{CaptureResponse, Captured};
use role::Roles;

pub struct LambdaTarget {
    client: Client,
    /// `None`: all calls are made as the dispatcher.
    roles: Option<Roles>,
}

/// A function may run for 15 minutes, in which the connection is silent.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A call on a connection that the other side has closed meanwhile looks like one that broke, and a call that broke may
/// have run. So idle connections are given up early: between two invocations of the dispatcher it may be frozen for long.
const IDLE_CONNECTION: Duration = Duration::from_secs(4);

impl LambdaTarget {
    pub fn new(config: &SdkConfig, credentials: TaskCredentials) -> Self {
        let lambda = aws_sdk_lambda::config::Builder::from(config)
            .http_client(crate::connection::http_client_with_idle_time(IDLE_CONNECTION))
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).build())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        Self::from_config(config, lambda, credentials)
    }

    /// For tests, which bring an HTTP client of their own.
    pub fn from_config(
        config: &SdkConfig,
        lambda: aws_sdk_lambda::config::Builder,
        credentials: TaskCredentials,
    ) -> Self {
        let roles = match credentials {
            TaskCredentials::StateMachineRole => Some(Roles::new(config)),
            TaskCredentials::DispatcherRole => None,
        };
        // The SDK's own cache would keep an entry for each set of credentials that a call brings along.
        let lambda = if roles.is_some() { lambda.identity_cache(IdentityCache::no_cache()) } else { lambda };
        Self { client: Client::from_conf(lambda.build()), roles }
    }
}

#[async_trait]
impl TaskTarget for LambdaTarget {
    async fn invoke(&self, invocation: &Invocation) -> Result<Invoked, InvokeError> {
        let credentials = match (&self.roles, &invocation.role_arn) {
            (Some(roles), Some(role_arn)) => Some(roles.credentials(role_arn).await?),
            _ => None,
        };
        let captured = Arc::new(Mutex::new(Captured::default()));
        let mut call = self
            .client
            .invoke()
            .function_name(&invocation.function)
            .set_qualifier(invocation.qualifier.clone())
            .payload(Blob::new(invocation.payload.as_bytes()))
            .set_invocation_type(invocation.invocation_type.as_deref().map(InvocationType::from))
            .set_log_type(invocation.log_type.as_deref().map(LogType::from))
            .set_client_context(invocation.client_context.clone())
            .customize()
            .interceptor(CaptureResponse(captured.clone()));
        if let Some(credentials) = credentials {
            call = call.config_override(aws_sdk_lambda::config::Config::builder().credentials_provider(credentials));
        }
        let answer = call.send().await;
        let captured = std::mem::take(&mut *captured.lock().unwrap_or_else(PoisonError::into_inner));
        match answer {
            Ok(output) => Ok(invoked(output, captured)),
            Err(error) => Err(failure(error)),
        }
    }
}

fn invoked(output: InvokeOutput, captured: Captured) -> Invoked {
    let request_id = output.request_id().unwrap_or_default().to_owned();
    let payload = output.payload.map(Blob::into_inner).unwrap_or_default();
    Invoked {
        status_code: u16::try_from(output.status_code).unwrap_or(captured.status),
        function_error: output.function_error,
        executed_version: output.executed_version,
        log_result: output.log_result,
        // What is no UTF-8 is no JSON either, and fails for that.
        payload: String::from_utf8(payload)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
        request_id,
        headers: captured.headers,
    }
}

fn failure(error: SdkError<LambdaError, Response>) -> InvokeError {
    let why = with_sources(&error);
    match &error {
        SdkError::ServiceError(service) => InvokeError::Service {
            code: service.err().code().unwrap_or_default().to_owned(),
            message: service.err().message().unwrap_or_default().to_owned(),
            status: service.raw().status().as_u16(),
            request_id: error.request_id().unwrap_or_default().to_owned(),
        },
        // Never sent.
        SdkError::ConstructionFailure(_) => InvokeError::Unreachable(why),
        SdkError::DispatchFailure(dispatch) if dispatch.as_connector_error().is_some_and(never_connected) => {
            InvokeError::Unreachable(why)
        }
        _ => InvokeError::NoAnswer(why),
    }
}

/// Whether the connection could not even be made: name not resolved, refused, timed out.
fn never_connected(error: &ConnectorError) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(error) = source {
        if error.downcast_ref::<hyper_util::client::legacy::Error>().is_some_and(|error| error.is_connect()) {
            return true;
        }
        source = error.source();
    }
    false
}
