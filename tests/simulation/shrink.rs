//! From a failing seed to the least that still fails.

use std::fmt::Write;

use crate::bugs::Bug;
use crate::scenario::{Failure, Scenario};

/// Runs that are spent on it.
const RUNS: usize = 600;

/// The failure as simple as it gets, and how to see it again.
pub fn report(seed: u64, bug: Option<Bug>, found: Failure) -> String {
    let mut text = String::new();
    let (scenario, failure) = shrunk(Scenario::drawn(seed, bug), found);
    let bug = bug.map_or(String::new(), |bug| format!("SIMULATION_BUG={} ", bug.name()));
    writeln!(text, "seed {seed}, shrunk:\n{scenario}\n\n{failure}\n").unwrap();
    write!(
        text,
        "the whole of it: {bug}SIMULATION_SEED={seed} cargo test -p tests --test simulation replay -- --nocapture"
    )
    .unwrap();
    text
}

/// First what went wrong without which it still fails, then the machine, then the former again.
fn shrunk(mut scenario: Scenario, mut failure: Failure) -> (Scenario, Failure) {
    let mut runs = RUNS;
    spare(&mut scenario, &mut failure, &mut runs);
    simplify(&mut scenario, &mut failure, &mut runs);
    spare(&mut scenario, &mut failure, &mut runs);
    (scenario, failure)
}

/// Leaves out halves of what goes wrong, then quarters, down to single things.
fn spare(scenario: &mut Scenario, failure: &mut Failure, runs: &mut usize) {
    let all = scenario.mischief * (1 + scenario.redrives);
    let mut size = all.div_ceil(2);
    while size > 0 {
        for begin in (0..all).step_by(size) {
            let before = scenario.spared.clone();
            scenario.spared.extend(begin..begin + size);
            if scenario.spared != before && !still_fails(scenario, failure, runs) {
                scenario.spared = before;
            }
        }
        size /= 2;
    }
}

fn simplify(scenario: &mut Scenario, failure: &mut Failure, runs: &mut usize) {
    while *runs > 0 && scenario.simplify() {
        while !still_fails(scenario, failure, runs) {
            if *runs == 0 || !scenario.complicate() {
                return;
            }
        }
    }
}

fn still_fails(scenario: &Scenario, failure: &mut Failure, runs: &mut usize) -> bool {
    if *runs == 0 {
        return false;
    }
    *runs -= 1;
    match scenario.run() {
        Ok(_) => false,
        Err(found) => {
            *failure = found;
            true
        }
    }
}
