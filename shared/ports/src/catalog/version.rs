//! Versions of state machines: revisions that were published under a number.

use engine::timestamp::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// From 1 on; never given a second time while the state machine is there.
    pub number: u64,
    pub revision_id: String,
    pub description: Option<String>,
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Published {
    /// The current revision is this version; perhaps it was published before.
    As(Version),
    /// Another revision is current.
    Changed,
    /// There is no such state machine, or it is being deleted.
    Gone,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionDeleted {
    Deleted,
    /// Aliases of these names refer to it.
    Referenced(Vec<String>),
}

/// Highest number first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions {
    pub versions: Vec<Version>,
    /// Whether there are more after the last of them.
    pub more: bool,
}
