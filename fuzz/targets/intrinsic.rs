//! A call of an intrinsic function on the first line, a document on the rest.

#![no_main]

use expressions::intrinsic::IntrinsicFunction;
use expressions::template::PayloadTemplate;
use fuzz::{Surroundings, text_and_document};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|data: &str| {
    let (text, document) = text_and_document(data);
    let Ok(call) = IntrinsicFunction::parse(text) else {
        return;
    };
    assert_eq!(call.to_string(), text);
    let template = PayloadTemplate::compile(&json!({ "x.$": text })).expect("a call is an expression");
    let _ = template.render(&Surroundings::new(document));
});
