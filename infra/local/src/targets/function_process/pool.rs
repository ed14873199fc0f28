//! The processes of one function: as many as there are invocations at a time, up to a limit.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ports::task_target::InvokeError;
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::answer::Outcome;
use super::backoff::Backoff;
use super::process::{NotTaken, Process, Turn};
use super::runtime_api::{Answer, Event};
use super::settings::FunctionSettings;

/// How long what was printed just before an answer may take to come out of the pipe.
const LOG_SETTLES: Duration = Duration::from_millis(10);
/// How long killed processes may take to be gone.
const STOP_LIMIT: Duration = Duration::from_secs(5);

pub struct Pool {
    pub settings: FunctionSettings,
    region: String,
    /// One for each invocation that may run.
    permits: Semaphore,
    /// The last used one last: it is used next, so that as few as possible are kept busy.
    idle: Mutex<Vec<Process>>,
    backoff: Mutex<Backoff>,
    /// Watched by every process for as long as it lives.
    stopping: watch::Sender<bool>,
}

impl Pool {
    pub fn new(settings: FunctionSettings, region: &str) -> Self {
        Self {
            permits: Semaphore::new(settings.concurrency.max(1)),
            settings,
            region: region.into(),
            idle: Mutex::default(),
            backoff: Mutex::default(),
            stopping: watch::Sender::new(false),
        }
    }

    /// Runs the event on an idle process, on a new one, or waits for one if all are busy. An event goes to a second
    /// process only if the first one never had it. `tail`: whether the end of the log is wanted.
    pub async fn run(self: Arc<Self>, event: Arc<Event>, tail: bool) -> Result<Outcome, InvokeError> {
        let _permit = self.permits.acquire().await.map_err(|_| stopping())?;
        while let Some(process) = self.take_idle() {
            match self.turn(process, &event, tail).await {
                (Turn::NotTaken(_), _) if !self.is_stopping() => {}
                (turn, log_tail) => return self.outcome(&event, turn, log_tail),
            }
        }
        let (turn, log_tail) = match self.spawn().await? {
            Ok(process) => self.turn(process, &event, tail).await,
            Err(error) => (
                Turn::NotTaken(NotTaken::InitFailed(no_entrypoint(&event, &self.settings.program, &error))),
                Vec::new(),
            ),
        };
        self.count_start(!matches!(turn, Turn::NotTaken(_)));
        self.outcome(&event, turn, log_tail)
    }

    /// Starts a process if none is idle, and says why it does not come up.
    pub async fn start_one(&self) -> Result<(), String> {
        if let Some(process) = self.take_idle() {
            self.put_idle(process);
            return Ok(());
        }
        let spawned = self.spawn().await.map_err(|error| error.to_string())?;
        let started = match spawned {
            Ok(mut process) => process.ready(self.settings.timeout).await.map(|()| process).map_err(start_failure),
            Err(error) => Err(spawn_failure(&self.settings.program, &error)),
        };
        self.count_start(started.is_ok());
        started.map(|process| self.put_idle(process))
    }

    pub async fn stop(&self) {
        self.permits.close();
        self.stopping.send_replace(true);
        lock(&self.idle).clear();
        if timeout(STOP_LIMIT, self.stopping.closed()).await.is_err() {
            tracing::error!(function = self.settings.name, "some processes did not end");
        }
    }

    fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    fn take_idle(&self) -> Option<Process> {
        let mut idle = lock(&self.idle);
        idle.retain(|process| !process.has_exited());
        idle.pop()
    }

    fn put_idle(&self, process: Process) {
        if !self.is_stopping() {
            lock(&self.idle).push(process);
        }
    }

    /// A new process, after the wait that failed starts have earned; the inner error is that of the program.
    async fn spawn(&self) -> Result<io::Result<Process>, InvokeError> {
        let wait = lock(&self.backoff).wait(Instant::now());
        sleep(wait).await;
        if self.is_stopping() {
            return Err(stopping());
        }
        Ok(Process::spawn(&self.settings, &self.region, self.stopping.subscribe()).await)
    }

    fn count_start(&self, worked: bool) {
        let mut backoff = lock(&self.backoff);
        if worked {
            backoff.succeeded();
        } else {
            backoff.failed(Instant::now());
        }
    }

    /// Gives the event to the process, which is idle again if it answers, and killed otherwise.
    async fn turn(&self, mut process: Process, event: &Arc<Event>, tail: bool) -> (Turn, Vec<u8>) {
        let log = process.log_tail.clone();
        log.take();
        log.add_line(format!("START RequestId: {} Version: $LATEST", event.request_id).as_bytes());
        let begun = Instant::now();
        let turn = process.invoke(event, self.settings.timeout).await;
        if tail {
            sleep(LOG_SETTLES).await;
        }
        log.add_line(format!("END RequestId: {}", event.request_id).as_bytes());
        log.add_line(self.report(event, begun.elapsed()).as_bytes());
        let log_tail = log.take();
        if matches!(turn, Turn::Answered(_)) {
            self.put_idle(process);
        }
        (turn, log_tail)
    }

    fn report(&self, event: &Event, took: Duration) -> String {
        let millis = took.as_secs_f64() * 1000.0;
        let memory_mb = self.settings.memory_mb;
        format!(
            "REPORT RequestId: {}\tDuration: {millis:.2} ms\tBilled Duration: {} ms\tMemory Size: {memory_mb} MB\t\
             Max Memory Used: {memory_mb} MB\t",
            event.request_id,
            millis.ceil()
        )
    }

    fn outcome(&self, event: &Event, turn: Turn, log_tail: Vec<u8>) -> Result<Outcome, InvokeError> {
        let timed_out = || Answer::timed_out(&event.request_id, self.settings.timeout);
        let answer = match turn {
            Turn::Answered(answer) => answer,
            _ if self.is_stopping() => return Err(stopping()),
            Turn::Died(how) | Turn::NotTaken(NotTaken::Died(how)) => Answer::exited(&event.request_id, &how),
            Turn::NotTaken(NotTaken::InitFailed(answer)) => answer,
            Turn::TimedOut | Turn::NotTaken(NotTaken::Late) => timed_out(),
        };
        if answer.failed {
            tracing::warn!(function = self.settings.name, request_id = event.request_id, "the function failed");
        }
        Ok(Outcome { answer, log_tail })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn stopping() -> InvokeError {
    InvokeError::NoAnswer("the function was stopped".into())
}

fn start_failure(why: NotTaken) -> String {
    match why {
        NotTaken::Died(how) => how,
        NotTaken::InitFailed(answer) => String::from_utf8_lossy(&answer.payload).into_owned(),
        NotTaken::Late => "it has not asked for an event in time".into(),
    }
}

fn no_entrypoint(event: &Event, program: &[String], error: &io::Error) -> Answer {
    Answer::no_entrypoint(&event.request_id, &spawn_failure(program, error))
}

/// In the words that Lambda has from Go.
fn spawn_failure(program: &[String], error: &io::Error) -> String {
    let program = program.first().map_or("", String::as_str);
    let text = error.to_string().to_lowercase();
    let why = text.split(" (os error").next().unwrap_or_default();
    format!("fork/exec {program}: {why}")
}
