//! The threads that read.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use ports::store_error::StoreError;
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::failure::{Failure, no_answer};

type Job = Box<dyn FnOnce(&Connection) + Send>;

pub(super) struct Readers {
    /// `None` only while it is dropped.
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

/// A long list must not keep a short look waiting, and more than the cores do not help.
pub(super) fn count() -> usize {
    thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 4))
}

impl Readers {
    pub(super) fn start(connections: Vec<Connection>) -> std::io::Result<Self> {
        let (jobs, queue) = channel();
        let queue: Arc<Mutex<Receiver<Job>>> = Arc::new(Mutex::new(queue));
        let start = |connection| {
            let queue = queue.clone();
            let run = move || {
                while let Some(job) = next(&queue) {
                    job(&connection);
                }
            };
            thread::Builder::new().name("store-reader".into()).spawn(run)
        };
        let threads = connections.into_iter().map(start).collect::<Result<_, _>>()?;
        Ok(Self { jobs: Some(jobs), threads })
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            // Whoever asked may have stopped waiting.
            let _gone = reply.send(work(connection).map_err(|failure| failure.store_error()));
        });
        let jobs = self.jobs.as_ref().ok_or_else(no_answer)?;
        jobs.send(job).map_err(|_| no_answer())?;
        answer.await.map_err(|_| no_answer())?
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        drop(self.jobs.take());
        for thread in self.threads.drain(..) {
            let _panicked = thread.join();
        }
    }
}

/// One thread waits at the queue; the others wait for it.
fn next(queue: &Mutex<Receiver<Job>>) -> Option<Job> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}
