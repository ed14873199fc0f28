//! As much data as the limit allows, at AWS's 256 KiB and at 6 MB, wherever an execution holds data; and one byte more.

use ports::Settings;
use serde_json::{Value, json};
use tests::{Installation, Options, Reply, ScriptedTarget, pass, states, task, told};

const LIMITS: [usize; 2] = [262_144, 6 * 1_048_576];

/// Letters that do not shrink, so that what is stored is as large as it looks.
fn noise(bytes: usize) -> String {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let letter = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b"abcdefghijklmnopqrstuvwxyz0123456789"[(state % 36) as usize])
    };
    (0..bytes).map(letter).collect()
}

/// A JSON string of so many bytes, quotes included.
fn text(bytes: usize) -> Value {
    Value::from(noise(bytes - 2))
}

fn started(limit: usize, definition: &Value, input: &Value, target: ScriptedTarget) -> Installation {
    let settings = Settings { payload_limit_bytes: limit, ..Settings::default() };
    let installation = Installation::new(Options { settings, target, ..Options::default() });
    installation.create(definition);
    installation.start(input);
    installation.run();
    installation
}

/// The output, or the error.
fn outcome(installation: &Installation) -> Result<String, String> {
    use engine::run::Status;
    match installation.records().last().unwrap().run.status.clone() {
        Status::Succeeded { output } => Ok(output.as_str().to_owned()),
        Status::Failed(failure) => Err(failure.error.unwrap_or_default()),
        other => panic!("{other:?}\n{}", told(&installation.history())),
    }
}

fn echo() -> ScriptedTarget {
    ScriptedTarget::new(|invocation| Reply::Returns(invocation.payload.clone()))
}

fn exceeded() -> Result<String, String> {
    Err("States.DataLimitExceeded".into())
}

#[test]
fn an_input_passes_through_every_kind_of_state() {
    for limit in LIMITS {
        // What the API takes in one request is less than 6 MB, written as a JSON text in a JSON text.
        let input = text(limit.min(3 * 1_048_576));
        let wait = json!({ "Type": "Wait", "Seconds": 1, "Next": "T" });
        let definition =
            states(json!({ "P": pass(json!({ "Next": "W" })), "W": wait, "T": task(json!({ "End": true })) }));
        let ended = outcome(&started(limit, &definition, &input, echo()));
        assert!(ended == Ok(input.to_string()), "{limit}: {:?}", ended.err());
    }
}

#[test]
fn a_result_may_be_as_large_as_the_limit_and_no_larger() {
    for limit in LIMITS {
        for invoke in [false, true] {
            let mut fields = json!({ "End": true });
            let mut room = 0;
            if invoke {
                fields["Resource"] = "arn:aws:states:::lambda:invoke".into();
                fields["Parameters"] = json!({ "FunctionName": "f" });
                fields["OutputPath"] = "$.Payload".into();
                // What is told of the call beside its payload.
                room = 1_000;
            }
            let definition = states(json!({ "T": task(fields) }));
            let returns = |value: Value| ScriptedTarget::new(move |_| Reply::Returns(value.to_string()));
            let fits = text(limit - room);
            let installation = started(limit, &definition, &json!({}), returns(fits.clone()));
            assert!(
                outcome(&installation) == Ok(fits.to_string()),
                "{limit} {invoke}: {:?}",
                outcome(&installation).err()
            );
            assert_eq!(installation.target.calls().len(), 1);
            let installation = started(limit, &definition, &json!({}), returns(text(limit + 1)));
            assert_eq!(outcome(&installation), exceeded(), "{limit} {invoke}");
            assert_eq!(installation.target.calls().len(), 1, "{limit} {invoke}");
        }
    }
}

#[test]
fn variables_and_joined_branches_have_the_limit_too() {
    for limit in LIMITS {
        let returns = |bytes: usize| ScriptedTarget::new(move |_| Reply::Returns(text(bytes).to_string()));
        // Brackets and a comma around what both give.
        let half = (limit - 3) / 2;
        for (bytes, fits) in [(half, true), (half + 2, false)] {
            let branch = |name: &str| states(json!({ name: task(json!({ "End": true })) }));
            let join = json!({ "Type": "Parallel", "Branches": [branch("A"), branch("B")], "End": true });
            let installation = started(limit, &states(json!({ "Both": join })), &json!({}), returns(bytes));
            let expected = if fits { Ok(json!([text(bytes), text(bytes)]).to_string()) } else { exceeded() };
            assert!(outcome(&installation) == expected, "{limit} {bytes}: {:?}", outcome(&installation).err());
        }
        let definition = states(json!({
            "Keep": task(json!({ "Assign": { "kept.$": "$" }, "ResultPath": null, "Next": "Show" })),
            "Show": pass(json!({ "Parameters": { "kept.$": "$kept" }, "OutputPath": "$.kept", "End": true })),
        }));
        let bytes = limit.min(262_144) - 100;
        let installation = started(limit, &definition, &json!({}), returns(bytes));
        assert!(outcome(&installation) == Ok(text(bytes).to_string()), "{limit}: {:?}", outcome(&installation).err());
    }
}

/// A result that no message can carry is written down by the dispatcher itself.
#[test]
fn a_large_result_is_there_whatever_goes_wrong_around_it() {
    let limit = 6 * 1_048_576;
    let large = text(1_048_576);
    let settings = Settings { payload_limit_bytes: limit, ..Settings::default() };
    let returned = large.to_string();
    for pauses in 0.. {
        let returns = returned.clone();
        let target = ScriptedTarget::new(move |_| Reply::Returns(returns.clone()));
        let installation = Installation::new(Options { settings, target, ..Options::default() });
        installation.create(&states(json!({ "T": task(json!({ "End": true })) })));
        installation.start(&json!({}));
        installation.settle(&installation.mail.due()[0]).unwrap();
        let letter = installation.mail.due()[0].clone();
        let mut dispatch = installation.begin(&letter);
        let done = dispatch.go_on(pauses).is_some();
        drop(dispatch);
        installation.run();
        let calls = installation.target.calls().len();
        match outcome(&installation) {
            Ok(output) => assert!(output == returned && calls == 1, "{pauses}"),
            Err(error) => assert!(error == "Lambda.Unknown" && calls <= 1, "{pauses}: {error}"),
        }
        if done {
            return;
        }
    }
}
