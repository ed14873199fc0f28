//! Counts what transitions cost in the account, at the adapters: capacity units of DynamoDB, requests to SQS,
//! invocations of Lambda, bytes stored and sent. The handlers and the adapters are the real ones; behind the SDK's HTTP
//! client are a DynamoDB in this process and queues that hand their messages to the handlers one by one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench ends when something is wrong, and prints"
)]

mod cloud;
mod installation;
mod prices;
mod tally;

use benches::machines;
use benches::table::Table;
use installation::Installation;
use interpreter::Delivery;
use prices::Dollars;
use serde_json::{Value, json};
use tally::Tally;

const LATE_TRANSITION: usize = 20_000;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut rows = plain_passes().await;
    rows.extend(long_loop().await);
    rows.push(wait().await);
    rows.extend(task().await);
    rows.extend(redeliveries().await);
    rows.extend(lists(200).await);
    rows.extend(lists(2_000).await);
    counts(&rows);
    dollars(&rows, &whole_execution().await);
}

/// ListExecutions of a hundred, by each filter, among so many.
async fn lists(executions: usize) -> Vec<Row> {
    let mut installation = Installation::new();
    let machine = installation.create("list", &machines::chain(1)).await;
    let alias = installation.alias(&machine).await;
    for _ in 0..executions {
        installation.call("StartExecution", &json!({"stateMachineArn": alias, "input": "{}"})).await;
    }
    installation.run_to_the_end().await;
    let mut rows = Vec::new();
    for (what, arn, status) in [
        ("all", machine.clone(), None),
        ("SUCCEEDED", machine.clone(), Some("SUCCEEDED")),
        ("RUNNING, none", machine.clone(), Some("RUNNING")),
        ("of a version", format!("{machine}:1"), None),
        ("of a version, SUCCEEDED", format!("{machine}:1"), Some("SUCCEEDED")),
        ("of an alias", alias.clone(), None),
        ("of an alias, SUCCEEDED", alias, Some("SUCCEEDED")),
    ] {
        let mut request = json!({"stateMachineArn": arn, "maxResults": 100});
        if let Some(status) = status {
            request["statusFilter"] = json!(status);
        }
        let tally = installation.cost("ListExecutions", &request).await;
        rows.push((format!("ListExecutions, 100 of {executions}: {what}"), tally));
    }
    rows
}

/// What was counted, under which name.
type Row = (String, Tally);

/// An execution of ten Pass states, from its start to its end; and Pass states whose output is all new.
async fn plain_passes() -> Vec<Row> {
    let mut installation = Installation::new();
    let machine = installation.create("chain", &machines::chain(10)).await;
    let start = installation.start(&machine, &machines::order(1)).await;
    let steps = installation.run_to_the_end().await;
    let replacing = replacing(11, 10);
    let machine = installation.create("replace", &replacing).await;
    installation.start(&machine, &machines::order(1)).await;
    let replaced = installation.run_to_the_end().await;
    let machine = installation.create("noise", &machines::chain(10)).await;
    installation.start(&machine, &machines::noise(1)).await;
    let noise = installation.run_to_the_end().await;
    vec![
        ("StartExecution, 1 KB".into(), start),
        ("first Pass, which reads record 0".into(), steps[0]),
        ("Pass that hands on 1 KB".into(), steps[4]),
        ("Pass that replaces 1 KB by another 1 KB".into(), replaced[4]),
        ("Pass that hands on 1 KB of random digits".into(), noise[4]),
        ("last Pass and the end of the execution".into(), steps[9]),
    ]
}

/// Pass states, each with an order of its own as its `Result`.
fn replacing(states: usize, last: usize) -> Value {
    let mut machine = machines::chain(states - 1);
    for number in 1..=last {
        machine["States"][format!("Step {number}")]["Result"] = machines::order(100 + number as u64);
    }
    machine
}

/// Pass and Choice in turn: early in the execution, and late.
async fn long_loop() -> Vec<Row> {
    let mut installation = Installation::new();
    let machine = installation.create("loop", &machines::counter(LATE_TRANSITION as u64)).await;
    installation.start(&machine, &machines::order(1)).await;
    let steps = installation.run(LATE_TRANSITION).await;
    let row = |name: &str, number: usize| (format!("{name}, transition {number}"), steps[number - 1]);
    vec![
        row("Pass that counts in 1 KB", 9),
        row("Pass that counts in 1 KB", LATE_TRANSITION - 1),
        row("Choice, 1 KB", 10),
        row("Choice, 1 KB", LATE_TRANSITION),
    ]
}

async fn wait() -> Row {
    let mut installation = Installation::new();
    let mut machine = machines::chain(3);
    machine["States"]["Step 2"] = json!({"Type": "Wait", "Seconds": 60, "Next": "Step 3"});
    let machine = installation.create("wait", &machine).await;
    installation.start(&machine, &machines::order(1)).await;
    let steps = installation.run_to_the_end().await;
    ("Wait: entered, and left".into(), steps[1] + steps[2])
}

async fn task() -> [Row; 2] {
    let mut installation = Installation::new();
    let mut machine = machines::chain(3);
    let function = "arn:aws:lambda:us-east-1:123456789012:function:pay";
    machine["States"]["Step 2"] =
        json!({"Type": "Task", "Resource": function, "ResultPath": "$.note", "Next": "Step 3"});
    let machine = installation.create("task", &machine).await;
    installation.start(&machine, &machines::order(1)).await;
    let steps = installation.run_to_the_end().await;
    [
        ("Task: scheduled, claimed and called, answered".into(), steps[1] + steps[2] + steps[3]),
        ("of these: claimed and called".into(), steps[2]),
    ]
}

/// A Pass state's message that comes once more, at once and after others have gone on.
async fn redeliveries() -> Vec<Row> {
    let mut installation = Installation::new();
    let machine = installation.create("again", &machines::chain(10)).await;
    installation.start(&machine, &machines::order(1)).await;
    installation.run(4).await;
    let message = installation.receive();
    installation.cost_of(&message, Delivery::First).await;
    let mut rows = Vec::new();
    for (what, delivery) in [("a duplicate, at once", Delivery::First), ("delivered again, at once", Delivery::Again)] {
        rows.push((format!("Pass, {what}"), installation.cost_of(&message, delivery).await));
    }
    installation.run_to_the_end().await;
    for (what, delivery) in [("a duplicate, late", Delivery::First), ("delivered again, late", Delivery::Again)] {
        rows.push((format!("Pass, {what}"), installation.cost_of(&message, delivery).await));
    }
    rows
}

async fn whole_execution() -> Tally {
    let mut installation = Installation::new();
    let machine = installation.create("whole", &machines::chain(10)).await;
    let start = installation.start(&machine, &machines::order(1)).await;
    let steps = installation.run_to_the_end().await;
    steps.into_iter().fold(start, |sum, step| sum + step)
}

fn counts(rows: &[Row]) {
    let columns = ["", "messages", "writes", "reads", "sends", "targets", "record B", "item B", "message B"];
    let mut table = Table::new("Counted at the adapters", &columns);
    for (name, tally) in rows {
        table.row(&[
            name.clone(),
            tally.messages.to_string(),
            tally.write_units.to_string(),
            tally.read_units.to_string(),
            tally.sends.to_string(),
            tally.target_invocations.to_string(),
            tally.record_bytes.to_string(),
            tally.item_bytes.to_string(),
            tally.message_bytes.to_string(),
        ]);
    }
    table.print();
    println!(
        "\nmessages: handled, each received and deleted once. writes, reads: capacity units, indexes included. sends: request"
    );
    println!(
        "units of SQS. targets: functions called for tasks. Bytes: the largest, of the record, of its item with keys and"
    );
    println!("names, and of the message.");
}

fn dollars(rows: &[Row], whole: &Tally) {
    let columns = ["", "alone", "in batches of 10"];
    let mut table = Table::new("Dollars for a million, at list prices", &columns);
    let mut row = |name: &str, tally: &Tally, share: f64| {
        let dollars = |batch| format!("{:.2}", Dollars::of(tally, batch).total() * 1e6 / share);
        table.row(&[name.to_owned(), dollars(1.0), dollars(10.0)]);
    };
    for (name, tally) in rows {
        row(name, tally, 1.0);
    }
    row("a transition of 10 Pass, with start and end of the execution", whole, 10.0);
    table.row(&["Step Functions Standard, a transition".into(), "25.00".into(), "25.00".into()]);
    table.print();
    println!("\n{}", prices::ASSUMPTIONS);
}
