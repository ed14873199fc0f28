//! What messages ask, and what made a record.

use std::borrow::Cow;

use engine::input;
use serde::{Deserialize, Serialize};

use super::run::{ErrorAndCause, Token};
use super::texts::{Reader, TextId, Writer};
use crate::error::DecodeError;

#[derive(Clone, Copy, Serialize, Deserialize)]
pub enum Timer {
    #[serde(rename = "P")]
    Place(Token),
    #[serde(rename = "X")]
    Execution,
}

impl From<input::Timer> for Timer {
    fn from(timer: input::Timer) -> Self {
        match timer {
            input::Timer::Place(token) => Timer::Place(token.into()),
            input::Timer::Execution => Timer::Execution,
        }
    }
}

impl From<Timer> for input::Timer {
    fn from(timer: Timer) -> Self {
        match timer {
            Timer::Place(token) => input::Timer::Place(token.into()),
            Timer::Execution => input::Timer::Execution,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub enum Cause<'a> {
    #[serde(rename = "S", borrow)]
    Start(Cow<'a, str>),
    #[serde(rename = "A")]
    Advance(Token),
    #[serde(rename = "C")]
    Claim(Token, #[serde(borrow)] Cow<'a, str>),
    #[serde(rename = "E")]
    TaskEnded(Token),
    #[serde(rename = "T")]
    TimeCame(Timer),
    #[serde(rename = "B", borrow)]
    Stop(Cow<'a, str>),
    #[serde(rename = "D", borrow)]
    DeadLetter(Cow<'a, str>),
    #[serde(rename = "R", borrow)]
    Redrive(Cow<'a, str>),
    #[serde(rename = "K")]
    Answer(Token, #[serde(borrow)] Cow<'a, str>),
    #[serde(rename = "H")]
    Heartbeat(Token, #[serde(borrow)] Cow<'a, str>),
}

impl<'a> From<&'a input::Cause> for Cause<'a> {
    fn from(cause: &'a input::Cause) -> Self {
        match cause {
            input::Cause::Start(id) => Cause::Start(Cow::Borrowed(id)),
            input::Cause::Advance(token) => Cause::Advance((*token).into()),
            input::Cause::Claim { token, nonce } => Cause::Claim((*token).into(), Cow::Borrowed(nonce)),
            input::Cause::TaskEnded(token) => Cause::TaskEnded((*token).into()),
            input::Cause::TimeCame(timer) => Cause::TimeCame((*timer).into()),
            input::Cause::Stop(id) => Cause::Stop(Cow::Borrowed(id)),
            input::Cause::Redrive(id) => Cause::Redrive(Cow::Borrowed(id)),
            input::Cause::DeadLetter(id) => Cause::DeadLetter(Cow::Borrowed(id)),
            input::Cause::Answer { token, id } => Cause::Answer((*token).into(), Cow::Borrowed(id)),
            input::Cause::Heartbeat { token, id } => Cause::Heartbeat((*token).into(), Cow::Borrowed(id)),
        }
    }
}

impl From<Cause<'_>> for input::Cause {
    fn from(cause: Cause<'_>) -> Self {
        match cause {
            Cause::Start(id) => input::Cause::Start((&*id).into()),
            Cause::Advance(token) => input::Cause::Advance(token.into()),
            Cause::Claim(token, nonce) => input::Cause::Claim { token: token.into(), nonce: (&*nonce).into() },
            Cause::TaskEnded(token) => input::Cause::TaskEnded(token.into()),
            Cause::TimeCame(timer) => input::Cause::TimeCame(timer.into()),
            Cause::Stop(id) => input::Cause::Stop((&*id).into()),
            Cause::Redrive(id) => input::Cause::Redrive((&*id).into()),
            Cause::DeadLetter(id) => input::Cause::DeadLetter((&*id).into()),
            Cause::Answer(token, id) => input::Cause::Answer { token: token.into(), id: (&*id).into() },
            Cause::Heartbeat(token, id) => input::Cause::Heartbeat { token: token.into(), id: (&*id).into() },
        }
    }
}

#[derive(Serialize, Deserialize)]
pub enum Input<'a> {
    #[serde(rename = "A")]
    Advance(Token),
    #[serde(rename = "E")]
    TaskEnded(Token, #[serde(borrow)] TaskOutcome<'a>),
    #[serde(rename = "T")]
    TimeCame(Timer),
}

#[derive(Serialize, Deserialize)]
pub enum TaskOutcome<'a> {
    #[serde(rename = "S")]
    Succeeded(TextId),
    #[serde(rename = "F", borrow)]
    Failed(ErrorAndCause<'a>),
    #[serde(rename = "L")]
    TooLarge,
    #[serde(rename = "N", borrow)]
    StartFailed(ErrorAndCause<'a>),
}

impl<'a> Input<'a> {
    pub fn write(input: &'a input::Input, writer: &mut Writer<'a>) -> Self {
        match input {
            input::Input::Advance { token } => Input::Advance((*token).into()),
            input::Input::TaskEnded { token, outcome } => {
                Input::TaskEnded((*token).into(), TaskOutcome::write(outcome, writer))
            }
            input::Input::TimeCame { timer } => Input::TimeCame((*timer).into()),
        }
    }

    pub fn read(self, reader: &Reader<'_>) -> Result<input::Input, DecodeError> {
        Ok(match self {
            Input::Advance(token) => input::Input::Advance { token: token.into() },
            Input::TaskEnded(token, outcome) => {
                input::Input::TaskEnded { token: token.into(), outcome: outcome.read(reader)? }
            }
            Input::TimeCame(timer) => input::Input::TimeCame { timer: timer.into() },
        })
    }
}

impl<'a> TaskOutcome<'a> {
    fn write(outcome: &'a input::TaskOutcome, writer: &mut Writer<'a>) -> Self {
        match outcome {
            input::TaskOutcome::Succeeded { output } => TaskOutcome::Succeeded(writer.text(output.as_str())),
            input::TaskOutcome::Failed(why) => TaskOutcome::Failed(ErrorAndCause::write(why, writer)),
            input::TaskOutcome::TooLarge => TaskOutcome::TooLarge,
            input::TaskOutcome::StartFailed(why) => TaskOutcome::StartFailed(ErrorAndCause::write(why, writer)),
        }
    }

    fn read(self, reader: &Reader<'_>) -> Result<input::TaskOutcome, DecodeError> {
        Ok(match self {
            TaskOutcome::Succeeded(output) => input::TaskOutcome::Succeeded { output: reader.payload(output)? },
            TaskOutcome::Failed(why) => input::TaskOutcome::Failed(why.read(reader)?),
            TaskOutcome::TooLarge => input::TaskOutcome::TooLarge,
            TaskOutcome::StartFailed(why) => input::TaskOutcome::StartFailed(why.read(reader)?),
        })
    }
}
