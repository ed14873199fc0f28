//! The messages of the two kinds of queue. A message is a hint: it may arrive twice, late, or out of order.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use engine::effect::TaskRequest;
use engine::execution::ExecutionArn;
use engine::input::Input;
use engine::mocks::TestCase;
use engine::payload::Payload;
use engine::run::Run;
use engine::timestamp::Timestamp;

use crate::error::{DecodeError, EncodeError};
use crate::{envelope, v1};

/// The longest delay that a queue takes, in seconds. What is due later is a timer:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html>.
pub const MAX_DELAY_SECONDS: u64 = 900;

/// As the text of an SQS message: base64, without padding, of the sealed bytes.
pub fn encode(message: &Message) -> Result<String, EncodeError> {
    Ok(STANDARD_NO_PAD.encode(envelope::seal(&v1::message::encode(message)?)?))
}

pub fn decode(text: &str) -> Result<Message, DecodeError> {
    v1::message::decode(&envelope::open(&STANDARD_NO_PAD.decode(text)?)?)
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    Transition(Transition),
    Task(Task),
    Express(Express),
}

/// To the interpreter, through the standard queue or the FIFO lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    pub execution: ExecutionArn,
    /// The record that owed this message.
    pub seq: u64,
    pub input: Input,
    /// The run after record `seq`, where it is small enough to travel; else it is loaded.
    pub run: Option<Arc<Run>>,
    pub lane: Lane,
    /// Not to be delivered before; at most [`MAX_DELAY_SECONDS`] ahead. The FIFO lane takes no delay: what is due later
    /// goes through the standard queue.
    pub not_before: Option<Timestamp>,
}

/// To the dispatcher.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    pub execution: ExecutionArn,
    /// The record that scheduled the task.
    pub seq: u64,
    pub request: TaskBody,
    pub run: Option<Arc<Run>>,
    /// Not to be delivered before; at most [`MAX_DELAY_SECONDS`] ahead.
    pub not_before: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskBody {
    Inline(Arc<TaskRequest>),
    /// Too large to travel: it is among the effects of record `seq`, with this token.
    InRecord(engine::run::Token),
}

impl TaskBody {
    pub fn token(&self) -> engine::run::Token {
        match self {
            TaskBody::Inline(request) => request.token,
            TaskBody::InRecord(token) => *token,
        }
    }
}

/// To the dispatcher: an Express execution, from its start to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Express {
    pub execution: ExecutionArn,
    pub revision_id: Arc<str>,
    pub role_arn: Arc<str>,
    pub started_at: Timestamp,
    pub input: Payload,
    pub test_case: Option<Arc<TestCase>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Cheaper and quicker; for runs with one live branch.
    Standard,
    /// One group per execution, so that one invocation folds its messages into one record.
    Fifo,
}
