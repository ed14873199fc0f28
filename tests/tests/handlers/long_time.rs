//! A year, an hour without a timekeeper, ten thousand timers of one minute.

use std::collections::BTreeMap;

use engine::event::Event;
use engine::execution::ExecutionArn;
use engine::input::{Input, Timer};
use engine::run::Token;
use engine::timestamp::Timestamp;
use futures::executor::block_on;
use ports::journal::Direction;
use ports::queue::Message;
use ports::timers::ArmedTimer;
use ports::{Journal, Timers};
use serde_json::{Value, json};
use tests::{Installation, Options, START, pass, states, told, with};

use crate::workflow::started_with;

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

fn wait(seconds: u64) -> Value {
    json!({ "Type": "Wait", "Seconds": seconds })
}

fn moves_to(installation: &Installation, until: Timestamp, step_seconds: u64) {
    while installation.clock.now() < until && !installation.has_ended() {
        let next = installation.clock.now().plus_seconds(step_seconds).min(until);
        while let Some(due) = installation.next_due().filter(|due| *due <= next) {
            installation.clock.move_to(due);
            installation.settle_all();
        }
        installation.clock.move_to(next);
        installation.keep_time();
    }
}

#[test]
fn a_wait_of_almost_a_year_ends_to_the_second_and_takes_one_message() {
    let definition =
        states(json!({ "S": with(wait(364 * DAY), json!({ "Next": "T" })), "T": pass(json!({ "End": true })) }));
    let installation = started_with(&definition, Options::default().target);
    installation.settle_all();
    let (sent, records) = (installation.mail.sent(), installation.records().len());
    // Every hour is often enough to see that nothing is done meanwhile.
    moves_to(&installation, START.plus_seconds(364 * DAY - HOUR), HOUR);
    assert_eq!((installation.mail.sent(), installation.records().len()), (sent, records), "nothing is due");
    moves_to(&installation, START.plus_seconds(365 * DAY), 60);
    let history = installation.history();
    let exited = history.iter().find(|event| matches!(event.event, Event::StateExited { .. })).unwrap();
    assert_eq!(exited.timestamp, START.plus_seconds(364 * DAY), "{}", told(&history));
    assert_eq!(installation.summary().unwrap().status.as_str(), "SUCCEEDED");
    let names: Vec<&str> = history.iter().map(|event| event.event.type_name()).collect();
    let expected = [
        "ExecutionStarted",
        "WaitStateEntered",
        "WaitStateExited",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ];
    assert_eq!(names, expected);
    assert_eq!(installation.mail.sent(), sent + 2, "its time came, and the next state was entered");
}

#[test]
fn an_execution_that_waits_for_longer_than_a_year_times_out_at_a_year() {
    let definition = states(json!({ "S": with(wait(3 * 365 * DAY), json!({ "End": true })) }));
    let installation = started_with(&definition, Options::default().target);
    moves_to(&installation, START.plus_seconds(370 * DAY), HOUR);
    assert_eq!(installation.summary().unwrap().status.as_str(), "TIMED_OUT");
    let ended = installation.history().last().unwrap().timestamp;
    assert!(ended >= START.plus_seconds(365 * DAY) && ended <= START.plus_seconds(367 * DAY), "{ended}");
}

#[test]
fn ten_thousand_timers_of_one_minute_are_sent_once_each_by_one_run() {
    const TIMERS: u64 = 10_000;
    let installation = Installation::default();
    let due = |number: u64| START.plus_seconds(HOUR).plus_millis((number % 60_000) as i64);
    for number in 0..TIMERS {
        let execution = ExecutionArn::new(format!("arn:aws:states:us-east-1:123456789012:execution:machine:{number}"));
        let timer = Timer::Place(Token { branch: 0, place: 1 });
        let armed = ArmedTimer { due: due(number), execution, seq: 1, timer };
        block_on(Timers::arm(&*installation.store, &armed)).unwrap();
    }
    installation.clock.advance_seconds(HOUR - 180);
    assert_eq!(installation.keep_time().timers, 0, "a minute is left until they are to be sent");
    installation.clock.advance_seconds(120);
    let run = installation.begin_keeping_time().go_on(1_000_000).expect("an end").unwrap();
    assert_eq!(run.timers as u64, TIMERS);
    assert_eq!(installation.keep_time().timers, 0);
    assert!(!installation.has_armed_timers());
    let mut sent: BTreeMap<ExecutionArn, Timestamp> = BTreeMap::new();
    for letter in installation.mail.waiting() {
        let Message::Transition(transition) = letter.message() else { panic!("{letter:?}") };
        assert!(matches!(transition.input, Input::TimeCame { .. }));
        assert!(sent.insert(transition.execution.clone(), letter.due).is_none(), "twice: {transition:?}");
    }
    assert_eq!(sent.len() as u64, TIMERS);
    let number = |execution: &ExecutionArn| execution.name().parse::<u64>().unwrap();
    assert!(sent.iter().all(|(execution, at)| *at == due(number(execution))));
}

/// Some wait by a message, some by a timer, some have lost their message; then there is no timekeeper for an hour.
#[test]
fn what_came_due_while_the_timekeeper_was_down_goes_on_at_once_and_once() {
    const EXECUTIONS: usize = 30;
    let installation = Installation::default();
    let seconds = |number: usize| 1_000 + 100 * number as u64;
    let definition = states(json!({
        "S": { "Type": "Wait", "SecondsPath": "$.seconds", "Next": "T" },
        "T": pass(json!({ "End": true })),
    }));
    installation.create(&definition);
    let executions: Vec<ExecutionArn> = (0..EXECUTIONS)
        .map(|number| {
            let mut request = Installation::start_request(&json!({ "seconds": seconds(number) }));
            request["name"] = json!(format!("n{number}"));
            let answer = installation.call("StartExecution", &request).unwrap();
            ExecutionArn::new(answer["executionArn"].as_str().unwrap())
        })
        .collect();
    installation.settle_all();
    installation.keep_time();
    // Down until all of them are overdue, the first for 47 minutes.
    installation.clock.move_to(START.plus_seconds(seconds(EXECUTIONS)));
    let back = installation.clock.now();
    installation.settle_all();
    let swept = installation.keep_time();
    assert_eq!(swept.timers, EXECUTIONS, "{swept:?}");
    installation.settle_all();
    for (number, execution) in executions.iter().enumerate() {
        let all = installation.store.records(execution, None, Direction::OldestFirst, usize::MAX);
        let records = block_on(all).unwrap();
        let ended = records.last().unwrap();
        assert!(ended.run.has_ended(), "{number}");
        assert_eq!(ended.at, back, "{number}: at once");
        assert_eq!(records.len(), 4, "{number}: nothing twice");
        let ids: Vec<u64> = records.iter().flat_map(|record| &record.events).map(|event| event.id).collect();
        assert_eq!(ids, [1, 2, 3, 4, 5, 6], "{number}");
    }
    // Nothing is left that would go on.
    let sent = installation.mail.sent();
    for _ in 0..30 {
        installation.clock.advance_seconds(60);
        installation.keep_time();
        installation.settle_all();
    }
    assert_eq!(installation.mail.sent(), sent);
}

#[test]
fn an_hour_without_a_sweep_delays_what_lost_its_message_and_no_more() {
    let definition = states(json!({ "S": with(wait(600), json!({ "Next": "T" })), "T": pass(json!({ "End": true })) }));
    let installation = started_with(&definition, Options::default().target);
    installation.settle_all();
    installation.mail.lose_all();
    installation.clock.advance_seconds(HOUR);
    let sent = installation.mail.sent();
    assert_eq!(installation.keep_time().executions, 1);
    installation.settle_all();
    assert!(installation.has_ended());
    assert_eq!(installation.history().last().unwrap().timestamp, START.plus_seconds(HOUR));
    assert_eq!(installation.mail.sent(), sent + 2);
}
