//! Dead letters that were set aside, in memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use ports::undeliverable::{Held, Letter};
use ports::{StoreError, Undeliverable};

use crate::ManualClock;

pub struct KeptLetters {
    clock: Arc<ManualClock>,
    letters: Mutex<Vec<(Held, bool)>>,
}

impl KeptLetters {
    pub fn new(clock: Arc<ManualClock>) -> Self {
        Self { clock, letters: Mutex::default() }
    }

    /// Those that can be seen.
    pub fn all(&self) -> Vec<Letter> {
        self.lock().iter().filter(|(_, in_hand)| !in_hand).map(|(held, _)| held.letter.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Held, bool)>> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Undeliverable for KeptLetters {
    async fn set_aside(&self, letter: &Letter) -> Result<(), StoreError> {
        let mut letters = self.lock();
        let receipt = letters.len().to_string();
        letters.push((Held { letter: letter.clone(), set_aside_at: self.clock.now(), receipt }, false));
        Ok(())
    }

    async fn look(&self, limit: usize) -> Result<Vec<Held>, StoreError> {
        let mut letters = self.lock();
        let seen = letters.iter_mut().filter(|(_, in_hand)| !in_hand).take(limit);
        let taken = seen.map(|(held, in_hand)| {
            *in_hand = true;
            held.clone()
        });
        Ok(taken.collect())
    }

    async fn put_back(&self, letters: &[Held]) -> Result<(), StoreError> {
        for (held, in_hand) in self.lock().iter_mut() {
            *in_hand &= !letters.contains(held);
        }
        Ok(())
    }

    async fn remove(&self, letter: &Held) -> Result<(), StoreError> {
        self.lock().retain(|(held, _)| held != letter);
        Ok(())
    }
}
