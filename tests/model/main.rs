//! One execution with two branches, and every way that two duplicates and two crashes can come in between: all states that
//! they lead to are visited, over the real `step()`.
//!
//! What a function does between its calls of the stores and queues is in `functions.rs`, one call at a time; what goes wrong is
//! a choice of [`Step`]. The simulation drives the real handlers along some paths of larger machines; this walks all paths of a
//! small one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests fail by panicking"
)]

mod functions;
mod world;

use asl::machine::Machine;
use engine::run::Status;
use serde_json::json;
use stateright::{Checker, Expectation, Model, Property};
use tests::{FUNCTION, states};

use crate::world::{Step, When, World};

/// What is wrong with the functions, to see that it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    No,
    /// A message that comes again sends nothing of what its record owes.
    NeverSendsAgain,
    /// Another's record is taken for one's own.
    GivesUpAtConflicts,
    /// A task is called, and then claimed.
    CallsBeforeClaiming,
    /// Whoever finds a claim takes its dispatcher for dead, and calls in its place.
    CallsForOthers,
    /// The sweep forgets tasks.
    SweepForgetsTasks,
}

pub struct OneExecution {
    pub machine: Machine,
    pub duplicates: u8,
    pub crashes: u8,
    pub broken: Broken,
}

const CALLED_ONCE: &str = "an attempt of a task is called at most once";
const SWEEP_HELPS: &str = "what nobody goes on with, the sweep does";
const SWEEP_IS_RARE: &str = "the sweep is needed only after a duplicate and a crash";

/// How many invocations are under way at once.
const AT_ONCE: usize = 2;

/// As many letters as one record owes, and one more; each disturbance may have them sent once more, and no oftener.
const LETTERS: usize = 3;

impl OneExecution {
    fn new(duplicates: u8, crashes: u8, broken: Broken) -> Self {
        let definition = states(json!({
            "Both": {
                "Type": "Parallel",
                "Branches": [
                    states(json!({ "Call": { "Type": "Task", "Resource": FUNCTION, "End": true } })),
                    states(json!({ "Wait": { "Type": "Wait", "Seconds": 1, "End": true } })),
                ],
                "End": true,
            }
        }));
        let parsed = asl::parse(&definition.to_string(), asl::MachineType::Standard);
        Self { machine: parsed.expect("valid").machine, duplicates, crashes, broken }
    }
}

impl Model for OneExecution {
    type State = World;
    type Action = Step;

    fn init_states(&self) -> Vec<World> {
        vec![World::started(&self.machine)]
    }

    fn actions(&self, world: &World, steps: &mut Vec<Step>) {
        let may_begin = world.functions.len() < AT_ONCE;
        if may_begin {
            let may_repeat = world.duplicates < self.duplicates;
            for letter in world.queue.iter().filter(|letter| !world.waits_for_the_living(letter)) {
                steps.push(Step::Deliver(letter.id));
                steps.extend(may_repeat.then_some(Step::Duplicate(letter.id)));
            }
            steps.extend((0..world.old.len()).filter(|_| may_repeat).map(Step::Repeat));
        }
        for number in 0..world.functions.len() {
            steps.push(Step::GoOn(number));
            if world.crashes < self.crashes {
                steps.extend([When::Before, When::After].map(|when| Step::Crash(number, when)));
            }
        }
        if world.is_idle() && !world.newest().run.has_ended() {
            steps.push(Step::Sweep);
        }
    }

    fn next_state(&self, before: &World, step: Step) -> Option<World> {
        let mut world = before.clone();
        match step {
            Step::Deliver(id) => {
                let number = world.deliver(id);
                world.go_on(self, number);
            }
            Step::Duplicate(id) => {
                let number = world.duplicate(id);
                world.go_on(self, number);
            }
            Step::Repeat(number) => {
                let number = world.repeat(number);
                world.go_on(self, number);
            }
            Step::GoOn(number) => world.go_on(self, number),
            Step::Crash(number, when) => world.fall_over(self, number, when),
            Step::Sweep => world.sweep(self),
        }
        world.settle();
        (world != *before).then_some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![
            Property::always(CALLED_ONCE, |_, world: &World| world.calls.values().all(|count| *count == 1)),
            Property::always("event ids are 1..n, and one event ends the execution, last", |_, world: &World| {
                world.has_one_history()
            }),
            Property::always("it ends as it would undisturbed, or its one outcome is unknown", |_, world: &World| {
                match &world.newest().run.status {
                    Status::Running => true,
                    Status::Succeeded { output } => output.as_str() == r#"["done",{}]"#,
                    Status::Failed(failure) => failure.error.as_deref() == Some("Lambda.Unknown") && world.crashes > 0,
                    Status::TimedOut(_) | Status::Aborted(_) => false,
                }
            }),
            Property::always(SWEEP_HELPS, |_, world: &World| !world.swept_in_vain),
            Property::always(SWEEP_IS_RARE, |_, world: &World| {
                !world.swept || (world.duplicates > 0 && world.crashes > 0)
            }),
            Property::always("duplicates do not breed", |_, world: &World| {
                world.queue.len() <= LETTERS * usize::from(1 + world.duplicates + world.crashes)
            }),
            Property::sometimes("it succeeds", |_, world: &World| {
                matches!(world.newest().run.status, Status::Succeeded { .. })
            }),
            Property::sometimes("two contend for a record", |_, world: &World| world.contended),
        ];
        if self.duplicates > 0 && self.crashes > 0 {
            properties.push(Property::sometimes("the sweep is needed", |_, world: &World| world.swept));
            properties
                .push(Property::sometimes("an outcome is unknown", |_, world: &World| world.has_an_unknown_outcome()));
        }
        properties
    }
}

/// All states, or until each property is decided. What was found, by its property's name.
fn explored(model: OneExecution) -> (usize, Vec<(&'static str, String)>) {
    let checker =
        model.checker().threads(std::thread::available_parallelism().map_or(1, usize::from)).spawn_bfs().join();
    let mut found = Vec::new();
    for property in checker.model().properties() {
        let path = checker.discovery(property.name);
        let text = match (&property.expectation, path) {
            (Expectation::Sometimes, None) => "no path leads there".to_owned(),
            (Expectation::Sometimes, Some(_)) | (_, None) => continue,
            (_, Some(path)) => {
                let steps: Vec<String> = path.clone().into_actions().iter().map(|step| format!("{step:?}")).collect();
                format!("{}\n{}", steps.join("\n"), path.last_state().told())
            }
        };
        found.push((property.name, text));
    }
    (checker.unique_state_count(), found)
}

#[test]
fn two_duplicates_and_two_crashes_anywhere_break_no_promise() {
    let (states, found) = explored(OneExecution::new(2, 2, Broken::No));
    println!("{states} states");
    let told: Vec<String> = found.into_iter().map(|(name, text)| format!("{name}\n{text}")).collect();
    assert!(told.is_empty(), "{}", told.join("\n\n"));
}

#[test]
fn without_a_disturbance_the_sweep_is_never_needed() {
    let (states, found) = explored(OneExecution::new(0, 0, Broken::No));
    println!("{states} states");
    assert!(found.is_empty(), "{found:?}");
}

/// The model is worth as much as what it finds.
#[test]
fn what_is_broken_is_found() {
    for (broken, promise) in [
        (Broken::NeverSendsAgain, SWEEP_IS_RARE),
        (Broken::GivesUpAtConflicts, SWEEP_IS_RARE),
        (Broken::CallsBeforeClaiming, CALLED_ONCE),
        (Broken::CallsForOthers, CALLED_ONCE),
        (Broken::SweepForgetsTasks, SWEEP_HELPS),
    ] {
        let (_, found) = explored(OneExecution::new(1, 1, broken));
        let names: Vec<&str> = found.iter().map(|(name, _)| *name).collect();
        assert!(names.contains(&promise), "{broken:?}: {names:?}");
    }
}
