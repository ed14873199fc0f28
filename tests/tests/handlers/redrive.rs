//! RedriveExecution, from the call to the end of what it began.

use engine::event::Event;
use serde_json::{Value, json};
use tests::{Installation, Reply, ScriptedTarget, states, task, told};

use crate::workflow::started_with;

/// Two tasks, of which the second fails until the execution is redriven.
fn failed() -> Installation {
    let parameters = json!({ "Parameters": { "redrives.$": "$$.Execution.RedriveCount" } });
    let definition = states(json!({
        "First": task(json!({ "Parameters": { "first": true }, "Next": "Second" })),
        "Second": tests::with(task(parameters), json!({ "End": true })),
    }));
    let target = ScriptedTarget::new(|invocation| match invocation.payload.as_str() {
        r#"{"redrives":0}"# => Reply::Raises("Shop.Closed"),
        _ => Reply::Returns("1".into()),
    });
    let installation = started_with(&definition, target);
    installation.run();
    assert_eq!(installation.summary().unwrap().status.as_str(), "FAILED");
    installation
}

fn request(token: &str) -> Value {
    json!({ "executionArn": Installation::execution().as_str(), "clientToken": token })
}

fn redrive(installation: &Installation, token: &str) -> Result<Value, String> {
    installation.call("RedriveExecution", &request(token))
}

fn describe(installation: &Installation) -> Value {
    installation.call("DescribeExecution", &json!({ "executionArn": Installation::execution().as_str() })).unwrap()
}

fn redrives(installation: &Installation) -> usize {
    installation.history().iter().filter(|event| matches!(event.event, Event::ExecutionRedriven { .. })).count()
}

#[track_caller]
fn assert_succeeded(installation: &Installation, context: &str) {
    let told = told(&installation.history());
    let summary = installation.summary().unwrap();
    assert_eq!((summary.status.as_str(), summary.check_at), ("SUCCEEDED", None), "{context}\n{told}");
    assert_eq!((summary.redrive_count(), redrives(installation)), (1, 1), "{context}\n{told}");
    assert_eq!(installation.target.calls().len(), 3, "{context}: what succeeded is not called again\n{told}");
}

#[test]
fn each_stage_is_described() {
    let installation = failed();
    let before = describe(&installation);
    assert_eq!((&before["redriveStatus"], &before["redriveCount"]), (&json!("REDRIVABLE"), &json!(0)));
    assert_eq!((before.get("redriveStatusReason"), before.get("redriveDate")), (None, None));

    installation.clock.advance_seconds(60);
    let answer = redrive(&installation, "a").unwrap();
    let running = describe(&installation);
    assert_eq!((&running["status"], &running["redriveCount"]), (&json!("RUNNING"), &json!(1)));
    assert_eq!((&running["redriveDate"], &running["startDate"]), (&answer["redriveDate"], &before["startDate"]));
    assert_eq!(running["redriveStatusReason"], "Execution is RUNNING and cannot be redriven");
    for gone in ["stopDate", "error", "cause"] {
        assert_eq!(running.get(gone), None);
    }
    let listed = installation
        .call("ListExecutions", &json!({ "stateMachineArn": running["stateMachineArn"], "statusFilter": "RUNNING" }))
        .unwrap();
    assert_eq!(listed["executions"][0]["redriveCount"], json!(1));
    assert_eq!(listed["executions"][0]["redriveDate"], answer["redriveDate"]);

    installation.run();
    assert_succeeded(&installation, "at once");
    let ended = describe(&installation);
    assert_eq!((&ended["status"], &ended["redriveStatus"]), (&json!("SUCCEEDED"), &json!("NOT_REDRIVABLE")));
    assert_eq!(ended["redriveDate"], answer["redriveDate"]);
}

#[test]
fn a_call_again_gets_the_same_answer_whatever_has_become_of_it() {
    let installation = failed();
    let answer = redrive(&installation, "a").unwrap();
    installation.clock.advance_seconds(5);
    assert_eq!(redrive(&installation, "a"), Ok(answer.clone()), "it runs");
    assert_eq!(redrive(&installation, "b"), Err("ExecutionNotRedrivable".into()), "it runs");
    installation.run();
    assert_eq!(redrive(&installation, "a"), Ok(answer), "it has succeeded");
    assert_eq!(redrive(&installation, "b"), Err("ExecutionNotRedrivable".into()), "it has succeeded");
    assert_succeeded(&installation, "called again");
}

#[test]
fn one_of_two_redrives_at_a_time_goes_through() {
    for pauses in (0..12).flat_map(|one| (0..12).map(move |other| [one, other])) {
        let installation = failed();
        let mut calls = ["a", "b"].map(|token| installation.begin_call("RedriveExecution", &request(token)));
        let early: Vec<_> = calls.iter_mut().zip(pauses).map(|(call, pauses)| call.go_on(pauses)).collect();
        let answers: Vec<_> =
            calls.into_iter().zip(early).map(|(call, early)| early.unwrap_or_else(|| call.finish()).unwrap()).collect();
        let through = answers.iter().filter(|answer| answer.is_ok()).count();
        let refused = answers.iter().filter(|answer| **answer == Err("ExecutionNotRedrivable".into())).count();
        assert_eq!([through, refused], [1, 1], "{pauses:?} {answers:?}");
        installation.run();
        assert_succeeded(&installation, &format!("{pauses:?}"));
    }
}

#[test]
fn a_redrive_that_crashed_half_way_is_completed_by_the_next_call_or_the_sweep() {
    for (pauses, again) in (0..12).flat_map(|pauses| [(pauses, true), (pauses, false)]) {
        let context = format!("crashed after {pauses} pauses, again {again}");
        let installation = failed();
        let mut call = installation.begin_call("RedriveExecution", &request("a"));
        let _ = call.go_on(pauses);
        drop(call);
        if again {
            redrive(&installation, "a").unwrap();
            installation.run();
            assert_succeeded(&installation, &context);
            continue;
        }
        for _ in 0..20 {
            installation.clock.advance_seconds(60);
            installation.keep_time();
            installation.settle_all();
        }
        if redrives(&installation) == 1 {
            assert_succeeded(&installation, &context);
        } else {
            let summary = installation.summary().unwrap();
            assert_eq!((summary.status.as_str(), summary.check_at), ("FAILED", None), "{context}");
        }
    }
}

#[test]
fn what_cannot_be_redriven_says_why() {
    let installation = failed();
    installation.clock.advance_seconds(14 * 86_400);
    assert_eq!(describe(&installation)["redriveStatusReason"], "Execution redrivable period exceeded");
    assert_eq!(redrive(&installation, "a"), Err("ExecutionNotRedrivable".into()));

    let installation = failed();
    let machine = describe(&installation)["stateMachineArn"].clone();
    installation.call("DeleteStateMachine", &json!({ "stateMachineArn": machine })).unwrap();
    assert_eq!(describe(&installation)["redriveStatusReason"], "State machine is in DELETING status");
    assert_eq!(redrive(&installation, "a"), Err("ExecutionNotRedrivable".into()));

    let other = json!({ "executionArn": format!("{}-not", Installation::execution().as_str()) });
    assert_eq!(installation.call("RedriveExecution", &other), Err("ExecutionDoesNotExist".into()));
    let express = "arn:aws:states:us-east-1:123456789012:express:machine:name:run";
    assert_eq!(installation.call("RedriveExecution", &json!({ "executionArn": express })), Err("InvalidArn".into()));
}
