//! RedriveExecution: an execution that ended without success goes on where it stood. What had succeeded stays; what had
//! not is done anew, in the states as they were entered then.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html>

use std::sync::Arc;

use asl::machine::{Machine, StateKind};

use crate::effect::Effect;
use crate::event::{Event, HistoryEvent};
use crate::failure::DATA_LIMIT_EXCEEDED;
use crate::input::Timer;
use crate::limits;
use crate::record::Step;
use crate::run::{Answer, Branch, Phase, Run, Status, Token};
use crate::step::deadline;
use crate::timestamp::Timestamp;

/// How long after its end an execution can be redriven: 14 days.
const PERIOD_SECONDS: u64 = 1_209_600;

/// A repeated call is known by its token for 15 minutes, among the last 10.
const TOKEN_SECONDS: u64 = 900;
const TOKENS: usize = 10;

/// The redrives that there were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redrives {
    pub count: u32,
    /// When the last one was.
    pub at: Timestamp,
    /// Of the last ones, the oldest first.
    pub client_tokens: Vec<ClientToken>,
}

/// What a caller tells its own calls from others by, and when it redrove the execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientToken {
    pub token: Arc<str>,
    pub at: Timestamp,
}

impl Redrives {
    /// When a call with this token redrove the execution, as far as that is still known.
    pub fn by(&self, token: &str, now: Timestamp) -> Option<Timestamp> {
        let known = self.client_tokens.iter().find(|known| &*known.token == token);
        known.map(|known| known.at).filter(|at| now < at.plus_seconds(TOKEN_SECONDS))
    }

    fn one_more(before: Option<Redrives>, client_token: Option<&str>, now: Timestamp) -> Self {
        let (count, mut client_tokens) = before.map_or((0, Vec::new()), |before| (before.count, before.client_tokens));
        client_tokens.extend(client_token.map(|token| ClientToken { token: token.into(), at: now }));
        client_tokens.retain(|known| now < known.at.plus_seconds(TOKEN_SECONDS));
        client_tokens.drain(..client_tokens.len().saturating_sub(TOKENS));
        Self { count: count.saturating_add(1), at: now, client_tokens }
    }
}

/// Why an execution cannot be redriven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotRedrivable {
    Running,
    Succeeded,
    /// It started more than a year ago.
    TooOld,
    /// It ended more than 14 days ago.
    EndedTooLongAgo,
}

/// What keeps the execution from being redriven; `ended_at` if it has ended.
pub fn not_redrivable(run: &Run, ended_at: Timestamp, now: Timestamp) -> Option<NotRedrivable> {
    match &run.status {
        Status::Running => Some(NotRedrivable::Running),
        Status::Succeeded { .. } => Some(NotRedrivable::Succeeded),
        Status::Failed(_) | Status::TimedOut(_) | Status::Aborted(_) => {
            if run.execution.started_at.plus_seconds(limits::MAX_EXECUTION_SECONDS) <= now {
                Some(NotRedrivable::TooOld)
            } else if run.unfinished.is_empty() || ended_at.plus_seconds(PERIOD_SECONDS) <= now {
                Some(NotRedrivable::EndedTooLongAgo)
            } else {
                None
            }
        }
    }
}

/// The record after the one that the execution ended with, which [`not_redrivable`] has nothing against. The machine's
/// `TimeoutSeconds` count anew; the year that an execution may last goes on to count from its start.
pub fn redrive(machine: &Machine, run: &Run, client_token: Option<&str>, now: Timestamp) -> Step {
    let too_large = matches!(&run.status, Status::Failed(why) if why.error.as_deref() == Some(DATA_LIMIT_EXCEEDED));
    let end = run.last_event_id;
    let mut run = run.clone();
    run.seq += 1;
    run.last_event_id += 1;
    run.status = Status::Running;
    run.deadline = deadline(machine, now);
    let redrives = Redrives::one_more(run.redrives.take(), client_token, now);
    let event = Event::ExecutionRedriven { count: redrives.count };
    run.redrives = Some(redrives);
    let event = HistoryEvent { id: run.last_event_id, previous_event_id: end, timestamp: now, event };
    let mut effects = Vec::new();
    for mut branch in std::mem::take(&mut run.unfinished) {
        branch.retries.clear();
        run.branches.push(branch);
    }
    for token in waiting(&run) {
        effects.extend(again(machine, &mut run, token, too_large));
    }
    effects.extend(run.deadline.map(|due| Effect::Arm { timer: Timer::Execution, due }));
    Step { events: vec![event], run, effects, aside: Vec::new() }
}

/// The branches that wait for no other.
fn waiting(run: &Run) -> Vec<Token> {
    let waits = |branch: &&Branch| !branch.phase.is_of_others() || run.is_childless(branch);
    run.branches.iter().filter(waits).map(|branch| branch.token).collect()
}

/// The branch does the work of its state anew, or goes on with what others have done for it.
fn again(machine: &Machine, run: &mut Run, token: Token, too_large: bool) -> Option<Effect> {
    let redriven = run.last_event_id;
    let place = run.next_place;
    run.next_place += 1;
    let branch = run.branches.iter_mut().find(|branch| branch.token == token)?;
    if !is_done(&branch.phase, too_large) {
        branch.phase = Phase::Ready;
        if let Some(entered) = branch.entered {
            // AWS has the failure of a Fail state point to the redrive, and all else to the entry of the state.
            let fails = machine.state(&branch.state).is_some_and(|state| matches!(state.kind, StateKind::Fail(_)));
            branch.previous_event_id = if fails { redriven } else { entered.event_id };
        }
    }
    branch.token.place = place;
    Some(Effect::Advance(branch.token))
}

/// Whether the work has been done and is only to be taken in. `too_large`: what all branches gave together was too much
/// for their state, and only other outputs can help.
fn is_done(phase: &Phase, too_large: bool) -> bool {
    match phase {
        Phase::Answered(answered) => matches!(answered.answer, Answer::Succeeded { .. }),
        Phase::Forked(_) | Phase::Iterating(_) => !too_large,
        Phase::Ready | Phase::Waiting { .. } | Phase::BackingOff { .. } | Phase::Task(_) => false,
    }
}
