//! One disturbance at every point of one workflow: it ends as if there had been none.

use dispatcher::Dispatcher;
use engine::input::Input;
use interpreter::Handled;
use ports::Settings;
use ports::queue::Message;
use serde_json::json;
use tests::{Fault, Installation, Letter, untimed};

use crate::workflow::{assert_called_once, assert_on_time, assert_undisturbed, installed, started, undisturbed};

/// Lets everything take its course, with `settle` for each delivery; the first argument counts them.
fn run_by(installation: &Installation, mut settle: impl FnMut(usize, &Letter)) {
    let mut count = 0;
    for _ in 0..100_000 {
        let minute = installation.clock.now().plus_seconds(60);
        while let Some(next) = installation.next_due().filter(|next| *next <= minute) {
            installation.clock.move_to(next);
            let letter = installation.mail.due()[0].clone();
            settle(count, &letter);
            count += 1;
        }
        if installation.has_ended() && installation.mail.waiting().is_empty() {
            return;
        }
        installation.clock.move_to(minute);
        installation.keep_time();
    }
    panic!("it does not end: {}", tests::told(&installation.history()));
}

/// All letters of the undisturbed run.
fn deliveries() -> Vec<Letter> {
    let installation = started();
    let mut letters = Vec::new();
    run_by(&installation, |_, letter| {
        letters.push(letter.clone());
        installation.settle(letter).unwrap();
    });
    letters
}

fn is_answer(letter: &Letter) -> bool {
    matches!(letter.message(), Message::Transition(transition) if matches!(transition.input, Input::TaskEnded { .. }))
}

fn is_task(letter: &Letter) -> bool {
    matches!(letter.message(), Message::Task(_))
}

#[test]
fn the_undisturbed_run_is_the_one_that_the_others_are_compared_with() {
    let installation = started();
    installation.run();
    let status = installation.summary().unwrap().status;
    assert_eq!(status.as_str(), "SUCCEEDED");
    assert_undisturbed(&installation, &undisturbed(), "undisturbed");
    assert_eq!(installation.history().len(), 25, "{}", tests::told(&installation.history()));
}

#[test]
fn each_message_may_come_again_at_any_later_point() {
    let expected = undisturbed();
    let all = deliveries();
    for first in 0..all.len() {
        for second in first..all.len() {
            let installation = started();
            let mut kept = None;
            run_by(&installation, |count, letter| {
                if count == first {
                    kept = Some(letter.clone());
                }
                installation.settle(letter).unwrap();
                if let Some(letter) = kept.as_ref().filter(|_| count == second) {
                    installation.deliver(letter).unwrap();
                }
            });
            let context = format!("delivery {first} again after {second}: {:?}", all[first].message());
            assert_undisturbed(&installation, &expected, &context);
        }
    }
}

#[test]
fn a_message_that_comes_again_does_not_make_all_that_follow_come_again() {
    let sent = || {
        let installation = started();
        run_by(&installation, |_, letter| {
            installation.settle(letter).unwrap();
        });
        installation.mail.sent()
    };
    let expected = sent();
    for repeated in 0..deliveries().len() {
        let installation = started();
        run_by(&installation, |count, letter| {
            if count == repeated {
                installation.deliver(letter).unwrap();
                installation.clock.move_to(installation.clock.now().plus_millis(1));
            }
            installation.settle(letter).unwrap();
            installation.clock.move_to(installation.clock.now().plus_millis(1));
        });
        // What the message owes is sent again once, for the first sender may have fallen over before.
        let more = installation.mail.sent() - expected;
        assert!(more <= 2, "delivery {repeated} twice: {more} messages more");
    }
}

#[test]
fn all_messages_may_come_again_after_the_end() {
    let expected = undisturbed();
    let installation = started();
    let mut letters = Vec::new();
    run_by(&installation, |_, letter| {
        letters.push(letter.clone());
        installation.settle(letter).unwrap();
    });
    let calls = installation.target.calls().len();
    for letter in letters.iter().chain(letters.iter().rev()) {
        assert_eq!(installation.deliver(letter).unwrap(), Handled::Done);
    }
    assert_eq!(installation.target.calls().len(), calls);
    assert_undisturbed(&installation, &expected, "all again");
}

#[test]
fn messages_may_come_in_any_order() {
    let expected = undisturbed();
    for seed in 0..50_usize {
        let installation = started();
        let mut kept: Vec<Letter> = Vec::new();
        run_by(&installation, |count, _| {
            // Any of those that are due; and sometimes an old one comes once more.
            let due = installation.mail.due();
            let letter = &due[(seed * 7 + count * 13) % due.len()];
            installation.settle(letter).unwrap();
            kept.push(letter.clone());
            installation.deliver(&kept[(seed * 3 + count * 5) % kept.len()]).unwrap();
        });
        assert_undisturbed(&installation, &expected, &format!("order {seed}"));
    }
}

#[test]
fn a_handler_may_crash_at_any_await() {
    let expected = undisturbed();
    let mut crashes = 0;
    for victim in 0..deliveries().len() {
        for pauses in 0.. {
            let installation = started();
            let mut crashed = None;
            run_by(&installation, |count, letter| {
                if count == victim {
                    let mut delivery = installation.begin(letter);
                    match delivery.go_on(pauses) {
                        Some(answer) => assert_eq!(answer.unwrap(), Handled::Done),
                        None => {
                            crashed = Some(letter.clone());
                            // Its visibility ends, and it is delivered again.
                            installation.clock.move_to(installation.clock.now().plus_millis(1));
                            return;
                        }
                    }
                }
                installation.settle(letter).unwrap();
            });
            let Some(letter) = crashed else { break };
            crashes += 1;
            let context = format!("delivery {victim} crashed after {pauses} pauses: {:?}", letter.message());
            if is_task(&letter) && is_unknown(&installation) {
                assert_called_once(&installation, &context);
            } else {
                assert_undisturbed(&installation, &expected, &context);
                assert!(took_millis(&installation) < UNDISTURBED_MILLIS + 1_000, "{context}: the sweep had to help");
            }
        }
    }
    assert!(crashes > 50, "{crashes}");
}

/// The waits and the back-off of the workflow.
const UNDISTURBED_MILLIS: u64 = 4_035_000;

fn took_millis(installation: &Installation) -> u64 {
    let history = installation.history();
    history.last().unwrap().timestamp.millis_since(history[0].timestamp)
}

/// Whether an attempt ended as `Lambda.Unknown`: what a dispatcher leaves that has claimed and not answered.
fn is_unknown(installation: &Installation) -> bool {
    tests::told(&installation.history()).contains("Lambda.Unknown")
}

#[test]
fn each_call_of_a_port_may_fail() {
    let expected = undisturbed();
    let calls = |installation: &Installation| {
        [
            "append",
            "record",
            "newest",
            "records",
            "send",
            "ended",
            "arm",
            "disarm",
            "due timers",
            "due executions",
            "check_again",
            "revision",
            "started",
        ]
        .map(|call| (call, installation.gate.made(call)))
    };
    let all = {
        let installation = started();
        run_by(&installation, |_, letter| {
            installation.settle(letter).unwrap();
        });
        calls(&installation)
    };
    let before = calls(&started());
    for ((call, made), (_, before)) in all.into_iter().zip(before) {
        for nth in before..made {
            for fault in [Fault::Before, Fault::After] {
                fail_nth(call, nth, fault, &expected);
            }
        }
    }
}

fn fail_nth(call: &'static str, nth: usize, fault: Fault, expected: &[engine::event::HistoryEvent]) {
    let installation = started();
    installation.gate.fail_nth(call, nth, fault);
    let context = format!("{call} number {nth} fails {fault:?}");
    let mut failed_task = false;
    for _ in 0..100_000 {
        let minute = installation.clock.now().plus_seconds(60);
        while let Some(next) = installation.next_due().filter(|next| *next <= minute) {
            installation.clock.move_to(next);
            let letter = installation.mail.due()[0].clone();
            if installation.settle(&letter).is_err() {
                failed_task |= is_task(&letter);
            }
        }
        if installation.has_ended() {
            break;
        }
        installation.clock.move_to(minute);
        let _ = installation.begin_keeping_time().finish();
    }
    if failed_task && is_unknown(&installation) {
        return assert_called_once(&installation, &context);
    }
    assert_undisturbed(&installation, expected, &context);
}

#[test]
fn appends_whose_first_answer_was_lost_may_be_made_again_at_once() {
    let installation = installed(Settings::default());
    installation.gate.retry_appends();
    installation.start(&json!({ "n": 0 }));
    while !installation.has_ended() {
        installation.settle_next();
    }
    assert_undisturbed(&installation, &undisturbed(), "each append twice");
    assert_eq!(took_millis(&installation), UNDISTURBED_MILLIS, "no sweep had to help");
}

#[test]
fn an_execution_whose_messages_are_all_lost_is_woken() {
    let expected = undisturbed();
    for lost_after in 0..deliveries().len() {
        let installation = started();
        let mut lost_answer = false;
        run_by(&installation, |count, letter| {
            installation.settle(letter).unwrap();
            if count == lost_after {
                lost_answer = installation.mail.waiting().iter().any(is_answer);
                installation.mail.lose_all();
            }
        });
        let context = format!("all messages lost after delivery {lost_after}");
        if lost_answer {
            assert!(
                is_unknown(&installation),
                "{context}: nobody else knows the outcome\n{}",
                tests::told(&installation.history())
            );
            assert_called_once(&installation, &context);
            assert_on_time(&installation, &context);
        } else {
            assert_undisturbed(&installation, &expected, &context);
        }
    }
}

#[test]
fn a_process_that_starts_anew_with_empty_queues_goes_on_at_once() {
    let expected = undisturbed();
    for lost_after in 0..deliveries().len() {
        let mut installation = started();
        let mut lost_answer = false;
        for _ in 0..=lost_after {
            installation.settle_next();
            lost_answer = installation.mail.waiting().iter().any(is_answer);
        }
        installation.mail.lose_all();
        installation.dispatcher = Dispatcher { alone: true, ..installation.another_dispatcher() };
        installation.resume();
        let woken = installation.next_due().is_some() || installation.has_armed_timers() || installation.has_ended();
        assert!(woken, "nothing is sent after delivery {lost_after}");
        installation.run();
        let context = format!("anew after delivery {lost_after}");
        if lost_answer {
            assert!(is_unknown(&installation), "{context}: nobody else knows the outcome");
            assert_called_once(&installation, &context);
        } else {
            assert_undisturbed(&installation, &expected, &context);
        }
    }
}

#[test]
fn several_transitions_in_a_message_make_the_same_history_with_fewer_records() {
    let expected = undisturbed();
    let records = |transitions_per_message| {
        let installation = installed(Settings { transitions_per_message, ..Settings::default() });
        installation.start(&json!({ "n": 0 }));
        installation.run();
        assert_undisturbed(&installation, &expected, &format!("{transitions_per_message} transitions a message"));
        installation.records().len()
    };
    let (one, five) = (records(1), records(5));
    assert!(five < one, "{five} records of five transitions, {one} of one");
}

#[test]
fn several_transitions_in_a_message_may_be_disturbed_as_one() {
    let expected = undisturbed();
    let start = || {
        let installation = installed(Settings { transitions_per_message: 5, ..Settings::default() });
        installation.start(&json!({ "n": 0 }));
        installation
    };
    for repeated in 0..12 {
        let installation = start();
        let mut kept = None;
        run_by(&installation, |count, letter| {
            if count == repeated {
                kept = Some(letter.clone());
            }
            installation.settle(letter).unwrap();
            kept.iter().for_each(|letter| {
                installation.deliver(letter).unwrap();
            });
        });
        assert_undisturbed(&installation, &expected, &format!("delivery {repeated} again and again"));
    }
    for seed in 0..10 {
        let installation = start();
        run_by(&installation, |count, letter| {
            let _ = installation.begin(letter).go_on((seed + count) % 9);
            installation.settle(letter).unwrap();
        });
        assert_called_once(&installation, &format!("crashes by seed {seed}"));
        let history = untimed(&installation.history());
        assert!(history == expected || is_unknown(&installation), "{}", tests::told(&installation.history()));
    }
}
