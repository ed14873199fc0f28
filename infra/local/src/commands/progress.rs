//! What `stepwell run` shows on standard error while it runs: a live view in a terminal, plain lines in a pipe.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::time::Duration;

use engine::event::{Event, HistoryEvent};
use engine::failure::ErrorAndCause;
use engine::record::Record;
use engine::run::{Branch, Phase, Token};
use engine::timestamp::Timestamp;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

pub struct Progress {
    lines: Lines,
    started_at: Option<Timestamp>,
}

enum Lines {
    Quiet,
    Plain,
    /// A spinner for each live branch, below the lines of what is over.
    Live {
        screen: MultiProgress,
        spinners: HashMap<u32, ProgressBar>,
    },
}

impl Progress {
    pub fn new(quiet: bool) -> Self {
        let lines = match (quiet, std::io::stderr().is_terminal()) {
            (true, _) => Lines::Quiet,
            (false, true) => Lines::Live { screen: MultiProgress::new(), spinners: HashMap::new() },
            (false, false) => Lines::Plain,
        };
        Self { lines, started_at: None }
    }

    /// Shows the events of the record, and what its run now waits for.
    pub fn show(&mut self, record: &Record) {
        let started_at = *self.started_at.get_or_insert(record.run.execution.started_at);
        for event in &record.events {
            if let Some(text) = told(&event.event) {
                self.line(&format!("{:>9}  {text}", elapsed(event, started_at)));
            }
        }
        self.spin(record);
    }

    pub fn end(&mut self) {
        if let Lines::Live { screen, spinners } = &mut self.lines {
            for (_, spinner) in spinners.drain() {
                spinner.finish_and_clear();
            }
            // A terminal that is gone needs no clearing.
            let _ = screen.clear();
        }
    }

    #[expect(clippy::print_stderr, reason = "the command's own progress")]
    fn line(&self, text: &str) {
        match &self.lines {
            Lines::Quiet => {}
            Lines::Plain => eprintln!("{text}"),
            Lines::Live { screen, .. } => {
                let _ = screen.println(text);
            }
        }
    }

    fn spin(&mut self, record: &Record) {
        let Lines::Live { screen, spinners } = &mut self.lines else { return };
        let live: Vec<Token> = record.run.branches.iter().map(|branch| branch.token).collect();
        spinners.retain(|id, spinner| {
            let stays = live.iter().any(|token| token.branch == *id);
            if !stays {
                spinner.finish_and_clear();
            }
            stays
        });
        for branch in &record.run.branches {
            let spinner = spinners.entry(branch.token.branch).or_insert_with(|| {
                let spinner = screen.add(ProgressBar::new_spinner());
                spinner.set_style(ProgressStyle::default_spinner());
                spinner.enable_steady_tick(Duration::from_millis(100));
                spinner
            });
            spinner.set_message(waiting(branch));
        }
    }
}

fn elapsed(event: &HistoryEvent, started_at: Timestamp) -> String {
    let millis = event.timestamp.millis_since(started_at);
    format!("{}.{:03} s", millis / 1000, millis % 1000)
}

/// One line for what a reader wants to follow; the first half of a pair of events is told by the second.
fn told(event: &Event) -> Option<String> {
    let failed = |what: &str, failure: &ErrorAndCause| {
        let error = failure.error.as_deref().unwrap_or("no error was named");
        match failure.cause.as_deref().map(first_line) {
            Some(cause) if !cause.is_empty() => format!("{what}: {error}: {cause}"),
            _ => format!("{what}: {error}"),
        }
    };
    match event {
        Event::StateEntered { name, state_type, .. } => {
            Some(format!("> {name} ({})", state_type.entered().trim_end_matches("StateEntered")))
        }
        Event::StateExited { name, .. } => Some(format!("< {name}")),
        Event::EvaluationFailed { failure, .. }
        | Event::ActivityFailed(failure)
        | Event::ActivityScheduleFailed(failure)
        | Event::LambdaFunctionFailed(failure)
        | Event::LambdaFunctionScheduleFailed(failure)
        | Event::LambdaFunctionStartFailed(failure)
        | Event::TaskFailed { failure, .. }
        | Event::TaskSubmitFailed { failure, .. }
        | Event::TaskStartFailed { failure, .. } => Some(failed("! failed", failure)),
        Event::ActivityTimedOut(failure)
        | Event::LambdaFunctionTimedOut(failure)
        | Event::TaskTimedOut { failure, .. } => Some(failed("! timed out", failure)),
        Event::StateAborted(state_type) => Some(format!("! {}", state_type.aborted())),
        Event::MapIterationFailed(iteration) => {
            Some(format!("! {} failed at item {}", iteration.name, iteration.index))
        }
        Event::ExecutionSucceeded { .. } => Some("= SUCCEEDED".to_owned()),
        Event::ExecutionFailed(_) => Some("= FAILED".to_owned()),
        Event::ExecutionTimedOut(_) => Some("= TIMED_OUT".to_owned()),
        Event::ExecutionAborted(_) => Some("= ABORTED".to_owned()),
        Event::ExecutionRedriven { count } => Some(format!("= REDRIVEN ({count})")),
        Event::ExecutionStarted { .. }
        | Event::ParallelStateStarted
        | Event::ParallelStateSucceeded
        | Event::ParallelStateFailed
        | Event::MapStateStarted { .. }
        | Event::MapStateSucceeded
        | Event::MapStateFailed
        | Event::MapIterationStarted(_)
        | Event::MapIterationSucceeded(_)
        | Event::MapIterationAborted(_)
        | Event::ActivityScheduled { .. }
        | Event::ActivityStarted { .. }
        | Event::ActivitySucceeded { .. }
        | Event::LambdaFunctionScheduled { .. }
        | Event::LambdaFunctionStarted
        | Event::LambdaFunctionSucceeded { .. }
        | Event::TaskScheduled { .. }
        | Event::TaskStarted(_)
        | Event::TaskSubmitted { .. }
        | Event::TaskSucceeded { .. } => None,
    }
}

fn first_line(text: &str) -> String {
    const SHOWN: usize = 120;
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", line.get(..cut).unwrap_or(line)),
        None => line.to_owned(),
    }
}

fn waiting(branch: &Branch) -> String {
    match &branch.phase {
        Phase::Ready | Phase::Answered(_) => branch.state.to_string(),
        Phase::Waiting { until } => format!("{} waits until {until}", branch.state),
        Phase::BackingOff { until } => format!("{} is tried again at {until}", branch.state),
        Phase::Task(task) if !task.takes_outcomes() => format!("{} waits for the holder of its token", branch.state),
        Phase::Task(task) if task.claim.is_some() => format!("{} is running", branch.state),
        Phase::Task(_) => format!("{} is scheduled", branch.state),
        Phase::Forked(fork) => {
            let ended = fork.results.iter().flatten().count();
            format!("{}: {ended} of {} branches have ended", branch.state, fork.results.len())
        }
        Phase::Iterating(iterations) => {
            format!("{}: {} of {} items are done", branch.state, iterations.ended, iterations.length)
        }
    }
}
