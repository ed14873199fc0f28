//! The handlers at work, several at once, while everything goes wrong that can.

use std::collections::BTreeSet;

use dispatcher::Dispatcher;
use engine::input::Input;
use engine::run::Token;
use interpreter::Handled;
use ports::StoreError;
use ports::queue::{Lane, Message};
use serde_json::{Value, json};
use tests::{ApiAnswer, Delivery, Fault, Installation, Letter, START};

use crate::bugs::Bug;
use crate::scenario::Scenario;

/// Draws numbers; one seed, one sequence.
pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.number()).expect("31 bits") % limit
    }

    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// An invocation under way.
enum Work {
    /// Of the interpreter or a dispatcher: one letter, or a batch of the FIFO lane.
    Letters(Vec<Letter>, Delivery<Handled>),
    /// Of the API.
    Call(&'static str, Delivery<ApiAnswer>),
}

pub struct Storm<'a> {
    scenario: &'a Scenario,
    installation: &'a Installation,
    log: &'a mut Vec<String>,
    draw: Draw,
    work: Vec<Work>,
    /// Old letters, of which some come again.
    kept: Vec<Letter>,
    /// How much has gone wrong.
    done: usize,
    /// Two processes dispatch, which know nothing of each other.
    other: Dispatcher,
    seen: Seen,
}

/// What is compared with the journal afterwards.
#[derive(Default)]
pub struct Seen {
    /// Answers of GetExecutionHistory.
    pub reads: Vec<Vec<Value>>,
    /// The tasks of which a dispatcher fell over, or gave up.
    pub fallen: BTreeSet<Token>,
}

const CALLS: [&str; 11] =
    ["append", "newest", "record", "records", "put chunk", "get chunk", "send", "ended", "arm", "disarm", "due timers"];

/// What takes more turns than this does not end.
const TURNS: usize = 300_000;

type Result<T> = std::result::Result<T, String>;

impl<'a> Storm<'a> {
    pub fn new(scenario: &'a Scenario, installation: &'a Installation, log: &'a mut Vec<String>) -> Self {
        let other = Dispatcher { alone: installation.dispatcher.alone, ..installation.another_dispatcher() };
        Self {
            scenario,
            installation,
            log,
            draw: Draw::new(!scenario.seed),
            work: Vec::new(),
            kept: Vec::new(),
            done: 0,
            other,
            seen: Seen::default(),
        }
    }

    /// To the end of the execution and of all that goes on.
    pub fn rage(mut self) -> Result<Seen> {
        for _ in 0..TURNS {
            if self.installation.has_ended() && self.work.is_empty() && self.is_quiet() {
                self.repeat_everything()?;
                return Ok(self.seen);
            }
            match self.draw.below(3) {
                0 => self.begin()?,
                1 => self.go_on()?,
                _ if self.done < self.scenario.mischief => self.disturb()?,
                _ => self.go_on()?,
            }
        }
        Err(self.not_ended("does not end"))
    }

    fn not_ended(&self, how: &str) -> String {
        let Installation { clock, mail, .. } = self.installation;
        let history = tests::told(&self.installation.history());
        format!("it {how} by {}:\n{history}waiting: {:?}", clock.now(), mail.waiting())
    }

    /// Nothing is left to do but what comes much later.
    fn is_quiet(&self) -> bool {
        self.installation.mail.due().is_empty()
    }

    fn tell(&mut self, what: &str) {
        let seconds = self.installation.clock.now().millis_since(START) as f64 / 1000.0;
        self.log.push(format!("{seconds:>12.3} s  {what}"));
    }

    /// Begins a delivery of what is due and not being delivered; if there is nothing, time passes.
    fn begin(&mut self) -> Result<()> {
        let mut due = self.installation.mail.due();
        due.retain(|letter| !self.is_being_delivered(letter));
        if self.work.len() < 3 && !due.is_empty() {
            let letter = due[self.draw.below(due.len())].clone();
            if is_fifo(&letter) {
                due.retain(is_fifo);
                due.truncate(10);
                self.deliver(due);
            } else {
                self.deliver(vec![letter]);
            }
        } else if self.work.is_empty() || self.draw.one_in(50) {
            // A handler that sleeps has to wait for it as well.
            return self.let_time_pass();
        }
        Ok(())
    }

    fn is_being_delivered(&self, letter: &Letter) -> bool {
        self.work.iter().any(|work| match work {
            Work::Letters(letters, _) => letters.iter().any(|busy| busy.id == letter.id),
            Work::Call(..) => false,
        })
    }

    fn deliver(&mut self, letters: Vec<Letter>) {
        let ids: Vec<u64> = letters.iter().map(|letter| letter.id).collect();
        self.tell(&format!("deliver {ids:?} {}", letters.iter().map(told).collect::<Vec<_>>().join(", ")));
        self.kept.extend(letters.iter().cloned());
        if self.scenario.bug == Some(Bug::ForgetsReceives) {
            ids.iter().for_each(|id| self.installation.mail.forget_receives(*id));
        }
        let dispatcher = if self.draw.one_in(2) { &self.installation.dispatcher } else { &self.other };
        let interpreter = match self.draw.one_in(8) {
            true => &self.installation.another_interpreter(),
            false => &self.installation.interpreter,
        };
        let delivery = match &letters[..] {
            [letter] => self.installation.begin_in(letter, interpreter, dispatcher),
            batch => self.installation.begin_batch_in(batch, interpreter),
        };
        if self.scenario.bug == Some(Bug::AcknowledgesEarly) {
            ids.iter().for_each(|id| self.installation.mail.remove(*id));
        }
        self.work.push(Work::Letters(letters, delivery));
    }

    /// To the next letter, but a minute at most while there is one; then the timekeeper runs, perhaps not to its end.
    fn let_time_pass(&mut self) -> Result<()> {
        let now = self.installation.clock.now();
        let minute = now.plus_seconds(60);
        let waiting = self.installation.mail.waiting();
        let idle = waiting.is_empty() && self.work.is_empty();
        if idle && !self.scenario.losses && !self.installation.has_armed_timers() && !self.installation.has_ended() {
            return Err(self.not_ended("waits for nothing"));
        }
        let later = waiting.into_iter().map(|letter| letter.due).filter(|due| *due > now);
        let next = later.min().map_or(minute, |next| next.min(minute));
        self.installation.clock.move_to(next);
        if next == minute {
            let mut keeping = self.installation.begin_keeping_time();
            if self.done < self.scenario.mischief && self.draw.one_in(4) {
                let pauses = self.draw.below(12);
                if self.goes_wrong(&format!("the timekeeper falls over after {pauses} calls")) {
                    let _ = keeping.go_on(pauses);
                    return Ok(());
                }
            }
            let _ = keeping.finish();
        }
        Ok(())
    }

    fn go_on(&mut self) -> Result<()> {
        if self.work.is_empty() {
            return Ok(());
        }
        let index = self.draw.below(self.work.len());
        let pauses = 1 + self.draw.below(6);
        let work = self.work.swap_remove(index);
        match work {
            Work::Letters(letters, mut delivery) => match delivery.go_on(pauses) {
                Some(answer) => self.settle(&letters, &answer),
                None => self.work.push(Work::Letters(letters, delivery)),
            },
            Work::Call(operation, mut delivery) => match delivery.go_on(pauses) {
                Some(answer) => return self.answered(operation, answer.expect("the API answers")),
                None => self.work.push(Work::Call(operation, delivery)),
            },
        }
        Ok(())
    }

    fn settle(&mut self, letters: &[Letter], answer: &std::result::Result<Handled, StoreError>) {
        if matches!(answer, Ok(Handled::Done)) || self.scenario.bug == Some(Bug::AcknowledgesFailures) {
            letters.iter().for_each(|letter| self.installation.mail.remove(letter.id));
        } else {
            let ids: Vec<u64> = letters.iter().map(|letter| letter.id).collect();
            self.tell(&format!("{ids:?} will come again: {answer:?}"));
            self.seen.fallen.extend(letters.iter().filter_map(task));
        }
    }

    /// What the API has acknowledged is in the journal.
    fn answered(&mut self, operation: &str, answer: ApiAnswer) -> Result<()> {
        self.tell(&format!("{operation} answers {}", if answer.is_ok() { "well" } else { "with an error" }));
        match (operation, answer) {
            ("StopExecution", Ok(_)) if !self.installation.has_ended() => {
                Err("StopExecution was acknowledged, and it has not ended".into())
            }
            ("GetExecutionHistory", Ok(page)) => {
                self.seen.reads.push(page["events"].as_array().expect("events").clone());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Counts what goes wrong; whether it does, or is spared.
    fn goes_wrong(&mut self, what: &str) -> bool {
        let number = self.done;
        self.done += 1;
        let happens = !self.scenario.spared.contains(&number);
        if happens {
            self.tell(&format!("! {what}"));
        }
        happens
    }

    fn disturb(&mut self) -> Result<()> {
        match self.draw.below(7) {
            0 => self.crash(),
            1 => self.duplicate(),
            2 if self.scenario.losses => self.lose(),
            3 | 4 => {
                let fault = if self.draw.one_in(2) { Fault::Before } else { Fault::After };
                let call = CALLS[self.draw.below(CALLS.len())];
                if self.goes_wrong(&format!("the next `{call}` fails, {fault:?} it is done")) {
                    self.installation.gate.fail_next(call, fault);
                }
            }
            5 => return self.call(),
            _ => {
                let seconds = self.draw.below(40) as u64;
                if self.goes_wrong(&format!("{seconds} seconds pass")) {
                    self.installation.clock.advance_seconds(seconds);
                }
            }
        }
        Ok(())
    }

    /// Its letter comes again.
    fn crash(&mut self) {
        if self.work.is_empty() {
            return;
        }
        let index = self.draw.below(self.work.len());
        let what = match &self.work[index] {
            Work::Letters(letters, _) => format!("of {:?}", letters.iter().map(|letter| letter.id).collect::<Vec<_>>()),
            // What a stop has left half done is for the sweep to complete.
            Work::Call("StopExecution", _) if !self.scenario.losses => return,
            Work::Call(operation, _) => format!("at {operation}"),
        };
        if !self.goes_wrong(&format!("the function falls over in the middle {what}")) {
            return;
        }
        if let Work::Letters(letters, _) = self.work.swap_remove(index) {
            self.seen.fallen.extend(letters.iter().filter_map(task));
        }
    }

    /// A copy that is handled beside a first one that falls over takes its letter away, and the sweep has to help: without
    /// it, only letters come again that have been handled.
    fn duplicate(&mut self) {
        let mut kept = self.kept.clone();
        if !self.scenario.losses {
            let waiting = self.installation.mail.waiting();
            kept.retain(|old| waiting.iter().all(|letter| letter.id != old.id) && !self.is_being_delivered(old));
        }
        if kept.is_empty() {
            return;
        }
        let letter = kept[self.draw.below(kept.len())].clone();
        if self.goes_wrong(&format!("[{}] comes once more", letter.id)) {
            self.deliver(vec![letter]);
        }
    }

    /// An answer cannot be lost without a trace: nobody else knows it.
    fn lose(&mut self) {
        let mut waiting = self.installation.mail.waiting();
        waiting.retain(|letter| !is_answer(letter));
        if waiting.is_empty() {
            return;
        }
        let letter = waiting[self.draw.below(waiting.len())].clone();
        if self.goes_wrong(&format!("[{}] is lost: {}", letter.id, told(&letter))) {
            self.installation.mail.remove(letter.id);
        }
    }

    /// Somebody calls the API.
    fn call(&mut self) -> Result<()> {
        let execution = Installation::execution();
        let machine = execution.state_machine_arn();
        let (operation, body) = match self.draw.below(6) {
            0 if self.scenario.stops => ("StopExecution", json!({ "executionArn": execution.as_str() })),
            1 => {
                let definition = json!({ "StartAt": "Other", "States": { "Other": { "Type": "Fail" } } });
                ("UpdateStateMachine", json!({ "stateMachineArn": machine, "definition": definition.to_string() }))
            }
            2 if self.scenario.stops => ("DeleteStateMachine", json!({ "stateMachineArn": machine })),
            _ => ("GetExecutionHistory", json!({ "executionArn": execution.as_str(), "maxResults": 1000 })),
        };
        if self.goes_wrong(&format!("somebody calls {operation}")) {
            self.work.push(Work::Call(operation, self.installation.begin_call(operation, &body)));
        }
        Ok(())
    }

    /// All letters that ever were, after the end: nothing comes of them.
    fn repeat_everything(&mut self) -> Result<()> {
        let records = self.installation.records().len();
        let calls = self.installation.target.calls().len();
        for letter in self.kept.clone() {
            let _ = self.installation.begin(&letter).finish();
        }
        let _ = self.installation.begin_keeping_time().finish();
        let same = self.installation.records().len() == records && self.installation.target.calls().len() == calls;
        if same { Ok(()) } else { Err("something has come of old messages after the end".into()) }
    }
}

/// The task that the letter is for.
fn task(letter: &Letter) -> Option<Token> {
    match letter.message() {
        Message::Task(task) => Some(task.request.token()),
        Message::Transition(_) | Message::Express(_) => None,
    }
}

fn is_fifo(letter: &Letter) -> bool {
    matches!(letter.message(), Message::Transition(transition) if transition.lane == Lane::Fifo)
}

fn is_answer(letter: &Letter) -> bool {
    matches!(letter.message(), Message::Transition(transition) if matches!(transition.input, Input::TaskEnded { .. }))
}

fn told(letter: &Letter) -> String {
    match letter.message() {
        Message::Transition(transition) => match transition.input {
            Input::Advance { token } => format!("advance {}/{}", token.branch, token.place),
            Input::TaskEnded { token, .. } => format!("task of {}/{} ended", token.branch, token.place),
            other => format!("{other:?}"),
        },
        Message::Task(task) => {
            let token = task.request.token();
            format!("task of {}/{}", token.branch, token.place)
        }
        Message::Express(express) => format!("run {}", express.execution),
    }
}
