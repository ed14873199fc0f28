//! Messages that could not be handled, however often they came. Their execution fails, with a cause that names the
//! reason: an execution that will never go on must not look as if it ran. A message does not say what it failed with, so
//! the reason is found by trying once more, without writing anything.
//!
//! Where not even failing is possible - the newest record cannot be read, the message itself cannot - the letter is set
//! aside with the reason, and `stepwell doctor` shows it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use engine::execution::ExecutionArn;
use engine::failure::ErrorAndCause;
use engine::input::Cause;
use engine::planted::{Bug, planted};
use engine::record::Record;
use futures::FutureExt;
use ports::queue::Message;
use ports::undeliverable::Letter;
use ports::{Appended, Ports, StoreError, Undeliverable, diagnosis, outbox, waiting};

/// How often it is tried anew when other records come first.
const TRIES: usize = 20;

/// For so long after an execution should have gone on, a message that could be handled by now is sent again: a store, a queue
/// or Lambda itself may have been away, or have had too much to do, for longer than a message is tried.
const OUTAGE_SECONDS: u64 = 6 * 3_600;

const UNEXPLAINED: &str = "nothing that is stored explains it, and it has been tried for hours. RedriveExecution goes on with \
                           the execution";

/// Of a cause, and of a reason to set a letter aside. Some errors of stores are long.
const REASON_CHARACTERS: usize = 2_000;

/// How often a message has been received when it becomes a dead letter, at most: the template's `maxReceiveCount`. The count
/// goes on from there.
const RECEIVES_BEFORE: u32 = 10;

/// Takes letters out of the dead-letter queues.
#[derive(Clone)]
pub struct Undertaker {
    pub ports: Ports,
    pub undeliverable: Arc<dyn Undeliverable>,
}

/// A letter as its dead-letter queue has it.
#[derive(Clone, Debug)]
pub struct Received {
    pub id: String,
    pub queue: String,
    pub text: String,
    /// How often it was received, in its own queue and in this one.
    pub receives: u32,
}

impl Undertaker {
    /// Buries the letter, or sets it aside. An error: it has to come again.
    pub async fn take(&self, received: &Received) -> Result<(), StoreError> {
        let Received { id, queue, text, receives } = received;
        let message = match wire::message::decode(text) {
            Ok(message) => message,
            Err(error) => return self.set_aside(received, format!("it cannot be read: {error}")).await,
        };
        let known = if *receives > RECEIVES_BEFORE + 1 { Known::Fatal } else { Known::Nothing };
        let letter = DeadLetter { message: &message, id, queue, known };
        match AssertUnwindSafe(bury(&self.ports, letter)).catch_unwind().await {
            Ok(Err(error)) if !error.is_passing() => self.set_aside(received, error.what().to_owned()).await,
            Ok(buried) => buried,
            Err(panic) => {
                let told = diagnosis::panic_text(&*panic);
                self.set_aside(received, format!("failing its execution panicked: {told}")).await
            }
        }
    }

    async fn set_aside(&self, received: &Received, reason: String) -> Result<(), StoreError> {
        let Received { id, queue, text, .. } = received;
        tracing::error!(queue, reason, "a dead letter is set aside: its execution could not be failed");
        let reason = cut(&reason);
        let letter = Letter { id: id.clone(), queue: queue.clone(), text: text.clone(), reason };
        self.undeliverable.set_aside(&letter).await
    }
}

/// A message that was given up.
#[derive(Clone, Copy, Debug)]
pub struct DeadLetter<'a> {
    pub message: &'a Message,
    /// Names the message.
    pub id: &'a str,
    /// Where it failed.
    pub queue: &'a str,
    /// What is known of why.
    pub known: Known<'a>,
}

#[derive(Clone, Copy, Debug)]
pub enum Known<'a> {
    /// What it failed with the last time.
    Error(&'a str),
    /// Nothing: it is tried once more.
    Nothing,
    /// Nothing, and whoever tried it to find out has fallen over it.
    Fatal,
}

/// Fails the execution that the message is of, unless it has ended, has left the place that the message is for, or could go on
/// by now. An error that does not pass says why it can neither go on nor be failed.
pub async fn bury(ports: &Ports, letter: DeadLetter<'_>) -> Result<(), StoreError> {
    let DeadLetter { message, id, queue, known } = letter;
    let (execution, token) = match message {
        Message::Transition(transition) => (&transition.execution, transition.input.token()),
        Message::Task(task) => (&task.execution, Some(task.request.token())),
        Message::Express(express) => {
            // Nothing is kept of it that could say so.
            tracing::error!(execution = %express.execution, message = id, queue, "an Express execution could not be run");
            return Ok(());
        }
    };
    let mut reason: Option<String> = None;
    for _ in 0..TRIES {
        let newest = match ports.journal.newest(execution).await {
            Ok(Some(newest)) => newest,
            Ok(None) => return Ok(()),
            Err(error) => return Err(unreadable(ports, execution, error).await),
        };
        let was_left = token.is_some_and(|token| newest.run.branch(token).is_none());
        if newest.run.has_ended() || (was_left && !planted(Bug::BuriesTheLiving)) {
            // It was handled but for its effects, perhaps: what the execution waits for now is sent.
            return outbox::remind(ports, &newest).await;
        }
        let now = ports.clock.now();
        let reason = match &reason {
            Some(found) => found,
            None => match find_reason(ports, &newest, message, known).await? {
                Some(found) => reason.insert(found),
                None if waiting::expected(&newest).plus_seconds(OUTAGE_SECONDS) > now => {
                    tracing::warn!(%execution, message = id, queue, "what was in a message's way has passed: it is sent again");
                    return ports.queue.send(vec![message.clone()]).await;
                }
                None => reason.insert(UNEXPLAINED.to_owned()),
            },
        };
        let Some(step) = engine::fail(&newest.run, failure(reason, id, queue), now) else { return Ok(()) };
        let record = Arc::new(Record::new(now, vec![Cause::DeadLetter(id.into())], step));
        let written = match ports.journal.append(&record).await? {
            Appended::Written => record,
            Appended::Taken(taken) if taken.causes == record.causes => taken,
            Appended::Taken(_) => continue,
        };
        tracing::error!(%execution, message = id, queue, reason, "a message could not be handled: its execution has failed");
        return outbox::perform(ports, &written).await;
    }
    Err(StoreError::Throttled("too many other records of the execution came first".into()))
}

/// With the number of the record, where it can be found.
async fn unreadable(ports: &Ports, execution: &ExecutionArn, error: StoreError) -> StoreError {
    match diagnosis::of_unreadable(ports, execution, error).await {
        Ok(reason) => StoreError::Unreadable(reason.to_string()),
        Err(error) => error,
    }
}

/// `None`: it could be handled now. An error: a store is away, and it cannot be told.
async fn find_reason(
    ports: &Ports,
    newest: &Arc<Record>,
    message: &Message,
    known: Known<'_>,
) -> Result<Option<String>, StoreError> {
    let reason = match known {
        Known::Error(error) => error.to_owned(),
        Known::Fatal => "whoever handles it, falls over it: it takes too long, or too much memory".to_owned(),
        Known::Nothing => match diagnosis::of_message(ports, newest, message).await {
            Some(reason) if reason.is_passing() => return Err(StoreError::Unavailable(reason.to_string())),
            Some(reason) => reason.to_string(),
            None => return Ok(None),
        },
    };
    Ok(Some(cut(&reason)))
}

fn cut(reason: &str) -> String {
    reason.chars().take(REASON_CHARACTERS).collect()
}

fn failure(reason: &str, id: &str, queue: &str) -> ErrorAndCause {
    ErrorAndCause {
        error: Some("States.Runtime".into()),
        cause: Some(format!(
            "A message of this execution could not be handled, however often it came, and was given up: {reason}. It was \
             message {id} of the queue {queue}; the logs of the function that reads this queue have more."
        )),
    }
}
