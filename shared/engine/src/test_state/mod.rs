//! TestState: one state of a machine, run by the same code as in any execution, with what it computes laid open.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html>
//!
//! A mock stands for a task's call, or for the branches of a Parallel or Map state; all that comes before it and after it
//! is computed. A state of a branch is tested in that branch: a failure that it does not handle is its parents' to handle.

mod item_reader;
pub(crate) mod map;

use std::collections::VecDeque;
use std::sync::Arc;

use asl::machine::{Machine, State, StateKind, StateName};
use serde_json::Value;

use crate::effect::{Effect, TaskRequest};
use crate::errors;
use crate::event::Event;
use crate::execution::Execution;
use crate::failure::{ErrorAndCause, Failure};
use crate::input::{Given, TaskOutcome, Timer};
use crate::inspection::{Inspection, InspectionData};
use crate::payload::Payload;
use crate::record::Step;
use crate::run::{Branch, Fork, Items, Iterations, Parent, Phase, Results, Run, Token, Variables};
use crate::states::{self, state_type};
use crate::timestamp::Timestamp;
use crate::transition::Transition;

/// How long a test may take: <https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html>.
pub const LONGEST_SECONDS: u64 = 300;

/// What is to be tested. The state must be one of the machine's.
#[derive(Clone, Debug)]
pub struct Test {
    pub execution: Execution,
    pub state: StateName,
    pub input: Payload,
    pub variables: Variables,
    pub mock: Option<Mock>,
    /// What expressions see as the context object, with a mock only; absent: the execution's.
    pub context: Option<Value>,
    /// How often the Retrier that matches the mocked error has been used.
    pub retrier_retry_count: u64,
}

/// Instead of what the state would call or run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mock {
    pub answer: MockAnswer,
    /// How many iterations of a Map state have failed.
    pub failed_iterations: u64,
    /// What its `ItemReader` has read, as it is at the source.
    pub item_reader_data: Option<String>,
}

impl From<MockAnswer> for Mock {
    fn from(answer: MockAnswer) -> Self {
        Self { answer, failed_iterations: 0, item_reader_data: None }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MockAnswer {
    Result(Payload),
    Error(ErrorAndCause),
}

/// How far a test has come.
#[derive(Debug)]
pub enum Progress {
    Done(Box<Tested>),
    /// The task is to be called; its outcome goes to [`task_ended`].
    Calling(Box<Calling>),
}

/// A test whose task is being called.
#[derive(Debug)]
pub struct Calling {
    pub request: TaskRequest,
    run: Run,
    data: InspectionData,
}

impl Calling {
    /// The task's `TimeoutSeconds`.
    pub fn timeout_seconds(&self) -> Option<u64> {
        let Phase::Task(task) = &self.run.branch(self.request.token)?.phase else { return None };
        task.timeout_seconds
    }
}

/// What came of the state.
#[derive(Clone, Debug, PartialEq)]
pub struct Tested {
    pub status: Status,
    /// Of the state, or of the Catcher that took its failure.
    pub output: Option<Payload>,
    pub failure: Option<ErrorAndCause>,
    pub next_state: Option<StateName>,
    /// Before the state is entered again, if it is to be retried.
    pub retry_backoff_seconds: Option<u64>,
    pub inspection: InspectionData,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Succeeded,
    Failed,
    Retriable,
    CaughtError,
}

/// Enters the state. Its time is not waited for: what a Wait state comes to does not depend on it.
pub fn test(machine: &Machine, test: &Test, given: &Given<'_>) -> Progress {
    let inspection = Inspection::new(test.context.clone(), test.variables.clone());
    let (run, token) = placed(machine, test, given.now);
    let mut transition = Transition::inspected(machine, &run, given, &inspection);
    match &test.mock {
        None => transition.at(token, states::enter),
        Some(mock) => transition.at(token, |transition, branch, state| mocked(transition, branch, state, mock)),
    }
    let step = transition.finish();
    go_on(machine, step, given, inspection)
}

/// The task has been called: goes on to the end of the state.
pub fn task_ended(machine: &Machine, calling: Calling, outcome: &TaskOutcome, given: &Given<'_>) -> Tested {
    let Calling { request, run, data } = calling;
    let inspection = Inspection::resume(data);
    let mut transition = Transition::inspected(machine, &run, given, &inspection);
    transition.at(request.token, |transition, branch, state| states::task_ended(transition, branch, state, outcome));
    let step = transition.finish();
    tested(&step, given.now, inspection)
}

/// The task was not over in time: its own, or that of the test.
pub fn task_timed_out(machine: &Machine, calling: Calling, given: &Given) -> Tested {
    let Calling { request, mut run, data } = calling;
    let branch = run.branches.iter_mut().find(|branch| branch.token == request.token);
    if let Some(Branch { phase: Phase::Task(task), .. }) = branch {
        task.deadline = Some(given.now); // nobody claimed it, which is when a deadline is set
    }
    let inspection = Inspection::resume(data);
    let mut transition = Transition::inspected(machine, &run, given, &inspection);
    transition.at(request.token, states::time_came);
    let step = transition.finish();
    tested(&step, given.now, inspection)
}

fn mocked(transition: &mut Transition<'_>, branch: &mut Branch, state: &State, mock: &Mock) -> states::Result {
    transition.enter(branch, state);
    states::mocked(transition, branch, state, mock)
}

fn go_on(machine: &Machine, step: Step, given: &Given<'_>, inspection: Inspection) -> Progress {
    let run = &step.run;
    for effect in &step.effects {
        match effect {
            Effect::Dispatch(request) => {
                let (request, run) = (request.clone(), step.run);
                return Progress::Calling(Box::new(Calling { request, run, data: inspection.into_data() }));
            }
            Effect::Arm { timer: Timer::Place(token), due } if is_waiting(run, *token) => {
                return Progress::Done(Box::new(waited(machine, run, *token, *due, given, inspection)));
            }
            Effect::Advance(_) | Effect::Arm { .. } | Effect::Finish => {}
        }
    }
    Progress::Done(Box::new(tested(&step, given.now, inspection)))
}

fn is_waiting(run: &Run, token: Token) -> bool {
    matches!(run.branch(token).map(|branch| &branch.phase), Some(Phase::Waiting { .. }))
}

/// The time of a Wait state has come, or that of the test.
fn waited(
    machine: &Machine,
    run: &Run,
    token: Token,
    due: Timestamp,
    given: &Given<'_>,
    inspection: Inspection,
) -> Tested {
    let mut transition = Transition::inspected(machine, run, given, &inspection);
    if due > given.now.plus_seconds(LONGEST_SECONDS) {
        transition.at(token, |_, _, _| Err(Failure::Timeout));
    } else {
        transition.at(token, states::time_came);
    }
    let step = transition.finish();
    tested(&step, given.now, inspection)
}

/// A run that is about to enter the state, within the branches that are around it.
fn placed(machine: &Machine, test: &Test, now: Timestamp) -> (Run, Token) {
    let mut run = crate::start(machine, test.execution.clone(), &test.input, now).run;
    let variables = Arc::new(test.variables.clone());
    let root = run.branches.pop();
    for state in around(machine, &test.state).into_iter().chain([&test.state]) {
        let Some(root) = root.clone() else { break };
        let parent = run.branches.last().map(|branch| Parent { branch: branch.token.branch, index: 0 });
        let token = Token { branch: u32::try_from(run.branches.len()).unwrap_or_default(), place: run.next_place };
        run.next_place += 1;
        let phase = if *state == test.state { Phase::Ready } else { waiting(machine.state(state)) };
        let item = run.branches.last().and_then(|around| item(around, test));
        let retries = retries(machine.state(state), test);
        let (state, variables) = (state.clone(), variables.clone());
        run.branches.push(Branch { token, parent, state, variables, item, retries, phase, ..root });
    }
    run.next_branch = u32::try_from(run.branches.len()).unwrap_or_default();
    let token = run.branches.last().map_or(Token { branch: 0, place: 0 }, |branch| branch.token);
    (run, token)
}

/// How a state stands while its branches run. One of their results never comes: whatever the tested state comes to, its
/// parents stay where they are.
fn waiting(state: Option<&State>) -> Phase {
    match state.map(|state| &state.kind) {
        Some(StateKind::Map(_)) => Phase::Iterating(Iterations {
            length: 2,
            started: 1,
            ended: 0,
            concurrency: 1,
            items: Items::Kept(VecDeque::new()),
            results: Results::default(),
        }),
        _ => Phase::Forked(Fork { results: vec![None; 2] }),
    }
}

/// `$$.Map.Item.Value` within a Map state is the input of the test, as AWS has it.
fn item(around: &Branch, test: &Test) -> Option<Payload> {
    matches!(around.phase, Phase::Iterating(_)).then(|| test.input.clone())
}

/// The states in whose branches the state is, from the outside in.
fn around<'m>(machine: &'m Machine, state: &StateName) -> Vec<&'m StateName> {
    let holds = |parent: &&State| states::scopes(&parent.kind).iter().any(|scope| scope.states.contains(state));
    let Some(parent) = machine.states.values().find(holds) else { return Vec::new() };
    let mut around = around(machine, &parent.name);
    around.push(&parent.name);
    around
}

/// The count that was asked for, of the Retrier that takes the mocked error.
fn retries(state: Option<&State>, test: &Test) -> Vec<u64> {
    let (Some(state), Some(Mock { answer: MockAnswer::Error(failure), .. })) = (state, &test.mock) else {
        return Vec::new();
    };
    let error = Failure::Reported(failure.clone()).error_name();
    let mut retries = Vec::new();
    if let Some(index) = errors::matching_retrier(&state.kind, &error) {
        retries.resize(index, 0);
        retries.push(test.retrier_retry_count);
    }
    retries
}

fn tested(step: &Step, now: Timestamp, inspection: Inspection) -> Tested {
    let inspection = inspection.into_data();
    let exited = step.events.iter().find_map(|event| match &event.event {
        Event::StateExited { output, .. } => Some(output.clone()),
        _ => None,
    });
    let failure = inspection.error_details.as_ref().map(|details| details.failure.clone());
    let backoff = step.run.branches.iter().find_map(|branch| match &branch.phase {
        Phase::BackingOff { until } => Some(until.millis_since(now) / 1000),
        _ => None,
    });
    let status = match (&failure, &exited, backoff) {
        (None, Some(_), _) => Status::Succeeded,
        (Some(_), Some(_), _) => Status::CaughtError,
        (_, None, Some(_)) => Status::Retriable,
        (_, None, None) => Status::Failed,
    };
    Tested { status, output: exited, failure, next_state: next_state(step), retry_backoff_seconds: backoff, inspection }
}

/// The state that is owed its message.
fn next_state(step: &Step) -> Option<StateName> {
    step.effects.iter().find_map(|effect| match effect {
        Effect::Advance(token) => step.run.branch(*token).map(|branch| branch.state.clone()),
        Effect::Dispatch(_) | Effect::Arm { .. } | Effect::Finish => None,
    })
}

/// Whether the state `name` is somewhere within `state`.
pub fn is_within(machine: &Machine, state: &State, name: &StateName) -> bool {
    around(machine, name).contains(&&state.name)
}

/// Whether a mock can be given for the state.
pub fn takes_mock(kind: &StateKind) -> bool {
    use crate::event::StateType;
    matches!(state_type(kind), StateType::Task | StateType::Parallel | StateType::Map)
}
