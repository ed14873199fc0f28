//! As in the account: each message has an invocation of its own as soon as it is due, all of them at once; the FIFO lane hands
//! out one batch of an execution at a time. A call of a port takes two turns.

use std::collections::BTreeMap;

use engine::execution::ExecutionArn;
use interpreter::Handled;
use ports::Journal;
use ports::queue::{Lane, Message};

use crate::delivery::Delivery;
use crate::{Installation, Letter, WriteUnits};

/// How long a turn takes.
const TURN_MILLIS: i64 = 3;

/// What takes more turns than this never ends.
const TURNS: usize = 1_000_000;

/// Messages of the FIFO lane that one invocation gets at most.
const BATCH: usize = 10;

/// What it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Took {
    /// Messages delivered through each lane, and to dispatchers.
    pub standard: usize,
    pub fifo: usize,
    pub tasks: usize,
    /// Records that were tried to be appended in vain.
    pub conflicts: usize,
    pub records: usize,
    pub units: WriteUnits,
    /// The newest record was asked for so often.
    pub reads: usize,
    /// Invocations that gave up: their messages come again at once here, and after 90 seconds in the account.
    pub failures: usize,
    pub millis: u64,
}

struct Invocation {
    letters: Vec<Letter>,
    execution: ExecutionArn,
    lane: Option<Lane>,
    delivery: Delivery<Handled>,
}

impl Installation {
    /// Delivers what comes, until these executions have ended: when each did.
    #[track_caller]
    pub fn run_crowded(&self, executions: &[ExecutionArn]) -> (Took, BTreeMap<ExecutionArn, u64>) {
        let (mut took, mut ends, mut work) = (Took::default(), BTreeMap::new(), Vec::new());
        let (began, records) = (self.clock.now(), self.count(executions));
        let (appends, reads, units) = (self.gate.made("append"), self.gate.made("newest"), self.gate.write_units());
        for _ in 0..TURNS {
            while let Some(invocation) = self.next_invocation(&work) {
                match invocation.lane {
                    Some(Lane::Standard) => took.standard += 1,
                    Some(Lane::Fifo) => took.fifo += invocation.letters.len(),
                    None => took.tasks += 1,
                }
                work.push(invocation);
            }
            work.retain_mut(|invocation| self.goes_on(invocation, &mut took.failures));
            for execution in executions.iter().filter(|execution| self.is_over(execution)) {
                ends.entry(execution.clone()).or_insert(self.clock.now().millis_since(began));
            }
            if ends.len() == executions.len() && work.is_empty() {
                took.records = self.count(executions) - records;
                took.conflicts = self.gate.made("append") - appends - took.records;
                took.reads = self.gate.made("newest") - reads;
                let now = self.gate.write_units();
                took.units = WriteUnits { all: now.all - units.all, wasted: now.wasted - units.wasted };
                took.millis = self.clock.now().millis_since(began);
                return (took, ends);
            }
            match self.next_due().filter(|_| work.is_empty()) {
                Some(next) => self.clock.move_to(next),
                None => self.clock.move_to(self.clock.now().plus_millis(TURN_MILLIS)),
            }
        }
        panic!("it does not end:\n{}", crate::told(&self.history()));
    }

    /// The next message that is due and not being worked on, or batch of them.
    fn next_invocation(&self, work: &[Invocation]) -> Option<Invocation> {
        let is_busy = |letter: &Letter| work.iter().any(|it| it.letters.iter().any(|busy| busy.id == letter.id));
        let is_held =
            |execution: &ExecutionArn| work.iter().any(|it| it.lane == Some(Lane::Fifo) && it.execution == *execution);
        let due: Vec<Letter> = self.mail.due().into_iter().filter(|letter| !is_busy(letter)).collect();
        let first = due.iter().find(|letter| !is_fifo(letter) || !is_held(execution(letter)))?;
        let (letters, delivery) = if is_fifo(first) {
            let same = due.iter().filter(|letter| is_fifo(letter) && execution(letter) == execution(first));
            let batch: Vec<Letter> = same.take(BATCH).cloned().collect();
            let delivery = self.begin_batch(&batch);
            (batch, delivery)
        } else {
            (vec![first.clone()], self.begin(first))
        };
        let lane = match first.message() {
            Message::Transition(transition) => Some(transition.lane),
            Message::Task(_) | Message::Express(_) => None,
        };
        Some(Invocation { letters, execution: execution(first).clone(), lane, delivery })
    }

    /// Whether it has not come to its end yet.
    fn goes_on(&self, invocation: &mut Invocation, failures: &mut usize) -> bool {
        match invocation.delivery.go_on(1) {
            None => return true,
            Some(Ok(Handled::Done)) => invocation.letters.iter().for_each(|letter| self.mail.remove(letter.id)),
            Some(_) => *failures += 1,
        }
        false
    }

    fn is_over(&self, execution: &ExecutionArn) -> bool {
        let newest = futures::executor::block_on(self.store.newest(execution)).expect("in memory");
        newest.is_some_and(|record| record.run.has_ended())
    }

    fn count(&self, executions: &[ExecutionArn]) -> usize {
        let newest = executions.iter().map(|execution| futures::executor::block_on(self.store.newest(execution)));
        newest.map(|record| record.expect("in memory").map_or(0, |record| record.seq() as usize + 1)).sum()
    }
}

fn is_fifo(letter: &Letter) -> bool {
    matches!(letter.message(), Message::Transition(transition) if transition.lane == Lane::Fifo)
}

fn execution(letter: &Letter) -> &ExecutionArn {
    match letter.message() {
        Message::Transition(transition) => &transition.execution,
        Message::Task(task) => &task.execution,
        Message::Express(express) => &express.execution,
    }
}
