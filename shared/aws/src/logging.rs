//! Structured logs: a JSON object a line on standard output, which Lambda hands to CloudWatch. No payloads.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// `LOG_LEVEL`: `error`, `warn`, `info`, `debug` or `trace`, also for one module: `info,aws=debug`.
pub fn init() {
    // Not an `EnvFilter`, which brings a regular expression engine: as large as the rest of a function's own code.
    let targets = std::env::var("LOG_LEVEL").ok().and_then(|level| level.to_lowercase().parse().ok());
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false);
    let targets = targets.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    tracing_subscriber::registry().with(lines).with(targets).init();
}
