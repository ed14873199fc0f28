//! Which errors an `ErrorEquals` matches: <https://states-language.net/spec.html#error-names>.

use asl::machine::{ErrorName, ErrorPattern};

use crate::failure::{HEARTBEAT_TIMEOUT, TIMEOUT};

/// What is matched by nothing, not even by its own name.
pub const FATAL: &str = "States.Runtime";

/// Names are compared as they are, case included; `States.TaskFailed` stands for any other failure than a time-out, and
/// `States.Timeout` for a missing heartbeat too.
///
/// AWS's guide says that `States.ALL` does not match `States.DataLimitExceeded`; AWS itself matched it (observed 2024).
pub fn matches(patterns: &[ErrorPattern], error: &ErrorName) -> bool {
    if error.as_str() == FATAL {
        return false;
    }
    patterns.iter().any(|pattern| match pattern {
        ErrorPattern::All => true,
        ErrorPattern::TaskFailed => error.as_str() != TIMEOUT && error.as_str() != HEARTBEAT_TIMEOUT,
        ErrorPattern::Named(name) if name.as_str() == TIMEOUT => {
            error.as_str() == TIMEOUT || error.as_str() == HEARTBEAT_TIMEOUT
        }
        ErrorPattern::Named(name) => name == error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_on_aws() {
        for (pattern, raised, expected) in [
            ("Shop.SoldOut", "Shop.SoldOut", true),
            ("Shop.SoldOut", "shop.soldout", false),
            ("States.ALL", "Shop.SoldOut", true),
            ("States.ALL", "States.Timeout", true),
            ("States.ALL", "States.DataLimitExceeded", true),
            ("States.ALL", "States.Runtime", false),
            ("States.Runtime", "States.Runtime", false),
            ("States.TaskFailed", "Shop.SoldOut", true),
            ("States.TaskFailed", "States.Timeout", false),
            ("States.Timeout", "States.Timeout", true),
            ("States.Timeout", "Shop.SoldOut", false),
            ("States.Timeout", "States.HeartbeatTimeout", true),
            ("States.HeartbeatTimeout", "States.HeartbeatTimeout", true),
            ("States.HeartbeatTimeout", "States.Timeout", false),
            ("States.TaskFailed", "States.HeartbeatTimeout", false),
            ("States.ALL", "States.HeartbeatTimeout", true),
        ] {
            let matched = matches(&[ErrorPattern::from(pattern)], &ErrorName::new(raised));
            assert_eq!(matched, expected, "pattern {pattern}, error {raised}");
        }
    }
}
