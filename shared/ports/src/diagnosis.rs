//! Why an execution cannot go on, found out by trying it once more without writing or sending anything. What it says
//! names records, revisions and states, and shows nothing of an execution's data.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use engine::aside::Aside;
use engine::execution::ExecutionArn;
use engine::input::{Given, Input};
use engine::limits::Limits;
use engine::record::{Outcome, Record};
use engine::task_token::TaskTokenKey;
use futures::FutureExt;

use crate::queue::{Message, Task, TaskBody};
use crate::{Machines, Ports, StoreError};

/// What is in the way.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    #[error("the record {seq} cannot be read: {}", .error.what())]
    Record { seq: u64, error: StoreError },
    #[error("its state machine cannot be loaded: {}", .0.what())]
    Machine(StoreError),
    #[error("what it has put aside cannot be read: {}", .0.what())]
    Aside(StoreError),
    #[error("the record that would come next cannot be written: {0}")]
    Unwritable(String),
    #[error("the interpreter panicked: {0}")]
    Panicked(String),
}

impl Reason {
    /// Whether it is a store that is away, or has too much to do: that says nothing of the execution.
    pub fn is_passing(&self) -> bool {
        match self {
            Reason::Record { error, .. } | Reason::Machine(error) | Reason::Aside(error) => error.is_passing(),
            Reason::Unwritable(_) | Reason::Panicked(_) => false,
        }
    }
}

/// Why the execution cannot take the message in, as far as what is stored tells. `None`: it can, now.
pub async fn of_message(ports: &Ports, newest: &Arc<Record>, message: &Message) -> Option<Reason> {
    match message {
        Message::Transition(transition) => of_input(ports, newest, &transition.input).await,
        Message::Task(task) => of_task(ports, task).await,
        Message::Express(_) => None,
    }
}

/// Why the run after the newest record cannot take the input in.
pub async fn of_input(ports: &Ports, newest: &Arc<Record>, input: &Input) -> Option<Reason> {
    match AssertUnwindSafe(step(ports, newest, input)).catch_unwind().await {
        Ok(stepped) => stepped.err(),
        Err(panic) => Some(Reason::Panicked(panic_text(&*panic))),
    }
}

async fn of_task(ports: &Ports, task: &Task) -> Option<Reason> {
    match task.request {
        TaskBody::Inline(_) => None,
        TaskBody::InRecord(_) => {
            let read = ports.journal.record(&task.execution, task.seq).await;
            read.err().map(|error| Reason::Record { seq: task.seq, error })
        }
    }
}

async fn step(ports: &Ports, newest: &Arc<Record>, input: &Input) -> Result<(), Reason> {
    let run = &newest.run;
    let execution = &run.execution;
    let machines = Machines::new(ports.catalog.clone());
    let machine = machines.get(execution.arn.state_machine_name(), &execution.revision_id).await;
    let machine = machine.map_err(Reason::Machine)?;
    let mut aside = Aside::default();
    loop {
        let given = Given {
            now: ports.clock.now(),
            seed: ports.ids.seed(),
            limits: Limits { payload_bytes: ports.settings.payload_limit_bytes, kept_bytes: ports.settings.kept_bytes },
            // Nobody gets to see a token that is issued here.
            task_token_key: Some(TaskTokenKey::new([0; 32])),
            missing_activities: Vec::new(),
            aside: &aside,
            wait_time_permille: None,
        };
        let needs = match engine::step(&machine, run, input, &given) {
            Outcome::Needs(needs) => needs,
            Outcome::Stepped(step) => {
                let record = Record::new(ports.clock.now(), vec![input.cause()], *step);
                return wire::record::encode(&record).map(drop).map_err(|error| Reason::Unwritable(error.to_string()));
            }
            Outcome::Stale | Outcome::NotYet(_) => return Ok(()),
        };
        for need in needs {
            let mut next = Some(need.hash);
            while let Some(hash) = next {
                let chunk = ports.payloads.get(&execution.arn, &hash).await.map_err(Reason::Aside)?;
                let missing = || Reason::Aside(StoreError::Unreadable(format!("chunk {} is missing", hash.as_str())));
                let chunk = chunk.ok_or_else(missing)?;
                next = chunk.link.clone().filter(|_| need.whole_chain);
                aside.insert(hash, chunk);
            }
        }
    }
}

/// The highest sequence number in the journal, of a record that may not be readable. Records count from 0 without gaps: it
/// takes as many reads as the number has binary digits, twice.
pub async fn highest_seq(ports: &Ports, execution: &ExecutionArn) -> Result<Option<u64>, StoreError> {
    if !is_there(ports, execution, 0).await? {
        return Ok(None);
    }
    let (mut there, mut gone) = (0, 1);
    while is_there(ports, execution, gone).await? {
        (there, gone) = (gone, gone.saturating_mul(2));
    }
    while gone - there > 1 {
        let middle = there + (gone - there) / 2;
        if is_there(ports, execution, middle).await? {
            there = middle;
        } else {
            gone = middle;
        }
    }
    Ok(Some(there))
}

async fn is_there(ports: &Ports, execution: &ExecutionArn, seq: u64) -> Result<bool, StoreError> {
    match ports.journal.record(execution, seq).await {
        Ok(found) => Ok(found.is_some()),
        Err(StoreError::Unreadable(_)) => Ok(true),
        Err(error) => Err(error),
    }
}

/// What reading the newest record failed with, and which record that is, if it is there.
pub async fn of_unreadable(ports: &Ports, execution: &ExecutionArn, error: StoreError) -> Result<Reason, StoreError> {
    match error {
        StoreError::Unreadable(_) => match highest_seq(ports, execution).await? {
            Some(seq) => Ok(Reason::Record { seq, error }),
            None => Err(error),
        },
        StoreError::Throttled(_) | StoreError::Unavailable(_) | StoreError::Refused(_) => Err(error),
    }
}

/// What a panic says, up to where it begins to show a value: that may be of an execution's data.
pub fn panic_text(panic: &(dyn Any + Send)) -> String {
    const VALUES_FOLLOW: [&str; 6] = [" of `", "value: ", " '", "\"", "{", "\n"];
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or_default();
    let end = VALUES_FOLLOW.iter().filter_map(|mark| text.find(mark)).min().unwrap_or(text.len());
    let told = text.get(..end).unwrap_or_default().trim_end();
    if told.is_empty() { "it did not say why".to_owned() } else { told.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_without_the_values_that_it_shows() {
        let text = |panic: Box<dyn Any + Send>| panic_text(&*panic);
        assert_eq!(text(Box::new("no such branch")), "no such branch");
        for (said, told) in [
            (
                "index out of bounds: the len is 1 but the index is 2",
                "index out of bounds: the len is 1 but the index is 2",
            ),
            ("byte index 9 is out of bounds of `Ada`", "byte index 9 is out of bounds"),
            (
                "byte index 1 is not a char boundary; it is inside 'ü' (bytes 0..2) of `über`",
                "byte index 1 is not a char boundary; it is inside",
            ),
            ("called `Option::unwrap()` on a `None` value", "called `Option::unwrap()` on a `None` value"),
            ("called `Result::unwrap()` on an `Err` value: Name(\"Ada\")", "called `Result::unwrap()` on an `Err`"),
            ("assertion `left == right` failed\n  left: 1", "assertion `left == right` failed"),
        ] {
            assert_eq!(text(Box::new(said.to_owned())), told);
        }
        assert_eq!(text(Box::new(17)), "it did not say why");
    }
}
