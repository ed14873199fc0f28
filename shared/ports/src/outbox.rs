//! Performs the effects of a record: messages to send, timers to arm, the summary of an execution that has ended.

use std::sync::Arc;
use std::time::Duration;

use engine::effect::{Effect, Target, TaskRequest};
use engine::execution::ExecutionArn;
use engine::input::{Input, Timer};
use engine::planted::{Bug, planted};
use engine::record::Record;
use engine::run::{Answer, Answered, Branch, Phase, Run, TaskEvents, TaskPhase, Token};
use engine::timestamp::Timestamp;
use futures::future::try_join_all;

use crate::executions::Summary;
use crate::queue::{Lane, MAX_DELAY_SECONDS, Message, Task, TaskBody, Transition};
use crate::store_error::StoreError;
use crate::timers::ArmedTimer;
use crate::{Ports, activities};

const MILLIS_PER_DAY: i64 = 86_400_000;

/// Larger payloads do not travel with a message: it names the record that holds them. 64 KB is also what one SQS
/// request unit carries.
pub const INLINE_BYTES: usize = 64 * 1024;

/// Does what `record` still owes, now that the journal has gone on to `newest`: for whoever finds a record whose effects
/// may not be out. All of them would do no harm, but each message that is sent twice would be answered twice, and so on
/// to the end of the execution.
pub async fn perform_owed(ports: &Ports, record: &Record, newest: &Run) -> Result<(), StoreError> {
    let effects = record.effects.iter().filter(|effect| effect.is_owed(newest)).cloned().collect();
    perform(ports, &Arc::new(Record { effects, ..record.clone() })).await
}

/// Does all that `record` owes.
pub async fn perform(ports: &Ports, record: &Arc<Record>) -> Result<(), StoreError> {
    let mut messages = Vec::with_capacity(record.effects.len());
    let mut offers = Vec::new();
    let mut later = Vec::new();
    let mut finished = false;
    let run = travelling_run(&record.run);
    for effect in &record.effects {
        match effect {
            Effect::Advance(token) => {
                messages.push(transition(record, &run, Input::Advance { token: *token }, None));
            }
            Effect::Dispatch(request) => match &request.target {
                Target::Activity { arn } => offers.push((arn, task(record, &run, request))),
                Target::LambdaFunction { .. } | Target::LambdaInvoke => {
                    messages.push(Message::Task(task(record, &run, request)));
                }
            },
            Effect::Arm { timer, due } => match delay(ports.clock.now(), *due) {
                Delay::Message => {
                    // A limit is mostly not reached, and other branches go on meanwhile: what such a message carried would
                    // be a run that has moved on.
                    let moves_on = record.run.is_fanned_out() || is_limit(&record.run, *timer);
                    let run = if moves_on { &None } else { &run };
                    messages.push(transition(record, run, Input::TimeCame { timer: *timer }, Some(*due)));
                }
                Delay::Timer => later.push(armed(record, *timer, *due)),
            },
            Effect::Finish => finished = true,
        }
    }
    let arming = try_join_all(later.iter().map(|timer| ports.timers.arm(timer)));
    let offering = try_join_all(offers.iter().map(|(arn, task)| offer(ports, arn, task)));
    futures::try_join!(send(ports, messages), offering, arming, finish(ports, record, finished))?;
    Ok(())
}

/// Sends what a run waits for, whatever record once owed it. For executions whose messages may be lost: doing it too
/// often costs, and harms nothing.
pub async fn remind(ports: &Ports, record: &Arc<Record>) -> Result<(), StoreError> {
    let run = &record.run;
    if run.has_ended() {
        return finish(ports, record, true).await;
    }
    if run.redrives.is_some() {
        // Whoever redrove it may have fallen over before the summary said so.
        ports.executions.redriven(&open(record)).await?;
    }
    let execution = &run.execution.arn;
    let mut messages = Vec::new();
    for branch in &run.branches {
        let token = branch.token;
        match &branch.phase {
            Phase::Ready | Phase::Answered(_) => {
                messages.push(transition(record, &None, Input::Advance { token }, None));
            }
            Phase::Waiting { .. } | Phase::BackingOff { .. } if planted(Bug::ForgetsWaits) => {}
            Phase::Waiting { until } | Phase::BackingOff { until } => {
                rearm(ports, execution, run.seq, Timer::Place(token), *until).await?;
            }
            Phase::Forked(_) | Phase::Iterating(_) => {
                if run.waits_for_advance(branch) {
                    messages.push(transition(record, &None, Input::Advance { token }, None));
                }
            }
            Phase::Task(task) => {
                if waits_for_dispatch(task) {
                    dispatch_again(ports, execution, token, task, &mut messages).await?;
                }
                if let Some(due) = task.due() {
                    rearm(ports, execution, run.seq, Timer::Place(token), due).await?;
                }
            }
        }
    }
    if run.deadline.is_some() || run.ends_by() <= ports.clock.now() {
        rearm(ports, execution, run.seq, Timer::Execution, run.ends_by()).await?;
    }
    send(ports, messages).await
}

/// Sends the message that the branch waits for whose task has been answered, if that is still to be taken in: the call that
/// answered it may have fallen over between its record and the message.
pub async fn advance_answered(ports: &Ports, newest: &Record, task: Token) -> Result<(), StoreError> {
    let is_it = |branch: &&Branch| matches!(&branch.phase, Phase::Answered(answered) if answered.task == task);
    let Some(token) = newest.run.branches.iter().find(is_it).map(|branch| branch.token) else { return Ok(()) };
    send(ports, vec![transition(newest, &None, Input::Advance { token }, None)]).await
}

async fn dispatch_again(
    ports: &Ports,
    execution: &ExecutionArn,
    token: Token,
    task: &TaskPhase,
    messages: &mut Vec<Message>,
) -> Result<(), StoreError> {
    let hint = Task {
        execution: execution.clone(),
        seq: task.scheduled_in,
        request: TaskBody::InRecord(token),
        run: None,
        not_before: None,
    };
    match task.events {
        TaskEvents::LambdaFunction | TaskEvents::Task(_) => messages.push(Message::Task(hint)),
        TaskEvents::Activity => {
            let scheduled = ports.journal.record(execution, task.scheduled_in).await?;
            let request = scheduled.as_ref().and_then(|record| record.request(token));
            if let Some(TaskRequest { target: Target::Activity { arn }, .. }) = request {
                offer(ports, arn, &hint).await?;
            }
        }
    }
    Ok(())
}

/// To the workers of the activity. One that is not there any more has none: then the task waits for its limits.
async fn offer(ports: &Ports, arn: &str, task: &Task) -> Result<(), StoreError> {
    let Some(name) = activities::name(arn, &task.execution) else { return Ok(()) };
    match ports.activities.get(name).await? {
        Some(activity) => ports.activity_queues.send(&activity.queue, task).await,
        None => Ok(()),
    }
}

/// Sends a timer's message or arms the timer again, for one that came early.
pub async fn rearm(
    ports: &Ports,
    execution: &ExecutionArn,
    seq: u64,
    timer: Timer,
    due: Timestamp,
) -> Result<(), StoreError> {
    match delay(ports.clock.now(), due) {
        Delay::Message => {
            let message = Transition {
                execution: execution.clone(),
                seq,
                input: Input::TimeCame { timer },
                run: None,
                lane: Lane::Standard,
                not_before: Some(due),
            };
            ports.queue.send(vec![Message::Transition(message)]).await
        }
        Delay::Timer => ports.timers.arm(&ArmedTimer { due, execution: execution.clone(), seq, timer }).await,
    }
}

/// How often the time limit of a task is tried to be armed.
const ARM_TRIES: u32 = 4;

const ARM_BACKOFF: Duration = Duration::from_millis(200);

/// Arms the time limit of a task that has been claimed. If that fails again and again, it is no reason to give the call up,
/// nor to call again: the sweep sees when the time is over.
pub async fn arm_limit(ports: &Ports, execution: &ExecutionArn, seq: u64, task: Token, due: Timestamp) {
    let mut wait = ARM_BACKOFF;
    for tries in 1..=ARM_TRIES {
        let Err(error) = rearm(ports, execution, seq, Timer::Place(task), due).await else { return };
        tracing::warn!(%error, %execution, tries, "the time limit of a task could not be armed");
        if tries == ARM_TRIES || !error.is_passing() {
            return;
        }
        (ports.sleep)(wait).await;
        wait *= 2;
    }
}

/// Whether the task's message makes a difference: to call its target, or to notice that whoever was to call it is gone.
fn waits_for_dispatch(task: &TaskPhase) -> bool {
    match task.events {
        TaskEvents::LambdaFunction | TaskEvents::Task(_) => task.takes_outcomes(),
        TaskEvents::Activity => task.claim.is_none(),
    }
}

/// Whether the timer is of a task's or an execution's time limit, and not what a branch waits for.
fn is_limit(run: &Run, timer: Timer) -> bool {
    match timer {
        Timer::Execution => true,
        Timer::Place(token) => matches!(run.branch(token).map(|branch| &branch.phase), Some(Phase::Task(_))),
    }
}

enum Delay {
    Message,
    Timer,
}

fn delay(now: Timestamp, due: Timestamp) -> Delay {
    if due.millis_since(now) <= MAX_DELAY_SECONDS * 1000 { Delay::Message } else { Delay::Timer }
}

/// With more live branches than the FIFO lane takes messages into one record, a run has been left behind by the time that a
/// message with it comes, and a record on top of it would be tried in vain.
const TRAVELLING_BRANCHES: usize = 10;

/// The run, if it is small enough to travel, and most likely current when it arrives.
pub fn travelling_run(run: &Run) -> Option<Arc<Run>> {
    if run.live_branches() > TRAVELLING_BRANCHES {
        return None;
    }
    let input = run.execution.input.as_ref().map_or(0, |input| input.len());
    let branches: usize = run.branches.iter().map(size).sum();
    (input + branches <= INLINE_BYTES).then(|| Arc::new(run.clone()))
}

/// About how many bytes a branch takes in a message.
fn size(branch: &Branch) -> usize {
    const REST: usize = 100;
    let variables: usize = branch.variables.iter().map(|(name, value)| name.len() + value.len()).sum();
    let answer = match &branch.phase {
        Phase::Answered(Answered { answer: Answer::Succeeded { output }, .. }) => output.len(),
        _ => 0,
    };
    branch.input.len() + variables + answer + REST
}

fn transition(record: &Record, run: &Option<Arc<Run>>, input: Input, not_before: Option<Timestamp>) -> Message {
    let fanned_out = record.run.is_fanned_out() && not_before.is_none() && !planted(Bug::SkipsFifoLane);
    // Record 0 and the first message go out side by side: without the run, the interpreter has to see the record.
    let run = if record.seq() == 0 { None } else { run.clone() };
    Message::Transition(Transition {
        execution: record.run.execution.arn.clone(),
        seq: record.seq(),
        input,
        run,
        lane: if fanned_out { Lane::Fifo } else { Lane::Standard },
        not_before,
    })
}

fn task(record: &Record, run: &Option<Arc<Run>>, request: &TaskRequest) -> Task {
    let inline = request.payload.len() <= INLINE_BYTES;
    Task {
        execution: record.run.execution.arn.clone(),
        seq: record.seq(),
        request: if inline { TaskBody::Inline(Arc::new(request.clone())) } else { TaskBody::InRecord(request.token) },
        run: if inline { run.clone() } else { None },
        not_before: None,
    }
}

fn armed(record: &Record, timer: Timer, due: Timestamp) -> ArmedTimer {
    ArmedTimer { due, execution: record.run.execution.arn.clone(), seq: record.seq(), timer }
}

async fn send(ports: &Ports, messages: Vec<Message>) -> Result<(), StoreError> {
    if messages.is_empty() { Ok(()) } else { ports.queue.send(messages).await }
}

/// How long after the start of an execution, or a redrive, the sweep first looks at it.
const FIRST_CHECK_SECONDS: u64 = 300;

/// The summary of an execution that has just started, or goes on, with this record.
pub fn open(record: &Record) -> Summary {
    Summary { check_at: Some(record.at.plus_seconds(FIRST_CHECK_SECONDS)), ..Summary::of(record) }
}

/// The summary of an execution that has ended with this record, and may go on: the sweep sees whether it did.
pub async fn watch(ports: &Ports, record: &Record) -> Result<(), StoreError> {
    let check_at = ports.clock.now().plus_seconds(FIRST_CHECK_SECONDS);
    let summary = Summary { check_at: Some(check_at), ..Summary::of(record) };
    ports.executions.ended(&summary, expires_at(ports, record)).await
}

async fn finish(ports: &Ports, record: &Record, finished: bool) -> Result<(), StoreError> {
    if !finished {
        return Ok(());
    }
    ports.executions.ended(&Summary::of(record), expires_at(ports, record)).await
}

fn expires_at(ports: &Ports, record: &Record) -> Timestamp {
    record.at.plus_millis(i64::from(ports.settings.retention_days) * MILLIS_PER_DAY)
}
