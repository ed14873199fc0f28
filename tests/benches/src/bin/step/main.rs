//! Measures `step()`, the interpreter alone: microseconds, and how often and how much it asks of the allocator.
//!
//! Times are the best of a few rounds, as many as a second has: what is above them is other work on the machine.
//! Allocations are counted, and are the same on every machine. Counting takes time itself: the feature `times` leaves it
//! out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench ends when something is wrong, and prints"
)]

mod execution;
mod steps;

use std::alloc::System;
use std::hint::black_box;
use std::time::{Duration, Instant};

use benches::table::Table;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use crate::steps::Measured;

#[cfg_attr(not(feature = "times"), global_allocator)]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ROUNDS: usize = 150;
const ROUND: Duration = Duration::from_millis(2);
/// After which no further round is begun.
const ALL_ROUNDS: Duration = Duration::from_secs(1);

fn main() {
    let mut table = Table::new("`step()`", &["", "µs", "allocations", "bytes asked for"]);
    for Measured { what, times, mut work } in steps::all() {
        work();
        let region = Region::new(ALLOCATOR);
        work();
        let change = region.change();
        let micros = best(&mut work).as_secs_f64() * 1e6 / times as f64;
        table.row(&[
            what,
            if micros < 100.0 { format!("{micros:.1}") } else { format!("{micros:.0}") },
            ((change.allocations + change.reallocations) / times).to_string(),
            (change.bytes_allocated / times).to_string(),
        ]);
    }
    table.print();
}

/// How long one call takes, in the best round.
fn best(work: &mut dyn FnMut()) -> Duration {
    let begun = Instant::now();
    work();
    let calls = u32::try_from(ROUND.as_nanos() / begun.elapsed().as_nanos().max(1)).unwrap_or(1).clamp(1, 100_000);
    let round = |work: &mut dyn FnMut()| {
        let begun = Instant::now();
        for _ in 0..calls {
            black_box(&mut *work)();
        }
        begun.elapsed() / calls
    };
    let begun = Instant::now();
    let rounds = (0..ROUNDS).take_while(|_| begun.elapsed() < ALL_ROUNDS);
    rounds.map(|_| round(work)).min().unwrap_or_default()
}
