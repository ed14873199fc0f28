//! A run: what the interpreter needs to go on with an execution. It is the fold of the records so far, it travels with
//! messages while it is small, and its size follows the live branches, never the length of the history.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use asl::machine::StateName;
use serde::{Deserialize, Serialize};

use crate::aside::ContentHash;
use crate::event::{EventId, TaskResource};
use crate::execution::{Execution, Kind};
use crate::failure::ErrorAndCause;
use crate::payload::Payload;
use crate::planted::{Bug, planted};
use crate::redrive::Redrives;
use crate::timestamp::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub execution: Arc<Execution>,
    /// The record that this is the run after; the next one is put as `seq + 1`, if that is still free.
    pub seq: u64,
    pub last_event_id: EventId,
    /// The next [`Token::branch`].
    pub next_branch: u32,
    /// The next [`Token::place`]: it counts the places that branches of this run have been at.
    pub next_place: u64,
    pub status: Status,
    /// The branches that are live. One, until a Parallel or Map state is entered; none once the execution has ended.
    pub branches: Vec<Branch>,
    /// When the execution as a whole times out, if its machine says so.
    pub deadline: Option<Timestamp>,
    /// What a redrive goes on with: the branches as they stood when the execution ended without success.
    pub unfinished: Vec<Branch>,
    /// Absent before the first.
    pub redrives: Option<Redrives>,
    /// How often each mocked state's task has been called.
    pub mocked_calls: BTreeMap<StateName, u32>,
}

/// The longest that an execution may last, in any case.
const LONGEST_SECONDS: u64 = crate::limits::MAX_EXECUTION_SECONDS;

impl Run {
    pub fn branch(&self, token: Token) -> Option<&Branch> {
        let is_at = |branch: &&Branch| branch.token == token || blindly(branch.token, token);
        self.branches.iter().find(is_at)
    }

    /// The task that the branch at this place waits for, if it waits for one.
    pub fn task(&self, token: Token) -> Option<&TaskPhase> {
        match &self.branch(token)?.phase {
            Phase::Task(task) => Some(task),
            Phase::Ready
            | Phase::Waiting { .. }
            | Phase::BackingOff { .. }
            | Phase::Answered(_)
            | Phase::Forked(_)
            | Phase::Iterating(_) => None,
        }
    }

    pub fn numbered(&self, branch: u32) -> Option<&Branch> {
        self.branches.iter().find(|candidate| candidate.token.branch == branch)
    }

    /// When the execution times out at the latest. What is stored of it is kept for longer.
    pub fn ends_by(&self) -> Timestamp {
        let longest = self.execution.started_at.plus_seconds(LONGEST_SECONDS);
        self.deadline.map_or(longest, |deadline| deadline.min(longest))
    }

    /// What it has put aside and may need next.
    pub fn put_aside(&self) -> impl Iterator<Item = &ContentHash> {
        self.branches.iter().flat_map(Branch::put_aside)
    }

    pub fn has_ended(&self) -> bool {
        self.status != Status::Running
    }

    /// `unfinished`: the branches as they stood before the failure that ends it took some away. Express executions are
    /// never redriven.
    pub(crate) fn end(&mut self, status: Status, unfinished: Option<Vec<Branch>>) {
        let branches = std::mem::take(&mut self.branches);
        if self.execution.kind == Kind::Standard && !matches!(status, Status::Succeeded { .. }) {
            self.unfinished = unfinished.unwrap_or(branches);
        }
        self.status = status;
        self.deadline = None;
    }

    /// Whether the branch waits for its `Advance` message. One that waits for others does so once it has none: they had all
    /// ended when the execution was redriven.
    pub fn waits_for_advance(&self, branch: &Branch) -> bool {
        match &branch.phase {
            Phase::Ready | Phase::Answered(_) => true,
            Phase::Forked(_) | Phase::Iterating(_) => self.is_childless(branch),
            Phase::Waiting { .. } | Phase::BackingOff { .. } | Phase::Task(_) => false,
        }
    }

    /// Whether no other branch belongs to this one.
    pub(crate) fn is_childless(&self, branch: &Branch) -> bool {
        let number = branch.token.branch;
        !self.branches.iter().any(|other| other.parent.is_some_and(|parent| parent.branch == number))
    }

    /// Whether records of this run are contended for, so that its messages go through the FIFO lane.
    pub fn is_fanned_out(&self) -> bool {
        self.live_branches() > 1
    }

    /// The branches that messages are for.
    pub fn live_branches(&self) -> usize {
        self.branches.iter().filter(|branch| !branch.phase.is_of_others()).count()
    }
}

/// How the execution stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    Running,
    Succeeded { output: Payload },
    Failed(ErrorAndCause),
    TimedOut(ErrorAndCause),
    Aborted(ErrorAndCause),
}

/// Names one place in a run: a branch, and the how-manieth place of the run it is at. Work that carries the token of a
/// place that the branch has left is a no-op.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Token {
    pub branch: u32,
    pub place: u64,
}

fn blindly(at: Token, token: Token) -> bool {
    planted(Bug::AcceptsStaleTokens) && at.branch == token.branch
}

/// One line of control: the root, a branch of a Parallel, an iteration of a Map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    pub token: Token,
    /// Absent for the root.
    pub parent: Option<Parent>,
    pub state: StateName,
    /// The state's raw input; `null` while it is put aside.
    pub input: Payload,
    /// Where the raw input is while the branch waits for others.
    pub aside: Option<ContentHash>,
    /// What the branch's next event names as its `previousEventId`.
    pub previous_event_id: EventId,
    /// Set when the state is entered.
    pub entered: Option<Entered>,
    /// What `Assign` has given so far. Shared until the next one.
    pub variables: Arc<Variables>,
    /// The item that this is the iteration of, where the states of the iteration may read it.
    pub item: Option<Payload>,
    /// How often each retrier of the state has been used in this visit.
    pub retries: Vec<u64>,
    pub phase: Phase,
}

/// Which branch waits for this one, and which of that one's branches this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parent {
    pub branch: u32,
    pub index: u32,
}

/// Variables by name.
pub type Variables = BTreeMap<String, Payload>;

impl Branch {
    fn put_aside(&self) -> impl Iterator<Item = &ContentHash> {
        let (items, results) = match &self.phase {
            Phase::Iterating(Iterations { items: Items::Aside { chunk, .. }, results, .. }) => {
                (Some(chunk), &results.aside)
            }
            Phase::Iterating(Iterations { items: Items::Kept(_), results, .. }) => (None, &results.aside),
            Phase::Ready
            | Phase::Waiting { .. }
            | Phase::BackingOff { .. }
            | Phase::Task(_)
            | Phase::Answered(_)
            | Phase::Forked(_) => (None, &None),
        };
        self.aside.iter().chain(items).chain(results)
    }

    /// The Map state that it waits for the iterations of.
    pub fn map(&self) -> Option<StateName> {
        matches!(self.phase, Phase::Iterating(_)).then(|| self.state.clone())
    }

    /// When the time comes that it waits for, or for which it waits at the longest; `None` if there is none.
    pub fn due(&self) -> Option<Timestamp> {
        match &self.phase {
            Phase::Ready | Phase::Answered(_) | Phase::Forked(_) | Phase::Iterating(_) => None,
            Phase::Waiting { until } | Phase::BackingOff { until } => Some(*until),
            Phase::Task(task) => task.due(),
        }
    }

    /// `$$.State.RetryCount`.
    pub fn retry_count(&self) -> u64 {
        self.retries.iter().sum()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entered {
    pub event_id: EventId,
    pub at: Timestamp,
}

/// What the branch is waiting for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Its `Advance` message, to enter the state.
    Ready,
    /// A Wait state's time.
    Waiting { until: Timestamp },
    /// A retry's time.
    BackingOff { until: Timestamp },
    /// A task's outcome.
    Task(TaskPhase),
    /// Its `Advance` message, to take in what the holder of the task's token has answered.
    Answered(Answered),
    /// The branches that it has forked into.
    Forked(Fork),
    /// The iterations of its Map state.
    Iterating(Iterations),
}

impl Phase {
    /// Whether it is other branches that the branch waits for, so that no message is for it.
    pub fn is_of_others(&self) -> bool {
        match self {
            Phase::Forked(_) | Phase::Iterating(_) => true,
            Phase::Ready | Phase::Waiting { .. } | Phase::BackingOff { .. } | Phase::Task(_) | Phase::Answered(_) => {
                false
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fork {
    /// The outputs of the branches, as far as they have ended.
    pub results: Vec<Option<Payload>>,
}

/// How far a Map state is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Iterations {
    /// How many there are in all.
    pub length: u32,
    /// How many have started: the index of the next one.
    pub started: u32,
    pub ended: u32,
    /// How many may be live at a time.
    pub concurrency: u32,
    /// Of those that have not started yet.
    pub items: Items,
    pub results: Results,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Items {
    Kept(VecDeque<Payload>),
    /// In a chunk, of which so many have been taken, and those that it links to.
    Aside {
        chunk: ContentHash,
        taken: usize,
    },
}

/// The outputs of iterations that have ended, in the order of their ends, with their indexes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Results {
    pub kept: Vec<(u32, Payload)>,
    /// Those before, newest first: each chunk links to the one before it.
    pub aside: Option<ContentHash>,
    /// How many bytes they are altogether. If that is too many for a payload they are dropped, and this is `MAX`.
    pub bytes: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskPhase {
    pub scheduled_at: Timestamp,
    /// The record that has the task among its effects.
    pub scheduled_in: u64,
    pub events: TaskEvents,
    pub ended_by: EndedBy,
    /// `TimeoutSeconds` and `HeartbeatSeconds`. As on AWS, they count from the start of the task, which is its claim.
    pub timeout_seconds: Option<u64>,
    pub heartbeat_seconds: Option<u64>,
    /// When the task has lasted too long.
    pub deadline: Option<Timestamp>,
    /// When there must have been another heartbeat.
    pub heartbeat_by: Option<Timestamp>,
    /// Set by the dispatcher before it invokes the target, or by the worker that takes the task of an activity: at most
    /// one of them per attempt.
    pub claim: Option<Claim>,
}

impl TaskPhase {
    /// When it times out, unless something comes first.
    pub fn due(&self) -> Option<Timestamp> {
        self.deadline.into_iter().chain(self.heartbeat_by).min()
    }

    /// Starts the clocks. A task that an earlier version scheduled has its deadline already.
    pub fn start(&mut self, claim: Claim) {
        let deadline = self.timeout_seconds.map(|seconds| claim.at.plus_seconds(seconds));
        self.deadline = deadline.or(self.deadline);
        self.beat(claim.at);
        self.claim = Some(claim);
    }

    /// Takes in a heartbeat.
    pub fn beat(&mut self, now: Timestamp) {
        self.heartbeat_by = self.heartbeat_seconds.map(|seconds| now.plus_seconds(seconds));
    }

    /// Whether the holder of its token may still end it.
    pub fn takes_answers(&self, now: Timestamp) -> bool {
        matches!(self.ended_by, EndedBy::TaskToken { .. }) && self.due().is_none_or(|due| now < due)
    }

    /// Whether an outcome of its target makes a difference.
    pub fn takes_outcomes(&self) -> bool {
        self.ended_by != EndedBy::TaskToken { submitted: true }
    }
}

/// What ends a task, beside its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// The answer of its target.
    Target,
    /// Whoever has its token: a worker of its activity, or anybody to whom its target has passed it on. `submitted`: its
    /// target has been called, and has answered.
    TaskToken { submitted: bool },
}

/// A task that was ended by the holder of its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The place that the token named.
    pub task: Token,
    pub answer: Answer,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// SendTaskSuccess.
    Succeeded { output: Payload },
    /// SendTaskFailure.
    Failed(ErrorAndCause),
}

/// Which family of history events the task is told in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskEvents {
    /// `LambdaFunction…`, for a function's own ARN.
    LambdaFunction,
    /// `Task…`, for an integration.
    Task(TaskResource),
    /// `Activity…`.
    Activity,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Chosen by the claiming dispatcher, so that it knows its own claim again after a lost answer.
    pub nonce: Arc<str>,
    pub at: Timestamp,
    /// When the claiming dispatcher has ended for certain. A task that has no outcome by then never will: until then it
    /// may be running, and a second message for it must wait.
    pub until: Timestamp,
}
