//! The queues in one process: a message is a task of the runtime, which waits until it is due and is handled then, again
//! and again while that fails. The FIFO lane has a group for each execution, handled in order and in batches.

use std::collections::{HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use async_trait::async_trait;
use dead_letters::{DeadLetter, Known};
use dispatcher::Dispatcher;
use engine::execution::ExecutionArn;
use engine::timestamp::Timestamp;
use express::Express;
use futures::FutureExt;
use interpreter::{Delivery, Handled, Interpreter};
use ports::diagnosis::panic_text;
use ports::queue::{Lane, Message, Task, Transition};
use ports::{Clock, Ports, Queue, StoreError};

/// How often a message is tried before it is given up, as `maxReceiveCount` in the template.
const MAX_RECEIVES: u32 = 10;

/// How many messages of the FIFO lane become one record at most: one SQS batch.
const FIFO_BATCH: usize = 10;

const FIRST_RETRY: Duration = Duration::from_millis(50);

/// StartExecution writes record 0 while its first message is under way: most often it is there a moment later.
const FIRST_START_WAIT: Duration = Duration::from_millis(1);

const LONGEST_RETRY: Duration = Duration::from_secs(30);

/// What the messages are handled by.
pub struct Handlers {
    pub ports: Ports,
    pub interpreter: Interpreter,
    pub dispatcher: Dispatcher,
    pub express: Express,
}

pub struct LocalQueues {
    clock: Arc<dyn Clock>,
    /// Set once, after the handlers have been given these queues.
    handlers: OnceLock<Weak<Handlers>>,
    groups: Arc<Mutex<HashMap<ExecutionArn, Group>>>,
}

/// Messages of one execution that wait in the FIFO lane. It exists while somebody works on it.
type Group = VecDeque<Transition>;

impl LocalQueues {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, handlers: OnceLock::new(), groups: Arc::default() }
    }

    /// Messages sent before are lost.
    pub fn connect(&self, handlers: &Arc<Handlers>) {
        // The first connection stays.
        let _ = self.handlers.set(Arc::downgrade(handlers));
    }

    fn deliver(&self, handlers: Arc<Handlers>, message: Message) {
        match message {
            Message::Transition(transition) if transition.lane == Lane::Fifo => self.join_group(handlers, transition),
            Message::Transition(transition) => {
                let delay = self.delay(transition.not_before);
                tokio::spawn(async move {
                    sleep(delay).await;
                    handle_transitions(&handlers, &[transition]).await;
                });
            }
            Message::Task(task) => {
                let delay = self.delay(task.not_before);
                tokio::spawn(async move {
                    sleep(delay).await;
                    handle_task(&handlers, task).await;
                });
            }
            Message::Express(execution) => {
                tokio::spawn(async move { handle_express(&handlers, execution).await });
            }
        }
    }

    /// A millisecond more than asked for: the clock's reading is cut off, and no message may be early.
    fn delay(&self, not_before: Option<Timestamp>) -> Duration {
        match not_before.map(|due| due.millis_since(self.clock.now())) {
            None | Some(0) => Duration::ZERO,
            Some(millis) => Duration::from_millis(millis + 1),
        }
    }

    fn join_group(&self, handlers: Arc<Handlers>, transition: Transition) {
        let execution = transition.execution.clone();
        let mut groups = lock(&self.groups);
        if let Some(group) = groups.get_mut(&execution) {
            group.push_back(transition);
            return;
        }
        groups.insert(execution.clone(), Group::from([transition]));
        drop(groups);
        tokio::spawn(work_off(handlers, self.groups.clone(), execution));
    }
}

#[async_trait]
impl Queue for LocalQueues {
    async fn send(&self, messages: Vec<Message>) -> Result<(), StoreError> {
        let Some(handlers) = self.handlers.get().and_then(Weak::upgrade) else {
            return Err(StoreError::Unavailable("the process is ending".into()));
        };
        for message in messages {
            self.deliver(handlers.clone(), message);
        }
        Ok(())
    }
}

async fn sleep(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}

async fn work_off(handlers: Arc<Handlers>, groups: Arc<Mutex<HashMap<ExecutionArn, Group>>>, execution: ExecutionArn) {
    loop {
        let batch: Vec<Transition> = {
            let mut groups = lock(&groups);
            match groups.get_mut(&execution) {
                Some(group) if !group.is_empty() => group.drain(..group.len().min(FIFO_BATCH)).collect(),
                _ => {
                    groups.remove(&execution);
                    return;
                }
            }
        };
        handle_transitions(&handlers, &batch).await;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn handle_transitions(handlers: &Handlers, batch: &[Transition]) {
    let mut retries = Retries::default();
    let mut last_error = String::from("its execution has no record");
    let mut delivery = Delivery::First;
    let mut start_wait = FIRST_START_WAIT;
    loop {
        let handling = handlers.interpreter.handle(batch, std::mem::replace(&mut delivery, Delivery::Again));
        let passing = match caught(handling).await {
            Ok(Handled::Done) => return,
            Ok(Handled::NotStarted) if start_wait < FIRST_RETRY => {
                tokio::time::sleep(start_wait).await;
                start_wait *= 2;
                // Nothing was done yet that could have been left half-way.
                delivery = Delivery::First;
                continue;
            }
            Ok(Handled::NotStarted) => false,
            Err(error) => {
                tracing::warn!(%error, "a transition message will be tried again");
                error.what().clone_into(&mut last_error);
                error.is_passing()
            }
        };
        if !retries.again(passing).await {
            break;
        }
    }
    for transition in batch {
        bury(handlers, &Message::Transition(transition.clone()), "transitions", &last_error).await;
    }
}

async fn handle_task(handlers: &Handlers, task: Task) {
    let mut retries = Retries::default();
    loop {
        let until = handlers.ports.clock.now().plus_seconds(crate::installation::LONGEST_TASK_SECONDS);
        let Err(error) = caught(handlers.dispatcher.dispatch(&task, until)).await else { return };
        tracing::warn!(%error, "a task message will be tried again");
        if !retries.again(error.is_passing()).await {
            bury(handlers, &Message::Task(task), "tasks", error.what()).await;
            return;
        }
    }
}

async fn handle_express(handlers: &Handlers, execution: ports::queue::Express) {
    let mut retries = Retries::default();
    let Handlers { ports, interpreter, express, .. } = handlers;
    loop {
        let until = ports.clock.now().plus_seconds(express::LONGEST_SECONDS);
        let running = express.run_message(&execution, &*ports.catalog, &interpreter.machines, until);
        let Err(error) = caught(running).await else { return };
        tracing::warn!(%error, "an Express execution will be tried again");
        if !retries.again(error.is_passing()).await {
            bury(handlers, &Message::Express(execution), "tasks", error.what()).await;
            return;
        }
    }
}

/// When a message is tried again. A full disk or a locked file passes, and is waited for however long it takes.
struct Retries {
    wait: Duration,
    failures: u32,
}

impl Default for Retries {
    fn default() -> Self {
        Self { wait: FIRST_RETRY, failures: 0 }
    }
}

impl Retries {
    /// Waits; `false` if the message has failed too often.
    async fn again(&mut self, passing: bool) -> bool {
        self.failures += u32::from(!passing);
        if self.failures >= MAX_RECEIVES {
            return false;
        }
        tokio::time::sleep(self.wait).await;
        self.wait = (self.wait * 2).min(LONGEST_RETRY);
        true
    }
}

async fn bury(handlers: &Handlers, message: &Message, queue: &str, last_error: &str) {
    let id = &handlers.ports.ids.uuid();
    let letter = DeadLetter { message, id, queue, known: Known::Error(last_error) };
    if let Err(error) = caught(dead_letters::bury(&handlers.ports, letter)).await {
        tracing::error!(%error, queue, "a message was given up, and its execution could not be failed");
    }
}

/// A panic is one more way to fail: the message comes again, and no other notices.
async fn caught<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    match AssertUnwindSafe(work).catch_unwind().await {
        Ok(result) => result,
        Err(panic) => Err(StoreError::Refused(format!("the handler panicked: {}", panic_text(&*panic)))),
    }
}
