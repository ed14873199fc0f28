//! The thread that writes. Jobs that wait while it commits go into the next transaction together.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use ports::store_error::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::failure::{Failure, no_answer};

/// Jobs of one transaction.
const BATCH: usize = 512;

pub(super) struct Writer {
    /// `None` only while it is dropped.
    jobs: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> std::io::Result<Self> {
        let (jobs, queue) = channel();
        let run = move || {
            while let Some(batch) = next_batch(&queue) {
                write_batch(&connection, batch);
            }
        };
        let thread = thread::Builder::new().name("store-writer".into()).spawn(run)?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Write { work, done: None, reply });
        let jobs = self.jobs.as_ref().ok_or_else(no_answer)?;
        jobs.send(job).map_err(|_| no_answer())?;
        answer.await.map_err(|_| no_answer())?
    }
}

/// Waits until everything asked for is written.
impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

trait Job: Send {
    /// Done, but not committed.
    fn work(&mut self, connection: &Connection) -> Result<(), Failure>;
    /// Committed, or not.
    fn answer(self: Box<Self>, outcome: Result<(), &Failure>);
}

struct Write<W, T> {
    work: W,
    done: Option<T>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, W: FnMut(&Connection) -> Result<T, Failure> + Send> Job for Write<W, T> {
    fn work(&mut self, connection: &Connection) -> Result<(), Failure> {
        self.done = Some((self.work)(connection)?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<(), &Failure>) {
        let answer = match outcome {
            Ok(()) => self.done.ok_or_else(no_answer),
            Err(failure) => Err(failure.store_error()),
        };
        // Whoever asked may have stopped waiting.
        let _gone = self.reply.send(answer);
    }
}

/// The next job, and those that wait behind it. `None` when no more can come.
fn next_batch(queue: &Receiver<Box<dyn Job>>) -> Option<Vec<Box<dyn Job>>> {
    let first = queue.recv().ok()?;
    let mut batch = vec![first];
    batch.extend(queue.try_iter().take(BATCH - 1));
    Some(batch)
}

/// If the whole fails, each job gets a transaction to itself, so that one cannot spoil the others.
fn write_batch(connection: &Connection, mut batch: Vec<Box<dyn Job>>) {
    let outcome = transaction(connection, &mut batch);
    if outcome.is_ok() || batch.len() == 1 {
        batch.into_iter().for_each(|job| job.answer(outcome.as_ref().copied()));
        return;
    }
    for job in batch {
        let mut alone = [job];
        let outcome = transaction(connection, &mut alone);
        let [job] = alone;
        job.answer(outcome.as_ref().copied());
    }
}

fn transaction(connection: &Connection, jobs: &mut [Box<dyn Job>]) -> Result<(), Failure> {
    execute(connection, "BEGIN IMMEDIATE")?;
    let worked = jobs.iter_mut().try_for_each(|job| job.work(connection));
    let outcome = worked.and_then(|()| execute(connection, "COMMIT"));
    // Some errors have rolled back already.
    if outcome.is_err() && !connection.is_autocommit() {
        execute(connection, "ROLLBACK")?;
    }
    outcome
}

fn execute(connection: &Connection, statement: &str) -> Result<(), Failure> {
    connection.prepare_cached(statement)?.execute([])?;
    Ok(())
}
