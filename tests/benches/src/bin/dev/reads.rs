//! What reads, and must not read more than it answers with: pages of a long history, and of lists.

use std::time::{Duration, Instant};

use benches::api::Client;
use benches::machines;
use benches::statistics::{median, millis, percentile};
use benches::table::Table;
use serde_json::{Value, json};

use crate::measure;
use crate::server::Server;

const CALLS: usize = 50;

/// Of four events each.
const ROUNDS: u64 = 12_500;

const FEW: usize = 1_000;
const MANY: usize = 100_000;
const CLIENTS: usize = 64;

pub fn history(kind: &str, data: bool) {
    let server = Server::start(data);
    let mut client = server.client();
    let execution = measure::long_execution(&server, ROUNDS);
    let (mut page, mut events) = (json!({"executionArn": execution, "maxResults": 1000}), 0);
    let first = page.clone();
    let last = loop {
        let answer = client.call("GetExecutionHistory", &page);
        events += answer["events"].as_array().unwrap().len();
        match answer.get("nextToken") {
            Some(token) => page["nextToken"] = token.clone(),
            None => break page,
        }
    };
    let title = format!("{kind}: GetExecutionHistory of {events} events, {CALLS} calls each");
    let mut table = Table::new(&title, &["", "events", "p50 ms", "p95 ms"]);
    let newest = json!({"executionArn": execution, "maxResults": 1000, "reverseOrder": true});
    for (what, request) in [("first page", first), ("last page", last), ("first page, newest first", newest)] {
        row(&mut table, &mut client, what, "GetExecutionHistory", "events", &request);
    }
    table.print();
}

pub fn lists(kind: &str, data: bool) {
    let title = format!("{kind}: ListExecutions, first page of 100, {CALLS} calls each");
    let mut table = Table::new(&title, &["", "listed", "p50 ms", "p95 ms"]);
    for count in [FEW, MANY] {
        let server = Server::start(data);
        let mut client = server.client();
        let alias = client.create_alias("listed", &machines::chain(1));
        let (machine, _) = alias.rsplit_once(':').unwrap();
        measure::start_all(&server, &alias, CLIENTS, count);
        for (what, arn, status) in [
            ("all", machine.to_owned(), None),
            ("SUCCEEDED", machine.to_owned(), Some("SUCCEEDED")),
            ("FAILED: none", machine.to_owned(), Some("FAILED")),
            ("of a version", format!("{machine}:1"), None),
            ("of a version, SUCCEEDED", format!("{machine}:1"), Some("SUCCEEDED")),
            ("of an alias", alias.clone(), None),
            ("of an alias, SUCCEEDED", alias.clone(), Some("SUCCEEDED")),
        ] {
            let mut request = json!({"stateMachineArn": arn, "maxResults": 100});
            if let Some(status) = status {
                request["statusFilter"] = json!(status);
            }
            let what = format!("{what}, of {count}");
            row(&mut table, &mut client, &what, "ListExecutions", "executions", &request);
        }
    }
    table.print();
}

fn row(table: &mut Table, client: &mut Client, what: &str, operation: &str, member: &str, request: &Value) {
    let answered = client.call(operation, request)[member].as_array().unwrap().len();
    let latency = |_| {
        let begun = Instant::now();
        client.call(operation, request);
        begun.elapsed()
    };
    let latencies: Vec<Duration> = (0..CALLS).map(latency).collect();
    let (p50, p95) = (millis(median(&latencies)), millis(percentile(&latencies, 95)));
    table.row(&[what.to_owned(), answered.to_string(), p50, p95]);
}
