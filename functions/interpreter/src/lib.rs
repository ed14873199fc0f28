//! Transition messages. For each: **load** the run (mostly it comes with the message), **step**, write what the step puts
//! aside, **append** the record if its number is still free, **send** what it owes. The message may be deleted only after
//! all of that.
//!
//! Redelivery is ordinary: if the record of this very message is there already, what it still owes is sent again; if another
//! record came first, the newest run is loaded and stepped anew; if the message's place has been left, there is nothing
//! to do.
//!
//! Times that come in a run of several branches arrive by the standard queue, many at once: they are handed on to the FIFO
//! lane, and not tried again and again against each other.
//!
//! Only a message that was delivered before has things sent again: whoever falls over between a record and its effects
//! leaves the message to be delivered again. A mere duplicate is dropped, or its successors would come twice as well, and
//! theirs, to the end of the execution.

mod batch;
mod chunks;

use std::sync::Arc;
use std::time::Duration;

use asl::machine::Machine;
use engine::aside::{Aside, Need};
use engine::effect::{Effect, Target};
use engine::execution::ExecutionArn;
use engine::input::{Cause, Given, Input};
use engine::limits::Limits;
use engine::planted::{Bug, planted};
use engine::record::{Outcome, Record, Step};
use engine::run::{Branch, Run};
use engine::task_token::TaskTokenKey;
use ports::installation_secret::Purpose;
use ports::journal::Direction;
use ports::queue::{Lane, Message, Transition};
use ports::{Appended, Machines, Ports, StoreError, activities, outbox};

pub use batch::Received;
pub use chunks::Chunks;

#[derive(Clone)]
pub struct Interpreter {
    pub ports: Ports,
    pub machines: Arc<Machines>,
    pub chunks: Chunks,
}

/// What became of the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handled {
    /// They may be deleted.
    Done,
    /// The execution has no record 0 (yet): StartExecution writes it and sends the first message side by side.
    NotStarted,
}

/// Which delivery of the messages it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// None of them has been delivered before.
    First,
    /// The function that had one of them before may have fallen over at any point.
    Again,
}

impl Delivery {
    /// By the highest `ApproximateReceiveCount`, or the count of tries.
    pub fn from_receives(receives: u32) -> Self {
        if receives > 1 { Delivery::Again } else { Delivery::First }
    }
}

/// How many times a step is tried anew when other records come first.
const TRIES: u64 = 100;

/// How long it waits at most before the third try, and by how much longer before each after that.
const BACKOFF_MILLIS: u64 = 5;
const MOST_BACKOFFS: u64 = 10;

/// How many bytes of new payloads one record takes before the next state is left to a message of its own.
const RECORD_BYTES: usize = 256 * 1024;

/// Records read at a time when looking for the one that a message made.
const SEARCH_PAGE: usize = 4;

impl Interpreter {
    /// Handles messages of one execution: they become one record where they can. All must be of the same execution.
    pub async fn handle(&self, messages: &[Transition], delivery: Delivery) -> Result<Handled, StoreError> {
        let Some(first) = messages.first() else {
            return Ok(Handled::Done);
        };
        let execution = &first.execution;
        // A run that is older than one of the messages would judge that message by a past that it is ahead of.
        let newest_message = messages.iter().map(|message| message.seq).max().unwrap_or_default();
        let mut carried = messages.iter().filter_map(|message| message.run.as_ref());
        let carried = carried.find(|run| run.seq >= newest_message);
        // A message that was delivered before may have made its record, and by a slow clock its carried run would have it
        // wait once more: as a new message, which sends nothing again.
        let mut base = match carried.filter(|_| delivery == Delivery::First) {
            Some(run) => run.clone(),
            None => match self.newest(execution).await? {
                Some(run) => run,
                None => return Ok(Handled::NotStarted),
            },
        };
        for tries in 1..=TRIES {
            let folded = self.fold(&base, messages).await?;
            let rest = Rest { delivery, stale: folded.stale, not_yet: folded.not_yet };
            let Some((mut step, causes)) = folded.step else {
                return self.leave(&base, &rest).await;
            };
            if is_for_the_lane(messages, &base) && (tries > 1 || self.expects_others(&base, messages, delivery)) {
                self.leave(&base, &rest).await?;
                return self.hand_on(&base, &folded.live).await;
            }
            self.chunks.put(&self.ports, execution, &std::mem::take(&mut step.aside)).await?;
            let record = Arc::new(Record::new(self.ports.clock.now(), causes, step));
            if planted(Bug::SendsBeforeAppending) {
                outbox::perform(&self.ports, &record).await?;
            }
            match self.ports.journal.append(&record).await? {
                Appended::Written => {
                    outbox::perform(&self.ports, &record).await?;
                    return self.leave(&base, &rest).await;
                }
                Appended::Taken(taken) if taken.causes == record.causes => {
                    // It may be this very append, whose first answer was lost below.
                    if !planted(Bug::NeverSendsAgain)
                        && (delivery == Delivery::Again || taken == record)
                        && let Some(newest) = self.newest(execution).await?
                    {
                        outbox::perform_owed(&self.ports, &taken, &newest).await?;
                    }
                    return self.leave(&base, &rest).await;
                }
                Appended::Taken(_) if planted(Bug::GivesUpAtConflicts) => return Ok(Handled::Done),
                Appended::Taken(_) => self.get_out_of_the_way(tries).await,
            }
            match self.newest(execution).await? {
                Some(run) => base = run,
                None => return Ok(Handled::NotStarted),
            }
        }
        Err(StoreError::Throttled("too many other records of the execution came first".into()))
    }

    /// What is left to do beside the step.
    async fn leave(&self, base: &Run, rest: &Rest<'_>) -> Result<Handled, StoreError> {
        for effect in &rest.not_yet {
            self.rearm(base, effect).await?;
        }
        if rest.delivery == Delivery::Again && !planted(Bug::NeverSendsAgain) {
            self.send_again(&base.execution.arn, &rest.stale).await?;
        }
        Ok(Handled::Done)
    }

    /// Whether other branches' times have come as well, so that their messages are here by now: then the first try would
    /// most likely be in vain. A message that was delivered before has to try: by its conflict it is known that no record of
    /// its own is still under way, of which the new message would not know that it may owe something.
    fn expects_others(&self, base: &Run, messages: &[Transition], delivery: Delivery) -> bool {
        let now = self.ports.clock.now();
        let is_another = |branch: &Branch| messages.iter().all(|message| message.input.token() != Some(branch.token));
        let comes = |branch: &Branch| branch.due().is_some_and(|due| due <= now);
        delivery == Delivery::First && base.branches.iter().any(|branch| comes(branch) && is_another(branch))
    }

    /// To the FIFO lane, whose batches do not contend. These are new messages, and what old ones may still owe has been sent.
    async fn hand_on(&self, base: &Run, messages: &[&Transition]) -> Result<Handled, StoreError> {
        let handed_on = |message: &&Transition| {
            let message = Transition::clone(message);
            Message::Transition(Transition { seq: base.seq, run: None, lane: Lane::Fifo, not_before: None, ..message })
        };
        self.ports.queue.send(messages.iter().map(handed_on).collect()).await?;
        Ok(Handled::Done)
    }

    /// Claims and signals do not go through the FIFO lane.
    async fn get_out_of_the_way(&self, tries: u64) {
        if tries > 1 {
            let most = BACKOFF_MILLIS * tries.min(MOST_BACKOFFS);
            (self.ports.sleep)(Duration::from_millis(self.ports.ids.seed() % most)).await;
        }
    }

    async fn newest(&self, execution: &ExecutionArn) -> Result<Option<Arc<Run>>, StoreError> {
        Ok(self.ports.journal.newest(execution).await?.map(|record| Arc::new(record.run.clone())))
    }

    /// Steps through all messages, into one record to be.
    async fn fold<'m>(&self, base: &Run, messages: &'m [Transition]) -> Result<Folded<'m>, StoreError> {
        let mut folded = Folded::default();
        if base.has_ended() {
            folded.stale.extend(messages);
            return Ok(folded);
        }
        let name = base.execution.arn.state_machine_name();
        let machine = self.machines.get(name, &base.execution.revision_id).await?;
        let task_token_key = self.task_token_key(&machine).await?;
        let mut aside = self.chunks.at_hand(base);
        let mut missing_activities = Vec::new();
        loop {
            for message in messages {
                while let Some(needs) =
                    folded.take_in(&machine, base, message, &self.given(task_token_key, &missing_activities, &aside))
                {
                    self.chunks.fetch(&self.ports, &base.execution.arn, &needs, &mut aside).await?;
                }
            }
            let given = || self.given(task_token_key, &missing_activities, &aside);
            folded.step = folded.step.map(|(step, causes)| (self.run_on(&machine, step, given), causes));
            let missing = self.missing_activities(&base.execution.arn, &folded).await?;
            if missing.is_empty() {
                return Ok(folded);
            }
            // Such a task is not scheduled at all.
            missing_activities.extend(missing);
            folded = Folded::default();
        }
    }

    /// Of the activities that the step gives tasks to.
    async fn missing_activities(
        &self,
        execution: &ExecutionArn,
        folded: &Folded<'_>,
    ) -> Result<Vec<String>, StoreError> {
        let mut missing = Vec::new();
        for effect in folded.step.iter().flat_map(|(step, _)| &step.effects) {
            let Effect::Dispatch(request) = effect else { continue };
            let Target::Activity { arn } = &request.target else { continue };
            let found = match activities::name(arn, execution) {
                Some(name) => self.ports.activities.get(name).await?,
                None => None,
            };
            if found.is_none() {
                missing.push(arn.clone());
            }
        }
        Ok(missing)
    }

    /// `TRANSITIONS_PER_MESSAGE`: goes on with states that need nothing from outside, within the same record.
    fn run_on<'a>(&self, machine: &Machine, mut step: Step, given: impl Fn() -> Given<'a>) -> Step {
        let mut bytes = 0;
        for _ in 1..self.ports.settings.transitions_per_message {
            bytes += step.run.branches.iter().map(|branch| branch.input.len()).sum::<usize>();
            if bytes > RECORD_BYTES {
                break;
            }
            let Some(Effect::Advance(token)) = step.effects.iter().find(|effect| matches!(effect, Effect::Advance(_)))
            else {
                break;
            };
            let input = Input::Advance { token: *token };
            match engine::step_on(machine, step, &input, &given()) {
                Ok(next) => step = next,
                // Its message will come to the same.
                Err(refused) => return refused.0,
            }
        }
        step
    }

    fn given<'a>(
        &self,
        task_token_key: Option<TaskTokenKey>,
        missing_activities: &[String],
        aside: &'a Aside,
    ) -> Given<'a> {
        Given {
            now: self.ports.clock.now(),
            seed: self.ports.ids.seed(),
            limits: Limits {
                payload_bytes: self.ports.settings.payload_limit_bytes,
                kept_bytes: self.ports.settings.kept_bytes,
            },
            task_token_key,
            missing_activities: missing_activities.to_vec(),
            aside,
            wait_time_permille: self.ports.settings.wait_time_permille,
        }
    }

    /// Asked for by machines that need it only.
    async fn task_token_key(&self, machine: &Machine) -> Result<Option<TaskTokenKey>, StoreError> {
        if !machine.waits_for_task_tokens {
            return Ok(None);
        }
        let secret = self.ports.secret.get().await?;
        Ok(Some(TaskTokenKey::new(secret.key(Purpose::TaskTokens))))
    }

    async fn rearm(&self, run: &Run, effect: &Effect) -> Result<(), StoreError> {
        match effect {
            Effect::Arm { timer, due } => outbox::rearm(&self.ports, &run.execution.arn, run.seq, *timer, *due).await,
            Effect::Advance(_) | Effect::Dispatch(_) | Effect::Finish => Ok(()),
        }
    }

    /// A message whose place has been left was handled before, perhaps by someone who fell over between the record and
    /// its effects: what is still owed of these is sent again, once for all messages that made one record.
    async fn send_again(&self, execution: &ExecutionArn, stale: &[&Transition]) -> Result<(), StoreError> {
        let mut records: Vec<Arc<Record>> = Vec::new();
        for message in stale {
            let made = self.find(execution, message).await?;
            records.extend(made.filter(|made| records.iter().all(|record| record.seq() != made.seq())));
        }
        if records.is_empty() {
            return Ok(());
        }
        if let Some(newest) = self.newest(execution).await? {
            for record in &records {
                outbox::perform_owed(&self.ports, record, &newest).await?;
            }
        }
        Ok(())
    }

    /// The record that the message made, if it made one. It is at the latest the one that left the message's place, which
    /// for a run with one branch comes within a record or two.
    async fn find(&self, execution: &ExecutionArn, message: &Transition) -> Result<Option<Arc<Record>>, StoreError> {
        let cause = message.input.cause();
        let Some(token) = message.input.token() else {
            let newest = self.ports.journal.newest(execution).await?;
            return Ok(newest.filter(|record| record.causes.contains(&cause)));
        };
        let mut from = message.seq + 1;
        loop {
            let records =
                self.ports.journal.records(execution, Some(from), Direction::OldestFirst, SEARCH_PAGE).await?;
            let Some(last) = records.last().map(|record| record.seq()) else {
                return Ok(None);
            };
            let left = records.into_iter().find(|record| record.run.branch(token).is_none());
            if left.is_some() {
                return Ok(left.filter(|record| record.causes.contains(&cause)));
            }
            from = last + 1;
        }
    }
}

/// A message of the standard queue, which branches of the run contend with: a time that has come. The FIFO queue has no
/// delays, so there is no other way for it.
fn is_for_the_lane(messages: &[Transition], run: &Run) -> bool {
    run.is_fanned_out() && messages.iter().all(|message| message.lane == Lane::Standard)
}

#[derive(Default)]
struct Folded<'m> {
    step: Option<(Step, Vec<Cause>)>,
    /// The messages that made the step.
    live: Vec<&'m Transition>,
    not_yet: Vec<Effect>,
    stale: Vec<&'m Transition>,
}

/// What is not in the step.
struct Rest<'m> {
    delivery: Delivery,
    stale: Vec<&'m Transition>,
    not_yet: Vec<Effect>,
}

impl<'m> Folded<'m> {
    /// Steps through the message as well, unless that needs more of what the run has put aside.
    fn take_in(
        &mut self,
        machine: &Machine,
        base: &Run,
        message: &'m Transition,
        given: &Given<'_>,
    ) -> Option<Vec<Need>> {
        let (before, outcome) = match self.step.take() {
            None => (None, engine::step(machine, base, &message.input, given)),
            Some((step, causes)) => match engine::step_on(machine, step, &message.input, given) {
                Ok(step) => (Some(causes), Outcome::Stepped(Box::new(step))),
                Err(refused) => {
                    let (step, outcome) = *refused;
                    self.step = Some((step, causes));
                    (None, outcome)
                }
            },
        };
        match outcome {
            Outcome::Stepped(step) => {
                let mut causes = before.unwrap_or_default();
                causes.push(message.input.cause());
                self.live.push(message);
                self.step = Some((*step, causes));
            }
            Outcome::Stale => self.stale.push(message),
            Outcome::NotYet(effect) => self.not_yet.push(effect),
            Outcome::Needs(needs) => return Some(needs),
        }
        None
    }
}
