//! Plays one execution with the engine alone: its clock jumps to whatever is next, what comes at one time comes in any
//! order, old messages come again, and tasks do anything. Each step is checked.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use asl::MachineType;
use asl::machine::Machine;
use engine::aside::Aside;
use engine::effect::{Effect, Target, TaskRequest};
use engine::event::{Event, HistoryEvent};
use engine::execution::{Execution, ExecutionArn};
use engine::failure::ErrorAndCause;
use engine::input::{Cause, Given, Input, TaskOutcome, Timer};
use engine::limits::{KEPT_BYTES, Limits};
use engine::payload::Payload;
use engine::record::{Outcome, Record, Step};
use engine::run::{Answer, Claim, EndedBy, Phase, Run, Status, Token};
use engine::task_token::TaskTokenKey;
use engine::timestamp::Timestamp;
use serde_json::Value;
use tests::{START, fold, told};
use wire::message::{Lane, Message, Task, TaskBody, Transition};

pub struct Player {
    machine: Machine,
    script: u64,
    run: Run,
    history: Vec<HistoryEvent>,
    now: Timestamp,
    /// What is on its way, by its time and then by chance.
    agenda: BTreeMap<(Timestamp, u64), Arrival>,
    drawn: u64,
    /// What the run has put aside, in all.
    aside: Aside,
    /// What has been taken in: it may come again.
    old: Vec<Input>,
}

#[derive(Clone)]
enum Arrival {
    Input(Input),
    Task(TaskRequest),
    /// The holder of the token of the task at this place says how it ended.
    Answer(Token, Answer),
}

impl Player {
    pub fn new(definition: &Value, input: &str, script: u64) -> Self {
        let parsed = asl::parse(&definition.to_string(), MachineType::Standard);
        let machine = parsed.unwrap_or_else(|findings| panic!("not valid: {findings:#?}\n{definition:#}")).machine;
        let unsupported = engine::supported::unsupported(&machine);
        assert!(unsupported.is_empty(), "not supported: {unsupported:#?}\n{definition:#}");
        let input = Payload::parse(input).expect("JSON");
        let first = engine::start(&machine, execution(), &input, START);
        let mut player = Self {
            run: first.run.clone(),
            machine,
            script,
            history: Vec::new(),
            now: START,
            agenda: BTreeMap::new(),
            drawn: 0,
            old: Vec::new(),
            aside: Aside::default(),
        };
        player.accept(first, Cause::Start("start".into()));
        player
    }

    /// So many arrivals, or all that there are.
    pub fn play(&mut self, most: usize) {
        for _ in 0..most {
            let Some(((at, _), arrival)) = self.agenda.pop_first() else { return self.check_end() };
            self.now = self.now.max(at);
            match arrival {
                Arrival::Input(input) => self.take_in(&input),
                Arrival::Task(request) => self.call(&request),
                Arrival::Answer(token, answer) => self.answer(token, answer),
            }
            self.repeat();
        }
    }

    /// Whatever state it is in, an execution can be stopped from outside, once.
    pub fn stop_or_fail(mut self) {
        let failure = ErrorAndCause { error: Some("Stopped".into()), cause: None };
        let end = if self.draw().is_multiple_of(2) { engine::abort } else { engine::fail };
        let step = end(&self.run, failure.clone(), self.now);
        assert_eq!(step.is_none(), self.run.has_ended(), "{}", self.told());
        if let Some(step) = step {
            self.accept(step, Cause::Stop("stop".into()));
            assert!(end(&self.run, failure, self.now).is_none());
        }
    }

    /// Nothing is on its way any more: it has ended, or waits for tasks that never answer.
    fn check_end(&self) {
        let is_stuck = |phase: &Phase| match phase {
            Phase::Task(task) => task.claim.is_none() || task.due().is_some(),
            Phase::Forked(_) | Phase::Iterating(_) => false,
            Phase::Ready | Phase::Answered(_) | Phase::Waiting { .. } | Phase::BackingOff { .. } => true,
        };
        let stuck = self.run.branches.iter().find(|branch| is_stuck(&branch.phase));
        assert!(stuck.is_none(), "nothing will ever come for {stuck:?}\n{}", self.told());
        assert!(self.run.has_ended() || self.run.deadline.is_none(), "its limit is forgotten\n{}", self.told());
    }

    fn take_in(&mut self, input: &Input) {
        let aside = self.aside.clone();
        let given = Given { aside: &aside, ..self.given() };
        let outcome = engine::step(&self.machine, &self.run, input, &given);
        self.check_needs(input, &outcome);
        // The run as it travels decides alike: nothing depends on what is shared in memory.
        let travelled = self.travelled(&self.run);
        assert_eq!(engine::step(&self.machine, &travelled, input, &given), outcome, "{}", self.told());
        if let Outcome::Stepped(step) = outcome {
            self.keep_aside(&step);
            self.check_folding(&step, &self.given());
            self.accept(*step, input.cause());
            self.old.push(input.clone());
        }
    }

    fn keep_aside(&mut self, step: &Step) {
        for chunk in &step.aside {
            self.aside.insert(chunk.hash(), chunk.clone());
        }
    }

    /// With nothing at hand it says what it needs, or comes to the same.
    fn check_needs(&self, input: &Input, expected: &Outcome) {
        match engine::step(&self.machine, &self.run, input, &Given { aside: <&Aside>::default(), ..self.given() }) {
            Outcome::Needs(needs) => {
                let known = needs.iter().all(|need| self.aside.get(&need.hash).is_some());
                assert!(known && !needs.is_empty(), "{needs:?}\n{}", self.told());
            }
            outcome => assert_eq!(outcome, *expected, "{}", self.told()),
        }
    }

    /// What comes next becomes one record with the step or two: that makes no difference.
    fn check_folding(&self, step: &Step, given: &Given<'_>) {
        let Some(Arrival::Input(next)) = self.agenda.values().next() else { return };
        let apart = engine::step(&self.machine, &step.run, next, given);
        let together = engine::step_on(&self.machine, step.clone(), next, given);
        match (apart, together) {
            (Outcome::Stepped(second), Ok(both)) => {
                let events: Vec<_> = step.events.iter().chain(&second.events).cloned().collect();
                assert_eq!(both.events, events, "{}", self.told());
                let owed = step.effects.iter().chain(&second.effects).filter(|effect| effect.is_owed(&second.run));
                assert_eq!(both.effects, owed.cloned().collect::<Vec<_>>(), "{}", self.told());
            }
            (outcome, Err(refused)) => assert_eq!((step, &outcome), (&refused.0, &refused.1)),
            (outcome, Ok(both)) => panic!("{outcome:?} alone, but {both:?} together\n{}", self.told()),
        }
    }

    /// An old message comes again: its place has been left.
    fn repeat(&mut self) {
        if self.old.is_empty() || !self.draw().is_multiple_of(4) {
            return;
        }
        let index = usize::try_from(self.draw()).unwrap() % self.old.len();
        let outcome = engine::step(&self.machine, &self.run, &self.old[index], &self.given());
        assert_eq!(outcome, Outcome::Stale, "{:?} came again\n{}", self.old[index], self.told());
    }

    /// Claims the task, and sends its answer when the script says so.
    fn call(&mut self, request: &TaskRequest) {
        let token = request.token;
        let claim = Claim { nonce: "dispatcher".into(), at: self.now, until: self.now.plus_seconds(900) };
        let Some(step) = engine::claim(&self.run, token, claim.clone(), None) else { return };
        self.accept(step, Cause::Claim { token, nonce: "dispatcher".into() });
        assert!(engine::claim(&self.run, token, claim, None).is_none(), "claimed twice\n{}", self.told());
        let mut hasher = DefaultHasher::new();
        (self.script, &request.payload, token).hash(&mut hasher);
        let drawn = hasher.finish();
        if let Some(EndedBy::TaskToken { .. }) = self.run.task(token).map(|task| task.ended_by) {
            self.pass_on(token, drawn);
        }
        if matches!(request.target, Target::Activity { .. }) {
            return;
        }
        let failed = |error: &str| {
            TaskOutcome::Failed(ErrorAndCause {
                error: Some(error.into()),
                cause: Some(r#"{"errorMessage":"why"}"#.into()),
            })
        };
        let outcome = match drawn % 10 {
            0 => failed("Busy"),
            1 => failed("Broken"),
            2 => TaskOutcome::Failed(ErrorAndCause::default()),
            3 => TaskOutcome::TooLarge,
            4 => TaskOutcome::StartFailed(ErrorAndCause { error: Some("Busy".into()), cause: None }),
            5 => return,
            _ => TaskOutcome::Succeeded { output: request.payload.clone() },
        };
        let at = self.now.plus_seconds((drawn / 10) % 7 * 100);
        self.send(at, Arrival::Input(Input::TaskEnded { token, outcome }));
    }

    /// Whoever has the task's token answers at any time, or never; and says that it goes on meanwhile.
    fn pass_on(&mut self, token: Token, drawn: u64) {
        let answer = match drawn % 4 {
            0 => return,
            1 => Answer::Failed(ErrorAndCause { error: Some("Busy".into()), cause: None }),
            _ => Answer::Succeeded { output: Payload::parse(r#"{"n":0,"at":"","answered":1}"#).expect("JSON") },
        };
        let at = self.now.plus_seconds((drawn / 4) % 9 * 50);
        self.send(at, Arrival::Answer(token, answer));
    }

    fn answer(&mut self, token: Token, answer: Answer) {
        if let Some(step) = engine::heartbeat(&self.run, token, self.now) {
            self.accept(step, Cause::Heartbeat { token, id: "beat".into() });
        }
        let takes = self.run.task(token).is_some_and(|task| task.takes_answers(self.now));
        let step = engine::answer(&self.run, token, answer.clone(), self.now);
        assert_eq!(step.is_some(), takes, "{}", self.told());
        if let Some(step) = step {
            self.accept(step, Cause::Answer { token, id: "answer".into() });
            assert!(engine::answer(&self.run, token, answer, self.now).is_none(), "answered twice\n{}", self.told());
        }
    }

    fn accept(&mut self, step: Step, cause: Cause) {
        let record = Record::new(self.now, vec![cause], step);
        let bytes = wire::record::encode(&record).expect("encodable");
        let read = wire::record::decode(&record.run.execution.arn, &bytes).expect("decodable");
        assert_eq!(read, record, "the journal keeps all of a record");
        self.history.extend(record.events.iter().cloned());
        self.check(&record);
        self.run = record.run.clone();
        for effect in &record.effects {
            match effect {
                Effect::Advance(token) => self.send(self.now, Arrival::Input(Input::Advance { token: *token })),
                Effect::Dispatch(request) => self.send(self.now, Arrival::Task(request.clone())),
                Effect::Arm { timer, due } => self.send(*due, Arrival::Input(Input::TimeCame { timer: *timer })),
                Effect::Finish => {}
            }
        }
    }

    /// What holds of every record.
    fn check(&self, record: &Record) {
        let before = self.history.len() - record.events.len();
        assert_eq!(record.run.last_event_id, self.history.len() as u64, "{}", self.told());
        for (event, id) in self.history[before..].iter().zip(before as u64 + 1..) {
            assert!(
                event.id == id && event.previous_event_id < id,
                "ids have no gaps, and point back\n{}",
                self.told()
            );
            assert_eq!(event.timestamp, self.now);
        }
        let ends = self.history.iter().filter(|event| is_terminal(&event.event)).count();
        assert_eq!(ends, usize::from(record.run.has_ended()), "{}", self.told());
        assert_eq!(record.run.has_ended(), record.run.branches.is_empty(), "{}", self.told());
        assert_eq!(record.run.has_ended(), record.effects.contains(&Effect::Finish), "{}", self.told());
        let stale = record.effects.iter().find(|effect| !effect.is_owed(&record.run));
        assert!(stale.is_none(), "{stale:?} is for a place that has been left\n{}", self.told());
        if let (Status::Succeeded { output }, Some(last)) = (&record.run.status, self.history.last()) {
            assert_eq!(last.event, Event::ExecutionSucceeded { output: output.clone() });
        }
        if let Err(why) = fold::check(&self.machine, &self.history, &record.run) {
            panic!("{why}\n{:#?}\n{}", record.run.branches, self.told());
        }
    }

    fn send(&mut self, at: Timestamp, arrival: Arrival) {
        let arrival = match arrival {
            Arrival::Input(input) => Arrival::Input(self.sent_transition(input)),
            Arrival::Task(request) => Arrival::Task(self.sent_task(request)),
            Arrival::Answer(..) => arrival,
        };
        // Nothing overtakes what was to come at an earlier time; what comes at one time comes in any order.
        let order = self.draw();
        self.agenda.insert((at, order), arrival);
    }

    fn travelled(&self, run: &Run) -> Run {
        let input = Input::TimeCame { timer: Timer::Execution };
        match sent(Message::Transition(self.transition(input, Some(Arc::new(run.clone()))))) {
            Message::Transition(transition) => Run::clone(&transition.run.expect("it was given one")),
            other => panic!("it was a transition: {other:?}"),
        }
    }

    fn sent_transition(&self, input: Input) -> Input {
        match sent(Message::Transition(self.transition(input, None))) {
            Message::Transition(transition) => transition.input,
            other => panic!("it was a transition: {other:?}"),
        }
    }

    fn sent_task(&self, request: TaskRequest) -> TaskRequest {
        let request = TaskBody::Inline(Arc::new(request));
        let execution = self.run.execution.arn.clone();
        let run = Some(Arc::new(self.run.clone()));
        match sent(Message::Task(Task { execution, seq: self.run.seq, request, run, not_before: None })) {
            Message::Task(Task { request: TaskBody::Inline(request), .. }) => TaskRequest::clone(&request),
            other => panic!("it was a task with its request: {other:?}"),
        }
    }

    fn transition(&self, input: Input, run: Option<Arc<Run>>) -> Transition {
        let execution = self.run.execution.arn.clone();
        Transition { execution, seq: self.run.seq, input, run, lane: Lane::Standard, not_before: None }
    }

    fn given(&self) -> Given<'_> {
        // Every other run puts nearly everything aside.
        let kept_bytes = if self.script.is_multiple_of(2) { 2 } else { KEPT_BYTES };
        let limits = Limits { kept_bytes, ..Limits::default() };
        let task_token_key = self.machine.waits_for_task_tokens.then(|| TaskTokenKey::new([7; 32]));
        Given { now: self.now, seed: self.script, limits, task_token_key, aside: &self.aside, ..Given::default() }
    }

    fn draw(&mut self) -> u64 {
        self.drawn += 1;
        let mut hasher = DefaultHasher::new();
        (self.script, self.drawn).hash(&mut hasher);
        hasher.finish()
    }

    fn told(&self) -> String {
        told(&self.history)
    }
}

/// As it comes out of its queue.
fn sent(message: Message) -> Message {
    let text = wire::message::encode(&message).expect("encodable");
    let read = wire::message::decode(&text).expect("decodable");
    assert_eq!(read, message, "a message comes as it was sent");
    read
}

fn is_terminal(event: &Event) -> bool {
    matches!(
        event,
        Event::ExecutionSucceeded { .. }
            | Event::ExecutionFailed(_)
            | Event::ExecutionTimedOut(_)
            | Event::ExecutionAborted(_)
    )
}

fn execution() -> Execution {
    let arn = ExecutionArn::new("arn:aws:states:us-east-1:123456789012:execution:machine:name");
    Execution::new(arn, "revision".into(), "arn:aws:iam::123456789012:role/machine".into(), START)
}
