//! The sweep: what it reads, and that nothing stands in its way.

use std::sync::Arc;

use engine::execution::ExecutionArn;
use ports::Executions;
use ports::executions::{Summary, SummaryStatus};
use serde_json::{Value, json};
use tests::{Fault, Installation, states};

fn wait(seconds: u64) -> Value {
    states(json!({ "S": { "Type": "Wait", "Seconds": seconds, "End": true } }))
}

fn start(installation: &Installation, name: &str) -> ExecutionArn {
    let mut request = Installation::start_request(&json!({}));
    request["name"] = json!(name);
    let started = installation.call("StartExecution", &request).unwrap();
    ExecutionArn::new(started["executionArn"].as_str().unwrap())
}

fn summary(installation: &Installation, execution: &ExecutionArn) -> Summary {
    futures::executor::block_on(Executions::get(&*installation.store, execution)).unwrap().unwrap()
}

const READS: [&str; 5] = ["due executions", "newest", "records", "record", "get"];

/// How often each read was made by one run of the timekeeper.
fn reads(installation: &Installation) -> [usize; 5] {
    let before = READS.map(|call| installation.gate.made(call));
    installation.keep_time();
    let after = READS.map(|call| installation.gate.made(call));
    std::array::from_fn(|n| after[n] - before[n])
}

#[test]
fn the_sweep_reads_what_is_due_and_not_what_is_open() {
    let mut found = Vec::new();
    for open in [20, 120] {
        let installation = Installation::default();
        installation.create(&wait(50_000));
        (0..open).for_each(|n| drop(start(&installation, &format!("n{n}"))));
        installation.settle_all();
        // The first look finds all of them well, and puts the next one off until they are expected.
        installation.clock.advance_seconds(300);
        assert_eq!(reads(&installation)[1], open);
        let idle = reads(&installation);
        let late: Vec<ExecutionArn> = (0..7).map(|n| start(&installation, &format!("late{n}"))).collect();
        installation.mail.lose_all();
        installation.clock.advance_seconds(300);
        let due = reads(&installation);
        found.push((idle, due));
        installation.settle_all();
        for execution in late {
            let newest = ports::Journal::newest(&*installation.store, &execution);
            assert_eq!(futures::executor::block_on(newest).unwrap().unwrap().seq(), 1, "woken");
        }
    }
    assert_eq!(found[0], found[1], "{READS:?}");
    assert_eq!(found[0], ([1, 0, 0, 0, 0], [1, 7, 0, 0, 0]), "{READS:?}");
}

#[test]
fn executions_that_cannot_be_read_keep_none_from_being_woken() {
    let installation = Installation::default();
    installation.create(&wait(10));
    let unreadable: Vec<ExecutionArn> = (0..150).map(|n| start(&installation, &format!("bad{n}"))).collect();
    unreadable.iter().for_each(|execution| installation.gate.damage(execution, 0));
    installation.clock.advance_seconds(1);
    let healthy = start(&installation, "healthy");
    installation.mail.lose_all();
    installation.clock.advance_seconds(300);
    installation.keep_time();
    installation.settle_all();
    let newest = ports::Journal::newest(&*installation.store, &healthy);
    assert_eq!(futures::executor::block_on(newest).unwrap().unwrap().seq(), 1, "woken in spite of the others");
}

/// A redrive that is under way has the summary of an ended execution watched. Those of many that cannot be read, or have no
/// journal at all, used to stand at the head of the index for ever.
#[test]
fn ended_executions_that_are_watched_get_their_next_time_as_well() {
    for has_journal in [true, false] {
        let installation = Installation::default();
        installation.create(&wait(10));
        for n in 0..110 {
            let watched = start(&installation, &format!("watched{n}"));
            let running = summary(&installation, &watched);
            let ended = Summary {
                arn: if has_journal { watched.clone() } else { ExecutionArn::new(format!("{watched}-other")) },
                status: SummaryStatus::Failed,
                stopped_at: Some(installation.clock.now()),
                ..running
            };
            futures::executor::block_on(installation.store.ended(&ended, installation.clock.now())).unwrap();
            installation.gate.damage(&watched, 0);
        }
        installation.clock.advance_seconds(1);
        let healthy = start(&installation, "healthy");
        installation.mail.lose_all();
        installation.clock.advance_seconds(300);
        let before = installation.gate.made("due executions");
        let swept = installation.keep_time();
        assert!(swept.executions <= 221, "none is looked at twice: {swept:?}");
        assert!(installation.gate.made("due executions") - before <= 3);
        installation.settle_all();
        let newest = ports::Journal::newest(&*installation.store, &healthy);
        assert_eq!(futures::executor::block_on(newest).unwrap().unwrap().seq(), 1, "woken in spite of the others");
    }
}

#[test]
fn a_sweep_that_fails_at_one_goes_on_with_all_others() {
    let installation = Installation::default();
    installation.create(&wait(10));
    let executions: Vec<ExecutionArn> = (0..20).map(|n| start(&installation, &format!("n{n}"))).collect();
    installation.mail.lose_all();
    installation.clock.advance_seconds(300);
    installation.gate.fail_next("newest", Fault::Before);
    installation.gate.fail_next("send", Fault::Before);
    installation.keep_time();
    assert_eq!(installation.mail.waiting().len(), 18);
    // Both are looked at again soon.
    installation.clock.advance_seconds(120);
    installation.keep_time();
    let named: std::collections::BTreeSet<Arc<str>> = installation
        .mail
        .waiting()
        .iter()
        .map(|letter| match letter.message() {
            ports::queue::Message::Transition(transition) => Arc::from(transition.execution.as_str()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(named.len(), executions.len());
}
