//! What `stepwell doctor` finds, why, and what its repairs come to.

use doctor::{Answer, DoctorError, Finding, Kind, Request};
use engine::event::Event;
use serde_json::{Value, json};
use tests::{Fault, Installation, Options, Reply, ScriptedTarget, callback, pass, states, task, told};

use crate::workflow::{started, started_with};

fn echo() -> ScriptedTarget {
    Options::default().target
}

#[track_caller]
fn only(findings: Vec<Finding>) -> Finding {
    let [finding] = <[Finding; 1]>::try_from(findings).unwrap_or_else(|found| panic!("one finding: {found:#?}"));
    finding
}

fn machine(state: Value) -> Value {
    states(json!({ "S": state }))
}

#[test]
fn what_is_under_way_or_waits_for_its_time_is_not_stuck() {
    let installation = started();
    assert_eq!(installation.examine(false), []);
    installation.clock.advance_seconds(119);
    assert_eq!(installation.examine(false), [], "a message may be under way for a while");
    let installation = started_with(&machine(json!({ "Type": "Wait", "Seconds": 50_000, "End": true })), echo());
    installation.settle_all();
    installation.clock.advance_seconds(40_000);
    assert_eq!(installation.examine(false), []);
}

/// Every message of every kind lost, at every point of the workflow: the doctor tells, and its repair is enough.
#[test]
fn what_waits_for_a_lost_message_is_found_and_repaired() {
    let mut told_of = Vec::new();
    for before in 0.. {
        let installation = started();
        installation.gate.keep_the_sweep_away();
        (0..before).for_each(|_| drop(installation.settle_next()));
        if installation.has_ended() {
            break;
        }
        installation.mail.lose_all();
        let armed = installation.has_armed_timers();
        installation.clock.advance_seconds(if armed { 5_000 } else { 1_200 });
        let finding = only(installation.examine(false).into_iter().filter(|found| found.kind == Kind::Stuck).collect());
        assert!(finding.is_trouble() && finding.about == Installation::execution().to_string(), "{finding:?}");
        assert!(finding.why.contains("the message is lost"), "{finding:?}");
        told_of.push(finding.why.split(" expected").next().unwrap_or_default().to_owned());
        let repaired = installation.examine(true);
        assert!(repaired.iter().all(|finding| finding.repaired), "{repaired:?}");
        installation.settle_next();
        installation.gate.let_the_sweep_in();
        installation.run();
        let succeeded = installation.summary().unwrap().status.as_str() == "SUCCEEDED";
        // The message may have been the only one that knew the outcome of a call.
        let is_unknown = told(&installation.history()).contains("Lambda.Unknown");
        assert!(succeeded || is_unknown, "{}", told(&installation.history()));
    }
    for told in ["waits for its message,", "waits for a dispatcher that takes its task,", "waits for its time,"] {
        assert!(told_of.iter().any(|why| why.ends_with(told)), "{told}: {told_of:#?}");
    }
}

#[test]
fn an_outcome_that_never_came_is_told_with_its_dispatcher() {
    let installation = started_with(&machine(task(json!({ "End": true }))), ScriptedTarget::new(|_| Reply::Hangs));
    installation.settle(&installation.mail.due()[0]).unwrap();
    let letter = installation.mail.due()[0].clone();
    let mut call = installation.begin(&letter);
    assert!(call.go_on(1_000).is_none(), "the target hangs");
    drop(call);
    installation.mail.lose_all();
    installation.clock.advance_seconds(800);
    assert_eq!(installation.examine(false), [], "the dispatcher may be alive");
    installation.clock.advance_seconds(400);
    let finding = only(installation.examine(true));
    assert!(finding.why.contains("the outcome of its task from the dispatcher that has taken it"), "{finding:?}");
    installation.run();
    assert!(told(&installation.history()).contains("Lambda.Unknown"));
}

#[test]
fn what_waits_for_somebody_without_limit_is_shown_and_is_no_trouble() {
    let activity = "arn:aws:states:us-east-1:123456789012:activity:work";
    let cases = [
        (callback(json!({ "End": true })), "whoever has the token of its task"),
        (json!({ "Type": "Task", "Resource": activity, "End": true }), "a worker of its activity"),
    ];
    for (state, said) in cases {
        let installation = Installation::default();
        installation.call("CreateActivity", &json!({ "name": "work" })).unwrap();
        installation.create(&machine(state));
        installation.start(&json!({}));
        installation.settle_all();
        installation.clock.advance_seconds(1_000);
        let finding = only(installation.examine(true));
        assert_eq!(finding.kind, Kind::Waiting);
        assert!(finding.why.contains(said) && !finding.is_trouble(), "{finding:?}");
    }
}

#[test]
fn a_state_machine_that_is_missing_is_named_and_the_execution_can_be_failed() {
    let installation = started();
    installation.clock.advance_seconds(1_000);
    let mut installation = installation;
    let catalog = std::sync::Arc::new(stepwell::store::MemoryStore::new());
    installation.ports = ports::Ports { catalog, ..installation.ports.clone() };
    let finding = only(installation.examine(true));
    assert!(finding.why.contains("it cannot go on: its state machine cannot be loaded: revision"), "{finding:?}");
    assert!(finding.is_trouble() && finding.help.contains("--fail"), "{finding:?}");
    let request = Request::Fail { execution: Installation::execution() };
    let Ok(Answer::Failed { cause, .. }) = installation.ask_doctor(request.clone()) else { panic!("not failed") };
    assert!(cause.contains("of state machine `machine` is missing"), "{cause}");
    assert_eq!(installation.summary().unwrap().status.as_str(), "FAILED");
    assert_eq!(installation.examine(false), []);
    assert!(matches!(installation.ask_doctor(request), Err(DoctorError::HasEnded(_))));
}

#[test]
fn a_record_that_cannot_be_read_is_named_and_the_execution_can_be_failed_after_it() {
    for damaged in 1..4 {
        let installation = started();
        (0..5).for_each(|_| drop(installation.settle_next()));
        let newest = installation.records().last().unwrap().seq();
        for seq in newest + 1 - damaged..=newest {
            installation.gate.damage(&Installation::execution(), seq);
        }
        let finding = only(installation.examine(true));
        assert_eq!((finding.kind, finding.repaired), (Kind::Stuck, false));
        assert!(finding.why.starts_with(&format!("the record {newest} cannot be read: ")), "{finding:?}");
        let explain = Request::Explain { execution: Installation::execution(), repair: false };
        let Ok(Answer::Explained(told)) = installation.ask_doctor(explain) else { panic!("not explained") };
        assert_eq!((told.newest_record, told.status), (Some(newest), None));
        assert_eq!(told.finding, Some(finding));

        let failed = installation.ask_doctor(Request::Fail { execution: Installation::execution() });
        let Ok(Answer::Failed { cause, .. }) = failed else { panic!("{failed:?}") };
        assert!(cause.contains(&format!("the record {newest} cannot be read")), "{cause}");
        let described = installation.call("DescribeExecution", &json!({ "executionArn": Installation::execution() }));
        let described = described.expect("it can be described again");
        assert_eq!((&described["status"], &described["error"]), (&json!("FAILED"), &json!("States.Runtime")));
        assert_eq!(installation.summary().unwrap().status.as_str(), "FAILED");
        assert_eq!(installation.examine(false), []);
        // What is still under way does nothing.
        let records = installation.records();
        installation.settle_all();
        assert_eq!(installation.records(), records);
        assert_eq!(records.last().unwrap().seq(), newest + 1);
    }
}

#[test]
fn a_list_that_lags_behind_is_put_right() {
    let installation = started();
    // Each try to tell the list fails.
    (0..30).for_each(|nth| installation.gate.fail_nth("ended", nth, Fault::Before));
    installation.gate.keep_the_sweep_away();
    while !installation.has_ended() {
        let letter = installation.mail.due().first().cloned();
        match letter {
            Some(letter) => drop(installation.settle(&letter)),
            None => match installation.next_due() {
                Some(due) => installation.clock.move_to(due),
                None => {
                    installation.clock.advance_seconds(60);
                    installation.keep_time();
                }
            },
        }
    }
    installation.mail.lose_all();
    installation.clock.advance_seconds(200);
    let finding = only(installation.examine(false));
    assert_eq!(finding.kind, Kind::Summary);
    assert_eq!(finding.why, "it is SUCCEEDED, but listed as RUNNING");
    while installation.summary().unwrap().status.as_str() == "RUNNING" {
        let _ = installation.ask_doctor(Request::Examine { after: None, limit: 10, repair: true });
    }
    assert_eq!(installation.examine(false), []);
}

#[test]
fn an_execution_that_never_started_is_taken_off_the_list() {
    let installation = Installation::default();
    installation.create(&machine(pass(json!({ "End": true }))));
    installation.gate.fail_next("append", Fault::Before);
    let request = Installation::start_request(&json!({}));
    installation.call("StartExecution", &request).unwrap_err();
    assert_eq!(installation.examine(false), []);
    installation.clock.advance_seconds(120);
    let finding = only(installation.examine(true));
    assert!(finding.kind == Kind::Summary && finding.why.contains("was never started"), "{finding:?}");
    assert_eq!(installation.summary(), None);
}

#[test]
fn a_letter_that_was_set_aside_is_shown_and_sent_again_once_its_execution_can_be_read() {
    let installation = started();
    (0..3).for_each(|_| drop(installation.settle_next()));
    let letter = installation.mail.waiting()[0].clone();
    let seq = installation.records().last().unwrap().seq();
    installation.gate.damage(&Installation::execution(), seq);
    installation.take_dead_letter(&letter.text(), 11).unwrap();
    installation.take_dead_letter("no message", 11).unwrap();
    installation.mail.lose_all();
    let letters = |repair| -> Vec<Finding> {
        installation.examine(repair).into_iter().filter(|found| found.kind == Kind::DeadLetter).collect()
    };
    for repair in [false, true, false] {
        let found = letters(repair);
        assert_eq!(found.len(), 2, "looking loses none");
        assert!(found[0].why.contains(&format!("the record {seq} cannot be read")), "{found:?}");
        assert!(found[0].about.ends_with(Installation::execution().as_str()), "{found:?}");
        assert!(found[1].why.contains("it cannot be read: "), "{found:?}");
        assert!(found.iter().all(Finding::is_trouble));
    }
    installation.gate.mend();
    let found = letters(true);
    assert!(found[0].repaired && !found[1].repaired, "{found:?}");
    assert_eq!(letters(false).len(), 1);
    installation.run();
    assert_eq!(installation.summary().unwrap().status.as_str(), "SUCCEEDED");
}

#[test]
fn timers_that_nobody_sends_are_found_and_sent() {
    let installation = started_with(&machine(json!({ "Type": "Wait", "Seconds": 5_000, "End": true })), echo());
    installation.settle_all();
    installation.clock.advance_seconds(5_119);
    assert_eq!(installation.examine(false), []);
    installation.clock.advance_seconds(2);
    let kinds = |findings: &[Finding]| findings.iter().map(|finding| finding.kind).collect::<Vec<_>>();
    let found = installation.examine(false);
    assert_eq!(kinds(&found), [Kind::Timers, Kind::Stuck], "{found:?}");
    let repaired = installation.examine(true);
    assert!(repaired.iter().all(|finding| finding.repaired), "{repaired:?}");
    assert!(!installation.has_armed_timers());
    installation.settle_all();
    assert!(installation.has_ended());
}

#[test]
fn a_deletion_that_does_not_end_is_found() {
    let installation = started();
    let arn = "arn:aws:states:us-east-1:123456789012:stateMachine:machine";
    installation.call("DeleteStateMachine", &json!({ "stateMachineArn": arn })).unwrap();
    let deletions = || -> Vec<Finding> {
        installation.examine(false).into_iter().filter(|found| found.kind == Kind::Deletion).collect()
    };
    assert_eq!(deletions(), []);
    installation.clock.advance_seconds(600);
    let finding = only(deletions());
    assert!(finding.why.contains(Installation::execution().as_str()), "{finding:?}");
    installation.keep_time();
    installation.clock.advance_seconds(60);
    installation.keep_time();
    assert_eq!(deletions(), []);
}

#[test]
fn one_execution_is_told_in_full() {
    let installation = started_with(&machine(json!({ "Type": "Wait", "Seconds": 500, "End": true })), echo());
    installation.settle_all();
    let explain = Request::Explain { execution: Installation::execution(), repair: false };
    let Ok(Answer::Explained(told)) = installation.ask_doctor(explain) else { panic!("not explained") };
    assert_eq!((told.newest_record, told.finding), (Some(1), None));
    assert_eq!(told.waits[0].waits_for, "its time");
    assert_eq!(told.waits[0].expected.as_deref(), Some("2026-01-01T00:08:20.000Z"));
    let other = engine::execution::ExecutionArn::new("arn:aws:states:us-east-1:123456789012:execution:machine:other");
    let explain = Request::Explain { execution: other, repair: false };
    assert!(matches!(installation.ask_doctor(explain), Err(DoctorError::NoSuchExecution(_))));
}

#[test]
fn an_operator_may_fail_what_is_not_stuck() {
    let installation = started();
    installation.settle_next();
    let failed = installation.ask_doctor(Request::Fail { execution: Installation::execution() });
    assert!(failed.is_ok(), "{failed:?}");
    let history = installation.history();
    assert!(matches!(history.last().unwrap().event, Event::ExecutionFailed(_)), "{}", told(&history));
}

#[test]
fn pages_cover_all_open_executions() {
    let installation = Installation::default();
    installation.create(&machine(json!({ "Type": "Wait", "Seconds": 500, "End": true })));
    for n in 0..25 {
        let mut request = Installation::start_request(&json!({}));
        request["name"] = json!(format!("n{n}"));
        installation.call("StartExecution", &request).unwrap();
    }
    installation.mail.lose_all();
    installation.clock.advance_seconds(150);
    let (mut after, mut found, mut pages) = (None, Vec::new(), 0);
    loop {
        let reads = installation.gate.made("newest");
        let request = Request::Examine { after, limit: 10, repair: false };
        let Ok(Answer::Examined(page)) = installation.ask_doctor(request) else { panic!("not examined") };
        assert_eq!(installation.gate.made("newest") - reads, page.examined, "one read each");
        found.extend(page.findings);
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!((found.len(), pages), (25, 3));
}
