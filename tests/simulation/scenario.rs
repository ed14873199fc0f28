//! What is drawn from a seed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use engine::limits::KEPT_BYTES;
use ports::Settings;
use proptest::strategy::{BoxedStrategy, Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};
use tests::machines::{Machine, strategies};
use tests::{Installation, Options, ScriptedTarget, told};

use crate::attempts::{Fates, Script};
use crate::bugs::Bug;
use crate::checks;
use crate::storm::{Draw, Storm};

/// Of a run's bytes; what is more is put aside.
const ALMOST_NOTHING: usize = 2;

/// What machines are drawn from: put together once, for that takes longer than to draw.
struct Machines {
    lines: BoxedStrategy<Machine>,
    any: BoxedStrategy<Machine>,
}

thread_local! {
    static MACHINES: Machines = Machines { lines: strategies::tame_line().boxed(), any: strategies::tame().boxed() };
}

pub struct Scenario {
    pub seed: u64,
    machine: Box<dyn ValueTree<Value = Machine>>,
    /// Chooses what tasks come to.
    pub script: Script,
    pub transitions_per_message: u32,
    pub kept_bytes: usize,
    /// How much goes wrong.
    pub mischief: usize,
    /// Whether messages are lost. Where none is, nothing may need the sweep, and there is none.
    pub losses: bool,
    /// Whether somebody may stop the execution.
    pub stops: bool,
    /// How often it is redriven after it has failed.
    pub redrives: usize,
    /// Whether messages are given up and go to `dead_letters`.
    pub poison: bool,
    /// How many milliseconds the clocks of some processes are ahead of those of others.
    pub skew: i64,
    /// What would have gone wrong, and does not: to find out what matters.
    pub spared: BTreeSet<usize>,
    pub bug: Option<Bug>,
    /// Whether it tells all that happens.
    pub tells: bool,
}

/// How often what went wrong.
pub type Faults = BTreeMap<&'static str, usize>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    pub log: String,
    pub faults: Faults,
}

pub struct Failure {
    pub why: String,
    pub log: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.log, self.why)
    }
}

impl Scenario {
    pub fn drawn(seed: u64, bug: Option<Bug>) -> Self {
        let mut draw = Draw::new(seed);
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let one_line = draw.one_in(2);
        let drawn = |machines: &Machines| {
            let machines = if one_line { &machines.lines } else { &machines.any };
            machines.new_tree(&mut runner).expect("nothing is rejected")
        };
        Self {
            seed,
            machine: MACHINES.with(drawn),
            script: Script(draw.number()),
            transitions_per_message: [1, 1, 3][draw.below(3)],
            kept_bytes: if draw.one_in(2) { ALMOST_NOTHING } else { KEPT_BYTES },
            mischief: [5, 20, 60][draw.below(3)],
            losses: draw.one_in(2),
            stops: draw.one_in(4),
            redrives: [0, 0, 1, 2][draw.below(4)],
            poison: draw.one_in(8),
            skew: [0, 0, 3_000, -3_000][draw.below(4)],
            spared: BTreeSet::new(),
            bug,
            tells: true,
        }
    }

    /// For many seeds: tells nothing.
    pub fn quiet(seed: u64, bug: Option<Bug>) -> Self {
        Self { tells: false, ..Self::drawn(seed, bug) }
    }

    pub fn machine(&self) -> Machine {
        self.machine.current()
    }

    /// Makes the machine simpler, if it can be.
    pub fn simplify(&mut self) -> bool {
        self.machine.simplify()
    }

    /// Takes the last of that back.
    pub fn complicate(&mut self) -> bool {
        self.machine.complicate()
    }

    /// Everything that happens; or what is wrong.
    pub fn run(&self) -> Result<Passed, Failure> {
        let mut log = Vec::new();
        engine::planted::plant(self.bug.and_then(Bug::inside));
        let storm = catch_unwind(AssertUnwindSafe(|| self.in_storm(&mut log)));
        engine::planted::plant(None);
        let result = storm.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            Err(format!(
                "a panic: {}",
                text.or(panic.downcast_ref::<&str>().map(|&text| text.into())).unwrap_or_default()
            ))
        });
        let log = log.join("\n");
        match result {
            Ok((history, faults)) => Ok(Passed { log: format!("{log}\n{history}"), faults }),
            Err(why) => Err(Failure { why, log }),
        }
    }

    fn in_storm(&self, log: &mut Vec<String>) -> Result<(String, Faults), String> {
        let mut installation = self.installation(self.bug, Fates::default());
        if !self.losses {
            installation.gate.keep_the_sweep_away();
        }
        if let Some(bug) = self.bug {
            bug.plant(&mut installation);
        }
        let seen = Storm::new(self, &installation, log).rage()?;
        checks::all(self, &installation, &seen)?;
        let history = if self.tells { told(&installation.history()) } else { String::new() };
        Ok((history, seen.faults))
    }

    /// One in which nothing happens yet, with the machine and the activity. These attempts do not end as the script says.
    pub fn installation(&self, bug: Option<Bug>, fates: Fates) -> Installation {
        let script = self.script;
        let installation = Installation::new(Options {
            settings: Settings {
                transitions_per_message: self.transitions_per_message,
                kept_bytes: self.kept_bytes,
                ..Settings::default()
            },
            target: ScriptedTarget::new(move |invocation| script.reply(&invocation.payload, &fates)),
            spoil: Box::new(move |ports| match bug {
                Some(bug) => bug.spoil(ports),
                None => ports,
            }),
        });
        installation.call("CreateActivity", &json!({ "name": "work" })).expect("created");
        installation.create(&self.machine().definition());
        installation
    }
}

/// What goes in.
pub fn input() -> Value {
    json!({ "n": 0, "at": "" })
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:#}", self.machine().definition())?;
        let Self { transitions_per_message, mischief, losses, stops, redrives, poison, skew, .. } = self;
        write!(f, "{transitions_per_message} transitions a message, {mischief} things go wrong")?;
        write!(f, "{}", if *losses { ", messages are lost" } else { "" })?;
        write!(f, "{}", if *stops { ", somebody may stop it" } else { "" })?;
        write!(f, "{}", if *poison { ", messages are given up" } else { "" })?;
        write!(f, ", {redrives} redrives, clocks {skew} ms apart")
    }
}
