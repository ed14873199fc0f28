//! The queues of activities in one process. A poll waits without a thread and without looking again; what was handed to
//! one that is gone comes back by itself. Tasks may wait for days: of many, no more is kept than where they are.

use std::collections::{HashMap, VecDeque};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use ports::activities::{ActivityQueues, RECEIVED_SECONDS, Received};
use ports::queue::{Task, TaskBody};
use ports::store_error::StoreError;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// Tasks of an activity that wait with their runs and payloads. A worker's poll reads those of others in the journal.
const WHOLE_TASKS: usize = 1_000;

#[derive(Default)]
pub struct LocalActivityQueues {
    /// By address. One that is not there is empty: after a new start, tasks are sent anew.
    queues: Mutex<HashMap<String, Arc<Waiting>>>,
    receipts: AtomicU64,
}

/// The tasks of one activity.
#[derive(Default)]
struct Waiting {
    tasks: Mutex<Tasks>,
    /// Told once for each task.
    came: Notify,
}

#[derive(Default)]
struct Tasks {
    waiting: VecDeque<Task>,
    /// By receipt, until they are settled.
    received: HashMap<String, Handed>,
    /// Nothing comes any more.
    removed: bool,
}

struct Handed {
    task: Task,
    /// What is to bring it back.
    comeback: AbortHandle,
}

#[async_trait]
impl ActivityQueues for LocalActivityQueues {
    async fn make(&self, id: &str) -> Result<String, StoreError> {
        Ok(id.to_owned())
    }

    async fn remove(&self, address: &str) -> Result<(), StoreError> {
        let removed = lock(&self.queues).remove(address);
        if let Some(queue) = removed {
            lock(&queue.tasks).removed = true;
            queue.came.notify_waiters();
        }
        Ok(())
    }

    async fn send(&self, address: &str, task: &Task) -> Result<(), StoreError> {
        self.queue(address).put(task.clone());
        Ok(())
    }

    async fn receive(&self, address: &str, wait: Duration) -> Result<Option<Received>, StoreError> {
        let queue = self.queue(address);
        let mut over = pin!(tokio::time::sleep(wait));
        loop {
            // Before looking, so that nothing comes in between.
            let mut came = pin!(queue.came.notified());
            came.as_mut().enable();
            if let Some(received) = queue.take(&self.receipts) {
                return Ok(Some(received));
            }
            if lock(&queue.tasks).removed {
                return Ok(None);
            }
            tokio::select! {
                () = came => {}
                () = &mut over => return Ok(None),
            }
        }
    }

    async fn settle(&self, address: &str, receipt: &str) -> Result<(), StoreError> {
        // Not of a queue that is not there: it would be there again.
        let queue = lock(&self.queues).get(address).cloned();
        if let Some(handed) = queue.and_then(|queue| lock(&queue.tasks).received.remove(receipt)) {
            handed.comeback.abort();
        }
        Ok(())
    }
}

impl LocalActivityQueues {
    fn queue(&self, address: &str) -> Arc<Waiting> {
        let mut queues = lock(&self.queues);
        match queues.get(address) {
            Some(queue) => queue.clone(),
            None => queues.entry(address.to_owned()).or_default().clone(),
        }
    }
}

impl Waiting {
    fn put(&self, task: Task) {
        let mut tasks = lock(&self.tasks);
        let whole = tasks.waiting.len() < WHOLE_TASKS;
        tasks.waiting.push_back(if whole { task } else { place(task) });
        drop(tasks);
        self.came.notify_one();
    }

    /// Whoever takes a task may vanish with it: then it comes back.
    fn take(self: &Arc<Self>, receipts: &AtomicU64) -> Option<Received> {
        let mut tasks = lock(&self.tasks);
        let task = tasks.waiting.pop_front()?;
        let receipt = receipts.fetch_add(1, Ordering::Relaxed).to_string();
        let (queue, due) = (Arc::downgrade(self), receipt.clone());
        let comeback = tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(RECEIVED_SECONDS)).await;
            let Some(queue) = queue.upgrade() else { return };
            let unsettled = lock(&queue.tasks).received.remove(&due);
            if let Some(handed) = unsettled {
                queue.put(handed.task);
            }
        });
        let handed = Handed { task: task.clone(), comeback: comeback.abort_handle() };
        tasks.received.insert(receipt.clone(), handed);
        Some(Received { task, receipt })
    }
}

/// Where the task is to be found.
fn place(task: Task) -> Task {
    Task { request: TaskBody::InRecord(task.request.token()), run: None, ..task }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use engine::effect::{Target, TaskRequest};
    use engine::execution::ExecutionArn;
    use engine::payload::Payload;
    use engine::run::Token;
    use futures::future::join_all;

    use super::*;

    const A_MOMENT: Duration = Duration::from_secs(60);

    fn task(place: u64) -> Task {
        Task {
            execution: ExecutionArn::new("arn:aws:states:us-east-1:123456789012:execution:machine:name"),
            seq: 1,
            request: TaskBody::InRecord(Token { branch: 0, place }),
            run: None,
            not_before: None,
        }
    }

    async fn receive(queues: &LocalActivityQueues) -> Option<Received> {
        queues.receive("a", A_MOMENT).await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn tasks_come_in_their_order_and_once() {
        let queues = LocalActivityQueues::default();
        for place in 0..3 {
            queues.send("a", &task(place)).await.unwrap();
        }
        queues.send("b", &task(9)).await.unwrap();
        for place in 0..3 {
            let received = receive(&queues).await.unwrap();
            assert_eq!(received.task, task(place));
            queues.settle("a", &received.receipt).await.unwrap();
        }
        assert_eq!(receive(&queues).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn of_many_that_wait_only_the_first_are_kept_whole() {
        let queues = LocalActivityQueues::default();
        let request = TaskRequest {
            token: Token { branch: 0, place: 0 },
            target: Target::Activity { arn: "a".into() },
            payload: Payload::parse("1").unwrap(),
            role_arn: "r".into(),
        };
        let whole = Task { request: TaskBody::Inline(Arc::new(request)), ..task(0) };
        for _ in 0..=WHOLE_TASKS {
            queues.send("a", &whole).await.unwrap();
        }
        for _ in 0..WHOLE_TASKS {
            assert_eq!(receive(&queues).await.unwrap().task, whole);
        }
        assert_eq!(receive(&queues).await.unwrap().task, task(0));
    }

    #[tokio::test(start_paused = true)]
    async fn each_of_many_polls_gets_a_task_of_its_own() {
        let queues = Arc::new(LocalActivityQueues::default());
        let polls: Vec<_> = (0..500)
            .map(|_| {
                tokio::spawn({
                    let queues = queues.clone();
                    async move { receive(&queues).await }
                })
            })
            .collect();
        tokio::task::yield_now().await;
        // Some go away before anything comes.
        polls.iter().step_by(5).for_each(|poll| poll.abort());
        tokio::task::yield_now().await;
        for place in 0..400 {
            queues.send("a", &task(place)).await.unwrap();
        }
        let mut places: Vec<u64> = join_all(polls)
            .await
            .into_iter()
            .filter_map(Result::ok)
            .map(|received| received.expect("a task for each").task.request.token().place)
            .collect();
        places.sort_unstable();
        assert!(places.into_iter().eq(0..400));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_settled_comes_again() {
        let queues = LocalActivityQueues::default();
        queues.send("a", &task(1)).await.unwrap();
        let first = receive(&queues).await.unwrap();
        let again = receive(&queues).await.unwrap();
        assert_eq!(again.task, first.task);
        assert_ne!(again.receipt, first.receipt);
        queues.settle("a", &first.receipt).await.unwrap();
        queues.settle("a", &again.receipt).await.unwrap();
        assert_eq!(receive(&queues).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn polls_of_a_removed_queue_end_at_once() {
        let queues = Arc::new(LocalActivityQueues::default());
        let polls: Vec<_> = (0..3)
            .map(|_| {
                tokio::spawn({
                    let queues = queues.clone();
                    async move { receive(&queues).await }
                })
            })
            .collect();
        tokio::task::yield_now().await;
        let before = tokio::time::Instant::now();
        queues.remove("a").await.unwrap();
        assert!(join_all(polls).await.into_iter().all(|received| received.unwrap().is_none()));
        assert_eq!(before.elapsed(), Duration::ZERO);
        queues.settle("a", "0").await.unwrap();
        assert!(lock(&queues.queues).is_empty(), "nothing is left of it");
    }

    #[tokio::test(start_paused = true)]
    async fn a_poll_that_gets_nothing_ends_in_time() {
        let queues = LocalActivityQueues::default();
        let before = tokio::time::Instant::now();
        assert_eq!(queues.receive("a", Duration::ZERO).await.unwrap(), None);
        assert_eq!(before.elapsed(), Duration::ZERO);
        assert_eq!(receive(&queues).await, None);
        assert_eq!(before.elapsed(), A_MOMENT);
    }
}
