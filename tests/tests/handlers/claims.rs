//! Task messages: claim, call, answer. Each attempt reaches its target at most once.

use dispatcher::Dispatcher;
use engine::event::Event;
use interpreter::Handled;
use ports::queue::Message;
use serde_json::{Value, json};
use tests::{Delivery, Installation, Letter, Options, Reply, ScriptedTarget, states, task, told, with};

use crate::workflow::started_with;

fn only_task() -> Value {
    states(json!({ "S": task(json!({ "End": true })) }))
}

/// A task whose message waits.
fn scheduled(target: ScriptedTarget) -> (Installation, Letter) {
    let installation = started_with(&only_task(), target);
    let letters = installation.mail.due();
    installation.settle(&letters[0]).unwrap();
    let letters = installation.mail.due();
    let [letter] = &letters[..] else { panic!("{letters:?}") };
    (installation, letter.clone())
}

fn echo() -> ScriptedTarget {
    Options::default().target
}

fn begin(installation: &Installation, dispatcher: &Dispatcher, letter: &Letter) -> Delivery<Handled> {
    let Message::Task(task) = letter.message().clone() else { panic!("{letter:?}") };
    let dispatcher = dispatcher.clone();
    let until = installation.clock.now().plus_seconds(900);
    Delivery::new(&installation.clock, async move { dispatcher.dispatch(&task, until).await.map(|()| Handled::Done) })
}

/// How the one task ended: `Returns`, or the name of the error.
fn outcome(installation: &Installation) -> String {
    let history = installation.history();
    let ended = history.iter().find_map(|event| match &event.event {
        Event::LambdaFunctionSucceeded { .. } => Some("succeeded".to_owned()),
        Event::LambdaFunctionFailed(failure) => failure.error.clone(),
        _ => None,
    });
    ended.unwrap_or_else(|| panic!("the task has not ended:\n{}", told(&history)))
}

#[test]
fn two_dispatchers_call_the_target_once_however_they_interleave() {
    for pauses in 0.. {
        let (installation, letter) = scheduled(echo());
        let (one, other) = (installation.dispatcher.clone(), installation.another_dispatcher());
        let mut first = begin(&installation, &one, &letter);
        if first.go_on(pauses).is_some() {
            break;
        }
        let mut second = begin(&installation, &other, &letter);
        // Turn by turn from here on; who waits for the other waits while the clock stands still.
        let (mut first_done, mut second_done) = (false, false);
        for _ in 0..40 {
            second_done = second_done || second.go_on(1).is_some();
            first_done = first_done || first.go_on(1).is_some();
        }
        assert!(first_done || second_done, "{pauses}: they wait for each other");
        if !second_done {
            second.finish().unwrap();
        }
        if !first_done {
            first.finish().unwrap();
        }
        installation.mail.remove(letter.id);
        assert_eq!(installation.target.calls().len(), 1, "{pauses}");
        installation.run();
        assert_eq!(outcome(&installation), "succeeded", "{pauses}");
    }
}

#[test]
fn a_claim_that_another_record_came_before_is_not_of_an_earlier_time() {
    let branch = |name: &str| json!({ "StartAt": name, "States": { name: task(json!({ "End": true })) } });
    let both = json!({ "Type": "Parallel", "Branches": [branch("One"), branch("Other")], "End": true });
    let installation = started_with(&states(json!({ "S": both })), echo());
    let is_transition = |letter: &Letter| !matches!(letter.message(), Message::Task(_));
    while let Some(transition) = installation.mail.due().into_iter().find(is_transition) {
        installation.settle(&transition).unwrap();
    }
    let letters = installation.mail.due();
    let [one, other] = &letters[..] else { panic!("{letters:?}") };
    // Before the put of its claim.
    let mut late = begin(&installation, &installation.dispatcher, one);
    assert!(late.go_on(1).is_none());
    installation.clock.advance_seconds(5);
    begin(&installation, &installation.another_dispatcher(), other).finish().unwrap();
    late.finish().unwrap();
    let history = installation.history();
    let started = history.iter().filter(|event| matches!(event.event, Event::LambdaFunctionStarted));
    assert_eq!(started.count(), 2, "{}", told(&history));
    assert!(history.is_sorted_by_key(|event| event.timestamp), "{}", told(&history));
}

#[test]
fn a_message_that_comes_again_while_the_target_runs_does_not_fail_the_task() {
    for same_process in [true, false] {
        let (installation, letter) = scheduled(ScriptedTarget::new(|_| Reply::Hangs));
        let mut call = begin(&installation, &installation.dispatcher, &letter);
        assert!(call.go_on(1_000).is_none());
        assert_eq!(installation.target.calls().len(), 1);
        let other = installation.another_dispatcher();
        let again = if same_process { &installation.dispatcher } else { &other };
        begin(&installation, again, &letter).finish().unwrap();
        installation.mail.remove(letter.id);
        let records = installation.records().len();
        installation.settle_all();
        assert_eq!(installation.records().len(), records, "same process {same_process}: nobody has answered");
        drop(call);
        installation.run();
        assert_eq!((installation.target.calls().len(), outcome(&installation).as_str()), (1, "Lambda.Unknown"));
    }
}

#[test]
fn a_message_that_comes_again_after_the_answer_does_not_fail_the_task() {
    for same_process in [true, false] {
        let (installation, letter) = scheduled(echo());
        begin(&installation, &installation.dispatcher, &letter).finish().unwrap();
        let other = installation.another_dispatcher();
        let again = if same_process { &installation.dispatcher } else { &other };
        begin(&installation, again, &letter).finish().unwrap();
        installation.mail.remove(letter.id);
        // The later messages first.
        let mut due = installation.mail.due();
        due.reverse();
        for letter in due {
            installation.settle(&letter).unwrap();
        }
        installation.run();
        assert_eq!(outcome(&installation), "succeeded", "same process {same_process}");
        assert_eq!(installation.target.calls().len(), 1);
    }
}

#[test]
fn a_dispatcher_that_dies_before_its_claim_has_done_nothing() {
    let (installation, letter) = scheduled(echo());
    // Before the put of the claim.
    let mut call = begin(&installation, &installation.dispatcher, &letter);
    assert!(call.go_on(1).is_none());
    drop(call);
    let other = installation.another_dispatcher();
    begin(&installation, &other, &letter).finish().unwrap();
    installation.mail.remove(letter.id);
    installation.run();
    assert_eq!((installation.target.calls().len(), outcome(&installation).as_str()), (1, "succeeded"));
}

#[test]
fn a_dispatcher_that_dies_with_its_claim_leaves_an_unknown_outcome_and_no_second_call() {
    for pauses in 2.. {
        let (installation, letter) = scheduled(echo());
        let mut call = begin(&installation, &installation.dispatcher, &letter);
        if call.go_on(pauses).is_some() {
            break;
        }
        let answered = installation.mail.waiting().len() > 1;
        drop(call);
        let claimed_at = installation.clock.now();
        let other = installation.another_dispatcher();
        begin(&installation, &other, &letter).finish().unwrap();
        installation.mail.remove(letter.id);
        installation.run();
        let calls = installation.target.calls().len();
        assert!(calls <= 1, "{pauses}");
        if answered {
            assert_eq!((calls, outcome(&installation).as_str()), (1, "succeeded"), "{pauses}");
            continue;
        }
        assert_eq!(outcome(&installation), "Lambda.Unknown", "{pauses}");
        let ended = installation.history().last().unwrap().timestamp;
        assert!(ended >= claimed_at.plus_seconds(900), "{pauses}: the first may have been alive still");
        assert!(ended <= claimed_at.plus_seconds(900 + 300), "{pauses}: and is not waited for much longer");
    }
}

#[test]
fn a_process_that_is_alone_does_not_wait_for_a_dead_one() {
    let (installation, letter) = scheduled(echo());
    let mut call = begin(&installation, &installation.dispatcher, &letter);
    assert!(call.go_on(2).is_none());
    drop(call);
    let next_process = Dispatcher { alone: true, ..installation.another_dispatcher() };
    begin(&installation, &next_process, &letter).finish().unwrap();
    installation.mail.remove(letter.id);
    installation.settle_all();
    assert_eq!((installation.target.calls().len(), outcome(&installation).as_str()), (0, "Lambda.Unknown"));
}

#[test]
fn a_claim_and_a_stop_exclude_each_other() {
    let (mut called, mut spared) = (0, 0);
    for pauses in 0.. {
        let (installation, letter) = scheduled(echo());
        let mut call = begin(&installation, &installation.dispatcher, &letter);
        if call.go_on(pauses).is_some() {
            break;
        }
        installation.stop().unwrap();
        call.finish().unwrap();
        installation.mail.remove(letter.id);
        installation.settle_all();
        let history = installation.history();
        let claimed = history.iter().any(|event| matches!(event.event, Event::LambdaFunctionStarted));
        assert_eq!(installation.target.calls().len(), usize::from(claimed), "{pauses}: {}", told(&history));
        if claimed {
            called += 1
        } else {
            spared += 1
        }
        assert!(matches!(history.last().unwrap().event, Event::ExecutionAborted(_)), "{}", told(&history));
        assert_eq!(installation.summary().unwrap().status.as_str(), "ABORTED");
    }
    assert!(called > 0 && spared > 0, "{called} {spared}");
}

#[test]
fn a_task_whose_message_comes_late_has_all_of_its_time() {
    let definition = states(json!({ "S": task(json!({ "TimeoutSeconds": 5, "End": true })) }));
    let installation =
        started_with(&definition, ScriptedTarget::new(|_| Reply::After(4_000, Reply::Returns("1".into()).into())));
    installation.settle(&installation.mail.due()[0]).unwrap();
    installation.clock.advance_seconds(1_000);
    installation.run();
    assert_eq!(outcome(&installation), "succeeded");
    let late = started_with(&definition, ScriptedTarget::new(|_| Reply::Hangs));
    late.settle(&late.mail.due()[0]).unwrap();
    late.clock.advance_seconds(1_000);
    late.run();
    let history = late.history();
    let [.., started, timed_out, _] = &history[..] else { panic!("{}", told(&history)) };
    assert!(matches!(timed_out.event, Event::LambdaFunctionTimedOut(_)), "{}", told(&history));
    assert_eq!(timed_out.timestamp.millis_since(started.timestamp), 5_000);
}

#[test]
fn a_task_whose_execution_timed_out_before_its_message_came_is_not_called() {
    let states = states(json!({ "S": task(json!({ "End": true })) }));
    let installation = started_with(&with(states, json!({ "TimeoutSeconds": 5 })), echo());
    let letters = installation.mail.due();
    installation.settle(&letters[0]).unwrap();
    let task = installation.mail.due().into_iter().find(|letter| matches!(letter.message(), Message::Task(_))).unwrap();
    installation.mail.remove(task.id);
    installation.clock.advance_seconds(5);
    installation.settle_all();
    assert!(installation.has_ended());
    assert_eq!(installation.deliver(&task).unwrap(), Handled::Done);
    assert!(installation.target.calls().is_empty());
}

#[test]
fn a_task_too_large_to_travel_is_read_from_its_record() {
    let large = "x".repeat(100_000);
    let definition = states(json!({
        "S": task(json!({ "Parameters": { "text": large }, "End": true })),
    }));
    let installation = started_with(&definition, echo());
    installation.run();
    let calls = installation.target.calls();
    assert_eq!(calls.len(), 1);
    assert!(calls[0].payload.contains(&large));
    assert_eq!(outcome(&installation), "succeeded");
}
