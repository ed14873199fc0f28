//! The entry points: what each kind of message does to a run.

use std::collections::BTreeMap;
use std::sync::Arc;

use asl::machine::Machine;

use crate::effect::Effect;
use crate::event::{Event, HistoryEvent};
use crate::execution::Execution;
use crate::failure::ErrorAndCause;
use crate::input::{Given, Input, Timer};
use crate::limits;
use crate::payload::Payload;
use crate::planted::{Bug, planted};
use crate::record::{Outcome, Step};
use crate::run::{Answer, Answered, Branch, Claim, EndedBy, Phase, Run, Status, TaskPhase, Token};
use crate::states;
use crate::timestamp::Timestamp;
use crate::transition::Transition;

/// Record 0: the execution has started, its first state is owed.
pub fn start(machine: &Machine, execution: Execution, input: &Payload, now: Timestamp) -> Step {
    let token = Token { branch: 0, place: 0 };
    let deadline = deadline(machine, now);
    let role_arn = execution.role_arn.to_string();
    let execution = Execution { input: machine.reads_execution_input.then(|| input.clone()), ..execution };
    let event = HistoryEvent {
        id: 1,
        previous_event_id: 0,
        timestamp: now,
        event: Event::ExecutionStarted { input: input.clone(), role_arn },
    };
    let root = Branch {
        token,
        parent: None,
        state: machine.root.start_at.clone(),
        input: input.clone(),
        aside: None,
        // AWS has the first state's entry point to no event, not to ExecutionStarted.
        previous_event_id: 0,
        entered: None,
        variables: Arc::default(),
        item: None,
        retries: Vec::new(),
        phase: Phase::Ready,
    };
    let mut effects = vec![Effect::Advance(token)];
    if let Some(due) = deadline {
        effects.push(Effect::Arm { timer: Timer::Execution, due });
    }
    let run = Run {
        execution: Arc::new(execution),
        seq: 0,
        last_event_id: 1,
        next_branch: 1,
        next_place: 1,
        status: Status::Running,
        branches: vec![root],
        deadline,
        unfinished: Vec::new(),
        redrives: None,
        mocked_calls: BTreeMap::new(),
    };
    Step { events: vec![event], run, effects, aside: Vec::new() }
}

/// When an execution that starts now, or is redriven now, times out as its machine says.
pub(crate) fn deadline(machine: &Machine, now: Timestamp) -> Option<Timestamp> {
    machine.timeout_seconds.map(|seconds| now.plus_seconds(seconds.min(limits::MAX_EXECUTION_SECONDS)))
}

/// One transition: what `input` does to `run`.
pub fn step(machine: &Machine, run: &Run, input: &Input, given: &Given<'_>) -> Outcome {
    if let Some(answer) = refuse(run, input, given) {
        return answer;
    }
    let mut transition = Transition::begin(machine, run, given);
    apply(&mut transition, input);
    match transition.needs() {
        needs if needs.is_empty() => Outcome::Stepped(Box::new(transition.finish())),
        needs => Outcome::Needs(needs),
    }
}

/// The same on top of a step that is not in the journal yet, so that several messages make one record. `Err` gives the
/// step back as it was, with what [`step`] would have said.
pub fn step_on(
    machine: &Machine,
    before: Step,
    input: &Input,
    given: &Given<'_>,
) -> Result<Step, Box<(Step, Outcome)>> {
    if let Some(answer) = refuse(&before.run, input, given) {
        return Err(Box::new((before, answer)));
    }
    let mut transition = Transition::resume(machine, before, given);
    let mark = transition.mark();
    apply(&mut transition, input);
    match transition.needs() {
        needs if needs.is_empty() => Ok(transition.finish()),
        needs => Err(Box::new((transition.back_to(mark), Outcome::Needs(needs)))),
    }
}

/// A dispatcher's claim, before it calls the target, or that of a worker: TaskStarted, and the clocks of the task's limits
/// run. `None` if the task is not there to be claimed: it timed out, was aborted, or was claimed before.
pub fn claim(run: &Run, token: Token, claim: Claim, worker_name: Option<&str>) -> Option<Step> {
    let now = claim.at;
    let mut run = run.clone();
    let (branch, task) = task_at(&mut run, token)?;
    if task.claim.is_some() && !planted(Bug::ClaimsTwice) {
        return None;
    }
    task.start(claim);
    let due = task.due();
    let event = states::task_events::started(&task.events, worker_name);
    let effects = due.map(|due| Effect::Arm { timer: Timer::Place(token), due }).into_iter().collect();
    let events = vec![next_event(&mut run, branch, event, now)];
    Some(Step { events, run, effects, aside: Vec::new() })
}

/// The same on top of a claim that is not in the journal yet, so that several make one record.
pub fn claim_too(before: &Step, token: Token, another: Claim) -> Option<Step> {
    let step = claim(&before.run, token, another, None)?;
    Some(Step {
        events: [&before.events[..], &step.events].concat(),
        run: Run { seq: before.run.seq, ..step.run },
        effects: [&before.effects[..], &step.effects].concat(),
        aside: Vec::new(),
    })
}

/// What the holder of a task's token says ends the task; what comes of that is for the next transition to see. `None` if
/// the task does not wait any more.
pub fn answer(run: &Run, token: Token, answer: Answer, now: Timestamp) -> Option<Step> {
    let mut run = run.clone();
    let (branch, task) = task_at(&mut run, token)?;
    if !task.takes_answers(now) {
        return None;
    }
    let event = states::task_events::answered(&task.events, &answer);
    end_task(run, branch, event, Answered { task: token, answer }, now)
}

/// What the target of a task has given, where no message could carry it: the dispatcher writes it down itself, and the next
/// transition takes it in. `None` if that makes no difference any more.
pub fn large_result(run: &Run, token: Token, output: Payload, now: Timestamp) -> Option<Step> {
    let mut run = run.clone();
    let (branch, task) = task_at(&mut run, token)?;
    if !task.takes_outcomes() {
        return None;
    }
    match task.ended_by {
        EndedBy::Target => {
            let event = states::task_events::succeeded(&task.events, output.clone());
            end_task(run, branch, event, Answered { task: token, answer: Answer::Succeeded { output } }, now)
        }
        EndedBy::TaskToken { .. } => {
            let event = states::task_events::submitted(&task.events, output);
            task.ended_by = EndedBy::TaskToken { submitted: true };
            let events = vec![next_event(&mut run, branch, event, now)];
            Some(Step { events, run, effects: Vec::new(), aside: Vec::new() })
        }
    }
}

fn end_task(mut run: Run, branch: usize, event: Event, answered: Answered, now: Timestamp) -> Option<Step> {
    let events = vec![next_event(&mut run, branch, event, now)];
    let place = run.next_place;
    run.next_place += 1;
    let branch = run.branches.get_mut(branch)?;
    branch.token.place = place;
    branch.phase = Phase::Answered(answered);
    let effects = vec![Effect::Advance(branch.token)];
    Some(Step { events, run, effects, aside: Vec::new() })
}

/// The holder of a task's token says that the task goes on. `None` if it does not wait any more.
pub fn heartbeat(run: &Run, token: Token, now: Timestamp) -> Option<Step> {
    let mut run = run.clone();
    let (_, task) = task_at(&mut run, token)?;
    if !task.takes_answers(now) {
        return None;
    }
    task.beat(now);
    run.seq += 1;
    // The timer that is armed comes early now, and is armed again.
    Some(Step { events: Vec::new(), run, effects: Vec::new(), aside: Vec::new() })
}

/// The branch that stands at `token`, by its index, and its task.
fn task_at(run: &mut Run, token: Token) -> Option<(usize, &mut TaskPhase)> {
    let (index, branch) = run.branches.iter_mut().enumerate().find(|(_, branch)| branch.token == token)?;
    match &mut branch.phase {
        Phase::Task(task) => Some((index, task)),
        Phase::Ready
        | Phase::Waiting { .. }
        | Phase::BackingOff { .. }
        | Phase::Answered(_)
        | Phase::Forked(_)
        | Phase::Iterating(_) => None,
    }
}

/// The one event of the next record.
fn next_event(run: &mut Run, branch: usize, event: Event, now: Timestamp) -> HistoryEvent {
    run.seq += 1;
    run.last_event_id += 1;
    let id = run.last_event_id;
    let previous = run.branches.get_mut(branch).map(|branch| std::mem::replace(&mut branch.previous_event_id, id));
    HistoryEvent { id, previous_event_id: previous.unwrap_or_default(), timestamp: now, event }
}

/// StopExecution. `None` if the execution has ended.
pub fn abort(run: &Run, failure: ErrorAndCause, now: Timestamp) -> Option<Step> {
    end(run, Event::ExecutionAborted(failure.clone()), Status::Aborted(failure), now)
}

/// Fails the execution from outside of its machine, when it cannot be run any further. `None` if it has ended.
pub fn fail(run: &Run, failure: ErrorAndCause, now: Timestamp) -> Option<Step> {
    end(run, Event::ExecutionFailed(failure.clone()), Status::Failed(failure), now)
}

/// AWS lets the event of an execution that was ended from outside point to no other.
fn end(run: &Run, event: Event, status: Status, now: Timestamp) -> Option<Step> {
    if run.has_ended() && !planted(Bug::EndsTwice) {
        return None;
    }
    let mut run = run.clone();
    run.seq += 1;
    run.last_event_id += 1;
    run.end(status, None);
    let event = HistoryEvent { id: run.last_event_id, previous_event_id: 0, timestamp: now, event };
    Some(Step { events: vec![event], run, effects: vec![Effect::Finish], aside: Vec::new() })
}

/// Whether the input has nothing to do: its place has been left, or its time has not come.
fn refuse(run: &Run, input: &Input, given: &Given<'_>) -> Option<Outcome> {
    if run.has_ended() {
        return Some(Outcome::Stale);
    }
    match input {
        Input::Advance { token } => match run.branch(*token) {
            Some(branch) if run.waits_for_advance(branch) => None,
            _ => Some(Outcome::Stale),
        },
        Input::TaskEnded { token, .. } => match run.branch(*token).map(|branch| &branch.phase) {
            Some(Phase::Task(task)) if task.takes_outcomes() => None,
            _ => Some(Outcome::Stale),
        },
        Input::TimeCame { timer } => match due(run, *timer, given.now) {
            None => Some(Outcome::Stale),
            Some(due) if due > given.now && !planted(Bug::FiresTimersEarly) => {
                Some(Outcome::NotYet(Effect::Arm { timer: *timer, due }))
            }
            Some(_) => None,
        },
    }
}

/// When the timer is due; `None` if nothing waits for it.
fn due(run: &Run, timer: Timer, now: Timestamp) -> Option<Timestamp> {
    match timer {
        // The year that an execution may last is no timer that was armed: the sweep sees when it is over.
        Timer::Execution => run.deadline.or_else(|| Some(run.ends_by()).filter(|longest| *longest <= now)),
        Timer::Place(token) => run.branch(token)?.due(),
    }
}

fn apply(transition: &mut Transition<'_>, input: &Input) {
    match input {
        Input::Advance { token } => transition.at(*token, states::advance),
        Input::TaskEnded { token, outcome } => {
            transition.at(*token, |transition, branch, state| states::task_ended(transition, branch, state, outcome));
        }
        Input::TimeCame { timer: Timer::Place(token) } => transition.at(*token, states::time_came),
        Input::TimeCame { timer: Timer::Execution } => {
            transition.push(0, Event::ExecutionTimedOut(ErrorAndCause::default()));
            transition.end_execution(Status::TimedOut(ErrorAndCause::default()));
        }
    }
}
