//! One invocation of a function, which can be left half-way.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures::future::BoxFuture;
use ports::StoreError;

use crate::ManualClock;

/// An invocation under way. Dropping it is a crash.
pub struct Delivery<T> {
    work: BoxFuture<'static, Result<T, StoreError>>,
    clock: Arc<ManualClock>,
}

/// Who makes no progress in so many polls sleeps.
pub(crate) const MANY_POLLS: usize = 1_000;

impl<T> Delivery<T> {
    pub fn new(clock: &Arc<ManualClock>, work: impl Future<Output = Result<T, StoreError>> + Send + 'static) -> Self {
        Self { work: Box::pin(work), clock: clock.clone() }
    }

    /// Goes on past so many pauses; the answer, if it came to one. Must not be called after that.
    pub fn go_on(&mut self, pauses: usize) -> Option<Result<T, StoreError>> {
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..pauses {
            if let Poll::Ready(answer) = Pin::new(&mut self.work).poll(&mut context) {
                return Some(answer);
            }
        }
        None
    }

    /// Goes on to the end. If it sleeps, the clock moves on.
    #[track_caller]
    pub fn finish(mut self) -> Result<T, StoreError> {
        loop {
            if let Some(answer) = self.go_on(MANY_POLLS) {
                return answer;
            }
            assert!(self.clock.move_to_next_alarm(), "the handler hangs");
        }
    }
}
