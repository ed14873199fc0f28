//! One execution with the engine alone, up to the point that is measured.

use std::collections::VecDeque;

use asl::MachineType;
use asl::machine::Machine;
use engine::aside::Aside;
use engine::effect::Effect;
use engine::execution::{Execution, ExecutionArn};
use engine::input::{Given, Input, TaskOutcome};
use engine::payload::Payload;
use engine::record::{Outcome, Step};
use engine::run::{Claim, Run};
use engine::timestamp::Timestamp;
use serde_json::Value;

/// 2026-01-01T00:00:00Z.
const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

#[derive(Clone)]
pub struct Ongoing {
    pub machine: Machine,
    pub run: Run,
    /// What is on its way: inputs for the engine, in their order. Tasks return what they are given at once.
    pub inputs: VecDeque<Input>,
    /// What it has put aside.
    aside: Aside,
}

impl Ongoing {
    pub fn start(definition: &Value, input: &Value) -> Self {
        let parsed = asl::parse(&definition.to_string(), MachineType::Standard);
        let machine = parsed.unwrap_or_else(|findings| panic!("{findings:#?}")).machine;
        let first = engine::start(&machine, execution(), &Payload::from_value(input), START);
        let mut execution = Self { run: first.run.clone(), machine, inputs: VecDeque::new(), aside: Aside::default() };
        execution.accept(first);
        execution
    }

    /// Goes on for so many steps.
    pub fn after(mut self, steps: usize) -> Self {
        for _ in 0..steps {
            let input = self.inputs.pop_front().expect("something is on its way");
            let step = self.step(&input);
            self.accept(step);
        }
        self
    }

    /// The step that is next.
    pub fn next(&self) -> Step {
        self.step(self.inputs.front().expect("something is on its way"))
    }

    pub fn step(&self, input: &Input) -> Step {
        match engine::step(&self.machine, &self.run, input, &self.given()) {
            Outcome::Stepped(step) => *step,
            other => panic!("{other:?}"),
        }
    }

    pub fn accept(&mut self, step: Step) {
        self.run = step.run;
        for chunk in step.aside {
            self.aside.insert(chunk.hash(), chunk);
        }
        for effect in step.effects {
            match effect {
                Effect::Advance(token) => self.inputs.push_back(Input::Advance { token }),
                Effect::Dispatch(request) => {
                    let claim = Claim { nonce: "dispatcher".into(), at: START, until: START.plus_seconds(900) };
                    let claimed =
                        engine::claim(&self.run, request.token, claim, None).expect("it is there to be claimed");
                    self.run = claimed.run;
                    let outcome = TaskOutcome::Succeeded { output: request.payload };
                    self.inputs.push_back(Input::TaskEnded { token: request.token, outcome });
                }
                Effect::Arm { timer, .. } => self.inputs.push_back(Input::TimeCame { timer }),
                Effect::Finish => {}
            }
        }
    }

    fn given(&self) -> Given<'_> {
        Given { now: START, seed: 1, aside: &self.aside, ..Given::default() }
    }
}

fn execution() -> Execution {
    let arn = ExecutionArn::new("arn:aws:states:us-east-1:123456789012:execution:machine:name");
    Execution::new(arn, "revision".into(), "arn:aws:iam::123456789012:role/machine".into(), START)
}
