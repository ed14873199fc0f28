//! What an open execution waits for, and when that is overdue: for the sweep, which sends it again, and for people.

use std::fmt;

use asl::machine::StateName;
use engine::record::Record;
use engine::run::{Branch, Claim, Phase, Run, TaskEvents, TaskPhase, Token};
use engine::timestamp::Timestamp;

/// How long after the time that an execution waits for it counts as gone quiet.
pub const GRACE_SECONDS: u64 = 120;

/// What one branch of a run waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub token: Token,
    pub state: StateName,
    pub what: What,
    /// When it is to be expected, at the latest. What has none may wait for ever.
    pub expected: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The message that enters the state, or goes on with it.
    Message,
    /// The message that takes in what the holder of the task's token has answered.
    AnsweredMessage,
    /// A Wait state's time.
    Time,
    /// A retry's time.
    BackOff,
    /// The message of its task, which no dispatcher has claimed.
    Dispatcher,
    /// An outcome, from a dispatcher that has claimed the task and ends by this time.
    Outcome { dispatcher_ends: Timestamp },
    /// A worker of its activity.
    Worker,
    /// Whoever has the token of its task: a worker that took it, or anybody to whom it was passed on.
    TaskToken,
}

impl What {
    /// Whether it is for somebody outside to go on. No repair of ours does that.
    pub fn is_of_others(&self) -> bool {
        matches!(self, What::Worker | What::TaskToken)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            What::Message => "its message",
            What::AnsweredMessage => "the message that takes in the answer to its task",
            What::Time => "its time",
            What::BackOff => "the time of its next attempt",
            What::Dispatcher => "a dispatcher that takes its task",
            What::Outcome { .. } => "the outcome of its task from the dispatcher that has taken it",
            What::Worker => "a worker of its activity",
            What::TaskToken => "whoever has the token of its task",
        })
    }
}

/// What the branches wait for, but for those that wait for other branches.
pub fn of(record: &Record) -> Vec<Waiting> {
    record.run.branches.iter().filter_map(|branch| of_branch(record, branch)).collect()
}

/// When the next record is to be expected, at the latest.
pub fn expected(record: &Record) -> Timestamp {
    let branches = record.run.branches.iter().filter_map(|branch| of_branch(record, branch)?.expected);
    branches.chain([record.run.ends_by()]).min().unwrap_or(record.at)
}

fn of_branch(record: &Record, branch: &Branch) -> Option<Waiting> {
    let run: &Run = &record.run;
    let (what, expected) = match &branch.phase {
        Phase::Ready => (What::Message, Some(record.at)),
        Phase::Answered(_) => (What::AnsweredMessage, Some(record.at)),
        Phase::Waiting { until } => (What::Time, Some(*until)),
        Phase::BackingOff { until } => (What::BackOff, Some(*until)),
        Phase::Forked(_) | Phase::Iterating(_) if run.waits_for_advance(branch) => (What::Message, Some(record.at)),
        Phase::Forked(_) | Phase::Iterating(_) => return None,
        Phase::Task(task) => of_task(task),
    };
    Some(Waiting { token: branch.token, state: branch.state.clone(), what, expected })
}

fn of_task(task: &TaskPhase) -> (What, Option<Timestamp>) {
    match (&task.claim, &task.events) {
        (None, TaskEvents::Activity) => (What::Worker, Some(task.scheduled_at)),
        (None, TaskEvents::LambdaFunction | TaskEvents::Task(_)) => (What::Dispatcher, Some(task.scheduled_at)),
        (Some(Claim { until, .. }), TaskEvents::LambdaFunction | TaskEvents::Task(_)) if task.takes_outcomes() => {
            let expected = task.due().map_or(*until, |due| due.min(*until));
            (What::Outcome { dispatcher_ends: *until }, Some(expected))
        }
        (Some(_), _) => (What::TaskToken, task.due()),
    }
}
