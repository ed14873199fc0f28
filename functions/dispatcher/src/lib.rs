//! Task messages. For each: **claim** the task with a record (TaskStarted), **call** its target, **answer** with a
//! transition message. The claim is what makes it at most one call per attempt: a dispatcher that finds the task claimed
//! by another does not call. It waits until that one has ended for certain, and then reports that the outcome is unknown.

mod claims;
mod desk;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use engine::effect::{Target, TaskRequest};
use engine::execution::ExecutionArn;
use engine::input::{Cause, Input, TaskOutcome};
use engine::payload::Payload;
use engine::planted::{Bug, planted};
use engine::record::{Record, Step};
use engine::run::{Branch, Claim, EndedBy, Phase, Run, TaskEvents, TaskPhase, Token};
use engine::timestamp::Timestamp;
use futures::future::{Either, select};
use ports::queue::{Lane, MAX_DELAY_SECONDS, Message, Task, TaskBody, Transition};
use ports::signal::{Signalled, signal};
use ports::{Appended, Ports, StoreError, TaskTarget, outbox, task_call};

pub use claims::Claims;
use desk::{Desk, Waiting};

#[derive(Clone)]
pub struct Dispatcher {
    pub ports: Ports,
    pub target: Arc<dyn TaskTarget>,
    /// Names this process in its claims.
    pub worker: Arc<str>,
    pub claims: Claims,
    /// Whether this is the only process that dispatches, so that a claim by another one is that of a dead one.
    pub alone: bool,
}

/// How many times a claim is tried anew when other records come first.
const CLAIM_TRIES: usize = 100;

/// What a claim takes. The branches of a Parallel state claim their tasks at the same time, in several processes: these get
/// out of each other's way for up to as long as all that are to be claimed take.
const CLAIM_MILLIS: u64 = 6;

/// Not all that are to be claimed are at it at the same time: some may be waiting in their queue.
const CLAIMS_AT_ONCE: usize = 40;

/// A result larger than this goes straight into the journal: written as text, a message of SQS holds 1 MiB.
const MESSAGE_BYTES: usize = 512 * 1024;

/// Left before the dispatcher's own end to send the answers.
const ANSWER_MILLIS: i64 = 5_000;

/// How long after the end of its dispatcher an answer may be under way, and clocks apart.
const ANSWER_SECONDS: u64 = 60;

const DISPATCHER_ENDED: &str = "the dispatcher ended after it had taken the task, and before it had the outcome";

enum Claimed {
    /// The target is to be called.
    Mine(Arc<Record>),
    /// The task has been answered, has timed out, or its execution has ended.
    Over,
    /// Another dispatcher has it, and may be calling.
    Taken { record: Arc<Record>, claim: Claim },
}

/// Where the dispatch is that claimed a task.
enum Claimant {
    /// In this process: it is calling, or has answered.
    Here,
    /// It has ended without an answer.
    Ended,
    /// In another process, which has not ended for certain.
    PerhapsAlive { look_again: Timestamp },
}

impl Dispatcher {
    /// Handles one task message. `until`: when this invocation ends at the latest. The message may be deleted once this
    /// returns `Ok`.
    pub async fn dispatch(&self, task: &Task, until: Timestamp) -> Result<(), StoreError> {
        let Some((run, request)) = self.load(task).await? else {
            return Ok(());
        };
        if let Target::Activity { arn } = &request.target {
            tracing::warn!(execution = %task.execution, activity = arn, "a task of an activity is not for a dispatcher");
            return Ok(());
        }
        let claim = Claim {
            nonce: format!("{}/{}", self.worker, self.ports.ids.uuid()).into(),
            at: self.ports.clock.now(),
            until,
        };
        if planted(Bug::CallsBeforeClaiming) {
            return self.call_before_claiming(&task.execution, run, &request, &claim).await;
        }
        // Before the claim: whoever finds it must find this too.
        let claiming = self.claims.enter(&claim.nonce, claim.at);
        match self.claim(&task.execution, run, request.token, &claim).await? {
            Claimed::Over => Ok(()),
            Claimed::Mine(record) => {
                let (done, ()) =
                    futures::join!(self.perform(&record, &request, until), self.arm(&record, request.token));
                done?;
                claiming.answered(self.ports.clock.now());
                Ok(())
            }
            Claimed::Taken { record, claim }
                if planted(Bug::CallsForTheDead) && matches!(self.claimant(&claim), Claimant::Ended) =>
            {
                self.perform(&record, &request, until).await
            }
            Claimed::Taken { record, claim } => self.wait_for(task, &record, request.token, &claim).await,
        }
    }

    async fn call_before_claiming(
        &self,
        execution: &ExecutionArn,
        run: Option<Arc<Run>>,
        request: &TaskRequest,
        claim: &Claim,
    ) -> Result<(), StoreError> {
        let outcome = task_call::call(&*self.target, request, self.ports.settings.payload_limit_bytes).await;
        match self.claim(execution, run, request.token, claim).await? {
            Claimed::Mine(record) => self.answer_until(&record, request.token, outcome, claim.until).await,
            Claimed::Over | Claimed::Taken { .. } => Ok(()),
        }
    }

    async fn perform(&self, record: &Record, request: &TaskRequest, until: Timestamp) -> Result<(), StoreError> {
        let Some(task) = record.run.task(request.token) else { return Ok(()) };
        match self.call(task, request, until).await {
            Some(outcome) => self.answer_until(record, request.token, outcome, until).await,
            None => Ok(()),
        }
    }

    /// The task's clocks have started with the claim.
    async fn arm(&self, record: &Record, token: Token) {
        let execution = &record.run.execution.arn;
        let Some(due) = record.run.task(token).and_then(TaskPhase::due) else { return };
        outbox::arm_limit(&self.ports, execution, record.seq(), token, due).await;
    }

    /// The request, from the message or from the record that it names, with a run that may be the newest. `None`: the
    /// execution is gone.
    async fn load(&self, task: &Task) -> Result<Option<(Option<Arc<Run>>, Arc<TaskRequest>)>, StoreError> {
        if let TaskBody::Inline(request) = &task.request {
            return Ok(Some((task.run.clone(), request.clone())));
        }
        let Some(record) = self.ports.journal.record(&task.execution, task.seq).await? else {
            tracing::warn!(execution = %task.execution, seq = task.seq, "the record of a task message is missing");
            return Ok(None);
        };
        let request = record.request(task.request.token());
        let run = (!record.run.is_fanned_out()).then(|| Arc::new(record.run.clone()));
        Ok(request.map(|request| (run, Arc::new(request.clone()))))
    }

    /// Whoever of this process is the first of those at the desk claims for all of them.
    async fn claim(
        &self,
        execution: &ExecutionArn,
        mut run: Option<Arc<Run>>,
        token: Token,
        claim: &Claim,
    ) -> Result<Claimed, StoreError> {
        let place = self.claims.desks.enter(execution, token, claim);
        let _turn = place.desk.turn.lock().await;
        if let Some(record) = place.claimed() {
            return Ok(Claimed::Mine(record));
        }
        for _ in 0..CLAIM_TRIES {
            // Never before the record that came first.
            let at = self.ports.clock.now();
            if let Some((step, claims)) = run.and_then(|run| claim_all(&run, &place.desk, &claim.nonce, at)) {
                let record = self.append_claims(&place.desk, step, &claims, at).await?;
                if is_in(&record, claim) {
                    return Ok(Claimed::Mine(record));
                }
                self.get_out_of_the_way(&record.run).await;
            }
            let Some(newest) = self.ports.journal.newest(execution).await? else {
                return Ok(Claimed::Over);
            };
            match newest.run.task(token) {
                None => return Ok(Claimed::Over),
                Some(task) if !task.takes_outcomes() => return Ok(Claimed::Over),
                Some(TaskPhase { claim: Some(found), .. }) if found.nonce == claim.nonce => {
                    return Ok(Claimed::Mine(newest));
                }
                Some(TaskPhase { claim: Some(found), .. }) => {
                    return Ok(Claimed::Taken { claim: found.clone(), record: newest });
                }
                Some(TaskPhase { claim: None, .. }) => run = Some(Arc::new(newest.run.clone())),
            }
        }
        Err(StoreError::Throttled("too many other records of the execution came first".into()))
    }

    /// The record that is there now: with some of these claims in it, or another's that came first.
    async fn append_claims(
        &self,
        desk: &Desk,
        step: Step,
        claims: &[Waiting],
        at: Timestamp,
    ) -> Result<Arc<Record>, StoreError> {
        let record = Arc::new(Record::new(at, claims.iter().map(Waiting::cause).collect(), step));
        let record = match self.ports.journal.append(&record).await? {
            Appended::Written => record,
            // Perhaps that of an earlier try of this very append, whose answer was lost.
            Appended::Taken(taken) => taken,
        };
        let found: Vec<&Claim> = claims.iter().map(|it| &it.claim).filter(|claim| is_in(&record, claim)).collect();
        desk.claimed(&found, &record);
        Ok(record)
    }

    async fn get_out_of_the_way(&self, run: &Run) {
        let is_to_be_claimed = |branch: &&Branch| matches!(&branch.phase, Phase::Task(task) if task.claim.is_none() && task.events != TaskEvents::Activity);
        let claims = run.branches.iter().filter(is_to_be_claimed).count().clamp(1, CLAIMS_AT_ONCE);
        let most = CLAIM_MILLIS * claims as u64;
        (self.ports.sleep)(Duration::from_millis(self.ports.ids.seed() % most)).await;
    }

    /// Another dispatch claimed the task. While that one may be alive, its answer is waited for; after that, nobody knows
    /// whether the target was called.
    async fn wait_for(&self, task: &Task, record: &Record, token: Token, claim: &Claim) -> Result<(), StoreError> {
        match self.claimant(claim) {
            Claimant::Here => Ok(()),
            Claimant::Ended => self.answer(record, token, task_call::unknown(DISPATCHER_ENDED)).await,
            Claimant::PerhapsAlive { look_again } => {
                let again = Task { run: None, not_before: Some(look_again), ..task.clone() };
                self.ports.queue.send(vec![Message::Task(again)]).await
            }
        }
    }

    fn claimant(&self, claim: &Claim) -> Claimant {
        let now = self.ports.clock.now();
        if self.claims.contains(&claim.nonce, now) {
            return Claimant::Here;
        }
        let ended = claim.until.plus_seconds(ANSWER_SECONDS);
        let of_this_process = claim.nonce.starts_with(&*self.worker);
        if of_this_process || self.alone || ended <= now {
            return Claimant::Ended;
        }
        Claimant::PerhapsAlive { look_again: ended.min(now.plus_seconds(MAX_DELAY_SECONDS)) }
    }

    /// `None`: the task has timed out meanwhile, which its timer tells.
    async fn call(&self, task: &TaskPhase, request: &TaskRequest, until: Timestamp) -> Option<TaskOutcome> {
        let last = until.plus_millis(-ANSWER_MILLIS);
        let limit = match task.ended_by {
            EndedBy::Target => task.due(),
            // Heartbeats may come meanwhile.
            EndedBy::TaskToken { .. } => task.deadline,
        };
        let give_up_at = limit.map_or(last, |limit| limit.min(last));
        let give_up = (self.ports.sleep)(Duration::from_millis(give_up_at.millis_since(self.ports.clock.now())));
        let calling = pin!(task_call::call(&*self.target, request, self.ports.settings.payload_limit_bytes));
        match select(calling, give_up).await {
            Either::Left((outcome, _)) => Some(outcome),
            Either::Right(_) if give_up_at < last => None,
            Either::Right(_) => Some(task_call::unknown("the target did not answer while the dispatcher lived")),
        }
    }

    /// The result of a call that cannot be repeated: as long as there is time, it is tried to be sent.
    async fn answer_until(
        &self,
        record: &Record,
        token: Token,
        outcome: TaskOutcome,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let mut wait = Duration::from_millis(200);
        loop {
            match self.answer(record, token, outcome.clone()).await {
                Err(error) if error.is_passing() && self.ports.clock.now() < until && !planted(Bug::DropsOutcomes) => {
                    tracing::warn!(%error, execution = %record.run.execution.arn, "an outcome could not be sent yet");
                    (self.ports.sleep)(wait).await;
                    wait = (wait * 2).min(Duration::from_secs(5));
                }
                Err(_) if planted(Bug::DropsOutcomes) => return Ok(()),
                sent => return sent,
            }
        }
    }

    /// A result that no message can carry goes into the journal at once.
    async fn write_down(&self, record: &Record, token: Token, output: Payload) -> Result<(), StoreError> {
        let execution = &record.run.execution.arn;
        let id: Arc<str> = format!("{}/{}", self.worker, self.ports.ids.uuid()).into();
        let known = Some(Arc::new(record.run.clone()));
        let step = |run: &Run, now| engine::large_result(run, token, output.clone(), now);
        match signal(&self.ports, execution, Cause::Answer { token, id }, known, step).await? {
            Signalled::Recorded(record) => outbox::perform(&self.ports, &record).await,
            Signalled::Refused(newest) => outbox::advance_answered(&self.ports, &newest, token).await,
            Signalled::Unknown => Ok(()),
        }
    }

    async fn answer(&self, record: &Record, token: Token, outcome: TaskOutcome) -> Result<(), StoreError> {
        let outcome = match outcome {
            TaskOutcome::Succeeded { output } if output.len() > MESSAGE_BYTES => {
                return self.write_down(record, token, output).await;
            }
            outcome => outcome,
        };
        let message = Transition {
            execution: record.run.execution.arn.clone(),
            seq: record.seq(),
            input: Input::TaskEnded { token, outcome },
            run: outbox::travelling_run(&record.run),
            lane: if record.run.is_fanned_out() { Lane::Fifo } else { Lane::Standard },
            not_before: None,
        };
        self.ports.queue.send(vec![Message::Transition(message)]).await
    }
}

/// A step that claims all the tasks that are asked for at the desk, as far as they are there to be claimed in this run;
/// `None` if this one's is not.
fn claim_all(run: &Run, desk: &Desk, nonce: &str, at: Timestamp) -> Option<(Step, Vec<Waiting>)> {
    let mut claimed: Option<(Step, Vec<Waiting>)> = None;
    for waiting in desk.waiting() {
        let claim = Claim { at, ..waiting.claim.clone() };
        claimed = match claimed {
            None => engine::claim(run, waiting.token, claim, None).map(|step| (step, vec![waiting])),
            Some((before, mut claims)) => match engine::claim_too(&before, waiting.token, claim) {
                None => Some((before, claims)),
                Some(step) => {
                    claims.push(waiting);
                    Some((step, claims))
                }
            },
        };
    }
    claimed.filter(|(_, claims)| claims.iter().any(|waiting| &*waiting.claim.nonce == nonce))
}

fn is_in(record: &Record, claim: &Claim) -> bool {
    let is_this = |cause: &Cause| matches!(cause, Cause::Claim { nonce, .. } if *nonce == claim.nonce);
    record.causes.iter().any(is_this)
}
