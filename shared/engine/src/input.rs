//! What a message asks of a run. It may arrive twice, late, or after the run has moved on.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::aside::Aside;
use crate::failure::ErrorAndCause;
use crate::limits::Limits;
use crate::payload::Payload;
use crate::run::Token;
use crate::task_token::TaskTokenKey;
use crate::timestamp::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Enter the state that the branch is at.
    Advance { token: Token },
    /// The task of this attempt has ended, or nobody can know how it ended.
    TaskEnded { token: Token, outcome: TaskOutcome },
    /// A time has come.
    TimeCame { timer: Timer },
}

impl Input {
    pub fn cause(&self) -> Cause {
        match self {
            Input::Advance { token } => Cause::Advance(*token),
            Input::TaskEnded { token, .. } => Cause::TaskEnded(*token),
            Input::TimeCame { timer } => Cause::TimeCame(*timer),
        }
    }

    /// The place that it is for; `None` if it is for the execution as a whole.
    pub fn token(&self) -> Option<Token> {
        match self {
            Input::Advance { token } | Input::TaskEnded { token, .. } => Some(*token),
            Input::TimeCame { timer: Timer::Place(token) } => Some(*token),
            Input::TimeCame { timer: Timer::Execution } => None,
        }
    }
}

/// What a timer is for. At most one of each is armed at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Timer {
    /// The wait, back-off or timeout of the place that a branch is at.
    Place(Token),
    /// `TimeoutSeconds` of the whole execution.
    Execution,
}

/// What became of one attempt of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskOutcome {
    Succeeded {
        output: Payload,
    },
    Failed(ErrorAndCause),
    /// The result passes the limit on the size of payloads; it was dropped.
    TooLarge,
    /// The target could not be asked at all.
    StartFailed(ErrorAndCause),
}

/// Which message made a record: the identity of what it asked, not of its delivery. A redelivered message finds its
/// own record by it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Cause {
    /// StartExecution. The id tells two calls with one name apart.
    Start(Arc<str>),
    Advance(Token),
    /// A dispatcher took the task, or a worker.
    Claim {
        token: Token,
        nonce: Arc<str>,
    },
    TaskEnded(Token),
    TimeCame(Timer),
    /// SendTaskSuccess or SendTaskFailure. The id tells calls for one token apart.
    Answer {
        token: Token,
        id: Arc<str>,
    },
    /// SendTaskHeartbeat.
    Heartbeat {
        token: Token,
        id: Arc<str>,
    },
    /// StopExecution.
    Stop(Arc<str>),
    /// RedriveExecution.
    Redrive(Arc<str>),
    /// A message of this execution could not be handled and went to a dead-letter queue.
    DeadLetter(Arc<str>),
}

/// What a step may not find out by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given<'a> {
    pub now: Timestamp,
    /// Seeds jitter, `States.MathRandom` and `States.UUID`.
    pub seed: u64,
    pub limits: Limits,
    /// Under which task tokens are issued; needed only by machines that wait for them.
    pub task_token_key: Option<TaskTokenKey>,
    /// ARNs of activities that the machine names and that are known not to exist.
    pub missing_activities: Vec<String>,
    /// What the run has put aside, as far as it is at hand.
    pub aside: &'a Aside,
    /// How long Wait states wait, in thousandths of what they say; as they say if `None`. Step Functions Local's.
    pub wait_time_permille: Option<u64>,
}
