//! What SQLite's errors mean to the callers of a port.

use ports::store_error::StoreError;
use rusqlite::ErrorCode;

#[derive(Debug)]
pub(super) enum Failure {
    Sqlite(rusqlite::Error),
    /// Found unreadable, or refused, by us.
    Unreadable(String),
    Refused(String),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Failure::Sqlite(error)
    }
}

impl Failure {
    pub(super) fn store_error(&self) -> StoreError {
        match self {
            Failure::Sqlite(error) => of_sqlite(error),
            Failure::Unreadable(what) => StoreError::Unreadable(what.clone()),
            Failure::Refused(what) => StoreError::Refused(what.clone()),
        }
    }
}

/// Trouble that the operator can end without changing what was asked for (a full disk, a file system that went
/// read-only) is passing: the message comes again, and no execution fails of it.
fn of_sqlite(error: &rusqlite::Error) -> StoreError {
    let Some(code) = error.sqlite_error_code() else {
        return StoreError::Unreadable(error.to_string());
    };
    match code {
        ErrorCode::DiskFull => StoreError::Unavailable(format!("no space left for the store: {error}")),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => {
            StoreError::Unavailable(format!("the store cannot be written to: {error}"))
        }
        // Its short text is the same for reading and writing, and for every file.
        ErrorCode::SystemIoFailure => {
            let what = error.sqlite_error().map_or_else(|| error.to_string(), ToString::to_string);
            StoreError::Unavailable(format!("the disk of the store fails: {what}"))
        }
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            StoreError::Throttled(format!("another program is using the store's file: {error}"))
        }
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreError::Unreadable(error.to_string()),
        ErrorCode::TooBig | ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch => {
            StoreError::Refused(error.to_string())
        }
        _ => StoreError::Unavailable(error.to_string()),
    }
}

/// The thread that should have answered is gone.
pub(super) fn no_answer() -> StoreError {
    StoreError::Unavailable("the store has stopped".into())
}
