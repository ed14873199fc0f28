//! Bugs that the simulation plants, to show that it finds them: only the feature `planted-bugs` can, which the tests alone
//! ask for. Without it, [`planted`] is `false` when the code is compiled.

/// Each is at the place that asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A token names a branch, and not the place that it is at.
    AcceptsStaleTokens,
    /// A timer's message counts, however early it is.
    FiresTimersEarly,
    /// A task that has been claimed can be claimed again.
    ClaimsTwice,
    /// What has ended can end again.
    EndsTwice,
    /// Another's record is taken for one's own.
    GivesUpAtConflicts,
    /// A message that comes again does nothing for what its record may still owe.
    NeverSendsAgain,
    /// Messages are sent before the record is written that owes them.
    SendsBeforeAppending,
    /// Runs with several branches send to the standard queue.
    SkipsFifoLane,
    /// The sweep forgets those that wait for a time.
    ForgetsWaits,
    /// A signal is acknowledged although another record came first.
    AcknowledgesUnrecorded,
    /// A dispatcher calls, and then claims.
    CallsBeforeClaiming,
    /// The task of a dispatcher that has died is called once more.
    CallsForTheDead,
    /// An outcome that could not be sent is dropped.
    DropsOutcomes,
    /// Timers are removed, and then sent.
    DisarmsBeforeSending,
    /// A dead letter fails its execution, wherever that has got to.
    BuriesTheLiving,
}

impl Bug {
    pub const ALL: [Bug; 15] = [
        Bug::AcceptsStaleTokens,
        Bug::FiresTimersEarly,
        Bug::ClaimsTwice,
        Bug::EndsTwice,
        Bug::GivesUpAtConflicts,
        Bug::NeverSendsAgain,
        Bug::SendsBeforeAppending,
        Bug::SkipsFifoLane,
        Bug::ForgetsWaits,
        Bug::AcknowledgesUnrecorded,
        Bug::CallsBeforeClaiming,
        Bug::CallsForTheDead,
        Bug::DropsOutcomes,
        Bug::DisarmsBeforeSending,
        Bug::BuriesTheLiving,
    ];
}

#[cfg(not(feature = "planted-bugs"))]
pub const fn planted(_: Bug) -> bool {
    false
}

#[cfg(feature = "planted-bugs")]
pub use switch::{plant, planted};

#[cfg(feature = "planted-bugs")]
mod switch {
    use std::cell::Cell;

    use super::Bug;

    thread_local! {
        static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) };
    }

    /// In this thread, in place of the one before.
    pub fn plant(bug: Option<Bug>) {
        PLANTED.set(bug);
    }

    pub fn planted(bug: Bug) -> bool {
        PLANTED.get() == Some(bug)
    }
}
