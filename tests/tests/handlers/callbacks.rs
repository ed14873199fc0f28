//! Tasks that wait for the holder of their token: what holders say, against everything else that may be under way.

use engine::event::Event;
use interpreter::Handled;
use ports::queue::Message;
use serde_json::{Value, json};
use tests::{Installation, Options, Reply, ScriptedTarget, callback, states, told, untimed, with};

use crate::workflow::started_with;

fn returns() -> ScriptedTarget {
    ScriptedTarget::new(|_| Reply::Returns("null".into()))
}

fn only(fields: Value) -> Value {
    states(json!({ "S": callback(with(json!({ "End": true }), fields)) }))
}

/// The task has been submitted, and waits; its token.
fn waiting_with(fields: Value) -> (Installation, String) {
    let installation = started_with(&only(fields), returns());
    installation.settle_all();
    let token = installation.target.task_tokens().pop().expect("the function was called");
    (installation, token)
}

fn waiting() -> (Installation, String) {
    waiting_with(json!({}))
}

fn success(token: &str) -> Value {
    json!({ "taskToken": token, "output": r#"{"ok" : 1}"# })
}

fn succeed(installation: &Installation, token: &str) -> Result<Value, String> {
    installation.call("SendTaskSuccess", &success(token))
}

fn fail(installation: &Installation, token: &str) -> Result<Value, String> {
    installation.call("SendTaskFailure", &json!({ "taskToken": token, "error": "Shop.SoldOut", "cause": "why" }))
}

fn beat(installation: &Installation, token: &str) -> Result<Value, String> {
    installation.call("SendTaskHeartbeat", &json!({ "taskToken": token }))
}

fn described(installation: &Installation) -> Value {
    installation.call("DescribeExecution", &json!({ "executionArn": Installation::execution().as_str() })).unwrap()
}

fn types(installation: &Installation) -> Vec<&'static str> {
    installation.history().iter().map(|event| event.event.type_name()).collect()
}

const ANSWERED: [&str; 8] = [
    "ExecutionStarted",
    "TaskStateEntered",
    "TaskScheduled",
    "TaskStarted",
    "TaskSubmitted",
    "TaskSucceeded",
    "TaskStateExited",
    "ExecutionSucceeded",
];

#[track_caller]
fn assert_answered(installation: &Installation, context: &str) {
    installation.run();
    assert_eq!(types(installation), ANSWERED, "{context}");
    assert_eq!(described(installation)["output"], r#"{"ok" : 1}"#, "{context}");
    assert_eq!(installation.summary().unwrap().status.as_str(), "SUCCEEDED", "{context}");
}

#[test]
fn what_was_acknowledged_is_in_the_journal() {
    let (installation, token) = waiting();
    assert_eq!(succeed(&installation, &token), Ok(json!({})));
    assert_eq!(types(&installation).last(), Some(&"TaskSucceeded"));
    assert_answered(&installation, "answered");

    let (installation, token) = waiting();
    assert_eq!(fail(&installation, &token), Ok(json!({})));
    assert_eq!(types(&installation).last(), Some(&"TaskFailed"));
    installation.run();
    let ended = described(&installation);
    assert_eq!((&ended["error"], &ended["cause"]), (&json!("Shop.SoldOut"), &json!("why")));
}

#[test]
fn an_answer_whose_message_is_lost_is_found_by_the_sweep() {
    let (installation, token) = waiting();
    succeed(&installation, &token).unwrap();
    installation.mail.lose_all();
    assert_answered(&installation, "woken");
}

#[test]
fn a_caller_may_be_cut_off_at_any_point_and_try_again() {
    for pauses in 0.. {
        let (installation, token) = waiting();
        let mut call = installation.begin_call("SendTaskSuccess", &success(&token));
        let done = call.go_on(pauses).is_some();
        drop(call);
        let again = succeed(&installation, &token);
        // Once it is in the journal the task is over, whether its caller knows that or not.
        assert!([Ok(json!({})), Err("TaskTimedOut".to_owned())].contains(&again), "{pauses}: {again:?}");
        let sent = installation.mail.waiting().len();
        assert!(sent == 1 || sent == 2 && again.is_err(), "{pauses}: {sent} messages are on their way");
        assert_answered(&installation, &format!("cut off after {pauses} pauses"));
        if done {
            return;
        }
    }
}

#[test]
fn of_two_answers_at_once_one_counts() {
    for (first_pauses, second_pauses) in (0..7).flat_map(|first| (0..7).map(move |second| (first, second))) {
        let (installation, token) = waiting();
        let failure = json!({ "taskToken": token, "error": "E" });
        let mut first = installation.begin_call("SendTaskSuccess", &success(&token));
        let mut second = installation.begin_call("SendTaskFailure", &failure);
        let answers = [first.go_on(first_pauses), second.go_on(second_pauses)];
        let mut accepted = Vec::new();
        for (answer, call) in answers.into_iter().zip([first, second]) {
            let answer = answer.unwrap_or_else(|| call.finish()).unwrap();
            assert!(answer.is_ok() || answer == Err("TaskTimedOut".into()), "{answer:?}");
            accepted.push(answer.is_ok());
        }
        assert_eq!(accepted.iter().filter(|accepted| **accepted).count(), 1, "{first_pauses} {second_pauses}");
        installation.run();
        let status = if accepted[0] { "SUCCEEDED" } else { "FAILED" };
        assert_eq!(described(&installation)["status"], status, "{first_pauses} {second_pauses}");
    }
}

#[test]
fn an_answer_and_a_submission_may_interleave_anyhow() {
    for (answer_pauses, submit_pauses) in (0..10).flat_map(|one| (0..10).map(move |other| (one, other))) {
        let installation = started_with(&only(json!({})), returns());
        installation.settle(&installation.mail.due()[0]).unwrap();
        let task = installation.mail.due()[0].clone();
        installation.settle(&task).unwrap();
        let token = installation.target.task_tokens().pop().unwrap();
        let outcome = installation.mail.due()[0].clone();
        let mut submission = installation.begin(&outcome);
        let submitted = submission.go_on(submit_pauses).is_some();
        let mut answer = installation.begin_call("SendTaskSuccess", &success(&token));
        let answered = answer.go_on(answer_pauses);
        if !submitted {
            submission.finish().unwrap();
        }
        assert_eq!(answered.unwrap_or_else(|| answer.finish()).unwrap(), Ok(json!({})), "nothing that came is lost");
        installation.mail.remove(outcome.id);
        installation.run();
        // Whoever answers before the function has returned, does not wait for it.
        let expected: Vec<_> = ANSWERED.into_iter().filter(|event| *event != "TaskSubmitted").collect();
        let types = types(&installation);
        assert!(types == ANSWERED || types == expected, "{answer_pauses} {submit_pauses}: {types:?}");
        assert_eq!(described(&installation)["output"], r#"{"ok" : 1}"#);
    }
}

#[test]
fn an_answer_and_a_stop_exclude_each_other() {
    for (answer_pauses, stop_pauses) in (0..7).flat_map(|one| (0..7).map(move |other| (one, other))) {
        let (installation, token) = waiting();
        let stop_request = json!({ "executionArn": Installation::execution().as_str() });
        let mut answer = installation.begin_call("SendTaskSuccess", &success(&token));
        let mut stop = installation.begin_call("StopExecution", &stop_request);
        let answered = answer.go_on(answer_pauses);
        let stopped = stop.go_on(stop_pauses);
        stopped.unwrap_or_else(|| stop.finish()).unwrap().unwrap();
        let answered = answered.unwrap_or_else(|| answer.finish()).unwrap();
        installation.settle_all();
        let in_journal = types(&installation).contains(&"TaskSucceeded");
        assert_eq!(answered.is_ok(), in_journal, "{answer_pauses} {stop_pauses}: {answered:?}");
        assert_eq!(described(&installation)["status"], "ABORTED");
    }
}

#[test]
fn what_is_said_of_a_task_that_is_over_is_refused() {
    let (answered, token) = waiting();
    succeed(&answered, &token).unwrap();
    let (taken_in, taken_in_token) = waiting();
    succeed(&taken_in, &taken_in_token).unwrap();
    taken_in.run();
    let (stopped, stopped_token) = waiting();
    stopped.stop().unwrap();
    let (timed_out, late_token) = waiting_with(json!({ "TimeoutSeconds": 60 }));
    timed_out.run();
    for (installation, token) in
        [(answered, token), (taken_in, taken_in_token), (stopped, stopped_token), (timed_out, late_token)]
    {
        let records = installation.records();
        for answer in [succeed(&installation, &token), fail(&installation, &token), beat(&installation, &token)] {
            assert_eq!(answer, Err("TaskTimedOut".to_owned()));
        }
        assert_eq!(installation.records(), records);
    }
}

#[test]
fn a_token_of_an_attempt_that_was_retried_is_good_for_nothing() {
    let retry = json!({ "Retry": [{ "ErrorEquals": ["States.ALL"], "IntervalSeconds": 1 }] });
    let (installation, first) = waiting_with(retry);
    fail(&installation, &first).unwrap();
    while installation.target.task_tokens().len() < 2 {
        installation.settle_next();
    }
    let second = installation.target.task_tokens().pop().unwrap();
    assert_ne!(first, second);
    assert_eq!(succeed(&installation, &first), Err("TaskTimedOut".to_owned()));
    assert_eq!(succeed(&installation, &second), Ok(json!({})));
}

#[test]
fn a_token_that_was_not_issued_here_is_invalid() {
    let (installation, token) = waiting();
    let cut = &token[..token.len() - 1];
    for forged in ["", "x", cut, &format!("{token}x"), &token.to_lowercase(), &"A".repeat(2_048)] {
        let expected = if forged.is_empty() { "ValidationException" } else { "InvalidToken" };
        for answer in [succeed(&installation, forged), fail(&installation, forged), beat(&installation, forged)] {
            assert_eq!(answer, Err(expected.to_owned()), "{forged}");
        }
    }
    let elsewhere = Installation::default();
    for answer in [succeed(&elsewhere, &token), fail(&elsewhere, &token), beat(&elsewhere, &token)] {
        assert_eq!(answer, Err("TaskDoesNotExist".to_owned()), "its execution is gone");
    }
    assert_eq!(succeed(&installation, &token), Ok(json!({})), "the token is good still");
}

#[test]
fn an_output_is_json_of_a_limited_size() {
    let (installation, token) = waiting();
    for (output, expected) in [
        ("not json".to_owned(), "InvalidOutput"),
        ("{".to_owned(), "InvalidOutput"),
        (String::new(), "InvalidOutput"),
        ("[".repeat(100_000), "InvalidOutput"),
        (format!("\"{}\"", "x".repeat(262_143)), "ValidationException"),
    ] {
        let answer = installation.call("SendTaskSuccess", &json!({ "taskToken": token, "output": output }));
        assert_eq!(answer, Err(expected.to_owned()), "{output:.20}");
    }
    let largest = format!("\"{}\"", "x".repeat(262_142));
    installation.call("SendTaskSuccess", &json!({ "taskToken": token, "output": largest })).unwrap();
    installation.run();
    assert_eq!(described(&installation)["output"], largest.as_str());
}

#[test]
fn a_task_waits_for_its_token_for_as_long_as_it_takes() {
    let (installation, token) = waiting();
    let records = installation.records();
    for _ in 0..3_000 {
        installation.clock.advance_seconds(60);
        installation.keep_time();
        installation.settle_all();
    }
    assert_eq!(installation.records(), records, "the sweep finds nothing to do");
    succeed(&installation, &token).unwrap();
    assert_answered(&installation, "after two days");
}

#[test]
fn messages_of_a_submitted_task_may_come_again_whenever() {
    for seconds in [0, 1, 901, 10_000] {
        let installation = started_with(&only(json!({})), returns());
        let mut letters = Vec::new();
        while let Some(letter) = installation.mail.due().first().cloned() {
            installation.settle(&letter).unwrap();
            letters.push(letter);
        }
        installation.clock.advance_seconds(seconds);
        let other = installation.another_dispatcher();
        let until = installation.clock.now().plus_seconds(900);
        for letter in letters.iter().chain(letters.iter().rev()) {
            assert_eq!(installation.deliver(letter).unwrap(), Handled::Done);
            if let Message::Task(task) = letter.message().clone() {
                let other = other.clone();
                let dispatch = async move { other.dispatch(&task, until).await };
                tests::Delivery::new(&installation.clock, dispatch).finish().unwrap();
            }
        }
        assert_eq!(installation.target.calls().len(), 1);
        let token = installation.target.task_tokens().pop().unwrap();
        succeed(&installation, &token).unwrap();
        assert_answered(&installation, &format!("again after {seconds} s"));
    }
}

#[test]
fn limits_of_any_length_count_from_the_start() {
    for (fields, seconds) in [
        (json!({ "TimeoutSeconds": 5 }), 5),
        (json!({ "TimeoutSeconds": 100_000 }), 100_000),
        (json!({ "HeartbeatSeconds": 50, "TimeoutSeconds": 100_000 }), 50),
        (json!({ "HeartbeatSeconds": 5_000 }), 5_000),
    ] {
        let installation = started_with(&only(fields.clone()), returns());
        installation.settle(&installation.mail.due()[0]).unwrap();
        installation.clock.advance_seconds(1_000);
        installation.run();
        let history = installation.history();
        let started = history.iter().find(|event| matches!(event.event, Event::TaskStarted(_))).unwrap();
        let timed_out = history.iter().find(|event| matches!(event.event, Event::TaskTimedOut { .. })).unwrap();
        assert_eq!(timed_out.timestamp.millis_since(started.timestamp), seconds * 1_000, "{fields}");
    }
}

#[test]
fn a_limit_whose_timer_was_never_armed_is_seen_by_the_sweep() {
    let installation = started_with(&only(json!({ "TimeoutSeconds": 600 })), returns());
    installation.settle(&installation.mail.due()[0]).unwrap();
    let task = installation.mail.due()[0].clone();
    // The first is that of the answer.
    let sent = installation.gate.made("send");
    (sent + 1..sent + 10).for_each(|nth| installation.gate.fail_nth("send", nth, tests::Fault::Before));
    installation.settle(&task).unwrap();
    installation.run();
    let history = installation.history();
    assert!(history.iter().any(|event| matches!(event.event, Event::TaskTimedOut { .. })), "{}", told(&history));
}

#[test]
fn a_limit_that_cannot_be_armed_at_once_is_armed_a_moment_later() {
    for fault in [tests::Fault::Before, tests::Fault::Throttled, tests::Fault::After] {
        let installation = started_with(&only(json!({ "TimeoutSeconds": 3_600 })), returns());
        installation.gate.keep_the_sweep_away();
        installation.settle(&installation.mail.due()[0]).unwrap();
        installation.gate.fail_next("arm", fault);
        installation.settle(&installation.mail.due()[0]).unwrap();
        installation.run();
        let history = installation.history();
        let [.., timed_out, _] = &history[..] else { panic!("{}", told(&history)) };
        assert!(matches!(timed_out.event, Event::TaskTimedOut { .. }), "{fault:?}\n{}", told(&history));
    }
}

#[test]
fn an_answer_that_was_cut_off_goes_on_when_it_is_given_again_whatever_came_between() {
    let wait = json!({ "W": { "Type": "Wait", "Seconds": 5, "End": true } });
    let branches = [only(json!({})), states(wait)];
    let definition = states(json!({ "P": { "Type": "Parallel", "Branches": branches, "End": true } }));
    let installation = started_with(&definition, returns());
    installation.gate.keep_the_sweep_away();
    installation.settle_all();
    let token = installation.target.task_tokens().pop().unwrap();
    installation.gate.fail_next("send", tests::Fault::Before);
    assert_eq!(
        succeed(&installation, &token),
        Err("ServiceUnavailable".into()),
        "its record is there, its message is not"
    );
    // The other branch writes a record as well.
    installation.settle_next();
    assert_eq!(succeed(&installation, &token), Err("TaskTimedOut".into()), "it has been answered");
    installation.run();
    assert_eq!(described(&installation)["status"], "SUCCEEDED");
}

#[test]
fn heartbeats_put_the_end_off_and_leave_no_events() {
    for seconds in [50, 3_000] {
        let (installation, token) = waiting_with(json!({ "HeartbeatSeconds": seconds }));
        for _ in 0..10 {
            let until = installation.clock.now().plus_seconds(seconds - 1);
            while installation.clock.now() < until {
                let minute = installation.clock.now().plus_seconds(60);
                installation.clock.move_to(minute.min(until));
                installation.keep_time();
                installation.settle_all();
            }
            assert_eq!(beat(&installation, &token), Ok(json!({})));
        }
        let last = installation.clock.now();
        assert_eq!(types(&installation).last(), Some(&"TaskSubmitted"));
        installation.run();
        let history = installation.history();
        let timed_out = history.iter().find(|event| matches!(event.event, Event::TaskTimedOut { .. })).unwrap();
        assert_eq!(timed_out.timestamp.millis_since(last), seconds * 1_000);
        assert_eq!(described(&installation)["error"], "States.Timeout");
    }
}

#[test]
fn a_heartbeat_that_no_limit_asks_for_costs_no_record() {
    let (installation, token) = waiting();
    let records = installation.records();
    assert_eq!(beat(&installation, &token), Ok(json!({})));
    assert_eq!(installation.records(), records);
}

#[test]
fn heartbeats_and_answers_of_a_fan_out_do_not_lose_one_another() {
    const BRANCHES: usize = 6;
    let branch = |index: usize| {
        states(json!({ format!("S{index}"): callback(json!({ "HeartbeatSeconds": 600, "End": true })) }))
    };
    let branches: Vec<Value> = (0..BRANCHES).map(branch).collect();
    let definition = states(json!({ "P": { "Type": "Parallel", "Branches": branches, "End": true } }));
    for pauses in 0..12 {
        let installation = started_with(&definition, returns());
        installation.settle_all();
        let tokens = installation.target.task_tokens();
        assert_eq!(tokens.len(), BRANCHES);
        let mut calls: Vec<_> = tokens
            .iter()
            .enumerate()
            .map(|(index, token)| match index % 3 {
                0 => installation.begin_call("SendTaskHeartbeat", &json!({ "taskToken": token })),
                _ => installation.begin_call("SendTaskSuccess", &success(token)),
            })
            .collect();
        let answered: Vec<_> =
            calls.iter_mut().enumerate().map(|(index, call)| call.go_on(pauses * index % 7)).collect();
        for (answer, call) in answered.into_iter().zip(calls) {
            assert_eq!(answer.unwrap_or_else(|| call.finish()).unwrap(), Ok(json!({})));
        }
        for token in tokens.iter().step_by(3) {
            assert_eq!(succeed(&installation, token), Ok(json!({})));
        }
        installation.run();
        assert_eq!(described(&installation)["status"], "SUCCEEDED", "{}", told(&untimed(&installation.history())));
    }
}

#[test]
fn a_function_that_fails_submits_nothing() {
    let target = ScriptedTarget::new(|_| Reply::Raises("Shop.Closed"));
    let installation = started_with(&only(json!({})), target);
    installation.run();
    assert_eq!(types(&installation)[4..], ["TaskSubmitFailed", "ExecutionFailed"]);
    assert_eq!(described(&installation)["error"], "Shop.Closed");
    let token = installation.target.task_tokens().pop().unwrap();
    assert_eq!(succeed(&installation, &token), Err("TaskTimedOut".to_owned()));
}

#[test]
fn a_machine_that_waits_for_no_token_asks_for_no_secret() {
    let installation =
        started_with(&states(json!({ "S": { "Type": "Pass", "End": true } })), Options::default().target);
    installation.run();
    assert_eq!(described(&installation)["status"], "SUCCEEDED");
}
