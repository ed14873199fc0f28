//! The run, in records and in messages.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use asl::machine::StateName;
use engine::aside::ContentHash;
use engine::payload::Payload;
use engine::{event, execution, failure, run};
use serde::{Deserialize, Serialize};

use super::is_zero;
use super::mocks::TestCase;
use super::redrives::Redrives;
use super::role;
use super::task_phase::{Answered, LimitedTask, TaskPhase};
use super::texts::{Reader, TextId, Writer};
use crate::error::DecodeError;

/// `[branch, place]`.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub struct Token(u32, u64);

impl From<run::Token> for Token {
    fn from(token: run::Token) -> Self {
        Self(token.branch, token.place)
    }
}

impl From<Token> for run::Token {
    fn from(Token(branch, place): Token) -> Self {
        Self { branch, place }
    }
}

fn one() -> u32 {
    1
}

fn is_one(number: &u32) -> bool {
    *number == 1
}

fn is_none(number: &u32) -> bool {
    *number == 0
}

#[derive(Serialize, Deserialize)]
pub struct Run<'a> {
    #[serde(rename = "x", borrow)]
    execution: Execution<'a>,
    #[serde(rename = "q")]
    seq: u64,
    #[serde(rename = "l")]
    last_event_id: u64,
    #[serde(rename = "n")]
    next_place: u64,
    #[serde(rename = "m", default = "one", skip_serializing_if = "is_one")]
    next_branch: u32,
    #[serde(rename = "s", borrow, default, skip_serializing_if = "Option::is_none")]
    ended: Option<Ended<'a>>,
    #[serde(rename = "b", borrow, default, skip_serializing_if = "Vec::is_empty")]
    branches: Vec<Branch<'a>>,
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    deadline: Option<i64>,
    #[serde(rename = "u", borrow, default, skip_serializing_if = "Vec::is_empty")]
    unfinished: Vec<Branch<'a>>,
    #[serde(rename = "g", borrow, default, skip_serializing_if = "Option::is_none")]
    redrives: Option<Redrives<'a>>,
    #[serde(rename = "k", default, skip_serializing_if = "BTreeMap::is_empty")]
    mocked_calls: BTreeMap<StateName, u32>,
}

#[derive(Serialize, Deserialize)]
struct Execution<'a> {
    #[serde(rename = "v", borrow)]
    revision_id: Cow<'a, str>,
    #[serde(rename = "r", borrow)]
    role_arn: Cow<'a, str>,
    #[serde(rename = "s", default, skip_serializing_if = "is_zero")]
    started_at: i64,
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    input: Option<TextId>,
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    #[serde(rename = "a", borrow, default, skip_serializing_if = "Option::is_none")]
    alias: Option<Cow<'a, str>>,
    #[serde(rename = "t", borrow, default, skip_serializing_if = "Option::is_none")]
    trace_header: Option<Cow<'a, str>>,
    #[serde(rename = "k", borrow, default, skip_serializing_if = "Option::is_none")]
    test_case: Option<TestCase<'a>>,
}

/// How it ended; absent while it runs.
#[derive(Serialize, Deserialize)]
enum Ended<'a> {
    #[serde(rename = "S")]
    Succeeded(TextId),
    #[serde(rename = "F", borrow)]
    Failed(ErrorAndCause<'a>),
    #[serde(rename = "T", borrow)]
    TimedOut(ErrorAndCause<'a>),
    #[serde(rename = "A", borrow)]
    Aborted(ErrorAndCause<'a>),
}

#[derive(Serialize, Deserialize)]
pub struct ErrorAndCause<'a> {
    #[serde(rename = "e", borrow, default, skip_serializing_if = "Option::is_none")]
    error: Option<Cow<'a, str>>,
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    cause: Option<TextId>,
}

pub type Variables<'a> = BTreeMap<Cow<'a, str>, TextId>;

pub fn write_variables<'a>(variables: &'a run::Variables, writer: &mut Writer<'a>) -> Variables<'a> {
    variables.iter().map(|(name, value)| (Cow::Borrowed(name.as_str()), writer.text(value.as_str()))).collect()
}

pub fn read_variables(variables: Variables<'_>, reader: &Reader<'_>) -> Result<run::Variables, DecodeError> {
    variables.into_iter().map(|(name, value)| Ok((name.into_owned(), reader.payload(value)?))).collect()
}

#[derive(Serialize, Deserialize)]
struct Branch<'a> {
    #[serde(rename = "k")]
    token: Token,
    /// The number of the branch that waits for this one, and this one's index. Absent for the root.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    parent: Option<(u32, u32)>,
    #[serde(rename = "s", borrow)]
    state: Cow<'a, str>,
    #[serde(rename = "i")]
    input: TextId,
    #[serde(rename = "h", borrow, default, skip_serializing_if = "Option::is_none")]
    aside: Option<Cow<'a, str>>,
    /// How far before the run's last event.
    #[serde(rename = "p", default, skip_serializing_if = "is_zero")]
    previous_event: i64,
    #[serde(rename = "e", default, skip_serializing_if = "Option::is_none")]
    entered: Option<Entered>,
    #[serde(rename = "v", borrow, default, skip_serializing_if = "BTreeMap::is_empty")]
    variables: Variables<'a>,
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    item: Option<TextId>,
    #[serde(rename = "r", default, skip_serializing_if = "Vec::is_empty")]
    retries: Vec<u64>,
    /// Absent: ready.
    #[serde(rename = "w", borrow, default, skip_serializing_if = "Option::is_none")]
    waiting: Option<Waiting<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Entered {
    /// How far before the run's last event.
    #[serde(rename = "e", default, skip_serializing_if = "is_zero")]
    event: i64,
    #[serde(rename = "a", default, skip_serializing_if = "is_zero")]
    at: i64,
}

#[derive(Serialize, Deserialize)]
enum Waiting<'a> {
    #[serde(rename = "W")]
    Until(i64),
    #[serde(rename = "B")]
    BackingOffUntil(i64),
    #[serde(rename = "T", borrow)]
    Task(TaskPhase<'a>),
    /// What an older reader would take for a task that its target's answer ends, without a limit.
    #[serde(rename = "L", borrow)]
    LimitedTask(LimitedTask<'a>),
    #[serde(rename = "A", borrow)]
    Answered(Answered<'a>),
    /// The outputs of its branches, as far as there are.
    #[serde(rename = "F")]
    Forked(Vec<Option<TextId>>),
    #[serde(rename = "M")]
    Iterating(#[serde(borrow)] Iterations<'a>),
}

#[derive(Serialize, Deserialize)]
struct Iterations<'a> {
    #[serde(rename = "l")]
    length: u32,
    #[serde(rename = "s")]
    started: u32,
    #[serde(rename = "e", default, skip_serializing_if = "is_none")]
    ended: u32,
    #[serde(rename = "c")]
    concurrency: u32,
    #[serde(rename = "i", default, skip_serializing_if = "Vec::is_empty")]
    items: Vec<TextId>,
    /// Instead: the hash of a chunk, and how many of it have been taken.
    #[serde(rename = "h", borrow, default, skip_serializing_if = "Option::is_none")]
    items_aside: Option<(Cow<'a, str>, usize)>,
    /// Each with its index.
    #[serde(rename = "r", default, skip_serializing_if = "Vec::is_empty")]
    results: Vec<(u32, TextId)>,
    #[serde(rename = "g", borrow, default, skip_serializing_if = "Option::is_none")]
    results_aside: Option<Cow<'a, str>>,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    result_bytes: Option<usize>,
}

/// `[resourceType, resource]`.
#[derive(Serialize, Deserialize)]
pub struct TaskResource<'a>(#[serde(borrow)] Cow<'a, str>, #[serde(borrow)] Cow<'a, str>);

impl<'a> Run<'a> {
    pub fn write(run: &'a run::Run, writer: &mut Writer<'a>) -> Self {
        let execution = &*run.execution;
        Self {
            execution: Execution {
                revision_id: Cow::Borrowed(&execution.revision_id),
                role_arn: role::write(writer.execution, &execution.role_arn),
                started_at: writer.time(execution.started_at),
                input: execution.input.as_ref().map(|input| writer.text(input.as_str())),
                version: execution.version,
                alias: execution.alias.as_deref().map(Cow::Borrowed),
                trace_header: execution.trace_header.as_deref().map(Cow::Borrowed),
                test_case: execution.test_case.as_deref().map(|test_case| TestCase::write(test_case, writer)),
            },
            seq: run.seq,
            last_event_id: run.last_event_id,
            next_place: run.next_place,
            next_branch: run.next_branch,
            ended: Ended::write(&run.status, writer),
            branches: run.branches.iter().map(|branch| Branch::write(branch, run, writer)).collect(),
            deadline: run.deadline.map(|deadline| writer.time(deadline)),
            unfinished: run.unfinished.iter().map(|branch| Branch::write(branch, run, writer)).collect(),
            redrives: run.redrives.as_ref().map(|redrives| Redrives::write(redrives, writer)),
            mocked_calls: run.mocked_calls.clone(),
        }
    }

    /// Also tells the reader the execution's role.
    pub fn read(self, reader: &mut Reader<'_>) -> Result<run::Run, DecodeError> {
        let role_arn: Arc<str> = role::read(reader.execution, &self.execution.role_arn)?;
        reader.role_arn = Some(role_arn.clone());
        let execution = execution::Execution {
            arn: reader.execution.clone(),
            kind: execution::Kind::Standard,
            revision_id: (&*self.execution.revision_id).into(),
            role_arn,
            started_at: reader.time(self.execution.started_at),
            input: self.execution.input.map(|input| reader.payload(input)).transpose()?,
            version: self.execution.version,
            alias: self.execution.alias.map(|alias| (&*alias).into()),
            trace_header: self.execution.trace_header.map(|header| (&*header).into()),
            test_case: self.execution.test_case.map(|test_case| test_case.read(reader)).transpose()?.map(Arc::new),
        };
        let last = self.last_event_id;
        let read = |branches: Vec<Branch<'_>>, reader: &Reader<'_>| {
            branches.into_iter().map(|branch| branch.read(self.seq, last, reader)).collect::<Result<Vec<_>, _>>()
        };
        Ok(run::Run {
            execution: Arc::new(execution),
            seq: self.seq,
            last_event_id: last,
            next_place: self.next_place,
            next_branch: self.next_branch,
            status: self.ended.map_or(Ok(run::Status::Running), |ended| ended.read(reader))?,
            branches: read(self.branches, reader)?,
            deadline: self.deadline.map(|deadline| reader.time(deadline)),
            unfinished: read(self.unfinished, reader)?,
            redrives: self.redrives.map(|redrives| redrives.read(reader)),
            mocked_calls: self.mocked_calls,
        })
    }
}

impl<'a> Ended<'a> {
    fn write(status: &'a run::Status, writer: &mut Writer<'a>) -> Option<Self> {
        Some(match status {
            run::Status::Running => return None,
            run::Status::Succeeded { output } => Ended::Succeeded(writer.text(output.as_str())),
            run::Status::Failed(why) => Ended::Failed(ErrorAndCause::write(why, writer)),
            run::Status::TimedOut(why) => Ended::TimedOut(ErrorAndCause::write(why, writer)),
            run::Status::Aborted(why) => Ended::Aborted(ErrorAndCause::write(why, writer)),
        })
    }

    fn read(self, reader: &Reader<'_>) -> Result<run::Status, DecodeError> {
        Ok(match self {
            Ended::Succeeded(output) => run::Status::Succeeded { output: reader.payload(output)? },
            Ended::Failed(why) => run::Status::Failed(why.read(reader)?),
            Ended::TimedOut(why) => run::Status::TimedOut(why.read(reader)?),
            Ended::Aborted(why) => run::Status::Aborted(why.read(reader)?),
        })
    }
}

impl<'a> ErrorAndCause<'a> {
    pub fn write(why: &'a failure::ErrorAndCause, writer: &mut Writer<'a>) -> Self {
        Self {
            error: why.error.as_deref().map(Cow::Borrowed),
            cause: why.cause.as_deref().map(|cause| writer.text(cause)),
        }
    }

    pub fn read(self, reader: &Reader<'_>) -> Result<failure::ErrorAndCause, DecodeError> {
        Ok(failure::ErrorAndCause {
            error: self.error.map(Cow::into_owned),
            cause: self.cause.map(|cause| reader.text(cause)).transpose()?,
        })
    }
}

impl<'a> Branch<'a> {
    fn write(branch: &'a run::Branch, run: &run::Run, writer: &mut Writer<'a>) -> Self {
        Self {
            token: branch.token.into(),
            parent: branch.parent.map(|parent| (parent.branch, parent.index)),
            state: Cow::Borrowed(branch.state.as_str()),
            input: writer.text(branch.input.as_str()),
            aside: branch.aside.as_ref().map(|hash| Cow::Borrowed(hash.as_str())),
            previous_event: back(run.last_event_id, branch.previous_event_id),
            entered: branch.entered.map(|entered| Entered {
                event: back(run.last_event_id, entered.event_id),
                at: writer.time(entered.at),
            }),
            variables: write_variables(&branch.variables, writer),
            item: branch.item.as_ref().map(|item| writer.text(item.as_str())),
            retries: branch.retries.clone(),
            waiting: Waiting::write(&branch.phase, run.seq, writer),
        }
    }

    fn read(self, seq: u64, last_event_id: u64, reader: &Reader<'_>) -> Result<run::Branch, DecodeError> {
        Ok(run::Branch {
            token: self.token.into(),
            parent: self.parent.map(|(branch, index)| run::Parent { branch, index }),
            state: StateName::new(&*self.state),
            input: reader.payload(self.input)?,
            aside: self.aside.as_deref().map(ContentHash::from_text),
            previous_event_id: before(last_event_id, self.previous_event),
            entered: self.entered.map(|entered| run::Entered {
                event_id: before(last_event_id, entered.event),
                at: reader.time(entered.at),
            }),
            variables: Arc::new(read_variables(self.variables, reader)?),
            item: self.item.map(|item| reader.payload(item)).transpose()?,
            retries: self.retries,
            phase: match self.waiting {
                None => run::Phase::Ready,
                Some(waiting) => waiting.read(self.token.0, seq, reader)?,
            },
        })
    }
}

impl<'a> Waiting<'a> {
    fn write(phase: &'a run::Phase, seq: u64, writer: &mut Writer<'a>) -> Option<Self> {
        Some(match phase {
            run::Phase::Ready => return None,
            run::Phase::Waiting { until } => Waiting::Until(writer.time(*until)),
            run::Phase::BackingOff { until } => Waiting::BackingOffUntil(writer.time(*until)),
            run::Phase::Task(task) if LimitedTask::is_needed(task) => {
                Waiting::LimitedTask(LimitedTask::write(task, seq, writer))
            }
            run::Phase::Task(task) => Waiting::Task(TaskPhase::write(task, seq, writer)),
            run::Phase::Answered(answered) => Waiting::Answered(Answered::write(answered, writer)),
            run::Phase::Forked(fork) => {
                let text = |result: &'a Option<Payload>| result.as_ref().map(|result| writer.text(result.as_str()));
                Waiting::Forked(fork.results.iter().map(text).collect())
            }
            run::Phase::Iterating(iterations) => Waiting::Iterating(Iterations::write(iterations, writer)),
        })
    }

    /// `branch`: the number of the branch that waits.
    fn read(self, branch: u32, seq: u64, reader: &Reader<'_>) -> Result<run::Phase, DecodeError> {
        Ok(match self {
            Waiting::Until(until) => run::Phase::Waiting { until: reader.time(until) },
            Waiting::BackingOffUntil(until) => run::Phase::BackingOff { until: reader.time(until) },
            Waiting::Task(task) => run::Phase::Task(task.read(seq, reader)),
            Waiting::LimitedTask(task) => run::Phase::Task(task.read(seq, reader)),
            Waiting::Answered(answered) => run::Phase::Answered(answered.read(branch, reader)?),
            Waiting::Forked(results) => {
                let result = |result: Option<TextId>| result.map(|result| reader.payload(result)).transpose();
                run::Phase::Forked(run::Fork { results: results.into_iter().map(result).collect::<Result<_, _>>()? })
            }
            Waiting::Iterating(iterations) => run::Phase::Iterating(iterations.read(reader)?),
        })
    }
}

impl<'a> Iterations<'a> {
    fn write(iterations: &'a run::Iterations, writer: &mut Writer<'a>) -> Self {
        let (items, items_aside) = match &iterations.items {
            run::Items::Kept(items) => (items.iter().map(|item| writer.text(item.as_str())).collect(), None),
            run::Items::Aside { chunk, taken } => (Vec::new(), Some((Cow::Borrowed(chunk.as_str()), *taken))),
        };
        let results = &iterations.results;
        Self {
            length: iterations.length,
            started: iterations.started,
            ended: iterations.ended,
            concurrency: iterations.concurrency,
            items,
            items_aside,
            results: results.kept.iter().map(|(index, output)| (*index, writer.text(output.as_str()))).collect(),
            results_aside: results.aside.as_ref().map(|hash| Cow::Borrowed(hash.as_str())),
            result_bytes: (results.bytes != kept_bytes(&results.kept)).then_some(results.bytes),
        }
    }

    fn read(self, reader: &Reader<'_>) -> Result<run::Iterations, DecodeError> {
        let result = |(index, output)| Ok((index, reader.payload(output)?));
        let kept: Vec<_> = self.results.into_iter().map(result).collect::<Result<_, DecodeError>>()?;
        Ok(run::Iterations {
            length: self.length,
            started: self.started,
            ended: self.ended,
            concurrency: self.concurrency,
            items: match self.items_aside {
                Some((hash, taken)) => run::Items::Aside { chunk: ContentHash::from_text(&hash), taken },
                None => {
                    let items = self.items.into_iter().map(|item| reader.payload(item));
                    run::Items::Kept(items.collect::<Result<_, _>>()?)
                }
            },
            results: run::Results {
                bytes: self.result_bytes.unwrap_or_else(|| kept_bytes(&kept)),
                kept,
                aside: self.results_aside.as_deref().map(ContentHash::from_text),
            },
        })
    }
}

fn kept_bytes(results: &[(u32, Payload)]) -> usize {
    results.iter().map(|(_, output)| output.len()).sum()
}

impl<'a> From<&'a event::TaskResource> for TaskResource<'a> {
    fn from(resource: &'a event::TaskResource) -> Self {
        Self(Cow::Borrowed(&resource.resource_type), Cow::Borrowed(&resource.resource))
    }
}

impl From<TaskResource<'_>> for event::TaskResource {
    fn from(TaskResource(resource_type, resource): TaskResource<'_>) -> Self {
        Self { resource_type: resource_type.into_owned(), resource: resource.into_owned() }
    }
}

/// How far `id` is before `last`. Wraps, so that any two ids come back.
pub fn back(last: u64, id: u64) -> i64 {
    last.wrapping_sub(id).cast_signed()
}

pub fn before(last: u64, back: i64) -> u64 {
    last.wrapping_sub(back.cast_unsigned())
}
