//! Machines made at random. What proptest draws is a [`Machine`], small and easy to shrink; [`Machine::definition`] writes
//! it down in the States Language.
//!
//! - [`strategies::wild`]: whatever the validator accepts, in both query languages, with data fields that may find nothing.
//! - [`strategies::tame`]: machines that end, and end alike however their messages come: for comparing runs.
//!
//! Every execution begins with `{"n":0,"at":""}`. `n` counts the jumps, so that no tame machine runs for ever; `at` tells the
//! iterations of a Map apart. A task is called with its state, both of these, its attempt and the redrive that it is of, which name the attempt.

mod definition;
mod fields;
pub mod strategies;

pub use fields::{Data, INPUTS};

/// The input of a tame machine.
pub const INPUT: &str = r#"{"n":0,"at":""}"#;

#[derive(Clone, Debug)]
pub struct Machine {
    pub language: Language,
    pub timeout_seconds: Option<u64>,
    pub line: Line,
}

impl Machine {
    /// The same, all of it in this language.
    pub fn in_language(mut self, language: Language) -> Self {
        self.language = language;
        translate(&mut self.line, language);
        self
    }
}

fn translate(line: &mut Line, language: Language) {
    for state in line {
        state.language = language;
        match &mut state.kind {
            Kind::Parallel { branches, .. } => branches.iter_mut().for_each(|branch| translate(branch, language)),
            Kind::Map { processor, .. } => translate(processor, language),
            Kind::Pass | Kind::Wait(_) | Kind::Task { .. } | Kind::Jump { .. } | Kind::Ends { .. } => {}
        }
    }
}

/// States that follow each other.
pub type Line = Vec<State>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    JsonPath,
    Jsonata,
}

#[derive(Clone, Debug)]
pub struct State {
    /// What the state is written in, if its machine is in JSONPath.
    pub language: Language,
    /// Absent: its fields keep `n` and `at`, and put what the state gives beside them.
    pub data: Option<Data>,
    pub kind: Kind,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Pass,
    Wait(WaitFor),
    Task {
        calls: Calls,
        limit: Option<u64>,
        handling: Handling,
    },
    /// Jumps to a state of the line, back as well, while `n` is below the limit.
    Jump {
        limit: u64,
        to: usize,
    },
    /// Ends the line here if `n` is that.
    Ends {
        at: u64,
        fails: bool,
    },
    Parallel {
        branches: Vec<Line>,
        handling: Handling,
    },
    Map {
        items: usize,
        concurrency: usize,
        processor: Line,
        handling: Handling,
    },
}

/// Whom a task is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// A function, by its ARN.
    Function,
    /// The same, by `lambda:invoke`.
    Invoke,
    /// The same, which passes the task's token on to somebody who answers.
    Callback,
    /// A worker of the activity [`crate::ACTIVITY`].
    Activity,
}

#[derive(Clone, Copy, Debug)]
pub enum WaitFor {
    Seconds(u64),
    /// So many seconds after the start of 2026.
    Until(u64),
    /// `n` seconds.
    Counter,
}

/// `Retry` and `Catch`.
#[derive(Clone, Debug, Default)]
pub struct Handling {
    pub retriers: Vec<Retrier>,
    pub catchers: Vec<Catcher>,
}

#[derive(Clone, Debug)]
pub struct Retrier {
    pub errors: Errors,
    pub interval: u64,
    pub attempts: u64,
    pub rate: u64,
    pub longest: Option<u64>,
    pub jitter: bool,
}

#[derive(Clone, Debug)]
pub struct Catcher {
    pub errors: Errors,
    /// A state of the line; absent: the next.
    pub to: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
pub enum Errors {
    /// `Busy`, and what nobody knows the outcome of.
    Busy,
    Broken,
    TaskFailed,
    Timeout,
    /// Only for the last of its list.
    All,
}
