//! What there is at one moment: the journal, the queue, the functions at work; and what may happen next.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use asl::machine::Machine;
use engine::event::Event;
use engine::execution::{Execution, ExecutionArn};
use engine::input::{Cause, Input, TaskOutcome, Timer};
use engine::payload::Payload;
use engine::record::{Record, Step as Stepped};
use engine::run::Token;
use engine::timestamp::Timestamp;
use ports::task_call;
use tests::{START, events, told};

/// A record, and what tells it from others.
#[derive(Clone, Debug)]
pub struct Entry {
    pub record: Arc<Record>,
    print: u64,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.print == other.print
    }
}

impl Eq for Entry {}

impl Hash for Entry {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.print.hash(state);
    }
}

/// What a message asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asks {
    Advance(Token),
    TimeCame(Token),
    Succeeded(Token),
    Unknown(Token),
    Task(Token),
}

impl Asks {
    /// For the interpreter.
    pub fn input(self) -> Option<Input> {
        let succeeded = || TaskOutcome::Succeeded { output: Payload::from_text(r#""done""#) };
        match self {
            Asks::Advance(token) => Some(Input::Advance { token }),
            Asks::TimeCame(token) => Some(Input::TimeCame { timer: Timer::Place(token) }),
            Asks::Succeeded(token) => Some(Input::TaskEnded { token, outcome: succeeded() }),
            Asks::Unknown(token) => Some(Input::TaskEnded { token, outcome: task_call::unknown("unknown") }),
            Asks::Task(_) => None,
        }
    }
}

/// A message in its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Letter {
    pub id: u8,
    pub asks: Asks,
    /// The record that it carries the run of.
    pub seq: u64,
    pub due: i64,
    /// Whether it was delivered before.
    pub again: bool,
}

/// An invocation under way, before its next call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Function {
    pub letter: Letter,
    pub stage: Stage,
    /// Whether another delivery of the letter has deleted it.
    pub is_deleted: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// The interpreter has the run of this record, and appends the next.
    Append { base: u64 },
    /// It sends this, and deletes its letter.
    Send(Vec<(Asks, u64, i64)>),
    /// A dispatcher has the run of this record, and appends its claim.
    Claim { base: u64 },
    /// It has the claim of this record, and calls.
    Call { claim: u64 },
}

/// When a function falls over, as to the call that is its next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Before,
    After,
}

/// What may happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// And its function makes its first call.
    Deliver(u8),
    /// The same, and it is still to be delivered.
    Duplicate(u8),
    /// A letter that was deleted is delivered once more.
    Repeat(usize),
    /// A function makes its next call.
    GoOn(usize),
    Crash(usize, When),
    /// The timekeeper finds an execution that nobody goes on with.
    Sweep,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    pub journal: Vec<Entry>,
    pub queue: Vec<Letter>,
    pub functions: Vec<Function>,
    /// Letters that were deleted.
    pub old: Vec<Letter>,
    /// How often each attempt was called.
    pub calls: BTreeMap<Token, u8>,
    pub now: Timestamp,
    sent: u8,
    pub claims: u8,
    pub duplicates: u8,
    pub crashes: u8,
    pub swept: bool,
    /// How many records there were at the last sweep.
    swept_at: usize,
    pub swept_in_vain: bool,
    pub contended: bool,
}

impl World {
    /// StartExecution has been answered.
    pub fn started(machine: &Machine) -> Self {
        let arn = ExecutionArn::new("arn:aws:states:us-east-1:123456789012:execution:machine:name");
        let execution = Execution::new(arn, "revision".into(), "arn:aws:iam::123456789012:role/machine".into(), START);
        let step = engine::start(machine, execution, &Payload::from_text("{}"), START);
        let root = step.run.branches[0].token;
        let mut world = Self {
            journal: Vec::new(),
            queue: Vec::new(),
            functions: Vec::new(),
            old: Vec::new(),
            calls: BTreeMap::new(),
            now: START,
            sent: 0,
            claims: 0,
            duplicates: 0,
            crashes: 0,
            swept: false,
            swept_at: 0,
            swept_in_vain: false,
            contended: false,
        };
        world.append(step, Cause::Start("start".into()));
        world.send(&[(Asks::Advance(root), 0, 0)]);
        world
    }

    pub fn newest(&self) -> &Record {
        &self.journal.last().expect("record 0").record
    }

    pub fn is_idle(&self) -> bool {
        self.queue.is_empty() && self.functions.is_empty()
    }

    /// A task whose dispatcher lives comes again when that has ended.
    pub fn waits_for_the_living(&self, letter: &Letter) -> bool {
        let Asks::Task(token) = letter.asks else { return false };
        let claim = self.newest().run.task(token).and_then(|task| task.claim.clone());
        claim.is_some_and(|claim| self.is_alive(token, &claim.nonce))
    }

    /// Whether the function is at work that made this claim, or its answer is under way: that is what a dispatcher waits for
    /// before it takes another for dead.
    pub fn is_alive(&self, task: Token, nonce: &str) -> bool {
        let is_answer = |letter: &Letter| letter.asks == Asks::Succeeded(task);
        self.queue.iter().any(is_answer)
            || self.functions.iter().any(|function| match &function.stage {
                _ if is_answer(&function.letter) => true,
                Stage::Call { claim } => self.is_claim(*claim, nonce),
                Stage::Send(letters) => letters.iter().any(|(asks, ..)| *asks == Asks::Succeeded(task)),
                Stage::Append { .. } | Stage::Claim { .. } => false,
            })
    }

    fn is_claim(&self, seq: u64, nonce: &str) -> bool {
        let causes = &self.journal[usize::try_from(seq).unwrap()].record.causes;
        causes.iter().any(|cause| matches!(cause, Cause::Claim { nonce: found, .. } if &**found == nonce))
    }

    /// Puts the next record, if it is not there.
    pub fn append(&mut self, step: Stepped, cause: Cause) -> Option<Arc<Record>> {
        let record = Arc::new(Record::new(self.now, vec![cause], step));
        if record.seq() != self.journal.len() as u64 {
            return None;
        }
        // A record is what its cause made of the one before it.
        let mut hasher = DefaultHasher::new();
        (self.journal.last(), &record.causes, record.at).hash(&mut hasher);
        self.journal.push(Entry { record: record.clone(), print: hasher.finish() });
        Some(record)
    }

    pub fn send(&mut self, letters: &[(Asks, u64, i64)]) {
        for (asks, seq, due) in letters.iter().copied() {
            self.queue.push(Letter { id: self.sent, asks, seq, due, again: false });
            self.sent += 1;
        }
    }

    /// Where it stands from now on: last.
    fn begin(&mut self, letter: Letter, is_deleted: bool) -> usize {
        // Its time has come: nothing comes early here.
        self.now = self.now.max(Timestamp::from_millis(letter.due));
        // A message that was delivered before may have made its record.
        let base = if letter.again { self.newest().seq() } else { letter.seq };
        let stage = match letter.asks {
            Asks::Task(_) => Stage::Claim { base: letter.seq },
            Asks::Advance(_) | Asks::TimeCame(_) | Asks::Succeeded(_) | Asks::Unknown(_) => Stage::Append { base },
        };
        self.functions.push(Function { letter, stage, is_deleted });
        self.functions.len() - 1
    }

    pub fn deliver(&mut self, id: u8) -> usize {
        let index = self.queue.iter().position(|letter| letter.id == id).expect("it waits");
        let letter = self.queue.remove(index);
        self.begin(letter, false)
    }

    /// A queue that delivers a message twice may not know that it does.
    pub fn duplicate(&mut self, id: u8) -> usize {
        self.duplicates += 1;
        let letter = *self.queue.iter().find(|letter| letter.id == id).expect("it waits");
        self.begin(letter, false)
    }

    pub fn repeat(&mut self, number: usize) -> usize {
        self.duplicates += 1;
        self.begin(Letter { again: true, ..self.old[number] }, true)
    }

    /// Its letter comes again, unless another delivery has it, or has deleted it.
    pub fn crash(&mut self, number: usize) {
        self.crashes += 1;
        let Function { letter, is_deleted, .. } = self.functions.remove(number);
        let others = self.functions.iter().any(|function| function.letter.id == letter.id);
        match self.queue.iter_mut().find(|other| other.id == letter.id) {
            Some(waits) => waits.again = true,
            None if is_deleted || others => {}
            None => self.queue.push(Letter { again: true, ..letter }),
        }
    }

    /// The function has done with its letter.
    pub fn delete(&mut self, number: usize) {
        let Function { letter, is_deleted, .. } = self.functions.remove(number);
        self.queue.retain(|other| other.id != letter.id);
        self.functions
            .iter_mut()
            .filter(|other| other.letter.id == letter.id)
            .for_each(|other| other.is_deleted = true);
        if !is_deleted {
            self.old.push(Letter { again: false, ..letter });
        }
    }

    /// `letters`: what the sweep sends.
    pub fn note_sweep(&mut self, letters: &[(Asks, u64, i64)]) {
        self.swept_in_vain = letters.is_empty() || self.swept && self.swept_at == self.journal.len();
        self.swept = true;
        self.swept_at = self.journal.len();
        self.send(letters);
    }

    /// What differs in nothing but an order, or in the ids of letters, is the same.
    pub fn settle(&mut self) {
        let content = |letter: &Letter| (letter.asks, letter.seq, letter.due, letter.again, letter.id);
        self.queue.sort_unstable_by_key(content);
        self.old.sort_unstable_by_key(content);
        self.functions.sort_unstable_by(|one, other| {
            let key = |function: &Function| (content(&function.letter), function.is_deleted);
            key(one).cmp(&key(other)).then_with(|| one.stage.cmp(&other.stage))
        });
        let mut ids = BTreeMap::new();
        let functions = self.functions.iter_mut().map(|function| &mut function.letter);
        for letter in self.queue.iter_mut().chain(functions).chain(&mut self.old) {
            let next = u8::try_from(ids.len()).unwrap();
            letter.id = *ids.entry(letter.id).or_insert(next);
        }
        self.sent = u8::try_from(ids.len()).unwrap();
    }

    fn records(&self) -> Vec<Arc<Record>> {
        self.journal.iter().map(|entry| entry.record.clone()).collect()
    }

    pub fn told(&self) -> String {
        format!("{}{:?}\n{:?}", told(&events(&self.records())), self.queue, self.functions)
    }

    pub fn has_one_history(&self) -> bool {
        let history = || self.journal.iter().flat_map(|entry| &entry.record.events);
        let is_end = |event: &Event| matches!(event, Event::ExecutionSucceeded { .. } | Event::ExecutionFailed(_));
        let ends = history().filter(|event| is_end(&event.event)).count();
        history().zip(1..).all(|(event, id)| event.id == id && event.previous_event_id < id)
            && ends == usize::from(self.newest().run.has_ended())
            && history().last().is_some_and(|last| ends == 0 || is_end(&last.event))
    }

    pub fn has_an_unknown_outcome(&self) -> bool {
        let is_unknown = |event: &Event| matches!(event, Event::LambdaFunctionFailed(_));
        self.journal.iter().flat_map(|entry| &entry.record.events).any(|event| is_unknown(&event.event))
    }
}
