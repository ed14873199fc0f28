//! One machine, written in either query language: its tasks are called with the same, and it comes to the same.

use proptest::prelude::*;
use serde_json::json;
use tests::machines::{Language, Machine, strategies};
use tests::{Installation, Options, Reply, ScriptedTarget};

/// What the tasks were called with, in any order, and how it ended.
fn played(machine: &Machine) -> (Vec<String>, serde_json::Value) {
    let target = ScriptedTarget::new(|invocation| match invocation.payload.len() % 5 {
        0 => Reply::Raises("Busy"),
        1 => Reply::Raises("Broken"),
        _ => Reply::Returns(format!(r#"{{"of":{}}}"#, invocation.payload)),
    });
    let installation = Installation::new(Options { target, ..Options::default() });
    installation.create(&machine.definition());
    installation.start(&json!({ "n": 0, "at": "" }));
    installation.run_concurrently();
    let request = json!({ "executionArn": Installation::execution().as_str() });
    let mut described = installation.call("DescribeExecution", &request).unwrap();
    for moment in ["stopDate", "startDate"] {
        described.as_object_mut().unwrap().remove(moment);
    }
    let mut calls: Vec<String> = installation.target.calls().into_iter().map(|call| call.payload).collect();
    calls.sort();
    (calls, described)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn both_query_languages_say_the_same(machine in strategies::tame()) {
        let [json_path, jsonata] = [Language::JsonPath, Language::Jsonata].map(|language| played(&machine.clone().in_language(language)));
        prop_assert_eq!(json_path, jsonata);
    }
}
