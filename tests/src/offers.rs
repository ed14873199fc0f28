//! The queues of activities, by the clock of a test: a poll looks when it begins and when its wait is over.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use engine::timestamp::Timestamp;
use ports::activities::{ActivityQueues, RECEIVED_SECONDS, Received};
use ports::queue::Task;
use ports::store_error::StoreError;

use crate::ManualClock;

pub struct Offers {
    clock: Arc<ManualClock>,
    queues: Mutex<HashMap<String, Vec<Offer>>>,
    received: AtomicU64,
}

struct Offer {
    task: Task,
    /// Of its last delivery; 0 before the first.
    receipt: u64,
    /// Until then it is with somebody.
    hidden_until: Timestamp,
}

impl Offers {
    pub fn new(clock: Arc<ManualClock>) -> Self {
        Self { clock, queues: Mutex::default(), received: AtomicU64::default() }
    }

    /// How many wait, in all queues.
    pub fn waiting(&self) -> usize {
        self.lock().values().map(Vec::len).sum()
    }

    /// Nobody will receive what was offered so far.
    pub fn lose_all(&self) {
        self.lock().values_mut().for_each(Vec::clear);
    }

    /// Each of them comes twice.
    pub fn offer_again(&self) {
        for queue in self.lock().values_mut() {
            let again: Vec<Offer> = queue.iter().map(|offer| Offer { task: offer.task.clone(), ..*offer }).collect();
            queue.extend(again);
        }
    }

    fn take(&self, address: &str) -> Option<Received> {
        let now = self.clock.now();
        let mut queues = self.lock();
        let offer = queues.get_mut(address)?.iter_mut().find(|offer| offer.hidden_until <= now)?;
        offer.hidden_until = now.plus_seconds(RECEIVED_SECONDS);
        offer.receipt = self.received.fetch_add(1, Ordering::Relaxed) + 1;
        Some(Received { task: offer.task.clone(), receipt: offer.receipt.to_string() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Vec<Offer>>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ActivityQueues for Offers {
    async fn make(&self, id: &str) -> Result<String, StoreError> {
        self.lock().insert(id.to_owned(), Vec::new());
        Ok(id.to_owned())
    }

    async fn remove(&self, address: &str) -> Result<(), StoreError> {
        self.lock().remove(address);
        Ok(())
    }

    async fn send(&self, address: &str, task: &Task) -> Result<(), StoreError> {
        if let Some(queue) = self.lock().get_mut(address) {
            queue.push(Offer { task: task.clone(), receipt: 0, hidden_until: self.clock.now() });
        }
        Ok(())
    }

    async fn receive(&self, address: &str, wait: Duration) -> Result<Option<Received>, StoreError> {
        if let Some(received) = self.take(address) {
            return Ok(Some(received));
        }
        self.clock.clone().sleep(wait).await;
        Ok(self.take(address))
    }

    async fn settle(&self, address: &str, settled: &str) -> Result<(), StoreError> {
        if let Some(queue) = self.lock().get_mut(address) {
            queue.retain(|offer| offer.receipt.to_string() != settled);
        }
        Ok(())
    }
}
