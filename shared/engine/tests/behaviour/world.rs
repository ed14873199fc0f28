//! A world around one execution: its clock jumps to whatever is next, its tasks answer what the test says.
//!
//! Each step is checked on the way: numbers of events and records, what events point to, what is owed for which place.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;
use std::panic::Location;

use asl::machine::Machine;
use engine::aside::{Aside, Need};
use engine::effect::{Effect, TaskRequest};
use engine::event::{Event, HistoryEvent};
use engine::execution::{Execution, ExecutionArn};
use engine::failure::ErrorAndCause;
use engine::input::{Given, Input, TaskOutcome, Timer};
use engine::limits::Limits;
use engine::payload::Payload;
use engine::record::{Outcome, Step};
use engine::run::{Answer, Claim, Run, Status, Token};
use engine::task_token::TaskTokenKey;
use engine::timestamp::Timestamp;
use serde_json::Value;

use crate::definitions::parse;

/// 2026-01-01T00:00:00Z.
pub const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// What a task does, once it has been called.
#[derive(Clone, Debug)]
pub struct Reply {
    outcome: Option<TaskOutcome>,
    after_millis: i64,
    /// What the holder of its token says, and when after the call.
    said: Vec<(i64, Said)>,
}

/// What the holder of a task's token can say.
#[derive(Clone, Debug)]
pub enum Said {
    Heartbeat,
    Answer(Answer),
}

impl Reply {
    pub fn after(self, seconds: i64) -> Self {
        Self { after_millis: seconds * 1000, ..self }
    }

    /// So many seconds after the call, the holder of the token says that.
    pub fn and_at(mut self, seconds: i64, said: Said) -> Self {
        self.said.push((seconds * 1000, said));
        self
    }
}

pub fn succeeds(output: &str) -> Said {
    Said::Answer(Answer::Succeeded { output: Payload::parse(output).expect("JSON") })
}

pub fn gives_up(failure: ErrorAndCause) -> Said {
    Said::Answer(Answer::Failed(failure))
}

fn reply(outcome: TaskOutcome) -> Reply {
    Reply { outcome: Some(outcome), after_millis: 0, said: Vec::new() }
}

pub fn ok(output: &str) -> Reply {
    reply(TaskOutcome::Succeeded { output: Payload::parse(output).expect("JSON") })
}

pub fn fails(error: &str, cause: &str) -> Reply {
    reply(TaskOutcome::Failed(failure(error, cause)))
}

pub fn cannot_start(error: &str, cause: &str) -> Reply {
    reply(TaskOutcome::StartFailed(failure(error, cause)))
}

pub fn too_large() -> Reply {
    reply(TaskOutcome::TooLarge)
}

/// It never answers.
pub fn silent() -> Reply {
    Reply { outcome: None, after_millis: 0, said: Vec::new() }
}

pub fn failure(error: &str, cause: &str) -> ErrorAndCause {
    ErrorAndCause { error: Some(error.into()), cause: Some(cause.into()) }
}

pub struct World {
    pub machine: Machine,
    pub run: Run,
    pub history: Vec<HistoryEvent>,
    /// What dispatchers were asked to call.
    pub requests: Vec<TaskRequest>,
    pub steps: Vec<Step>,
    pub now: Timestamp,
    pub seed: u64,
    pub limits: Limits,
    pub missing_activities: Vec<String>,
    pub wait_time_permille: Option<u64>,
    /// What holders of tokens said too late.
    pub unheard: Vec<Said>,
    /// What the run has put aside, in all.
    pub aside: Aside,
    replies: VecDeque<Reply>,
    /// What is on its way, by the time of its arrival and in the order that it was sent.
    agenda: BTreeMap<(Timestamp, u64), Arrival>,
    sent: u64,
}

enum Arrival {
    Input(Input),
    Task(TaskRequest),
    Said(Token, Said),
}

pub const TASK_TOKEN_KEY: [u8; 32] = [1; 32];

impl World {
    pub fn new(definition: &Value, input: &str, replies: impl IntoIterator<Item = Reply>) -> Self {
        let machine = parse(definition);
        let first = engine::start(&machine, execution(), &Payload::parse(input).expect("JSON"), START);
        let mut world = Self {
            machine,
            run: first.run.clone(),
            history: Vec::new(),
            requests: Vec::new(),
            steps: Vec::new(),
            now: START,
            seed: 0,
            limits: Limits::default(),
            missing_activities: Vec::new(),
            wait_time_permille: None,
            unheard: Vec::new(),
            aside: Aside::default(),
            replies: replies.into_iter().collect(),
            agenda: BTreeMap::new(),
            sent: 0,
        };
        world.accept(first);
        world
    }

    /// Plays until nothing is on its way any more.
    pub fn play(mut self) -> Self {
        while self.advance() {}
        assert!(self.replies.is_empty(), "the tasks had more to say: {:?}", self.replies);
        self
    }

    /// Redrives the execution, which has ended, and plays on.
    pub fn redrive(mut self, replies: impl IntoIterator<Item = Reply>) -> Self {
        assert_eq!(engine::redrive::not_redrivable(&self.run, self.now, self.now), None);
        let step = engine::redrive(&self.machine, &self.run, None, self.now);
        self.replies.extend(replies);
        self.accept(step);
        self.play()
    }

    /// Lets the next thing arrive; whether there was one.
    pub fn advance(&mut self) -> bool {
        let Some(((at, _), arrival)) = self.agenda.pop_first() else { return false };
        self.now = self.now.max(at);
        match arrival {
            Arrival::Input(input) => {
                self.input(&input);
            }
            Arrival::Task(request) => self.call(request),
            Arrival::Said(token, said) => {
                if !self.hear(token, said.clone()) {
                    self.unheard.push(said);
                }
            }
        }
        true
    }

    /// Gives the run an input now; what `step` said to it, if it did not step.
    pub fn input(&mut self, input: &Input) -> Option<Outcome> {
        // It gets what it says that it needs, and nothing else.
        let mut at_hand = Aside::default();
        loop {
            let given = Given { aside: &at_hand, ..self.given() };
            match engine::step(&self.machine, &self.run, input, &given) {
                Outcome::Stepped(step) => {
                    self.accept(*step);
                    return None;
                }
                Outcome::Needs(needs) => {
                    assert!(!needs.is_empty());
                    needs.iter().for_each(|need| self.fetch(need, &mut at_hand));
                }
                Outcome::NotYet(Effect::Arm { timer, due }) => {
                    self.send(due, Arrival::Input(Input::TimeCame { timer }));
                    return Some(Outcome::NotYet(Effect::Arm { timer, due }));
                }
                other => return Some(other),
            }
        }
    }

    fn fetch(&self, need: &Need, at_hand: &mut Aside) {
        assert!(at_hand.get(&need.hash).is_none(), "asked for twice: {need:?}");
        let mut next = Some(need.hash.clone());
        while let Some(hash) = next {
            let chunk = self.aside.get(&hash).expect("put aside before it is needed");
            next = chunk.link.clone().filter(|_| need.whole_chain);
            at_hand.insert(hash, chunk.clone());
        }
    }

    pub fn given(&self) -> Given<'_> {
        Given {
            now: self.now,
            seed: self.seed,
            limits: self.limits,
            task_token_key: Some(TaskTokenKey::new(TASK_TOKEN_KEY)),
            missing_activities: self.missing_activities.clone(),
            aside: &self.aside,
            wait_time_permille: self.wait_time_permille,
        }
    }

    /// The holder of the task's token says something now; whether the task still waits for it.
    pub fn hear(&mut self, token: Token, said: Said) -> bool {
        let step = match said {
            Said::Heartbeat => engine::heartbeat(&self.run, token, self.now),
            Said::Answer(answer) => engine::answer(&self.run, token, answer, self.now),
        };
        let Some(step) = step else { return false };
        self.accept(step);
        true
    }

    /// Claims the task, as a dispatcher or a worker, and sends its answer when the reply says so.
    fn call(&mut self, request: TaskRequest) {
        let token = request.token;
        let Some(step) = engine::claim(&self.run, token, claim(self.now), Some("worker")) else { return };
        self.accept(step);
        self.requests.push(request);
        let reply = self.replies.pop_front().expect("a reply to every call");
        if let Some(outcome) = reply.outcome {
            let at = self.now.plus_millis(reply.after_millis);
            self.send(at, Arrival::Input(Input::TaskEnded { token, outcome }));
        }
        for (after_millis, said) in reply.said {
            self.send(self.now.plus_millis(after_millis), Arrival::Said(token, said));
        }
    }

    pub fn accept(&mut self, step: Step) {
        self.check(&step);
        for effect in &step.effects {
            match effect {
                Effect::Advance(token) => self.send(self.now, Arrival::Input(Input::Advance { token: *token })),
                Effect::Dispatch(request) => self.send(self.now, Arrival::Task(request.clone())),
                Effect::Arm { timer, due } => self.send(*due, Arrival::Input(Input::TimeCame { timer: *timer })),
                Effect::Finish => {}
            }
        }
        for chunk in &step.aside {
            self.aside.insert(chunk.hash(), chunk.clone());
        }
        self.history.extend(step.events.iter().cloned());
        self.run = step.run.clone();
        self.steps.push(step);
    }

    fn send(&mut self, at: Timestamp, arrival: Arrival) {
        self.sent += 1;
        self.agenda.insert((at, self.sent), arrival);
    }

    /// What holds for every step.
    fn check(&self, step: &Step) {
        assert_eq!(step.run.seq, self.steps.len() as u64, "records are numbered without gaps");
        let first = self.history.len() as u64 + 1;
        for (id, event) in (first..).zip(&step.events) {
            assert_eq!(event.id, id, "events are numbered without gaps");
            assert!(event.previous_event_id < event.id, "{event:?} points to a later event");
            assert_eq!(event.timestamp, self.now);
        }
        assert_eq!(step.run.last_event_id, self.history.len() as u64 + step.events.len() as u64);
        let redriven = matches!(step.events.first(), Some(HistoryEvent { event: Event::ExecutionRedriven { .. }, .. }));
        assert_eq!(self.history.last().is_some_and(is_terminal), redriven, "only a redrive comes after the end");
        let Some((last, others)) = step.events.split_last() else {
            // A heartbeat, or a failure that was told before and is retried.
            return assert!(!step.run.has_ended(), "no execution ends without an event");
        };
        assert!(!others.iter().any(is_terminal), "the end comes last");
        assert_eq!(is_terminal(last), step.run.has_ended());
        assert_eq!(step.run.has_ended(), step.effects.contains(&Effect::Finish));
        assert_eq!(step.run.has_ended(), step.run.branches.is_empty());
        for effect in &step.effects {
            let live = match effect {
                Effect::Advance(token) | Effect::Arm { timer: Timer::Place(token), .. } => is_live(&step.run, *token),
                Effect::Dispatch(request) => is_live(&step.run, request.token),
                Effect::Arm { timer: Timer::Execution, .. } => !step.run.has_ended(),
                Effect::Finish => true,
            };
            assert!(live, "{effect:?} is for a place that has been left");
        }
    }

    /// One line an event: `ID <- PREVIOUS TYPE DETAILS`, and `@TIME` since the start where it is another than before.
    pub fn printed(&self) -> String {
        let mut text = String::new();
        let mut at = START;
        for event in &self.history {
            let HistoryEvent { id, previous_event_id, timestamp, event } = event;
            write!(text, "{id} <- {previous_event_id} {}", event.type_name()).unwrap();
            let details = details(event);
            if !details.is_empty() {
                write!(text, " {details}").unwrap();
            }
            if *timestamp != at {
                at = *timestamp;
                write!(text, " @{}", seconds(at.millis_since(START))).unwrap();
            }
            text.push('\n');
        }
        text
    }

    /// How it ended: the output, or `ERROR: CAUSE`.
    pub fn outcome(&self) -> String {
        match &self.run.status {
            Status::Running => "running".into(),
            Status::Succeeded { output } => output.as_str().to_owned(),
            Status::Failed(failure) => told(failure),
            Status::TimedOut(failure) => format!("timed out {}", told(failure)),
            Status::Aborted(failure) => format!("aborted {}", told(failure)),
        }
    }
}

pub fn is_terminal(event: &HistoryEvent) -> bool {
    matches!(
        event.event,
        Event::ExecutionSucceeded { .. }
            | Event::ExecutionFailed(_)
            | Event::ExecutionTimedOut(_)
            | Event::ExecutionAborted(_)
    )
}

fn is_live(run: &Run, token: Token) -> bool {
    run.branch(token).is_some()
}

pub fn execution() -> Execution {
    let arn = ExecutionArn::new("arn:aws:states:us-east-1:123456789012:execution:machine:name");
    Execution::new(arn, "revision".into(), "arn:aws:iam::123456789012:role/machine".into(), START)
}

pub fn claim(at: Timestamp) -> Claim {
    Claim { nonce: "dispatcher".into(), at, until: at.plus_seconds(900) }
}

fn details(event: &Event) -> String {
    match event {
        Event::ExecutionStarted { input, .. } => input.as_str().to_owned(),
        Event::ExecutionSucceeded { output } | Event::LambdaFunctionSucceeded { output } => output.as_str().to_owned(),
        Event::StateEntered { name, input, .. } => format!("{name} {}", input.as_str()),
        Event::StateExited { name, output, assigned_variables, .. } if assigned_variables.is_empty() => {
            format!("{name} {}", output.as_str())
        }
        Event::StateExited { name, output, assigned_variables, .. } => {
            format!("{name} {} assigned {assigned_variables:?}", output.as_str())
        }
        Event::ActivityScheduled { resource, input, timeout_in_seconds, heartbeat_in_seconds } => {
            let activity = resource.rsplit(':').next().unwrap_or_default();
            format!("{activity} {}{}{}", input.as_str(), limit(*timeout_in_seconds), beat(*heartbeat_in_seconds))
        }
        Event::ActivityStarted { worker_name } => worker_name.clone().unwrap_or_default(),
        Event::LambdaFunctionScheduled { resource, input, timeout_in_seconds, credentials } => {
            let function = resource.rsplit(':').next().unwrap_or_default();
            format!("{function} {}{}{}", input.as_str(), limit(*timeout_in_seconds), role(credentials))
        }
        Event::TaskScheduled {
            resource,
            region,
            parameters,
            timeout_in_seconds,
            heartbeat_in_seconds,
            credentials,
        } => format!(
            "{}:{} in {region} {}{}{}{}",
            resource.resource_type,
            resource.resource,
            parameters.as_str(),
            limit(*timeout_in_seconds),
            beat(*heartbeat_in_seconds),
            role(credentials)
        ),
        Event::TaskSubmitted { output, .. } | Event::ActivitySucceeded { output } => output.as_str().to_owned(),
        Event::TaskSucceeded { output, .. } => output.as_str().to_owned(),
        Event::ExecutionFailed(failure)
        | Event::ExecutionTimedOut(failure)
        | Event::ExecutionAborted(failure)
        | Event::ActivityFailed(failure)
        | Event::ActivityTimedOut(failure)
        | Event::ActivityScheduleFailed(failure)
        | Event::TaskSubmitFailed { failure, .. }
        | Event::LambdaFunctionFailed(failure)
        | Event::LambdaFunctionTimedOut(failure)
        | Event::LambdaFunctionScheduleFailed(failure)
        | Event::LambdaFunctionStartFailed(failure)
        | Event::TaskFailed { failure, .. }
        | Event::TaskTimedOut { failure, .. }
        | Event::TaskStartFailed { failure, .. } => told(failure),
        Event::ExecutionRedriven { count } => count.to_string(),
        Event::MapStateStarted { length } => length.to_string(),
        Event::MapIterationStarted(iteration)
        | Event::MapIterationSucceeded(iteration)
        | Event::MapIterationFailed(iteration)
        | Event::MapIterationAborted(iteration) => format!("{} {}", iteration.name, iteration.index),
        Event::EvaluationFailed { state, location, failure } => {
            format!("{state} at {} {}", location.as_deref().unwrap_or("-"), told(failure))
        }
        Event::StateAborted(_)
        | Event::ParallelStateStarted
        | Event::ParallelStateSucceeded
        | Event::ParallelStateFailed
        | Event::MapStateSucceeded
        | Event::MapStateFailed
        | Event::LambdaFunctionStarted
        | Event::TaskStarted(_) => String::new(),
    }
}

fn limit(seconds: Option<u64>) -> String {
    seconds.map_or(String::new(), |seconds| format!(" within {seconds}s"))
}

fn beat(seconds: Option<u64>) -> String {
    seconds.map_or(String::new(), |seconds| format!(" heartbeat {seconds}s"))
}

fn role(credentials: &Option<String>) -> String {
    credentials.as_ref().map_or(String::new(), |role| format!(" as {role}"))
}

fn told(failure: &ErrorAndCause) -> String {
    match (&failure.error, &failure.cause) {
        (None, None) => String::new(),
        (Some(error), None) => error.clone(),
        (error, Some(cause)) => format!("{}: {cause}", error.as_deref().unwrap_or("-")),
    }
}

fn seconds(millis: u64) -> String {
    if millis.is_multiple_of(1000) { format!("{}s", millis / 1000) } else { format!("{millis}ms") }
}

/// Plays the definition, and compares the whole history.
#[track_caller]
pub fn check(definition: Value, input: &str, replies: impl IntoIterator<Item = Reply>, expected: &str) {
    let printed = World::new(&definition, input, replies).play().printed();
    assert_same(&printed, expected);
}

/// Plays the definition to its end, and says how it ended.
pub fn outcome(definition: Value, input: &str, replies: impl IntoIterator<Item = Reply>) -> String {
    World::new(&definition, input, replies).play().outcome()
}

#[track_caller]
pub fn assert_same(printed: &str, expected: &str) {
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let actual: Vec<&str> = printed.lines().collect();
    let caller = Location::caller();
    assert!(actual == expected, "at {caller}\n\nexpected\n{}\n\nbut was\n{printed}", expected.join("\n"));
}
