//! Time and chance, which the pure crates may not draw themselves.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use engine::timestamp::Timestamp;
use futures::future::BoxFuture;
use sha2::{Digest, Sha256};
use uuid::Uuid;

pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

pub trait Ids: Send + Sync {
    /// A random UUID, in its usual text form.
    fn uuid(&self) -> String;
    fn seed(&self) -> u64;

    /// For secrets: 32 bytes that nobody can guess, if nobody can guess the UUIDs, of which each has 122 random bits.
    fn secret(&self) -> [u8; 32] {
        let uuids: Vec<String> = (0..4).map(|_| self.uuid()).collect();
        Sha256::digest(uuids.concat()).into()
    }
}

/// How a wait is slept through; the Lambda and the laptop have tokio's, simulations their own.
pub type Sleep = Arc<dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync>;

/// The machine's own.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        // A clock before 1970 is not worth an error.
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn uuid(&self) -> String {
        Uuid::new_v4().to_string()
    }

    fn seed(&self) -> u64 {
        // Six of the 128 bits of a UUID are fixed; folded, none of these is.
        let (high, low) = Uuid::new_v4().as_u64_pair();
        high ^ low.rotate_left(32)
    }
}
