//! Runs with many branches, whose messages come all at once.

use engine::event::Event;
use engine::execution::ExecutionArn;
use engine::input::Cause;
use engine::record::Record;
use interpreter::{Handled, Interpreter};
use ports::StoreError;
use ports::queue::{Lane, Message};
use serde_json::{Value, json};
use tests::{
    Delivery, Fault, Installation, Letter, Options, Reply, ScriptedTarget, Took, callback, pass, states, task, with,
};

use crate::workflow::started_with;

const BRANCHES: usize = 40;

fn parallel(branches: usize, state: &Value) -> Value {
    let branch = |number: usize| states(json!({ format!("S{number}"): with(state.clone(), json!({ "End": true })) }));
    let branches: Vec<Value> = (0..branches).map(branch).collect();
    states(json!({ "All": { "Type": "Parallel", "Branches": branches, "End": true } }))
}

fn map(state: &Value) -> Value {
    let iteration = states(json!({ "S": with(state.clone(), json!({ "End": true })) }));
    states(json!({
        "Each": { "Type": "Map", "MaxConcurrency": BRANCHES, "ItemProcessor": iteration, "End": true },
    }))
}

fn wait(seconds: u64) -> Value {
    json!({ "Type": "Wait", "Seconds": seconds })
}

fn started(definition: &Value, input: &Value) -> Installation {
    let installation = Installation::new(Options::default());
    installation.create(definition);
    installation.start(input);
    installation
}

fn run(installation: &Installation) -> Took {
    installation.run_crowded(&[Installation::execution()]).0
}

/// How many states the branches have left.
fn left(installation: &Installation) -> usize {
    installation.history().iter().filter(|event| matches!(event.event, Event::StateExited { .. })).count()
}

/// It took its course without anybody giving up, and with few tries in vain.
#[track_caller]
fn assert_calm(installation: &Installation, took: Took, states: usize, conflicts: usize) {
    assert_eq!(installation.summary().unwrap().status.as_str(), "SUCCEEDED");
    assert_eq!(left(installation), states + 1, "{took:?}");
    assert_eq!(took.failures, 0, "{took:?}");
    assert!(took.conflicts <= conflicts, "{took:?}");
}

#[test]
fn branches_that_wait_for_the_same_second_go_through_the_lane_without_a_try_in_vain() {
    for branches in [2, 10, BRANCHES] {
        let installation = started(&parallel(branches, &wait(60)), &json!({}));
        let took = run(&installation);
        println!("{branches} branches wait: {took:?}");
        assert_calm(&installation, took, branches, branches.div_ceil(10));
        assert_eq!(took.fifo, 2 * branches, "the times that came, beside the first messages");
        assert!(took.records <= 4 + 2 * branches.div_ceil(10), "{took:?}");
    }
}

#[test]
fn tasks_that_are_claimed_at_the_same_time_share_a_record() {
    for branches in [2, 10, BRANCHES] {
        let installation = started(&parallel(branches, &task(json!({}))), &json!({}));
        let took = run(&installation);
        println!("{branches} tasks: {took:?}");
        assert_calm(&installation, took, branches, 2 * branches);
        assert_eq!(installation.target.calls().len(), branches);
        let claims = installation.records().iter().filter(|record| is_of_claims(record)).count();
        assert!(claims <= 2 + branches / 5, "{claims} records of claims");
    }
}

fn is_of_claims(record: &Record) -> bool {
    record.causes.iter().any(|cause| matches!(cause, Cause::Claim { .. }))
}

#[test]
fn dispatchers_in_processes_of_their_own_get_out_of_each_others_way() {
    let installation = started(&parallel(BRANCHES, &task(json!({}))), &json!({}));
    let [start] = &installation.mail.due()[..] else { panic!("one message") };
    installation.settle(start).unwrap();
    while let Some(fifo) = Some(transitions(&installation)).filter(|fifo| !fifo.is_empty()) {
        installation.deliver_batch(&fifo).unwrap();
    }
    let tasks = installation.mail.due();
    assert_eq!(tasks.len(), BRANCHES);
    let appends = installation.gate.made("append");
    let dispatchers: Vec<_> = tasks.iter().map(|_| installation.another_dispatcher()).collect();
    let deliveries = tasks
        .iter()
        .zip(&dispatchers)
        .map(|(letter, dispatcher)| installation.begin_in(letter, &installation.interpreter, dispatcher));
    let answers = side_by_side(&installation, deliveries.collect());
    assert!(answers.iter().all(|answer| matches!(answer, Ok(Handled::Done))), "{answers:?}");
    let conflicts = installation.gate.made("append") - appends - BRANCHES;
    println!("{BRANCHES} dispatchers: {conflicts} conflicts");
    assert!(conflicts <= 8 * BRANCHES, "{conflicts} conflicts");
    tasks.iter().for_each(|letter| installation.mail.remove(letter.id));
    let took = run(&installation);
    assert_calm(&installation, took, BRANCHES, BRANCHES);
    assert_eq!(installation.target.calls().len(), BRANCHES);
}

#[test]
fn whoever_claims_for_others_may_die_at_any_point() {
    let branch = |number: usize| {
        let state = task(json!({ "Parameters": { "number": number }, "End": true }));
        states(json!({ format!("S{number}"): state }))
    };
    let branches: Vec<Value> = (0..12).map(branch).collect();
    let definition = states(json!({ "All": { "Type": "Parallel", "Branches": branches, "End": true } }));
    let mut shared = 0;
    for pauses in 0.. {
        let installation = started(&definition, &json!({}));
        installation.settle(&installation.mail.due()[0]).unwrap();
        while let Some(fifo) = Some(transitions(&installation)).filter(|fifo| !fifo.is_empty()) {
            installation.deliver_batch(&fifo).unwrap();
        }
        let letters = installation.mail.due();
        let mut first = installation.begin(&letters[0]);
        assert!(first.go_on(1).is_none(), "it reads the newest record");
        let mut others: Vec<_> = letters[1..3].iter().map(|letter| installation.begin(letter)).collect();
        others.iter_mut().for_each(|other| assert!(other.go_on(1).is_none(), "it waits for its turn"));
        let is_over = first.go_on(pauses).is_some();
        drop(first);
        for (other, letter) in others.into_iter().zip(&letters[1..3]) {
            other.finish().unwrap();
            installation.mail.remove(letter.id);
        }
        shared +=
            usize::from(installation.records().iter().any(|record| record.causes.len() == 3 && is_of_claims(record)));
        let calls = installation.target.calls_by_payload();
        for number in [1, 2] {
            assert_eq!(calls.get(&format!(r#"{{"number":{number}}}"#)), Some(&1), "{pauses}: {calls:?}");
        }
        installation.run();
        let calls = installation.target.calls_by_payload();
        assert!(calls.values().all(|count| *count == 1), "{pauses}: {calls:?}");
        if is_over {
            break;
        }
    }
    assert!(shared > 2, "{shared}");
}

#[test]
fn answers_of_all_branches_at_once_are_all_taken() {
    let branch = |number: usize| states(json!({ format!("S{number}"): callback(json!({ "End": true })) }));
    let branches: Vec<Value> = (0..BRANCHES).map(branch).collect();
    let definition = states(json!({ "All": { "Type": "Parallel", "Branches": branches, "End": true } }));
    let target = ScriptedTarget::new(|_| Reply::Returns("{}".into()));
    let installation = started_with(&definition, target);
    installation.settle_all();
    let tokens = installation.target.task_tokens();
    assert_eq!(tokens.len(), BRANCHES);
    let appends = installation.gate.made("append");
    let answer =
        |token: &String| installation.begin_call("SendTaskSuccess", &json!({ "taskToken": token, "output": "{}" }));
    let answers = side_by_side(&installation, tokens.iter().map(answer).collect());
    assert!(answers.iter().all(|answer| matches!(answer, Ok(Ok(_)))), "{answers:?}");
    let conflicts = installation.gate.made("append") - appends - BRANCHES;
    println!("{BRANCHES} answers: {conflicts} conflicts");
    assert!(conflicts <= 8 * BRANCHES, "{conflicts} conflicts");
    let took = run(&installation);
    assert_calm(&installation, took, BRANCHES, BRANCHES);
}

/// All of them at once, a poll of each in turn, to their ends.
fn side_by_side<T>(installation: &Installation, mut deliveries: Vec<Delivery<T>>) -> Vec<Result<T, StoreError>> {
    let mut answers: Vec<_> = deliveries.iter().map(|_| None).collect();
    for _ in 0..100_000 {
        for (delivery, answer) in deliveries.iter_mut().zip(&mut answers) {
            if answer.is_none() {
                *answer = delivery.go_on(1);
            }
        }
        if answers.iter().all(Option::is_some) {
            return answers.into_iter().flatten().collect();
        }
        installation.clock.move_to(installation.clock.now().plus_millis(3));
    }
    panic!("they do not come to an end");
}

fn transitions(installation: &Installation) -> Vec<Letter> {
    let mut due = installation.mail.due();
    due.retain(|letter| matches!(letter.message(), Message::Transition(_)));
    due.truncate(10);
    due
}

#[test]
fn a_map_of_many_items_has_few_tries_in_vain() {
    const ITEMS: usize = 400;
    let items: Vec<usize> = (0..ITEMS).collect();
    for (name, state) in [("waits", wait(60)), ("tasks", task(json!({})))] {
        let installation = started(&map(&state), &json!(items));
        let took = run(&installation);
        println!("{ITEMS} {name}: {took:?}");
        assert_calm(&installation, took, ITEMS, 2 * ITEMS);
        assert!(took.conflicts <= took.records, "{took:?}");
    }
}

#[test]
fn a_crowded_execution_does_not_hold_up_another() {
    let small = states(json!({ "A": pass(json!({ "Next": "B" })), "B": with(wait(60), json!({ "Next": "C" })),
        "C": task(json!({ "End": true })) }));
    let other = |installation: &Installation| {
        let request = json!({ "name": "small", "definition": small.to_string(), "roleArn": "arn:aws:iam::123456789012:role/machine" });
        installation.call("CreateStateMachine", &request).unwrap();
        let machine = "arn:aws:states:us-east-1:123456789012:stateMachine:small";
        installation.call("StartExecution", &json!({ "stateMachineArn": machine, "name": "other" })).unwrap();
        ExecutionArn::new("arn:aws:states:us-east-1:123456789012:execution:small:other")
    };
    let alone = Installation::default();
    let execution = other(&alone);
    let undisturbed = alone.run_crowded(&[execution]).1;
    let crowded = started(&parallel(BRANCHES, &wait(60)), &json!({}));
    let execution = other(&crowded);
    let ends = crowded.run_crowded(&[execution.clone(), Installation::execution()]).1;
    assert_eq!(ends[&execution], undisturbed[&execution]);
    assert!(ends[&Installation::execution()] > ends[&execution], "{ends:?}");
}

/// Branches whose times have come, with their messages, and no sweep.
fn due_at_once(branches: usize) -> (Installation, Vec<Letter>) {
    let installation = started(&parallel(branches, &wait(60)), &json!({}));
    installation.gate.keep_the_sweep_away();
    installation.settle_all();
    installation.clock.advance_seconds(60);
    let letters = installation.mail.due();
    assert_eq!(letters.len(), branches);
    (installation, letters)
}

#[test]
fn two_times_at_once_lose_nothing_however_they_interleave_and_wherever_they_crash() {
    let mut most = 0;
    for (first, second) in (0..12).flat_map(|first| (0..12).map(move |second| (first, second))) {
        for crashes in [[false, false], [true, false], [false, true], [true, true]] {
            let (installation, letters) = due_at_once(2);
            let mut deliveries = [installation.begin(&letters[0]), installation.begin(&letters[1])];
            // The first, the second, and then turn by turn.
            let mut done = [deliveries[0].go_on(first).is_some(), deliveries[1].go_on(second).is_some()];
            for _ in 0..40 {
                for index in 0..2 {
                    done[index] = done[index] || (!crashes[index] && deliveries[index].go_on(1).is_some());
                }
            }
            drop(deliveries);
            for index in 0..2 {
                // What crashed comes again, and what did not may have crashed before it was deleted.
                if done[index] && (first + second) % 2 == 0 {
                    installation.mail.remove(letters[index].id);
                }
            }
            let took = run(&installation);
            assert_calm(&installation, took, 2, 10);
            most = most.max(installation.records().len());
        }
    }
    assert!(most <= 8, "{most} records");
}

#[test]
fn three_times_at_once_lose_nothing_however_they_interleave() {
    const PAUSES: usize = 9;
    for order in 0..PAUSES.pow(3) {
        let pauses = [order % PAUSES, order / PAUSES % PAUSES, order / PAUSES / PAUSES];
        let (installation, letters) = due_at_once(3);
        let mut deliveries: Vec<_> = letters.iter().map(|letter| installation.begin(letter)).collect();
        let mut done = Vec::new();
        for (delivery, pauses) in deliveries.iter_mut().zip(pauses) {
            done.push(delivery.go_on(pauses).is_some());
        }
        // The last that began falls over, if it was under way.
        deliveries.truncate(2);
        for (delivery, done) in deliveries.into_iter().zip(&mut done) {
            *done = *done || delivery.finish().is_ok();
        }
        for (letter, _) in letters.iter().zip(done).filter(|(_, done)| *done) {
            installation.mail.remove(letter.id);
        }
        let took = run(&installation);
        assert_calm(&installation, took, 3, 10);
    }
}

#[test]
fn a_time_that_was_handed_on_and_comes_early_by_a_slow_clock_comes_again() {
    let (installation, letters) = due_at_once(3);
    letters.iter().for_each(|letter| assert_eq!(installation.settle(letter).unwrap(), Handled::Done));
    let handed_on = installation.mail.due();
    assert!(handed_on.iter().all(is_in_the_lane), "{handed_on:?}");
    let slow = Interpreter { ports: installation.ports_by(-3_000), ..installation.interpreter.clone() };
    assert_eq!(installation.begin_batch_in(&handed_on, &slow).finish().unwrap(), Handled::Done);
    handed_on.iter().for_each(|letter| installation.mail.remove(letter.id));
    let again = installation.mail.waiting();
    assert_eq!(again.len(), 3, "{again:?}");
    assert!(again.iter().all(|letter| !is_in_the_lane(letter)), "the lane has no delays");
    let took = run(&installation);
    assert_calm(&installation, took, 3, 3);
}

fn is_in_the_lane(letter: &Letter) -> bool {
    matches!(letter.message(), Message::Transition(it) if it.lane == Lane::Fifo && it.not_before.is_none())
}

#[test]
fn what_a_record_owes_is_sent_before_another_message_of_its_batch_is_handed_on() {
    let branch = |number: usize| {
        states(json!({
            format!("Wait{number}"): with(wait(60), json!({ "Next": format!("Pass{number}") })),
            format!("Pass{number}"): pass(json!({ "End": true })),
        }))
    };
    let definition = json!({ "Type": "Parallel", "Branches": [branch(0), branch(1), branch(2)], "End": true });
    let mut handed_on = 0;
    for pauses in 0..12 {
        let installation = started(&states(json!({ "All": definition })), &json!({}));
        installation.gate.keep_the_sweep_away();
        installation.settle_all();
        installation.clock.advance_seconds(60);
        let letters = installation.mail.due();
        // It is not handed on; it comes again, writes its record, and does not send what that owes.
        let records = installation.records().len();
        while installation.records().len() == records {
            installation.gate.fail_next("send", Fault::Before);
            assert!(installation.deliver(&letters[0]).is_err());
        }
        let mut batch = installation.begin_batch(&letters[..2]);
        let done = batch.go_on(pauses).is_some();
        installation.settle(&letters[2]).unwrap();
        let fifo: Vec<Letter> = installation.mail.due().into_iter().filter(is_in_the_lane).collect();
        installation.deliver_batch(&fifo).unwrap();
        let sent = installation.mail.sent();
        assert!(done || batch.finish().is_ok());
        handed_on += usize::from(installation.mail.due().iter().any(|letter| {
            letter.id > sent
                && matches!(letter.message(), Message::Transition(it) if it.input.cause() == cause(&letters[1]))
        }));
        letters[..2].iter().for_each(|letter| installation.mail.remove(letter.id));
        let took = run(&installation);
        assert_calm(&installation, took, 6, 6);
    }
    assert!(handed_on > 0, "no message was handed on");
}

fn cause(letter: &Letter) -> Cause {
    match letter.message() {
        Message::Transition(transition) => transition.input.cause(),
        other => panic!("{other:?}"),
    }
}
