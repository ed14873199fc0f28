//! A JSONata expression on the first line, a document on the rest.

#![no_main]

use expressions::jsonata::{JsonataExpression, JsonataLimits};
use fuzz::{Surroundings, text_and_document};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    let (text, document) = text_and_document(data);
    let Ok(expression) = JsonataExpression::parse(text) else {
        return;
    };
    let limits = JsonataLimits { milliseconds: 100, ..JsonataLimits::default() };
    let _ = expression.evaluate("Output", &Surroundings::new(document), &limits);
});
