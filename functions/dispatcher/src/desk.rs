//! Where the claims of one execution meet in this process: those that come at the same time become one record, and do not
//! contend with each other.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::execution::ExecutionArn;
use engine::input::Cause;
use engine::record::Record;
use engine::run::{Claim, Token};

/// By execution, while there is somebody at them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desks(Arc<Mutex<HashMap<ExecutionArn, Arc<Desk>>>>);

/// One of those who wait claims for all of them.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    pub turn: futures::lock::Mutex<()>,
    waiting: Mutex<Vec<Waiting>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub token: Token,
    pub claim: Claim,
    /// Once another has claimed for it.
    record: Option<Arc<Record>>,
}

impl Waiting {
    pub fn cause(&self) -> Cause {
        Cause::Claim { token: self.token, nonce: self.claim.nonce.clone() }
    }
}

impl Desks {
    /// Until the place is dropped, whoever has the turn may claim for this one as well.
    pub fn enter(&self, execution: &ExecutionArn, token: Token, claim: &Claim) -> Place {
        let mut desks = lock(&self.0);
        let desk = desks.entry(execution.clone()).or_default().clone();
        lock(&desk.waiting).push(Waiting { token, claim: claim.clone(), record: None });
        Place { desks: self.clone(), execution: execution.clone(), nonce: claim.nonce.clone(), desk }
    }
}

pub(crate) struct Place {
    desks: Desks,
    execution: ExecutionArn,
    nonce: Arc<str>,
    pub desk: Arc<Desk>,
}

impl Place {
    /// The record in which another has claimed for this one.
    pub fn claimed(&self) -> Option<Arc<Record>> {
        lock(&self.desk.waiting).iter().find(|it| it.claim.nonce == self.nonce)?.record.clone()
    }
}

impl Desk {
    /// All that are not in a record yet.
    pub fn waiting(&self) -> Vec<Waiting> {
        lock(&self.waiting).iter().filter(|it| it.record.is_none()).cloned().collect()
    }

    /// Their claims are in this record.
    pub fn claimed(&self, claims: &[&Claim], record: &Arc<Record>) {
        for waiting in lock(&self.waiting).iter_mut() {
            if claims.iter().any(|claim| claim.nonce == waiting.claim.nonce) {
                waiting.record = Some(record.clone());
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut desks = lock(&self.desks.0);
        let mut waiting = lock(&self.desk.waiting);
        waiting.retain(|it| it.claim.nonce != self.nonce);
        if waiting.is_empty() {
            desks.remove(&self.execution);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
