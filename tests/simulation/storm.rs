//! The handlers at work, several at once, while everything goes wrong that can.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use dispatcher::Dispatcher;
use engine::input::Input;
use engine::run::Token;
use futures::executor::block_on;
use interpreter::{Handled, Interpreter};
use ports::queue::{Lane, Message};
use ports::{Journal, StoreError};
use serde_json::Value;
use tests::{ApiAnswer, Delivery, Installation, Letter, START};

use crate::bugs::Bug;
use crate::callers::Call;
use crate::scenario::Scenario;
use crate::workers::Workers;

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
pub enum Work {
    /// Of the interpreter or a dispatcher: one letter, or a batch of the FIFO lane.
    Letters(Vec<Letter>, Delivery<Handled>),
    /// Of `dead_letters`.
    Burial(Letter, Delivery<()>),
    /// Of the API.
    Call(Call, Delivery<ApiAnswer>),
}

impl Work {
    /// A poll waits for tasks, and nothing waits for it.
    pub fn is_poll(&self) -> bool {
        matches!(self, Work::Call(Call::Poll, _))
    }
}

pub struct Storm<'a> {
    pub scenario: &'a Scenario,
    pub installation: &'a Installation,
    log: &'a mut Vec<String>,
    pub draw: Draw,
    pub work: Vec<Work>,
    /// Old letters, of which some come again.
    pub kept: Vec<Letter>,
    /// How much has gone wrong.
    pub done: usize,
    /// Other processes, which know nothing of the first ones, and have clocks of their own.
    other_dispatcher: Dispatcher,
    other_interpreter: Interpreter,
    pub workers: Workers,
    /// Whether StartExecution was acknowledged.
    pub is_started: bool,
    /// Whether RedriveExecution is called until it is answered for certain; how often it was acknowledged; whether it is
    /// refused for good.
    pub is_redriving: bool,
    pub redriven: usize,
    pub redrive_is_refused: bool,
    pub seen: Seen,
}

/// What is compared with the journal afterwards.
#[derive(Default)]
pub struct Seen {
    /// Answers of GetExecutionHistory.
    pub reads: Vec<Vec<Value>>,
    /// The tasks of which a dispatcher fell over, or gave up.
    pub fallen: BTreeSet<Token>,
    /// Letters that `dead_letters` was given, by their ids.
    pub buried: BTreeMap<String, Letter>,
    /// The attempts of which the API has acknowledged an answer, and how often.
    pub acknowledged: BTreeMap<String, usize>,
    /// What went wrong, and how often.
    pub faults: BTreeMap<&'static str, usize>,
}

/// What takes more turns than this does not end.
const TURNS: usize = 400_000;

/// How many invocations are under way at once.
const AT_ONCE: usize = 3;

pub type Result<T> = std::result::Result<T, String>;

impl<'a> Storm<'a> {
    pub fn new(scenario: &'a Scenario, installation: &'a Installation, log: &'a mut Vec<String>) -> Self {
        let ports = installation.ports_by(scenario.skew);
        let other_dispatcher = Dispatcher {
            alone: installation.dispatcher.alone,
            ports: ports.clone(),
            ..installation.another_dispatcher()
        };
        let other_interpreter = Interpreter { ports, ..installation.another_interpreter() };
        Self {
            scenario,
            installation,
            log,
            draw: Draw::new(!scenario.seed),
            work: Vec::new(),
            kept: Vec::new(),
            done: 0,
            other_dispatcher,
            other_interpreter,
            workers: Workers::default(),
            is_started: false,
            is_redriving: false,
            redriven: 0,
            redrive_is_refused: false,
            seen: Seen::default(),
        }
    }

    /// To the end of the execution and of all that goes on.
    pub fn rage(mut self) -> Result<Seen> {
        for _ in 0..TURNS {
            if self.is_over() && !self.redrives() {
                self.repeat_everything()?;
                self.seen.acknowledged = self.workers.acknowledged;
                return Ok(self.seen);
            }
            match self.draw.below(4) {
                0 => self.begin()?,
                1 => self.go_on()?,
                2 if self.has_mischief_left() => self.disturb(),
                2 => self.go_on()?,
                _ => self.somebody_calls(),
            }
        }
        Err(self.not_ended("does not end"))
    }

    /// As much goes wrong after each redrive as before the first.
    pub fn has_mischief_left(&self) -> bool {
        self.done < self.scenario.mischief * (1 + self.redriven)
    }

    fn is_over(&self) -> bool {
        self.installation.has_ended() && self.work.iter().all(Work::is_poll) && self.installation.mail.due().is_empty()
    }

    fn not_ended(&self, how: &str) -> String {
        let Installation { clock, mail, .. } = self.installation;
        let history = tests::told(&self.installation.history());
        format!("it {how} by {}:\n{history}waiting: {:?}", clock.now(), mail.waiting())
    }

    pub fn tell(&mut self, what: fmt::Arguments<'_>) {
        if !self.scenario.tells {
            return;
        }
        let seconds = self.installation.clock.now().millis_since(START) as f64 / 1000.0;
        self.log.push(format!("{seconds:>12.3} s  {what}"));
    }

    /// Begins a delivery of what is due and not being delivered; if there is nothing, time passes.
    fn begin(&mut self) -> Result<()> {
        let mut due = self.installation.mail.due();
        due.retain(|letter| !self.is_being_delivered(letter));
        let busy = self.work.iter().filter(|work| !matches!(work, Work::Call(..))).count();
        if busy < AT_ONCE && !due.is_empty() {
            let letter = due[self.draw.below(due.len())].clone();
            if self.is_given_up(&letter) {
                // It is in a dead-letter queue, and comes from there.
                self.begin_burying(letter);
                return Ok(());
            }
            if is_fifo(&letter) {
                due.retain(|letter| is_fifo(letter) && !self.is_given_up(letter));
                due.truncate(10);
                return self.deliver(due);
            }
            return self.deliver(vec![letter]);
        }
        if self.work.iter().all(Work::is_poll) || self.draw.one_in(50) {
            // A handler that sleeps has to wait for it as well.
            return self.let_time_pass();
        }
        Ok(())
    }

    pub fn is_being_delivered(&self, letter: &Letter) -> bool {
        self.work.iter().any(|work| match work {
            Work::Letters(letters, _) => letters.iter().any(|busy| busy.id == letter.id),
            Work::Burial(busy, _) => busy.id == letter.id,
            Work::Call(..) => false,
        })
    }

    pub fn is_given_up(&self, letter: &Letter) -> bool {
        self.seen.buried.contains_key(&letter.id.to_string())
    }

    pub fn begin_burying(&mut self, letter: Letter) {
        let delivery = self.installation.begin_burying(&letter);
        self.work.push(Work::Burial(letter, delivery));
    }

    pub fn deliver(&mut self, letters: Vec<Letter>) -> Result<()> {
        letters.iter().try_for_each(|letter| self.check_lane(letter))?;
        let ids: Vec<u64> = letters.iter().map(|letter| letter.id).collect();
        if self.scenario.tells {
            let what = letters.iter().map(told).collect::<Vec<_>>().join(", ");
            self.tell(format_args!("deliver {ids:?} {what}"));
        }
        self.kept.extend(letters.iter().cloned());
        if self.scenario.bug == Some(Bug::ForgetsReceives) {
            ids.iter().for_each(|id| self.installation.mail.forget_receives(*id));
        }
        let first = self.draw.one_in(2);
        let dispatcher = if first { &self.installation.dispatcher } else { &self.other_dispatcher };
        let interpreter = match self.draw.below(24) {
            0 => &self.installation.another_interpreter(),
            1..10 => &self.other_interpreter,
            _ => &self.installation.interpreter,
        };
        let delivery = match &letters[..] {
            [letter] => self.installation.begin_in(letter, interpreter, dispatcher),
            batch => self.installation.begin_batch_in(batch, interpreter),
        };
        if self.scenario.bug == Some(Bug::AcknowledgesEarly) {
            ids.iter().for_each(|id| self.installation.mail.remove(*id));
        }
        self.work.push(Work::Letters(letters, delivery));
        Ok(())
    }

    /// What several branches contend for goes through the FIFO lane.
    fn check_lane(&self, letter: &Letter) -> Result<()> {
        let Message::Transition(transition) = letter.message() else { return Ok(()) };
        if transition.lane == Lane::Fifo || matches!(transition.input, Input::TimeCame { .. }) {
            return Ok(());
        }
        let record = block_on(self.installation.store.record(&transition.execution, transition.seq));
        match record.expect("in memory") {
            Some(record) if record.run.is_fanned_out() => Err(format!("{} is not in the FIFO lane", told(letter))),
            _ => Ok(()),
        }
    }

    /// To the next letter or answer, but a minute at most while there is one; then the timekeeper runs, perhaps not to its
    /// end.
    fn let_time_pass(&mut self) -> Result<()> {
        let now = self.installation.clock.now();
        let minute = now.plus_seconds(60);
        self.workers.look(self.installation, self.scenario.script);
        let waiting = self.installation.mail.waiting();
        if waiting.is_empty() && self.waits_for_nothing() {
            return Err(self.not_ended("waits for nothing"));
        }
        let letters = waiting.into_iter().map(|letter| letter.due);
        let later = letters.chain(self.workers.held.iter().map(|held| held.at)).filter(|due| *due > now);
        let next = later.min().map_or(minute, |next| next.min(minute));
        self.installation.clock.move_to(next);
        if next == minute {
            let mut keeping = self.installation.begin_keeping_time();
            if self.has_mischief_left() && self.draw.one_in(4) {
                let pauses = self.draw.below(12);
                if self.goes_wrong("crash", format_args!("the timekeeper falls over after {pauses} calls")) {
                    let _ = keeping.go_on(pauses);
                    return Ok(());
                }
            }
            let _ = keeping.finish();
        }
        Ok(())
    }

    /// Without a sweep, and without a letter on its way, nothing will ever happen again.
    fn waits_for_nothing(&self) -> bool {
        !self.scenario.losses
            && self.is_started
            && !self.is_redriving
            && self.work.is_empty()
            && self.workers.held.is_empty()
            && self.installation.offers.waiting() == 0
            && !self.installation.has_armed_timers()
            && !self.installation.has_ended()
    }

    fn go_on(&mut self) -> Result<()> {
        if self.work.is_empty() {
            return Ok(());
        }
        let index = self.draw.below(self.work.len());
        let pauses = 1 + self.draw.below(6);
        match self.work.swap_remove(index) {
            Work::Letters(letters, mut delivery) => match delivery.go_on(pauses) {
                Some(answer) => self.settle(&letters, &answer),
                None => self.work.push(Work::Letters(letters, delivery)),
            },
            Work::Burial(letter, mut delivery) => match delivery.go_on(pauses) {
                Some(Ok(())) => self.installation.mail.remove(letter.id),
                Some(Err(error)) => self.tell(format_args!("[{}] is not buried: {error}", letter.id)),
                None => self.work.push(Work::Burial(letter, delivery)),
            },
            Work::Call(call, mut delivery) => match delivery.go_on(pauses) {
                Some(answer) => return self.answered(&call, &answer.expect("the API answers")),
                None => self.work.push(Work::Call(call, delivery)),
            },
        }
        Ok(())
    }

    fn settle(&mut self, letters: &[Letter], answer: &std::result::Result<Handled, StoreError>) {
        if matches!(answer, Ok(Handled::Done)) || self.scenario.bug == Some(Bug::AcknowledgesFailures) {
            letters.iter().for_each(|letter| self.installation.mail.remove(letter.id));
        } else {
            let ids: Vec<u64> = letters.iter().map(|letter| letter.id).collect();
            self.tell(format_args!("{ids:?} will come again: {answer:?}"));
            self.seen.fallen.extend(letters.iter().filter_map(task));
        }
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
pub fn task(letter: &Letter) -> Option<Token> {
    match letter.message() {
        Message::Task(task) => Some(task.request.token()),
        Message::Transition(_) | Message::Express(_) => None,
    }
}

/// The place that the letter is for.
pub fn place(letter: &Letter) -> Option<Token> {
    match letter.message() {
        Message::Task(task) => Some(task.request.token()),
        Message::Transition(transition) => transition.input.token(),
        Message::Express(_) => None,
    }
}

fn is_fifo(letter: &Letter) -> bool {
    matches!(letter.message(), Message::Transition(transition) if transition.lane == Lane::Fifo)
}

pub fn is_answer(letter: &Letter) -> bool {
    matches!(letter.message(), Message::Transition(transition) if matches!(transition.input, Input::TaskEnded { .. }))
}

pub fn told(letter: &Letter) -> String {
    match letter.message() {
        Message::Transition(transition) => match &transition.input {
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
