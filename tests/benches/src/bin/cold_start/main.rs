//! Measures the binaries of the Lambda functions: their size, the time from their start until they ask for an event, and
//! the time from the event until its first bytes reach DynamoDB, over TLS.
//!
//! Each sample is a new process. The programs under test are those beside this one, or in `BINARIES`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench ends when something is wrong, and prints"
)]

mod dynamodb;
mod events;
mod function;
mod runtime_api;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use benches::process;
use benches::statistics::{median, millis};
use benches::table::Table;
use dynamodb::DynamoDb;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use runtime_api::RuntimeApi;

const FUNCTIONS: [&str; 5] = ["api", "interpreter", "dispatcher", "timekeeper", "dead_letters"];
const SAMPLES: usize = 20;

fn main() {
    let binaries = FUNCTIONS.map(process::binary);
    let columns = ["", "MB", "zipped MB", "to /next ms", "(best)", "to TLS ms", "(best)", "to request ms", "(best)"];
    let title = format!("The functions' binaries; times are the median, and the best, of {SAMPLES} processes");
    let mut table = Table::new(&title, &columns);
    for (name, binary) in FUNCTIONS.iter().zip(&binaries) {
        let samples: Vec<Sample> = (0..SAMPLES).map(|_| sample(name, binary)).collect();
        let mut cells =
            vec![(*name).to_owned(), megabytes(fs::metadata(binary).unwrap().len()), megabytes(zipped(binary))];
        for time in [|it: &Sample| it.to_next, |it: &Sample| it.to_tls, |it: &Sample| it.to_request] {
            let times: Vec<Duration> = samples.iter().map(time).collect();
            cells.extend([millis(median(&times)), millis(times.into_iter().min().unwrap())]);
        }
        table.row(&cells);
    }
    table.print();
    println!(
        "\nto /next: from exec until the function asks for an event. to TLS: from the event until the first byte of the TLS"
    );
    println!("handshake with DynamoDB. to request: until the first byte of the request itself, after the handshake.");
}

struct Sample {
    to_next: Duration,
    to_tls: Duration,
    to_request: Duration,
}

fn sample(name: &str, binary: &Path) -> Sample {
    let runtime_api = RuntimeApi::listen();
    let dynamodb = DynamoDb::listen();
    let begun = std::time::Instant::now();
    let _function = function::start(binary, runtime_api.address(), &dynamodb);
    let mut waiting = runtime_api.accept();
    let to_next = begun.elapsed();
    waiting.send(&events::of(name));
    let sent = std::time::Instant::now();
    let reached = dynamodb.reached();
    Sample { to_next, to_tls: reached.tls - sent, to_request: reached.request - sent }
}

/// As large as the file is in the zip that is deployed.
fn zipped(binary: &Path) -> u64 {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&fs::read(binary).unwrap()).unwrap();
    encoder.finish().unwrap().len() as u64
}

fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}
