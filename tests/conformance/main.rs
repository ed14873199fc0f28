//! What the States Language says, and what AWS does: a folder a case, a test each, named `TOPIC/BEHAVIOUR`.
//!
//! Each case runs through all handlers, from CreateStateMachine to GetExecutionHistory, under a simulated clock and with
//! scripted functions. `README.md` beside this file says what stands in a case's files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod calls;
mod case;
mod functions;
mod history;
mod played;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use crate::case::Case;
use crate::played::Played;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let trials = case::all().into_iter().map(|case| Trial::test(case.name.clone(), move || check(&case))).collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn check(case: &Case) -> Result<(), Failed> {
    case.origin()?;
    let history = Played::new(case, 1).history()?;
    if std::env::var_os("UPDATE_HISTORIES").is_some() {
        case.rewrite(&history);
    }
    compare(&case.history(), &history)?;
    // Branches overtake each other when they do more at a time.
    if !history.contains(r#""ParallelStateStarted""#) && !history.contains(r#""MapStateStarted""#) {
        let history = Played::new(case, 10).history()?;
        compare(&case.history(), &history).map_err(|why| format!("with several transitions a message: {why}"))?;
    }
    Ok(())
}

/// Line by line, since a line is an event.
fn compare(expected: &str, actual: &str) -> Result<(), String> {
    if expected == actual {
        return Ok(());
    }
    let (expected, actual): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    let same = expected.iter().zip(&actual).take_while(|(expected, actual)| expected == actual).count();
    let from = same.saturating_sub(2);
    let shown = |lines: &[&str]| lines[from.min(lines.len())..].join("\n");
    Err(format!("expected, from line {}\n{}\nbut was\n{}", from + 1, shown(&expected), shown(&actual)))
}
