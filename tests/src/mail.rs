//! The queues, driven by hand: what was sent waits until a test delivers it, once or often, in any order, or never.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use engine::timestamp::Timestamp;
use ports::queue::{MAX_DELAY_SECONDS, Message};
use ports::{Queue, StoreError};

use crate::ManualClock;

/// One sent message, as its queue keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub id: u64,
    /// What came out of its encoded text.
    message: Arc<Message>,
    /// Not to be delivered before.
    pub due: Timestamp,
    /// How often it was delivered.
    pub receives: u32,
}

impl Letter {
    pub fn message(&self) -> &Message {
        &self.message
    }

    /// As its queue has it.
    pub fn text(&self) -> String {
        wire::message::encode(&self.message).expect("encodable")
    }

    /// With this message in it.
    pub fn saying(self, message: Message) -> Self {
        Letter { message: Arc::new(message), ..self }
    }
}

/// Who sends may have a clock that is so many milliseconds ahead of the queue's.
const CLOCKS_APART: u64 = 5_000;

pub struct Mail {
    clock: Arc<ManualClock>,
    letters: Mutex<Letters>,
}

#[derive(Default)]
struct Letters {
    /// In the order that they were sent.
    waiting: Vec<Letter>,
    sent: u64,
}

impl Mail {
    pub fn new(clock: Arc<ManualClock>) -> Self {
        Self { clock, letters: Mutex::default() }
    }

    /// Everything that waits, oldest first, due or not.
    pub fn waiting(&self) -> Vec<Letter> {
        self.lock().waiting.clone()
    }

    /// What may be delivered now, oldest first.
    pub fn due(&self) -> Vec<Letter> {
        let now = self.clock.now();
        self.lock().waiting.iter().filter(|letter| letter.due <= now).cloned().collect()
    }

    /// How many were ever sent.
    pub fn sent(&self) -> u64 {
        self.lock().sent
    }

    /// Takes a letter out of its queue for good: it was handled, or it is lost.
    pub fn remove(&self, id: u64) {
        self.lock().waiting.retain(|letter| letter.id != id);
    }

    /// Counts a delivery; the letter as it is from now on.
    pub fn receive(&self, id: u64) -> Option<Letter> {
        let mut letters = self.lock();
        let letter = letters.waiting.iter_mut().find(|letter| letter.id == id)?;
        letter.receives += 1;
        Some(letter.clone())
    }

    /// From now on nobody can tell that the letter was delivered before.
    pub fn forget_receives(&self, id: u64) {
        self.lock().waiting.iter_mut().filter(|letter| letter.id == id).for_each(|letter| letter.receives = 0);
    }

    /// All that waits is lost.
    pub fn lose_all(&self) {
        self.lock().waiting.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Letters> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Queue for Mail {
    async fn send(&self, messages: Vec<Message>) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut letters = self.lock();
        for message in messages {
            let not_before = match &message {
                Message::Transition(transition) => transition.not_before,
                Message::Task(task) => task.not_before,
                Message::Express(_) => None,
            };
            let due = not_before.map_or(now, |not_before| not_before.max(now));
            assert!(
                due.millis_since(now) <= MAX_DELAY_SECONDS * 1000 + CLOCKS_APART,
                "no queue delays this long: {message:?}"
            );
            let text = wire::message::encode(&message).expect("encodable");
            let decoded = wire::message::decode(&text).expect("decodable");
            assert_eq!(decoded, message, "the wire format keeps all of it");
            letters.sent += 1;
            let id = letters.sent;
            letters.waiting.push(Letter { id, message: Arc::new(decoded), due, receives: 0 });
        }
        Ok(())
    }
}
