//! Queue messages.

use std::borrow::Cow;
use std::sync::Arc;

use engine::execution::ExecutionArn;
use engine::run as engine_run;
use engine::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

use super::effect::TaskRequest;
use super::input::Input;
use super::mocks::TestCase;
use super::role;
use super::run::{Run, Token};
use super::texts::{self, Reader, TextId, Writer};
use crate::error::{DecodeError, EncodeError};
use crate::message;

/// Times are relative to the start of the execution if the run is there, else absolute.
#[derive(Serialize, Deserialize)]
struct Message<'a> {
    #[serde(rename = "x", borrow)]
    execution: Cow<'a, str>,
    #[serde(rename = "q")]
    seq: u64,
    #[serde(rename = "r", borrow, default, skip_serializing_if = "Option::is_none")]
    run: Option<Run<'a>>,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    not_before: Option<i64>,
    #[serde(rename = "m", borrow)]
    kind: Kind<'a>,
}

#[derive(Serialize, Deserialize)]
enum Kind<'a> {
    #[serde(rename = "N", borrow)]
    Transition(Transition<'a>),
    #[serde(rename = "T", borrow)]
    Task(TaskRequest<'a>),
    #[serde(rename = "R")]
    TaskInRecord(Token),
    #[serde(rename = "E", borrow)]
    Express(Express<'a>),
}

#[derive(Serialize, Deserialize)]
struct Express<'a> {
    #[serde(rename = "v", borrow)]
    revision_id: Cow<'a, str>,
    #[serde(rename = "r", borrow)]
    role_arn: Cow<'a, str>,
    #[serde(rename = "s")]
    started_at: i64,
    #[serde(rename = "i")]
    input: TextId,
    #[serde(rename = "k", borrow, default, skip_serializing_if = "Option::is_none")]
    test_case: Option<TestCase<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Transition<'a> {
    #[serde(rename = "i", borrow)]
    input: Input<'a>,
    #[serde(rename = "f", default, skip_serializing_if = "std::ops::Not::not")]
    fifo: bool,
}

pub fn encode(message: &message::Message) -> Result<Vec<u8>, EncodeError> {
    let (execution, seq, run, not_before) = match message {
        message::Message::Transition(it) => (&it.execution, it.seq, it.run.as_deref(), it.not_before),
        message::Message::Task(it) => (&it.execution, it.seq, it.run.as_deref(), it.not_before),
        message::Message::Express(it) => (&it.execution, 0, None, None),
    };
    let mut writer = writer(execution, run)?;
    let content = Message {
        execution: Cow::Borrowed(execution.as_str()),
        seq,
        run: run.map(|run| Run::write(run, &mut writer)),
        not_before: not_before.map(|time| writer.time(time)),
        kind: Kind::write(message, &mut writer),
    };
    writer.body(content)
}

fn writer<'a>(execution: &'a ExecutionArn, run: Option<&'a engine_run::Run>) -> Result<Writer<'a>, EncodeError> {
    let Some(run) = run else { return Ok(Writer::new(execution, None, Timestamp::default())) };
    if run.execution.arn != *execution {
        return Err(EncodeError::ForeignRun { message: execution.to_string(), run: run.execution.arn.to_string() });
    }
    Ok(Writer::new(execution, Some(&run.execution.role_arn), run.execution.started_at))
}

pub fn decode(body: &[u8]) -> Result<message::Message, DecodeError> {
    let texts::Opened { base, content, texts } = texts::open::<Message<'_>>(body)?;
    let execution = ExecutionArn::new(&*content.execution);
    let mut reader = Reader::new(&execution, base, &texts);
    // First, because it tells the role.
    let run = content.run.map(|run| run.read(&mut reader)).transpose()?.map(Arc::new);
    let seq = content.seq;
    let not_before = content.not_before.map(|time| reader.time(time));
    let request = match content.kind {
        Kind::Transition(transition) => {
            let input = transition.input.read(&reader)?;
            let lane = if transition.fifo { message::Lane::Fifo } else { message::Lane::Standard };
            let transition = message::Transition { execution, seq, input, run, lane, not_before };
            return Ok(message::Message::Transition(transition));
        }
        Kind::Task(request) => message::TaskBody::Inline(Arc::new(request.read(&reader)?)),
        Kind::TaskInRecord(token) => message::TaskBody::InRecord(token.into()),
        Kind::Express(express) => return express.read(&reader).map(message::Message::Express),
    };
    Ok(message::Message::Task(message::Task { execution, seq, request, run, not_before }))
}

impl<'a> Kind<'a> {
    fn write(message: &'a message::Message, writer: &mut Writer<'a>) -> Self {
        match message {
            message::Message::Transition(transition) => Kind::Transition(Transition {
                input: Input::write(&transition.input, writer),
                fifo: transition.lane == message::Lane::Fifo,
            }),
            message::Message::Task(task) => match &task.request {
                message::TaskBody::Inline(request) => Kind::Task(TaskRequest::write(request, writer)),
                message::TaskBody::InRecord(token) => Kind::TaskInRecord((*token).into()),
            },
            message::Message::Express(express) => Kind::Express(Express::write(express, writer)),
        }
    }
}

impl<'a> Express<'a> {
    fn write(express: &'a message::Express, writer: &mut Writer<'a>) -> Self {
        Self {
            revision_id: Cow::Borrowed(&express.revision_id),
            role_arn: role::write(&express.execution, &express.role_arn),
            started_at: writer.time(express.started_at),
            input: writer.text(express.input.as_str()),
            test_case: express.test_case.as_deref().map(|test_case| TestCase::write(test_case, writer)),
        }
    }

    fn read(self, reader: &Reader<'_>) -> Result<message::Express, DecodeError> {
        Ok(message::Express {
            execution: reader.execution.clone(),
            revision_id: (&*self.revision_id).into(),
            role_arn: role::read(reader.execution, &self.role_arn)?,
            started_at: reader.time(self.started_at),
            input: reader.payload(self.input)?,
            test_case: self.test_case.map(|test_case| test_case.read(reader)).transpose()?.map(Arc::new),
        })
    }
}
