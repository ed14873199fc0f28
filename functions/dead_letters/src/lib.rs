//! Messages that could not be handled, however often they came. Their execution fails, with a cause that says so: an
//! execution that will never go on must not look as if it ran.

use std::sync::Arc;

use engine::execution::ExecutionArn;
use engine::failure::ErrorAndCause;
use engine::input::Cause;
use engine::planted::{Bug, planted};
use engine::record::Record;
use ports::queue::Message;
use ports::{Appended, Ports, StoreError, outbox};

/// How often it is tried anew when other records come first.
const TRIES: usize = 20;

/// Fails the execution that the message is of, unless it has ended, or has left the place that the message is for.
/// `id` names the message, `queue` where it failed.
pub async fn bury(ports: &Ports, message: &Message, id: &str, queue: &str) -> Result<(), StoreError> {
    let (execution, token) = match message {
        Message::Transition(transition) => (&transition.execution, transition.input.token()),
        Message::Task(task) => (&task.execution, Some(task.request.token())),
        Message::Express(express) => {
            // Nothing is kept of it that could say so.
            tracing::error!(execution = %express.execution, message = id, queue, "an Express execution could not be run");
            return Ok(());
        }
    };
    for _ in 0..TRIES {
        let Some(newest) = ports.journal.newest(execution).await? else { return Ok(()) };
        if token.is_some_and(|token| newest.run.branch(token).is_none()) && !planted(Bug::BuriesTheLiving) {
            // It was handled but for its effects, perhaps: what the execution waits for now is sent.
            return outbox::remind(ports, &newest).await;
        }
        let now = ports.clock.now();
        let Some(step) = engine::fail(&newest.run, failure(execution, id, queue), now) else { return Ok(()) };
        let record = Arc::new(Record::new(now, vec![Cause::DeadLetter(id.into())], step));
        let written = match ports.journal.append(&record).await? {
            Appended::Written => record,
            Appended::Taken(taken) if taken.causes == record.causes => taken,
            Appended::Taken(_) => continue,
        };
        tracing::error!(%execution, message = id, queue, "a message could not be handled: its execution has failed");
        return outbox::perform(ports, &written).await;
    }
    Err(StoreError::Throttled("too many other records of the execution came first".into()))
}

fn failure(execution: &ExecutionArn, id: &str, queue: &str) -> ErrorAndCause {
    ErrorAndCause {
        error: Some("States.Runtime".into()),
        cause: Some(format!(
            "A message of this execution could not be handled and was given up: message {id} of the queue {queue}. The \
             logs of the function that reads this queue say why, under the execution {execution}."
        )),
    }
}
