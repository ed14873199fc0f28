//! Structured logs: a JSON object a line on standard output, which Lambda hands to CloudWatch. No payloads.

use tracing_subscriber::EnvFilter;

/// `LOG_LEVEL`: `error`, `warn`, `info`, `debug` or `trace`, or any directive of `tracing`.
pub fn init() {
    let filter = std::env::var("LOG_LEVEL").ok().and_then(|level| EnvFilter::try_new(level.to_lowercase()).ok());
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        .with_env_filter(filter.unwrap_or_else(|| EnvFilter::new("info")))
        .init();
}
