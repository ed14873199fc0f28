//! What a run has put aside is written before the record that refers to it, and is there when it is needed.

use engine::run::Status;
use interpreter::Handled;
use ports::Settings;
use serde_json::json;
use tests::{Fault, Installation, Letter, Options, pass, states, told};

const OUTPUT: &str =
    r#"{"items":["a","bb","ccc","dddd","eeeee"],"n":1,"r":[["a",1],["bb",1],["ccc",1],["dddd",1],["eeeee",1]]}"#;

/// A Map, so much of which is put aside that every chunk has one item.
fn started() -> Installation {
    let settings = Settings { kept_bytes: 1, ..Settings::default() };
    let installation = Installation::new(Options { settings, ..Options::default() });
    installation.create(&states(json!({
        "Each": {
            "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 2, "ResultPath": "$.r", "End": true,
            "ItemSelector": { "v.$": "States.Array($$.Map.Item.Value, $.n)" },
            "ItemProcessor": states(json!({ "P": pass(json!({ "OutputPath": "$.v", "End": true })) })),
        },
    })));
    installation.start(&json!({ "items": ["a", "bb", "ccc", "dddd", "eeeee"], "n": 1 }));
    installation
}

/// Delivers what is due, with `deliver` for each until it is done, to the end.
fn run_by(installation: &Installation, mut deliver: impl FnMut(usize, &Letter)) {
    for count in 0..1_000 {
        let Some(letter) = installation.mail.due().first().cloned() else { break };
        deliver(count, &letter);
        // What fails comes again.
        while installation.settle(&letter).is_err() {}
    }
    let records = installation.records();
    let Status::Succeeded { output } = &records.last().unwrap().run.status else {
        panic!("{}", told(&installation.history()))
    };
    assert_eq!(output.as_str(), OUTPUT);
}

#[test]
fn a_map_that_puts_all_aside_ends_as_one_that_keeps_it() {
    let installation = started();
    run_by(&installation, |_, _| {});
    assert!(installation.gate.made("put chunk") > 5 && installation.gate.made("get chunk") > 5);
}

#[test]
fn a_crash_at_any_point_loses_nothing() {
    for (delivery, pauses) in (0..12).flat_map(|delivery| (0..40).map(move |pauses| (delivery, pauses))) {
        let installation = started();
        run_by(&installation, |count, letter| {
            if count == delivery {
                let mut crashing = installation.begin(letter);
                let _ = crashing.go_on(pauses);
            }
        });
    }
}

#[test]
fn each_call_may_fail() {
    for call in ["put chunk", "get chunk", "append"] {
        for (nth, fault) in (0..30).flat_map(|nth| [(nth, Fault::Before), (nth, Fault::After)]) {
            let installation = started();
            installation.gate.fail_nth(call, nth, fault);
            run_by(&installation, |_, _| {});
        }
    }
}

#[test]
fn two_that_write_the_same_do_no_harm() {
    for pauses in 0..40 {
        let installation = started();
        run_by(&installation, |_, letter| {
            let mut first = installation.begin(letter);
            let done = first.go_on(pauses).is_some();
            assert_eq!(installation.deliver(letter).unwrap(), Handled::Done);
            if !done {
                assert_eq!(first.finish().unwrap(), Handled::Done);
            }
        });
    }
}
