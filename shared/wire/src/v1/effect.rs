//! What a record owes.

use std::borrow::Cow;

use engine::effect;
use serde::{Deserialize, Serialize};

use super::input::Timer;
use super::run::Token;
use super::texts::{Reader, TextId, Writer};
use crate::error::DecodeError;

#[derive(Serialize, Deserialize)]
pub enum Effect<'a> {
    #[serde(rename = "A")]
    Advance(Token),
    #[serde(rename = "D", borrow)]
    Dispatch(TaskRequest<'a>),
    #[serde(rename = "T")]
    Arm(Timer, i64),
    #[serde(rename = "F")]
    Finish,
}

/// Once it had a deadline, `d`, which counted from the scheduling: a task's clock starts with its claim.
#[derive(Serialize, Deserialize)]
pub struct TaskRequest<'a> {
    #[serde(rename = "k")]
    token: Token,
    #[serde(rename = "g", borrow)]
    target: Target<'a>,
    #[serde(rename = "p")]
    payload: TextId,
    /// Absent: the execution's.
    #[serde(rename = "r", borrow, default, skip_serializing_if = "Option::is_none")]
    role_arn: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
enum Target<'a> {
    #[serde(rename = "F", borrow)]
    LambdaFunction(Cow<'a, str>),
    #[serde(rename = "I")]
    LambdaInvoke,
    #[serde(rename = "A", borrow)]
    Activity(Cow<'a, str>),
}

impl<'a> Effect<'a> {
    pub fn write(effect: &'a effect::Effect, writer: &mut Writer<'a>) -> Self {
        match effect {
            effect::Effect::Advance(token) => Effect::Advance((*token).into()),
            effect::Effect::Dispatch(request) => Effect::Dispatch(TaskRequest::write(request, writer)),
            effect::Effect::Arm { timer, due } => Effect::Arm((*timer).into(), writer.time(*due)),
            effect::Effect::Finish => Effect::Finish,
        }
    }

    pub fn read(self, reader: &Reader<'_>) -> Result<effect::Effect, DecodeError> {
        Ok(match self {
            Effect::Advance(token) => effect::Effect::Advance(token.into()),
            Effect::Dispatch(request) => effect::Effect::Dispatch(request.read(reader)?),
            Effect::Arm(timer, due) => effect::Effect::Arm { timer: timer.into(), due: reader.time(due) },
            Effect::Finish => effect::Effect::Finish,
        })
    }
}

impl<'a> TaskRequest<'a> {
    pub fn write(request: &'a effect::TaskRequest, writer: &mut Writer<'a>) -> Self {
        Self {
            token: request.token.into(),
            target: match &request.target {
                effect::Target::LambdaFunction { arn } => Target::LambdaFunction(Cow::Borrowed(arn)),
                effect::Target::LambdaInvoke => Target::LambdaInvoke,
                effect::Target::Activity { arn } => Target::Activity(Cow::Borrowed(arn)),
            },
            payload: writer.text(request.payload.as_str()),
            role_arn: writer.role(&request.role_arn),
        }
    }

    pub fn read(self, reader: &Reader<'_>) -> Result<effect::TaskRequest, DecodeError> {
        Ok(effect::TaskRequest {
            token: self.token.into(),
            target: match self.target {
                Target::LambdaFunction(arn) => effect::Target::LambdaFunction { arn: arn.into_owned() },
                Target::LambdaInvoke => effect::Target::LambdaInvoke,
                Target::Activity(arn) => effect::Target::Activity { arn: arn.into_owned() },
            },
            payload: reader.payload(self.payload)?,
            role_arn: reader.role(self.role_arn.as_deref())?,
        })
    }
}
