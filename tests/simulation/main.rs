//! Executions in a storm, from one seed each: a machine is drawn, run undisturbed, and run again while everything goes wrong
//! that can; then both have to come to the same, and every promise of the README has to hold.
//!
//! `README.md` beside this file says what goes wrong, what is checked, and how to replay a seed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

mod attempts;
mod bugs;
mod callers;
mod checks;
mod mischief;
mod scenario;
mod shrink;
mod storm;
mod workers;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::bugs::Bug;
use crate::scenario::{Faults, Scenario};

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

/// `SIMULATION_SEEDS` of them, from `SIMULATION_FROM` on.
#[test]
fn whatever_goes_wrong_every_promise_is_kept() {
    let from = number("SIMULATION_FROM").unwrap_or(0);
    let count = number("SIMULATION_SEEDS").unwrap_or(20_000);
    let ran = run_all(from, |seed| seed < from.saturating_add(count));
    println!("{ran}");
}

/// Nightly: `SIMULATION_MINUTES` of seeds that no run has tried before, or without end if that is 0.
#[test]
fn on_and_on() {
    let Some(minutes) = number("SIMULATION_MINUTES") else { return };
    let until = Instant::now() + Duration::from_secs(60 * minutes);
    let from = number("SIMULATION_FROM").unwrap_or_else(|| {
        let since_epoch = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("after 1970");
        u64::try_from(since_epoch.as_millis()).expect("before 2200") * 1_000
    });
    println!("from seed {from}");
    let ran = run_all(from, |_| minutes == 0 || Instant::now() < until);
    println!("{ran}");
}

/// Tells all that happens under `SIMULATION_SEED`, with the bug `SIMULATION_BUG` if that is set.
#[test]
fn replay() {
    let Some(seed) = number("SIMULATION_SEED") else { return };
    let bug = std::env::var("SIMULATION_BUG").ok().map(|name| Bug::named(&name));
    let scenario = Scenario::drawn(seed, bug);
    println!("{scenario}");
    match scenario.run() {
        Ok(passed) => println!("{}\nall is well", passed.log),
        Err(failure) => panic!("{}", shrink::report(seed, bug, failure)),
    }
}

#[test]
fn one_seed_is_one_storm() {
    for seed in 0..20 {
        let told = || Scenario::drawn(seed, None).run().unwrap_or_else(|failure| panic!("{failure}"));
        assert!(told() == told(), "seed {seed}");
    }
}

/// The simulation is worth as much as what it finds: each of these is found within so many seeds.
#[test]
fn each_planted_bug_is_found() {
    const SEEDS: u64 = 2_000;
    let found = |bug: Bug| (0..SEEDS).find(|seed| Scenario::quiet(*seed, Some(bug)).run().is_err());
    let mut missed = Vec::new();
    for bug in Bug::all() {
        match found(bug) {
            Some(seed) => println!("{}: found by seed {seed}", bug.name()),
            None => missed.push(bug.name()),
        }
    }
    assert!(missed.is_empty(), "not found within {SEEDS} seeds: {missed:?}");
}

/// So much that nothing has to grow it, which costs more than all else.
const STACK: usize = 256 << 20;

/// What went wrong in all of them.
struct Ran {
    seeds: u64,
    faults: Faults,
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} seeds", self.seeds)?;
        self.faults.iter().try_for_each(|(kind, count)| write!(f, ", {kind}: {count}"))
    }
}

/// Seeds from this one on, on all processors; panics with the first that fails, shrunk.
fn run_all(from: u64, goes_on: impl Fn(u64) -> bool + Sync) -> Ran {
    let next = AtomicU64::new(from);
    let failed: Mutex<Option<u64>> = Mutex::new(None);
    let work = || {
        let mut ran = Ran { seeds: 0, faults: Faults::new() };
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if !goes_on(seed) || failed.lock().unwrap().is_some() {
                return ran;
            }
            match Scenario::quiet(seed, None).run() {
                Ok(passed) => {
                    ran.seeds += 1;
                    passed.faults.into_iter().for_each(|(kind, count)| *ran.faults.entry(kind).or_default() += count);
                }
                Err(_) => {
                    let mut failed = failed.lock().unwrap();
                    if failed.is_none_or(|other| seed < other) {
                        *failed = Some(seed);
                    }
                }
            }
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let ran = thread::scope(|scope| {
        let thread = || thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).expect("a thread");
        let threads: Vec<_> = (0..threads).map(|_| thread()).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).fold(
            Ran { seeds: 0, faults: Faults::new() },
            |mut all, ran| {
                all.seeds += ran.seeds;
                ran.faults.into_iter().for_each(|(kind, count)| *all.faults.entry(kind).or_default() += count);
                all
            },
        )
    });
    if let Some(seed) = failed.into_inner().unwrap() {
        let failure = Scenario::drawn(seed, None).run().expect_err("one seed is one storm");
        panic!("{}", shrink::report(seed, None, failure));
    }
    ran
}
