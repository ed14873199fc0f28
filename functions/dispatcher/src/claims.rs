//! The claims of this process: whose targets it is calling, and which it has answered. A second message for one of these
//! tasks needs nothing done.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::timestamp::Timestamp;

use crate::desk::Desks;

/// How long an answered claim is remembered: far longer than its answer may be under way.
const REMEMBERED_SECONDS: u64 = 3_600;

/// Answered claims are looked through for old ones when there are more than this.
const PRUNE_ABOVE: usize = 1_000;

#[derive(Clone, Debug, Default)]
pub struct Claims {
    known: Arc<Mutex<Known>>,
    pub(crate) desks: Desks,
}

/// By nonce; with the time of the answer, once it has been sent.
type Known = HashMap<Arc<str>, Option<Timestamp>>;

impl Claims {
    pub(crate) fn enter(&self, nonce: &Arc<str>, now: Timestamp) -> Claiming {
        let mut claims = self.lock();
        if claims.len() > PRUNE_ABOVE {
            claims.retain(|_, answered| is_remembered(*answered, now));
        }
        claims.insert(nonce.clone(), None);
        Claiming { claims: self.clone(), nonce: nonce.clone() }
    }

    /// Whether the target is being called, or its outcome has been sent and may still be under way.
    pub(crate) fn contains(&self, nonce: &Arc<str>, now: Timestamp) -> bool {
        self.lock().get(nonce).is_some_and(|answered| is_remembered(*answered, now))
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_remembered(answered: Option<Timestamp>, now: Timestamp) -> bool {
    answered.is_none_or(|at| at.plus_seconds(REMEMBERED_SECONDS) > now)
}

/// One dispatch. A claim that it leaves without an answer, by an error or a panic, is forgotten: its outcome is unknown.
pub(crate) struct Claiming {
    claims: Claims,
    nonce: Arc<str>,
}

impl Claiming {
    pub fn answered(&self, at: Timestamp) {
        self.claims.lock().insert(self.nonce.clone(), Some(at));
    }
}

impl Drop for Claiming {
    fn drop(&mut self) {
        let mut claims = self.claims.lock();
        if claims.get(&self.nonce).is_some_and(Option::is_none) {
            claims.remove(&self.nonce);
        }
    }
}
