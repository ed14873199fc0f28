//! A task that is under way, or has just been answered.

use std::borrow::Cow;

use engine::run;
use serde::{Deserialize, Serialize};

use super::is_zero;
use super::run::{ErrorAndCause, TaskResource, back, before};
use super::texts::{Reader, TextId, Writer};
use crate::error::DecodeError;

#[derive(Serialize, Deserialize)]
pub struct TaskPhase<'a> {
    #[serde(rename = "s", default, skip_serializing_if = "is_zero")]
    scheduled_at: i64,
    /// How far before the run's record.
    #[serde(rename = "r", default, skip_serializing_if = "is_zero")]
    scheduled_in: i64,
    /// Absent: told in `LambdaFunction…` events.
    #[serde(rename = "t", borrow, default, skip_serializing_if = "Option::is_none")]
    integration: Option<TaskResource<'a>>,
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    deadline: Option<i64>,
    #[serde(rename = "c", borrow, default, skip_serializing_if = "Option::is_none")]
    claim: Option<Claim<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Claim<'a> {
    #[serde(rename = "n", borrow)]
    nonce: Cow<'a, str>,
    #[serde(rename = "a", default, skip_serializing_if = "is_zero")]
    at: i64,
    #[serde(rename = "u")]
    until: i64,
}

/// A task with limits that count from its claim, or that is ended by its token.
#[derive(Serialize, Deserialize)]
pub struct LimitedTask<'a> {
    #[serde(rename = "p", borrow)]
    task: TaskPhase<'a>,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    timeout_seconds: Option<u64>,
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    heartbeat_seconds: Option<u64>,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    heartbeat_by: Option<i64>,
    #[serde(rename = "e", default, skip_serializing_if = "EndedBy::is_target")]
    ended_by: EndedBy,
    /// Whether it is told in `Activity…` events.
    #[serde(rename = "a", default, skip_serializing_if = "std::ops::Not::not")]
    activity: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
enum EndedBy {
    #[default]
    #[serde(rename = "T")]
    Target,
    #[serde(rename = "K")]
    TaskToken,
    /// The target has been called.
    #[serde(rename = "S")]
    TaskTokenSubmitted,
}

/// The place that the token named, and what its holder said.
#[derive(Serialize, Deserialize)]
pub struct Answered<'a>(u64, #[serde(borrow)] Answer<'a>);

/// What the holder of a task's token said, or a mock does.
#[derive(Serialize, Deserialize)]
pub enum Answer<'a> {
    #[serde(rename = "S")]
    Succeeded(TextId),
    #[serde(rename = "F", borrow)]
    Failed(ErrorAndCause<'a>),
}

impl<'a> TaskPhase<'a> {
    pub fn write(task: &'a run::TaskPhase, seq: u64, writer: &Writer<'a>) -> Self {
        Self {
            scheduled_at: writer.time(task.scheduled_at),
            scheduled_in: back(seq, task.scheduled_in),
            integration: match &task.events {
                run::TaskEvents::LambdaFunction | run::TaskEvents::Activity => None,
                run::TaskEvents::Task(resource) => Some(resource.into()),
            },
            deadline: task.deadline.map(|deadline| writer.time(deadline)),
            claim: task.claim.as_ref().map(|claim| Claim {
                nonce: Cow::Borrowed(&claim.nonce),
                at: writer.time(claim.at),
                until: writer.time(claim.until),
            }),
        }
    }

    pub fn read(self, seq: u64, reader: &Reader<'_>) -> run::TaskPhase {
        run::TaskPhase {
            scheduled_at: reader.time(self.scheduled_at),
            scheduled_in: before(seq, self.scheduled_in),
            events: match self.integration {
                None => run::TaskEvents::LambdaFunction,
                Some(resource) => run::TaskEvents::Task(resource.into()),
            },
            ended_by: run::EndedBy::Target,
            timeout_seconds: None,
            heartbeat_seconds: None,
            deadline: self.deadline.map(|deadline| reader.time(deadline)),
            heartbeat_by: None,
            claim: self.claim.map(|claim| run::Claim {
                nonce: (&*claim.nonce).into(),
                at: reader.time(claim.at),
                until: reader.time(claim.until),
            }),
        }
    }
}

impl<'a> LimitedTask<'a> {
    pub fn is_needed(task: &run::TaskPhase) -> bool {
        task.timeout_seconds.is_some()
            || task.heartbeat_seconds.is_some()
            || task.heartbeat_by.is_some()
            || task.ended_by != run::EndedBy::Target
            || task.events == run::TaskEvents::Activity
    }

    pub fn write(task: &'a run::TaskPhase, seq: u64, writer: &Writer<'a>) -> Self {
        Self {
            task: TaskPhase::write(task, seq, writer),
            timeout_seconds: task.timeout_seconds,
            heartbeat_seconds: task.heartbeat_seconds,
            heartbeat_by: task.heartbeat_by.map(|time| writer.time(time)),
            ended_by: match task.ended_by {
                run::EndedBy::Target => EndedBy::Target,
                run::EndedBy::TaskToken { submitted: false } => EndedBy::TaskToken,
                run::EndedBy::TaskToken { submitted: true } => EndedBy::TaskTokenSubmitted,
            },
            activity: task.events == run::TaskEvents::Activity,
        }
    }

    pub fn read(self, seq: u64, reader: &Reader<'_>) -> run::TaskPhase {
        let task = self.task.read(seq, reader);
        run::TaskPhase {
            events: if self.activity { run::TaskEvents::Activity } else { task.events },
            ended_by: match self.ended_by {
                EndedBy::Target => run::EndedBy::Target,
                EndedBy::TaskToken => run::EndedBy::TaskToken { submitted: false },
                EndedBy::TaskTokenSubmitted => run::EndedBy::TaskToken { submitted: true },
            },
            timeout_seconds: self.timeout_seconds,
            heartbeat_seconds: self.heartbeat_seconds,
            heartbeat_by: self.heartbeat_by.map(|time| reader.time(time)),
            ..task
        }
    }
}

impl EndedBy {
    fn is_target(&self) -> bool {
        *self == EndedBy::Target
    }
}

impl<'a> Answered<'a> {
    pub fn write(answered: &'a run::Answered, writer: &mut Writer<'a>) -> Self {
        Self(answered.task.place, Answer::write(&answered.answer, writer))
    }

    pub fn read(self, branch: u32, reader: &Reader<'_>) -> Result<run::Answered, DecodeError> {
        let Self(place, answer) = self;
        Ok(run::Answered { task: run::Token { branch, place }, answer: answer.read(reader)? })
    }
}

impl<'a> Answer<'a> {
    pub fn write(answer: &'a run::Answer, writer: &mut Writer<'a>) -> Self {
        match answer {
            run::Answer::Succeeded { output } => Answer::Succeeded(writer.text(output.as_str())),
            run::Answer::Failed(why) => Answer::Failed(ErrorAndCause::write(why, writer)),
        }
    }

    pub fn read(self, reader: &Reader<'_>) -> Result<run::Answer, DecodeError> {
        Ok(match self {
            Answer::Succeeded(output) => run::Answer::Succeeded { output: reader.payload(output)? },
            Answer::Failed(why) => run::Answer::Failed(why.read(reader)?),
        })
    }
}
