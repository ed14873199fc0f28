//! Prints how large records and messages are, and how long they take: `cargo bench -p wire`.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, clippy::panic, reason = "a bench")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::time::{Duration, Instant};

use support::{arn, messages, order, records};
use wire::{message, record};

fn main() {
    println!("{:<34} {:>8} {:>8} {:>10} {:>10}", "", "payload", "encoded", "encode µs", "decode µs");
    for bytes in [100, 1_000, 10_000, 100_000] {
        let payload = order(bytes);
        let record = records::pass(3, &payload);
        let encoded = record::encode(&record).unwrap();
        let encode = time(|| drop(black_box(record::encode(&record).unwrap())));
        let decode = time(|| drop(black_box(record::decode(&arn(), &encoded).unwrap())));
        row(&format!("record of a Pass, {bytes} B"), payload.len(), encoded.len(), encode, decode);

        let message = messages::advance(3, Some(record.run.into()));
        let encoded = message::encode(&message).unwrap();
        let encode = time(|| drop(black_box(message::encode(&message).unwrap())));
        let decode = time(|| drop(black_box(message::decode(&encoded).unwrap())));
        row(&format!("its message, {bytes} B"), payload.len(), encoded.len(), encode, decode);
    }
    for (name, record) in records::all() {
        let encoded = record::encode(&record).unwrap();
        let encode = time(|| drop(black_box(record::encode(&record).unwrap())));
        let decode = time(|| drop(black_box(record::decode(&arn(), &encoded).unwrap())));
        row(&format!("record {name}"), 700, encoded.len(), encode, decode);
    }
}

fn row(what: &str, payload: usize, encoded: usize, encode: Duration, decode: Duration) {
    let micros = |time: Duration| time.as_nanos() as f64 / 1000.0;
    println!("{what:<34} {payload:>8} {encoded:>8} {:>10.1} {:>10.1}", micros(encode), micros(decode));
}

/// The best of a few rounds: what is above it is other work on the machine.
fn time(mut work: impl FnMut()) -> Duration {
    const CALLS: u32 = 200;
    let round = |work: &mut dyn FnMut()| {
        let begun = Instant::now();
        for _ in 0..CALLS {
            work();
        }
        begun.elapsed() / CALLS
    };
    (0..7).map(|_| round(&mut work)).min().unwrap_or_default()
}
