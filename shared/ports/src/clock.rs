//! Time and chance, which the pure crates may not draw themselves.

use engine::timestamp::Timestamp;

pub trait Clock: Send + Sync {
    fn now(&self) -> Timestamp;
}

pub trait Ids: Send + Sync {
    /// A random UUID, in its usual text form.
    fn uuid(&self) -> String;
    fn seed(&self) -> u64;
}
