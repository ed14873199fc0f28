//! Measures `stepwell dev`: transitions and starts per second, latency, memory, reads; in memory and with `--data`.
//!
//! The program under test is the `stepwell` beside this one. Best of a few rounds: what is above it is other work on the
//! machine. Processor time says more than the clock where others are at work too, and counts the client out.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench ends when something is wrong, and prints"
)]

mod measure;
mod reads;
mod server;

use benches::statistics::{median, millis, percentile};
use benches::table::Table;
use measure::{Throughput, best};
use server::Server;

const ROUNDS: usize = 3;
const CONCURRENCIES: [usize; 3] = [1, 8, 64];

const CHAIN_LENGTH: usize = 10;
const LOOP_TRANSITIONS: u64 = 40_000;
const MAP_ITEMS: [u64; 3] = [100, 1_000, 10_000];
const OPEN_EXECUTIONS: usize = 1_000;

fn main() {
    for data in [false, true] {
        let kind = if data { "`stepwell dev --data DIR`" } else { "`stepwell dev`, in memory" };
        throughput(kind, data);
        maps(kind, data);
        starts(kind, data);
        latency(kind, data);
        memory(kind, data);
        reads::history(kind, data);
        reads::lists(kind, data);
    }
}

fn throughput(kind: &str, data: bool) {
    let title = format!("{kind}: transitions (best of {ROUNDS} rounds)");
    let mut table = Table::new(&title, &["", "at once", "transitions/s", "CPU µs each"]);
    let server = Server::start(data);
    for concurrency in CONCURRENCIES {
        let executions = if concurrency == 1 { 400 } else { 2_000 };
        let best = best(ROUNDS, || measure::chains(&server, CHAIN_LENGTH, concurrency, executions));
        table.row(&throughput_row("chains of 10 Pass, 1 KB of input, started over HTTP", concurrency, &best));
    }
    for concurrency in CONCURRENCIES {
        let best = best(ROUNDS, || measure::loops(&server, concurrency, LOOP_TRANSITIONS));
        table.row(&throughput_row("long loops of Pass and Choice", concurrency, &best));
    }
    table.print();
}

fn throughput_row(what: &str, concurrency: usize, throughput: &Throughput) -> Vec<String> {
    let rate = format!("{:.0}", throughput.per_second());
    vec![what.to_owned(), concurrency.to_string(), rate, format!("{:.1}", throughput.cpu_micros_each())]
}

fn maps(kind: &str, data: bool) {
    let title = format!("{kind}: a Map of one Pass, 40 at once, to its end (best of {ROUNDS} rounds)");
    let mut table = Table::new(&title, &["items", "ms", "µs an item", "CPU µs an item"]);
    let server = Server::start(data);
    for items in MAP_ITEMS {
        let best = best(ROUNDS, || measure::map(&server, items));
        table.row(&[
            items.to_string(),
            format!("{:.0}", items as f64 * 1e3 / best.per_second()),
            format!("{:.0}", 1e6 / best.per_second()),
            format!("{:.0}", best.cpu_micros_each()),
        ]);
    }
    table.print();
}

fn starts(kind: &str, data: bool) {
    let mut table = Table::new(
        &format!("{kind}: StartExecution of one Pass"),
        &["at once", "requests/s", "p50 ms", "p95 ms", "CPU µs each"],
    );
    let server = Server::start(data);
    for concurrency in CONCURRENCIES {
        let requests = if concurrency == 1 { 2_000 } else { 8_000 };
        let (throughput, latencies) = best_start(&server, concurrency, requests);
        table.row(&[
            concurrency.to_string(),
            format!("{:.0}", throughput.per_second()),
            millis(median(&latencies)),
            millis(percentile(&latencies, 95)),
            format!("{:.1}", throughput.cpu_micros_each()),
        ]);
    }
    table.print();
}

fn best_start(server: &Server, concurrency: usize, requests: usize) -> (Throughput, Vec<std::time::Duration>) {
    let rounds = (0..ROUNDS).map(|_| measure::starts(server, concurrency, requests));
    rounds.max_by(|(a, _), (b, _)| a.per_second().total_cmp(&b.per_second())).unwrap()
}

fn latency(kind: &str, data: bool) {
    let mut table = Table::new(
        &format!(
            "{kind}: one execution of 10 Pass at a time, from StartExecution until DescribeExecution tells its end"
        ),
        &["executions", "p50 ms", "p95 ms"],
    );
    let latencies = measure::latencies(&Server::start(data), CHAIN_LENGTH, 300);
    table.row(&[latencies.len().to_string(), millis(median(&latencies)), millis(percentile(&latencies, 95))]);
    table.print();
}

fn memory(kind: &str, data: bool) {
    let mut table = Table::new(
        &format!("{kind}: resident memory; open ones are in a Wait, with 1 KB of input each"),
        &["open executions", "MB"],
    );
    let server = Server::start(data);
    let megabytes = || format!("{:.1}", server.resident_bytes() as f64 / 1e6);
    table.row(&["0".to_owned(), megabytes()]);
    measure::open(&server, OPEN_EXECUTIONS);
    table.row(&[OPEN_EXECUTIONS.to_string(), megabytes()]);
    table.print();
}
