//! StartExecution: record 0, the first message and the summary go out side by side.

use interpreter::Handled;
use ports::Settings;
use serde_json::{Value, json};
use tests::{Fault, Installation};

use crate::workflow::{assert_undisturbed, installed, started, undisturbed};

fn request() -> Value {
    Installation::start_request(&json!({ "n": 0 }))
}

fn describe(installation: &Installation) -> Result<Value, String> {
    installation.call("DescribeExecution", &json!({ "executionArn": Installation::execution().as_str() }))
}

#[test]
fn what_is_answered_is_in_the_journal() {
    let installation = installed(Settings::default());
    let answer = installation.call("StartExecution", &request()).unwrap();
    assert_eq!(answer["executionArn"], Installation::execution().as_str());
    let described = describe(&installation).unwrap();
    assert_eq!(described["status"], "RUNNING");
    assert_eq!(described["startDate"], answer["startDate"]);
    assert_eq!(installation.records().len(), 1);
    assert_eq!(installation.summary().unwrap().status.as_str(), "RUNNING");
}

#[test]
fn a_first_message_that_comes_before_its_record_waits_for_it() {
    let installation = installed(Settings::default());
    installation.gate.fail_next("append", Fault::Before);
    assert!(installation.call("StartExecution", &request()).is_err());
    let letters = installation.mail.due();
    let [letter] = &letters[..] else { panic!("{letters:?}") };
    assert_eq!(installation.settle(letter).unwrap(), Handled::NotStarted);
    assert_eq!(installation.mail.due().len(), 1, "it stays");
    assert_eq!(describe(&installation), Err("ExecutionDoesNotExist".into()));

    installation.call("StartExecution", &request()).unwrap();
    installation.run();
    assert_undisturbed(&installation, &undisturbed(), "the second call completes what the first began");
}

#[test]
fn an_execution_whose_record_was_never_written_starts_nothing() {
    let installation = installed(Settings::default());
    installation.gate.fail_next("append", Fault::Before);
    assert!(installation.call("StartExecution", &request()).is_err());
    for _ in 0..20 {
        for letter in installation.mail.due() {
            assert_eq!(installation.deliver(&letter).unwrap(), Handled::NotStarted);
        }
        installation.clock.advance_seconds(60);
        installation.keep_time();
    }
    assert!(installation.records().is_empty() && installation.target.calls().is_empty());
    let open = installation.summary().is_some_and(|summary| summary.status.as_str() == "RUNNING");
    assert!(!open, "its summary does not say that it runs");
    for letter in installation.mail.due() {
        installation.bury(&letter);
    }
    assert!(installation.records().is_empty(), "a dead letter of it does nothing");
}

#[test]
fn the_same_call_again_gets_the_same_answer() {
    let installation = installed(Settings::default());
    let first = installation.call("StartExecution", &request()).unwrap();
    installation.clock.advance_seconds(5);
    let again = installation.call("StartExecution", &request()).unwrap();
    assert_eq!(again, first);
    assert_eq!(installation.records().len(), 1);
    installation.run();
    assert_undisturbed(&installation, &undisturbed(), "started twice");
    assert_eq!(installation.call("StartExecution", &request()), Err("ExecutionAlreadyExists".into()), "it has ended");
}

#[test]
fn the_same_name_with_another_input_is_refused() {
    let installation = started();
    let other = Installation::start_request(&json!({ "n": 1 }));
    assert_eq!(installation.call("StartExecution", &other), Err("ExecutionAlreadyExists".into()));
    installation.run();
    assert_undisturbed(&installation, &undisturbed(), "refused once");
}

#[test]
fn the_same_call_again_while_it_runs_disturbs_nothing() {
    let expected = undisturbed();
    for after in 0..15 {
        let installation = started();
        for _ in 0..after {
            installation.settle_next();
        }
        let _ = installation.call("StartExecution", &request());
        installation.run();
        assert_undisturbed(&installation, &expected, &format!("again after {after} deliveries"));
    }
}

#[test]
fn a_call_that_crashed_half_way_is_completed_by_the_next() {
    let expected = undisturbed();
    let mut crashes = 0;
    for pauses in 0.. {
        let installation = installed(Settings::default());
        let mut call = installation.begin_call("StartExecution", &request());
        if call.go_on(pauses).is_some() {
            break;
        }
        drop(call);
        crashes += 1;
        installation.clock.advance_seconds(1);
        installation.call("StartExecution", &request()).unwrap();
        installation.run();
        assert_undisturbed(&installation, &expected, &format!("crashed after {pauses} pauses"));
    }
    assert!(crashes >= 4, "{crashes}");
}

#[test]
fn a_call_that_crashed_half_way_leaves_all_or_nothing() {
    let expected = undisturbed();
    for pauses in 0.. {
        let installation = installed(Settings::default());
        let mut call = installation.begin_call("StartExecution", &request());
        if call.go_on(pauses).is_some() {
            break;
        }
        drop(call);
        if !installation.records().is_empty() {
            installation.mail.lose_all();
            installation.run();
            assert_undisturbed(&installation, &expected, &format!("crashed after {pauses} pauses, no message"));
        }
    }
}

#[test]
fn each_call_of_a_port_may_fail_while_an_execution_is_started() {
    let expected = undisturbed();
    for (call, fault) in ["append", "send", "started", "get machine", "revision"]
        .into_iter()
        .flat_map(|call| [(call, Fault::Before), (call, Fault::After)])
    {
        let installation = installed(Settings::default());
        installation.gate.fail_next(call, fault);
        let context = format!("{call} {fault:?}");
        let _ = installation.call("StartExecution", &request());
        installation.call("StartExecution", &request()).unwrap();
        installation.run();
        assert_undisturbed(&installation, &expected, &context);
    }
}
