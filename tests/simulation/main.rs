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

mod bugs;
mod checks;
mod scenario;
mod shrink;
mod storm;

use crate::bugs::Bug;
use crate::scenario::Scenario;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{variable} is no number: {text}")))
}

/// `SIMULATION_SEEDS` of them, from `SIMULATION_FROM` on.
#[test]
fn whatever_goes_wrong_every_promise_is_kept() {
    let from = number("SIMULATION_FROM").unwrap_or(0);
    for seed in from..from.saturating_add(number("SIMULATION_SEEDS").unwrap_or(200)) {
        if let Err(failure) = Scenario::drawn(seed, None).run() {
            panic!("{}", shrink::report(seed, None, failure));
        }
    }
}

/// Tells all that happens under `SIMULATION_SEED`, with the bug `SIMULATION_BUG` if that is set.
#[test]
fn replay() {
    let Some(seed) = number("SIMULATION_SEED") else { return };
    let bug = std::env::var("SIMULATION_BUG").ok().map(|name| Bug::named(&name));
    let scenario = Scenario::drawn(seed, bug);
    println!("{scenario}");
    match scenario.run() {
        Ok(log) => println!("{log}\nall is well"),
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
    const SEEDS: u64 = 500;
    let found = |bug: Bug| (0..SEEDS).find(|seed| Scenario::drawn(*seed, Some(bug)).run().is_err());
    let missed: Vec<Bug> = Bug::ALL.into_iter().filter(|bug| found(*bug).is_none()).collect();
    assert!(missed.is_empty(), "not found within {SEEDS} seeds: {missed:?}");
}
