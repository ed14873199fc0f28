//! Activities, and their workers: a task is handed to one, whatever becomes of it.

use ports::Settings;
use serde_json::{Value, json};
use tests::{ApiAnswer, Fault, Installation, Options, states, with};

const ACTIVITY: &str = "arn:aws:states:us-east-1:123456789012:activity:cook";

fn only(fields: Value) -> Value {
    states(json!({ "S": with(json!({ "Type": "Task", "Resource": ACTIVITY, "End": true }), fields) }))
}

/// An execution whose task is offered to workers.
fn offered_with(fields: Value) -> Installation {
    let installation = Installation::default();
    make(&installation);
    installation.create(&only(fields));
    installation.start(&json!({ "dish": 1 }));
    installation.settle_all();
    installation
}

fn offered() -> Installation {
    offered_with(json!({}))
}

fn make(installation: &Installation) -> Value {
    installation.call("CreateActivity", &json!({ "name": "cook" })).unwrap()
}

fn delete(installation: &Installation) {
    assert_eq!(installation.call("DeleteActivity", &json!({ "activityArn": ACTIVITY })), Ok(json!({})));
}

fn poll() -> Value {
    json!({ "activityArn": ACTIVITY, "workerName": "ann" })
}

fn take(installation: &Installation) -> ApiAnswer {
    installation.call("GetActivityTask", &poll())
}

#[track_caller]
fn token(installation: &Installation) -> String {
    take(installation).unwrap()["taskToken"].as_str().expect("a task").to_owned()
}

fn succeed(installation: &Installation, token: &str) -> ApiAnswer {
    installation.call("SendTaskSuccess", &json!({ "taskToken": token, "output": "\"done\"" }))
}

fn types(installation: &Installation) -> Vec<&'static str> {
    installation.history().iter().map(|event| event.event.type_name()).collect()
}

fn started(installation: &Installation) -> usize {
    types(installation).iter().filter(|event| **event == "ActivityStarted").count()
}

const DONE: [&str; 7] = [
    "ExecutionStarted",
    "TaskStateEntered",
    "ActivityScheduled",
    "ActivityStarted",
    "ActivitySucceeded",
    "TaskStateExited",
    "ExecutionSucceeded",
];

#[test]
fn a_worker_takes_a_task_and_answers() {
    let installation = offered();
    let task = take(&installation).unwrap();
    assert_eq!(task["input"], r#"{"dish":1}"#);
    assert_eq!(installation.offers.waiting(), 0);
    succeed(&installation, task["taskToken"].as_str().unwrap()).unwrap();
    installation.run();
    assert_eq!(types(&installation), DONE);
}

#[test]
fn a_poll_without_a_task_answers_so_after_its_wait() {
    let installation = Installation::default();
    make(&installation);
    let before = installation.clock.now();
    assert_eq!(take(&installation), Ok(json!({})));
    assert_eq!(installation.clock.now().millis_since(before), 60_000);
}

#[test]
fn of_two_workers_at_once_one_gets_the_task() {
    for (first_pauses, second_pauses) in (0..14).flat_map(|first| (0..14).map(move |second| (first, second))) {
        let installation = offered();
        // Its message comes twice.
        installation.offers.offer_again();
        let mut first = installation.begin_call("GetActivityTask", &poll());
        let mut second = installation.begin_call("GetActivityTask", &poll());
        let answers = [first.go_on(first_pauses), second.go_on(second_pauses)];
        let mut tokens = Vec::new();
        for (answer, call) in answers.into_iter().zip([first, second]) {
            let answer = answer.unwrap_or_else(|| call.finish()).unwrap().unwrap();
            tokens.extend(answer.get("taskToken").cloned());
        }
        assert_eq!((tokens.len(), started(&installation)), (1, 1), "{first_pauses} {second_pauses}");
    }
}

#[test]
fn a_worker_may_be_cut_off_at_any_point() {
    for pauses in 0.. {
        let installation = offered_with(json!({ "TimeoutSeconds": 600 }));
        let mut call = installation.begin_call("GetActivityTask", &poll());
        let done = call.go_on(pauses).is_some();
        drop(call);
        let before = started(&installation);
        // Its message comes again once nobody can have it any more.
        installation.clock.advance_seconds(31);
        let again = take(&installation).unwrap();
        assert_eq!(again.get("taskToken").is_some(), before == 0, "{pauses}: taken at most once");
        assert_eq!(started(&installation), 1, "{pauses}");
        installation.run();
        assert_eq!(types(&installation).last(), Some(&"ExecutionFailed"), "{pauses}: the task's limit decides");
        assert!(types(&installation).contains(&"ActivityTimedOut"), "{pauses}");
        if done {
            return;
        }
    }
}

#[test]
fn a_claim_whose_answer_was_lost_is_known_again() {
    for fault in [Fault::Before, Fault::After] {
        let installation = offered();
        installation.gate.fail_next("append", fault);
        let token = token(&installation);
        assert_eq!(started(&installation), 1);
        succeed(&installation, &token).unwrap();
        installation.run();
        assert_eq!(types(&installation), DONE);
    }
}

#[test]
fn offers_that_are_lost_are_found_by_the_sweep() {
    let installation = offered();
    installation.offers.lose_all();
    while installation.offers.waiting() == 0 {
        installation.clock.advance_seconds(60);
        installation.keep_time();
    }
    succeed(&installation, &token(&installation)).unwrap();
    installation.run();
    assert_eq!(types(&installation), DONE);
}

#[test]
fn a_task_waits_for_a_worker_for_days() {
    let installation = offered();
    let records = installation.records();
    for _ in 0..3_000 {
        installation.clock.advance_seconds(60);
        installation.keep_time();
        installation.settle_all();
    }
    assert_eq!(installation.records(), records, "nothing happens to it");
    assert!(installation.offers.waiting() < 20, "it is offered more and more rarely");
    succeed(&installation, &token(&installation)).unwrap();
    assert_eq!(take(&installation), Ok(json!({})), "whatever else was offered is that same task");
    installation.run();
    assert_eq!(types(&installation), DONE);
}

#[test]
fn what_was_aborted_is_not_handed_out() {
    let installation = offered();
    installation.stop().unwrap();
    assert_eq!(take(&installation), Ok(json!({})));
    assert_eq!(started(&installation), 0);
    assert_eq!(installation.offers.waiting(), 0);
}

#[test]
fn a_worker_that_dies_is_noticed_by_the_limits_of_its_task() {
    let retry = json!({ "ErrorEquals": ["States.Timeout"], "MaxAttempts": 1 });
    for limits in [json!({ "HeartbeatSeconds": 50 }), json!({ "TimeoutSeconds": 50 })] {
        let installation = offered_with(with(limits, json!({ "Retry": [retry] })));
        let lost = token(&installation);
        while started(&installation) < 2 {
            installation.settle_next();
            if installation.offers.waiting() > 0 {
                let second = token(&installation);
                assert_ne!(second, lost);
                assert_eq!(succeed(&installation, &lost), Err("TaskTimedOut".to_owned()));
                succeed(&installation, &second).unwrap();
            }
        }
        installation.run();
        assert_eq!(types(&installation).last(), Some(&"ExecutionSucceeded"));
    }
}

#[test]
fn a_task_for_an_activity_that_is_not_there_fails_its_execution() {
    let installation = Installation::default();
    installation.create(&only(json!({})));
    installation.start(&json!({}));
    installation.run();
    assert_eq!(types(&installation), ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]);
}

#[test]
fn a_task_outlives_its_activity() {
    let installation = offered();
    let token = token(&installation);
    delete(&installation);
    assert_eq!(take(&installation), Err("ActivityDoesNotExist".to_owned()));
    assert_eq!(succeed(&installation, &token), Ok(json!({})));
    installation.run();
    assert_eq!(types(&installation), DONE);
}

#[test]
fn a_task_that_waits_is_offered_to_the_workers_of_a_new_activity() {
    let installation = offered();
    delete(&installation);
    make(&installation);
    while installation.offers.waiting() == 0 {
        installation.clock.advance_seconds(60);
        installation.keep_time();
    }
    succeed(&installation, &token(&installation)).unwrap();
    installation.run();
    assert_eq!(types(&installation), DONE);
}

#[test]
fn inputs_of_any_size_reach_the_worker() {
    let installation = Installation::default();
    make(&installation);
    installation.create(&only(json!({})));
    let input = json!({ "dish": "x".repeat(200_000) });
    installation.start(&input);
    installation.settle_all();
    assert_eq!(take(&installation).unwrap()["input"], input.to_string());
}

#[test]
fn an_activity_is_made_once_however_its_calls_go() {
    for pauses in 0.. {
        let installation = Installation::default();
        let request = json!({ "name": "cook" });
        let mut call = installation.begin_call("CreateActivity", &request);
        let done = call.go_on(pauses).is_some();
        drop(call);
        let first = make(&installation);
        installation.clock.advance_seconds(9);
        assert_eq!(make(&installation), first);
        let listed = installation.call("ListActivities", &json!({})).unwrap();
        assert_eq!(listed["activities"].as_array().unwrap().len(), 1);
        if done {
            return;
        }
    }
}

/// Workers that wait are not to keep others out.
#[test]
fn only_so_many_workers_wait_at_a_time() {
    let settings = Settings { activity_polls: 2, ..Settings::default() };
    let installation = Installation::new(Options { settings, ..Options::default() });
    make(&installation);
    let mut waiting: Vec<_> = (0..2).map(|_| installation.begin_call("GetActivityTask", &poll())).collect();
    for call in &mut waiting {
        assert!(call.go_on(1).is_none());
    }
    assert_eq!(take(&installation), Err("ActivityWorkerLimitExceeded".to_owned()));
    assert!(installation.call("DescribeActivity", &json!({ "activityArn": ACTIVITY })).is_ok());
    drop(waiting.pop());
    assert_eq!(take(&installation), Ok(json!({})), "one has gone");
}

/// The records of one execution are damaged; its task does not keep others from their workers.
#[test]
fn a_task_that_cannot_be_read_is_passed_over() {
    let installation = offered();
    let second = with(Installation::start_request(&json!({ "dish": 2 })), json!({ "name": "second" }));
    installation.call("StartExecution", &second).unwrap();
    installation.settle_all();
    installation.gate.fail_next("append", Fault::Unreadable);
    assert_eq!(take(&installation).unwrap()["input"], r#"{"dish":2}"#);
    assert_eq!(installation.offers.waiting(), 0);
}

#[test]
fn activities_carry_tags() {
    let installation = Installation::default();
    make(&installation);
    let tags = json!([{ "key": "team", "value": "kitchen" }]);
    let tag = json!({ "resourceArn": ACTIVITY, "tags": tags });
    installation.call("TagResource", &tag).unwrap();
    let listed = || installation.call("ListTagsForResource", &json!({ "resourceArn": ACTIVITY }));
    assert_eq!(listed(), Ok(json!({ "tags": tags })));
    installation.call("UntagResource", &json!({ "resourceArn": ACTIVITY, "tagKeys": ["team"] })).unwrap();
    assert_eq!(listed(), Ok(json!({ "tags": [] })));
    delete(&installation);
    assert_eq!(listed(), Err("ResourceNotFound".to_owned()));
}
