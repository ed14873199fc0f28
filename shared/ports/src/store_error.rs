//! Our failures, as opposed to a workflow's: no execution sees them, and they decide what becomes of a message.

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Asked to slow down; the same call may go through later.
    #[error("throttled: {0}")]
    Throttled(String),
    /// No answer, or one that says nothing about whether it was done.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// What is stored cannot be read: another version's, or damaged.
    #[error("unreadable: {0}")]
    Unreadable(String),
    /// Refused for what it is; asking again will not help.
    #[error("refused: {0}")]
    Refused(String),
}

impl StoreError {
    /// Its text, without the kind.
    pub fn what(&self) -> &str {
        match self {
            StoreError::Throttled(what)
            | StoreError::Unavailable(what)
            | StoreError::Unreadable(what)
            | StoreError::Refused(what) => what,
        }
    }

    /// Whether the message that led here should come again.
    pub fn is_passing(&self) -> bool {
        matches!(self, StoreError::Throttled(_) | StoreError::Unavailable(_))
    }
}
