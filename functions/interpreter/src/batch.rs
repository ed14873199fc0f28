//! Messages as a queue hands them over, several of different executions at a time. Whatever is wrong with one of them
//! is noticed by no other execution.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use futures::future::join_all;
use ports::diagnosis::panic_text;
use ports::queue::{Message, Transition};
use tracing::Instrument;

use crate::{Delivery, Handled, Interpreter};

/// A message as its queue has it.
#[derive(Clone, Debug)]
pub struct Received {
    pub id: String,
    pub text: String,
    /// Whether it is of the FIFO lane.
    pub fifo: bool,
    /// How often it was received.
    pub receives: u32,
}

/// How long record 0 is waited for: StartExecution writes it while its message is under way.
const START_WAITS_MILLIS: [u64; 6] = [10, 20, 50, 100, 200, 500];

/// After so many receives, a message without a record 0 is that of a StartExecution that failed.
const START_RECEIVES: u32 = 3;

impl Interpreter {
    /// Messages of one execution and one lane are worked on as one. Gives the ids of those that have to come again.
    pub async fn handle_batch(&self, received: Vec<Received>, request_id: &str) -> Vec<String> {
        let (groups, mut failed) = groups(received);
        let handled = join_all(groups.iter().map(|group| {
            let span = tracing::info_span!("messages", request_id, execution = group.execution());
            // A panic is that group's alone: the others of the batch go on.
            AssertUnwindSafe(self.handle_group(group)).catch_unwind().instrument(span)
        }))
        .await;
        for (group, done) in groups.into_iter().zip(handled) {
            let done = done.unwrap_or_else(|panic| {
                tracing::error!(execution = group.execution(), panic = panic_text(&*panic), "the interpreter panicked");
                false
            });
            if !done {
                failed.extend(group.ids);
            }
        }
        failed
    }

    /// Whether the messages may be deleted.
    async fn handle_group(&self, group: &Group) -> bool {
        let mut waits = START_WAITS_MILLIS.iter();
        loop {
            match (self.handle(&group.messages, Delivery::from_receives(group.receives)).await, waits.next()) {
                (Ok(Handled::Done), _) => {
                    tracing::info!(messages = group.messages.len(), "done");
                    return true;
                }
                (Ok(Handled::NotStarted), Some(millis)) => (self.ports.sleep)(Duration::from_millis(*millis)).await,
                (Ok(Handled::NotStarted), None) if group.receives >= START_RECEIVES => {
                    tracing::warn!("the execution was never started: its message is dropped");
                    return true;
                }
                (Ok(Handled::NotStarted), None) => return false,
                (Err(error), _) => {
                    tracing::warn!(%error, receives = group.receives, "the messages will come again");
                    return false;
                }
            }
        }
    }
}

struct Group {
    ids: Vec<String>,
    messages: Vec<Transition>,
    fifo: bool,
    /// The highest of them.
    receives: u32,
}

impl Group {
    fn execution(&self) -> &str {
        self.messages.first().map_or("", |message| message.execution.as_str())
    }
}

/// And the ids of those that nobody can read.
fn groups(received: Vec<Received>) -> (Vec<Group>, Vec<String>) {
    let mut groups: Vec<Group> = Vec::new();
    let mut failed = Vec::new();
    for Received { id, text, fifo, receives } in received {
        let message = match wire::message::decode(&text) {
            Ok(Message::Transition(message)) => message,
            Ok(Message::Task(_) | Message::Express(_)) => {
                tracing::error!(message = id, "a task message in a queue of transitions");
                failed.push(id);
                continue;
            }
            Err(error) => {
                tracing::error!(message = id, %error, "a message that cannot be read");
                failed.push(id);
                continue;
            }
        };
        let same = |group: &&mut Group| group.fifo == fifo && group.execution() == message.execution.as_str();
        match groups.iter_mut().find(same) {
            Some(group) => {
                group.ids.push(id);
                group.receives = group.receives.max(receives);
                group.messages.push(message);
            }
            None => groups.push(Group { ids: vec![id], messages: vec![message], fifo, receives }),
        }
    }
    (groups, failed)
}
