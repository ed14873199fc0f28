//! Which errors an `ErrorEquals` matches: <https://states-language.net/spec.html#error-names>.

use asl::machine::{ErrorName, ErrorPattern};

/// What is matched by nothing, not even by its own name.
pub const FATAL: &str = "States.Runtime";

/// Names are compared as they are, case included; `States.TaskFailed` stands for any other failure than a time-out.
///
/// AWS's guide says that `States.ALL` does not match `States.DataLimitExceeded`; AWS itself matched it (observed 2024).
pub fn matches(patterns: &[ErrorPattern], error: &ErrorName) -> bool {
    if error.as_str() == FATAL {
        return false;
    }
    patterns.iter().any(|pattern| match pattern {
        ErrorPattern::All => true,
        ErrorPattern::TaskFailed => error.as_str() != "States.Timeout",
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
        ] {
            let matched = matches(&[ErrorPattern::from(pattern)], &ErrorName::new(raised));
            assert_eq!(matched, expected, "pattern {pattern}, error {raised}");
        }
    }
}
