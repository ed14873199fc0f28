//! What is drawn from a seed.

use std::collections::BTreeSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};

use engine::limits::KEPT_BYTES;
use ports::Settings;
use ports::task_target::Invocation;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;
use tests::machines::{Machine, strategies};
use tests::{Installation, Options, Reply, ScriptedTarget, told};

use crate::bugs::Bug;
use crate::checks;
use crate::storm::{Draw, Storm};

/// Of a run's bytes; what is more is put aside.
const ALMOST_NOTHING: usize = 2;

pub struct Scenario {
    pub seed: u64,
    machine: Box<dyn ValueTree<Value = Machine>>,
    /// Chooses what tasks come to.
    pub script: u64,
    pub transitions_per_message: u32,
    pub kept_bytes: usize,
    /// How much goes wrong.
    pub mischief: usize,
    /// Whether messages are lost. Where none is, nothing may need the sweep, and there is none.
    pub losses: bool,
    /// Whether somebody may stop the execution.
    pub stops: bool,
    /// What would have gone wrong, and does not: to find out what matters.
    pub spared: BTreeSet<usize>,
    pub bug: Option<Bug>,
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
        let machines = if draw.one_in(2) { strategies::tame_line().boxed() } else { strategies::tame().boxed() };
        Self {
            seed,
            machine: Box::new(machines.new_tree(&mut runner).expect("nothing is rejected")),
            script: draw.number(),
            transitions_per_message: [1, 1, 3][draw.below(3)],
            kept_bytes: if draw.one_in(2) { ALMOST_NOTHING } else { KEPT_BYTES },
            mischief: [5, 20, 60][draw.below(3)],
            losses: draw.one_in(2),
            stops: draw.one_in(4),
            spared: BTreeSet::new(),
            bug,
        }
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
    pub fn run(&self) -> Result<String, Failure> {
        let mut log = Vec::new();
        let storm = catch_unwind(AssertUnwindSafe(|| self.in_storm(&mut log)));
        let result = storm.unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            Err(format!(
                "a panic: {}",
                text.or(panic.downcast_ref::<&str>().map(|&text| text.into())).unwrap_or_default()
            ))
        });
        let log = log.join("\n");
        result.map(|history| format!("{log}\n{history}")).map_err(|why| Failure { why, log })
    }

    fn in_storm(&self, log: &mut Vec<String>) -> Result<String, String> {
        let mut installation = self.installation(self.bug, BTreeSet::new());
        self.start(&installation);
        if !self.losses {
            installation.gate.keep_the_sweep_away();
        }
        if let Some(bug) = self.bug {
            bug.plant(&mut installation);
        }
        let seen = Storm::new(self, &installation, log).rage()?;
        checks::all(self, &installation, &seen)?;
        Ok(told(&installation.history()))
    }

    /// One in which nothing happens yet. The outcomes of these attempts are not known to anybody.
    pub fn installation(&self, bug: Option<Bug>, unknown: BTreeSet<String>) -> Installation {
        let script = self.script;
        Installation::new(Options {
            settings: Settings {
                transitions_per_message: self.transitions_per_message,
                kept_bytes: self.kept_bytes,
                ..Settings::default()
            },
            target: ScriptedTarget::new(move |invocation| match unknown.contains(&invocation.payload) {
                true => Reply::NoAnswer,
                false => reply(script, invocation),
            }),
            spoil: Box::new(move |ports| match bug {
                Some(bug) => bug.spoil(ports),
                None => ports,
            }),
        })
    }

    pub fn start(&self, installation: &Installation) {
        installation.create(&self.machine().definition());
        installation.start(&json!({ "n": 0, "at": "" }));
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:#}", self.machine().definition())?;
        let Self { transitions_per_message, mischief, losses, stops, .. } = self;
        write!(f, "{transitions_per_message} transitions a message, {mischief} things go wrong")?;
        write!(f, "{}", if *losses { ", messages are lost" } else { "" })?;
        write!(f, "{}", if *stops { ", somebody may stop it" } else { "" })
    }
}

/// What an attempt comes to, always the same: chosen by what names it.
fn reply(script: u64, invocation: &Invocation) -> Reply {
    let mut hasher = DefaultHasher::new();
    (script, &invocation.payload).hash(&mut hasher);
    let drawn = hasher.finish();
    let reply = match drawn % 4 {
        0 => Reply::Raises("Busy"),
        1 => Reply::Raises("Broken"),
        _ => Reply::Returns(format!(r#"{{"of":{}}}"#, invocation.payload)),
    };
    match (drawn / 4) % 4 {
        0 => Reply::After((drawn / 16) % 30_000, Box::new(reply)),
        _ => reply,
    }
}
