//! `Retry` and `Catch`: <https://states-language.net/spec.html#errors>.

use super::fields::Fields;
use super::numbers::{Range, SECONDS};
use super::variables;
use crate::machine::error_handling::{Catcher, ErrorPattern, JitterStrategy, Retrier};
use crate::machine::{ResultPath, StateName};

#[rustfmt::skip]
const RETRIER_FIELDS: [&str; 7] =
    ["Comment", "ErrorEquals", "IntervalSeconds", "MaxAttempts", "BackoffRate", "MaxDelaySeconds", "JitterStrategy"];
const CATCHER_FIELDS: [&str; 6] = ["Comment", "ErrorEquals", "Next", "ResultPath", "Output", "Assign"];

const MAX_ATTEMPTS: Range = Range { min: 0, max: 99_999_999 };
/// 366 days.
const MAX_DELAY_SECONDS: Range = Range { min: 1, max: 31_622_400 };

/// `Retry`. AWS takes an `IntervalSeconds` of 0, which the States Language does not allow.
pub(super) fn retriers(fields: &Fields) -> Vec<Retrier> {
    let entries = fields.children("Retry");
    let last = entries.len().saturating_sub(1);
    entries.iter().enumerate().map(|(index, entry)| retrier(entry, index == last)).collect()
}

fn retrier(fields: &Fields, last: bool) -> Retrier {
    fields.allow(&RETRIER_FIELDS);
    fields.require(&["ErrorEquals"]);
    fields.comment();
    Retrier {
        error_equals: error_equals(fields, last),
        interval_seconds: fields.whole_number("IntervalSeconds", SECONDS).unwrap_or(1),
        max_attempts: fields.whole_number("MaxAttempts", MAX_ATTEMPTS).unwrap_or(3),
        backoff_rate: fields.decimal("BackoffRate", 1.0, None).unwrap_or(2.0),
        max_delay_seconds: fields.whole_number("MaxDelaySeconds", MAX_DELAY_SECONDS),
        jitter_strategy: match fields.one_of("JitterStrategy", &["NONE", "FULL"]) {
            Some("FULL") => JitterStrategy::Full,
            _ => JitterStrategy::None,
        },
    }
}

/// `Catch`.
pub(super) fn catchers(fields: &Fields) -> Vec<Catcher> {
    let entries = fields.children("Catch");
    let last = entries.len().saturating_sub(1);
    entries.iter().enumerate().map(|(index, entry)| catcher(entry, index == last)).collect()
}

fn catcher(fields: &Fields, last: bool) -> Catcher {
    fields.allow(&CATCHER_FIELDS);
    fields.refuse_other_language(&["ResultPath"], &["Output"]);
    fields.require(&["ErrorEquals", "Next"]);
    fields.comment();
    let jsonata = fields.is_jsonata();
    Catcher {
        error_equals: error_equals(fields, last),
        next: StateName::new(fields.string("Next").unwrap_or_default()),
        result_path: if jsonata { ResultPath::Replace } else { fields.result_path("ResultPath") },
        output: if jsonata { fields.jsonata_template("Output") } else { None },
        assign: variables::assign(fields),
    }
}

/// `ErrorEquals`. `States.ALL` stands alone in the last entry of its list.
fn error_equals(fields: &Fields, last: bool) -> Vec<ErrorPattern> {
    const FIELD: &str = "ErrorEquals";
    let names = fields.filled_array(FIELD).map(Vec::as_slice).unwrap_or_default();
    let mut patterns = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        let place = format!("{FIELD}[{index}]");
        let Some(pattern) = name.as_str().map(ErrorPattern::from) else {
            fields.report_at(&place, "Expected value of type [STRING]");
            continue;
        };
        if pattern == ErrorPattern::All && (names.len() > 1 || !last) {
            fields.report_at(&place, "States.ALL must appear alone and at end of list");
        }
        patterns.push(pattern);
    }
    patterns
}
