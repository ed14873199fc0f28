//! JSON texts that callers give, and what AWS says of those that are none.
//!
//! AWS shows the message of its JSON parser (Jackson) without the place in the text. [`complaint`] words the same for the
//! same text; it is asked only once a text has been found to be no JSON.

mod jackson;

use serde::de::IgnoredAny;

use crate::ApiError;

pub use jackson::complaint;

/// Whether an execution's input is JSON.
///
/// # Errors
/// [`ApiError::InvalidExecutionInput`].
pub fn check_execution_input(text: &str) -> Result<(), ApiError> {
    check(text, "Invalid execution input.").map_err(|detail| ApiError::InvalidExecutionInput { detail })
}

/// Whether a task's output, given by SendTaskSuccess, is JSON.
///
/// # Errors
/// [`ApiError::InvalidOutput`].
pub fn check_output(text: &str) -> Result<(), ApiError> {
    check(text, "Invalid output.").map_err(|detail| ApiError::InvalidOutput { detail })
}

fn check(text: &str, when_empty: &str) -> Result<(), String> {
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) if jackson::depth(text) <= crate::limits::JSON_DEPTH => Ok(()),
        _ => Err(complaint(text).unwrap_or_else(|| when_empty.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_no_json_gets_the_recorded_error() {
        for (text, detail) in [
            (
                "not some json",
                "Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or \
                 'false')",
            ),
            ("{'not': 'json'", "Unexpected character (''' (code 39)): was expecting double-quote to start field name"),
            ("", "Invalid execution input."),
        ] {
            let error = check_execution_input(text).unwrap_err();
            let expected = format!("Invalid State Machine Execution Input: '{detail}'");
            assert_eq!(error.message().unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn every_json_text_is_an_input() {
        let deep = "[".repeat(100) + &"]".repeat(100);
        for text in ["{}", " {\"a\": [1, 2.5e3, null]} ", "1", "\"s\"", "null", "[]", "\"\\u00e9\\n\"", &deep] {
            assert_eq!(check_execution_input(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn a_text_nested_too_deep_is_refused() {
        for depth in [121, 200, 100_000] {
            let deep = "[".repeat(depth) + &"]".repeat(depth);
            assert_eq!(check_execution_input(&deep).unwrap_err().code(), "InvalidExecutionInput", "{depth}");
        }
    }
}
