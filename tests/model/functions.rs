//! What the interpreter, the dispatcher and the sweep do, one call at a time: the shell around the real `step()`. Their own code is in
//! `functions/interpreter`, `functions/dispatcher` and `ports::outbox`, which the simulation runs.

use engine::aside::Aside;
use engine::effect::Effect;
use engine::input::{Cause, Given, Timer};
use engine::record::{Outcome, Record};
use engine::run::{Claim, Phase, Run, Token};

use crate::world::{Asks, Function, Stage, When, World};
use crate::{Broken, OneExecution};

type Sent = Vec<(Asks, u64, i64)>;

impl World {
    /// The function makes its next call; what nobody else can see, it does at once.
    pub fn go_on(&mut self, model: &OneExecution, number: usize) {
        match self.next_call(model, number) {
            Some(stage) => self.functions[number].stage = stage,
            None => self.delete(number),
        }
    }

    /// The function falls over: before its next call, or after it.
    pub fn fall_over(&mut self, model: &OneExecution, number: usize, when: When) {
        if when == When::After {
            self.next_call(model, number);
        }
        self.crash(number);
    }

    /// `None`: it has done with its letter.
    fn next_call(&mut self, model: &OneExecution, number: usize) -> Option<Stage> {
        let Function { letter, stage, .. } = self.functions[number].clone();
        match stage {
            Stage::Append { base } => self.interpret(model, number, base),
            Stage::Claim { base } => self.claim(model, number, base),
            Stage::Call { claim } => {
                let Asks::Task(token) = letter.asks else { panic!("no task: {letter:?}") };
                if model.broken != Broken::CallsBeforeClaiming {
                    self.call(token);
                }
                Some(Stage::Send(vec![(Asks::Succeeded(token), claim, 0)]))
            }
            Stage::Send(letters) => {
                self.send(&letters);
                None
            }
        }
    }

    fn call(&mut self, token: Token) {
        *self.calls.entry(token).or_default() += 1;
    }

    fn record(&self, seq: u64) -> &Record {
        &self.journal[usize::try_from(seq).unwrap()].record
    }

    /// Steps, and appends what comes of it.
    fn interpret(&mut self, model: &OneExecution, number: usize, base: u64) -> Option<Stage> {
        let letter = self.functions[number].letter;
        let input = letter.asks.input().expect("not a task");
        let aside = Aside::default();
        let given = Given { now: self.now, aside: &aside, ..Given::default() };
        let sends_again = letter.again && model.broken != Broken::NeverSendsAgain;
        match engine::step(&model.machine, &self.record(base).run, &input, &given) {
            Outcome::Stepped(step) => {
                let (seq, cause) = (step.run.seq, input.cause());
                if let Some(record) = self.append(*step, cause.clone()) {
                    return send(effects(&record, None));
                }
                self.contended = true;
                let taken = self.record(seq);
                if taken.causes == [cause] || model.broken == Broken::GivesUpAtConflicts {
                    return if sends_again { send(effects(taken, Some(&self.newest().run))) } else { None };
                }
                Some(Stage::Append { base: self.newest().seq() })
            }
            Outcome::Stale if sends_again => {
                let left = |record: &&Record| input.token().is_none_or(|token| record.run.branch(token).is_none());
                let later = self.journal.iter().map(|entry| &*entry.record).filter(|record| record.seq() > letter.seq);
                let made = later.clone().find(left).filter(|record| record.causes.contains(&input.cause()));
                send(made.map_or(Vec::new(), |record| effects(record, Some(&self.newest().run))))
            }
            Outcome::Stale => None,
            Outcome::NotYet(_) => panic!("nothing comes early"),
            Outcome::Needs(needs) => panic!("nothing is put aside: {needs:?}"),
        }
    }

    /// Claims the task, or finds out what has become of it.
    fn claim(&mut self, model: &OneExecution, number: usize, base: u64) -> Option<Stage> {
        let letter = self.functions[number].letter;
        let Asks::Task(token) = letter.asks else { panic!("no task: {letter:?}") };
        if model.broken == Broken::CallsBeforeClaiming {
            self.call(token);
        }
        let nonce: std::sync::Arc<str> = format!("claim {}", self.claims).into();
        let claim = Claim { nonce: nonce.clone(), at: self.now, until: self.now };
        if let Some(step) = engine::claim(&self.record(base).run, token, claim, None)
            && let Some(record) = self.append(step, Cause::Claim { token, nonce })
        {
            self.claims += 1;
            return Some(Stage::Call { claim: record.seq() });
        }
        let newest = self.newest();
        let seq = newest.seq();
        let task = newest.run.task(token)?;
        let next = match &task.claim {
            None => {
                self.contended = true;
                Stage::Claim { base: seq }
            }
            Some(_) if model.broken == Broken::CallsForOthers => Stage::Call { claim: seq },
            Some(claim) if self.is_alive(token, &claim.nonce) => Stage::Send(vec![(letter.asks, letter.seq, 0)]),
            Some(_) => Stage::Send(vec![(Asks::Unknown(token), seq, 0)]),
        };
        Some(next)
    }

    /// What every branch waits for.
    pub fn sweep(&mut self, model: &OneExecution) {
        let newest = self.newest();
        let (run, seq) = (&newest.run, newest.seq());
        let letters = run.branches.iter().filter_map(|branch| match &branch.phase {
            Phase::Ready | Phase::Answered(_) => Some((Asks::Advance(branch.token), seq, 0)),
            Phase::Waiting { until } | Phase::BackingOff { until } => {
                Some((Asks::TimeCame(branch.token), seq, until.as_millis()))
            }
            Phase::Task(_) if model.broken == Broken::SweepForgetsTasks => None,
            Phase::Task(task) => Some((Asks::Task(branch.token), task.scheduled_in, 0)),
            Phase::Forked(_) | Phase::Iterating(_) => {
                run.waits_for_advance(branch).then_some((Asks::Advance(branch.token), seq, 0))
            }
        });
        let letters: Sent = letters.collect();
        self.note_sweep(&letters);
    }
}

fn send(letters: Sent) -> Option<Stage> {
    if letters.is_empty() { None } else { Some(Stage::Send(letters)) }
}

/// The messages that the record owes; after `newest`, those that it still owes.
fn effects(record: &Record, newest: Option<&Run>) -> Sent {
    let owed = record.effects.iter().filter(|effect| newest.is_none_or(|newest| effect.is_owed(newest)));
    let letter = |effect: &Effect| match effect {
        Effect::Advance(token) => Some((Asks::Advance(*token), record.seq(), 0)),
        Effect::Dispatch(request) => Some((Asks::Task(request.token), record.seq(), 0)),
        Effect::Arm { timer: Timer::Place(token), due } => {
            Some((Asks::TimeCame(*token), record.seq(), due.as_millis()))
        }
        Effect::Arm { timer: Timer::Execution, .. } | Effect::Finish => None,
    };
    owed.filter_map(letter).collect()
}
