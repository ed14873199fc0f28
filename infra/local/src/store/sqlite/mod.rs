//! Keeps everything in one SQLite file of a folder.
//!
//! One thread writes: what callers ask for while it commits, it does in the next transaction, all together, so that they
//! share its cost. A few threads read, each on a connection of its own; in WAL mode they see the last commit, and wait
//! for nobody.
//!
//! What an answer says was written survives the end of this process, however it ends. In `synchronous=NORMAL` the last
//! moments before a power failure may be lost, but never in part: the file is as it was at some earlier commit.

mod activities;
mod catalog;
mod executions;
mod failure;
mod journal;
mod payloads;
mod readers;
mod schema;
mod timers;
mod writer;

#[cfg(test)]
mod tests;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use ports::store_error::StoreError;
use rusqlite::Connection;

use failure::Failure;
use readers::Readers;
use writer::Writer;

const FILE: &str = "stepwell.db";
const LOCK_FILE: &str = "stepwell.lock";

/// A server that has just been killed, or a child between fork and exec, may hold the lock a moment longer.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(10);

/// How long to wait for another program that writes to the file, such as a shell that looks into it.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Prepared statements that each connection keeps; there are fewer.
const STATEMENTS: usize = 128;

pub struct SqliteStore {
    // In this order they are dropped: the lock goes last.
    readers: Readers,
    writer: Writer,
    /// Absent where it was opened to look into only.
    _lock: Option<File>,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("`{}` is in use by another stepwell", folder.display())]
    InUse { folder: PathBuf },
    #[error("`{}` was written by a newer stepwell: its schema is version {found}, and this one knows version {known}", file.display())]
    Newer { file: PathBuf, found: i64, known: i64 },
    #[error("`{}` was written by an older stepwell: its schema is version {found}, and becomes version {known} when a `stepwell dev` starts with it", file.display())]
    Older { file: PathBuf, found: i64, known: i64 },
    #[error("there is no store of stepwell in `{}`", folder.display())]
    Missing { folder: PathBuf },
    #[error("`{}` is not a store of stepwell", file.display())]
    Foreign { file: PathBuf },
    #[error("cannot use `{}`: {source}", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("cannot open `{}`: {source}", file.display())]
    Sqlite { file: PathBuf, source: rusqlite::Error },
}

impl SqliteStore {
    /// Makes the folder and the file if they are not there. One process at a time has a folder open.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        fs::create_dir_all(folder).map_err(|source| OpenError::Io { path: folder.to_owned(), source })?;
        let lock = lock(folder)?;
        let file = folder.join(FILE);
        let connect = || connect(&file).map_err(|error| schema::unusable(error, &file));
        let connection = connect()?;
        schema::prepare(&connection, &file)?;
        let reading = (0..readers::count()).map(|_| connect()).collect::<Result<_, _>>()?;
        let threads = |source| OpenError::Io { path: file.clone(), source };
        Ok(Self {
            readers: Readers::start(reading).map_err(threads)?,
            writer: Writer::start(connection).map_err(threads)?,
            _lock: Some(lock),
        })
    }

    /// To read what is there, whether a server runs on the folder or not. Nothing is written: writes are errors.
    pub fn look_into(folder: &Path) -> Result<Self, OpenError> {
        let file = folder.join(FILE);
        if !file.exists() {
            return Err(OpenError::Missing { folder: folder.to_owned() });
        }
        let connect = || {
            let connection = connect(&file)?;
            connection.pragma_update(None, "query_only", true)?;
            Ok(connection)
        };
        let connect = || connect().map_err(|error| schema::unusable(error, &file));
        let connection = connect()?;
        schema::check(&connection, &file)?;
        let threads = |source| OpenError::Io { path: file.clone(), source };
        Ok(Self {
            readers: Readers::start(vec![connect()?]).map_err(threads)?,
            writer: Writer::start(connection).map_err(threads)?,
            _lock: None,
        })
    }

    /// Whether there is a store in the folder, and a server runs on it.
    pub fn is_in_use(folder: &Path) -> bool {
        let lock = File::options().write(true).open(folder.join(LOCK_FILE));
        lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
    }

    /// Answers once `work` is committed. `work` may be called again, if the transaction that it was first part of failed.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.writer.write(work).await
    }

    /// `work` sees everything that was answered before.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.readers.read(work).await
    }
}

/// Held until the file is closed, or the process ends in whatever way.
fn lock(folder: &Path) -> Result<File, OpenError> {
    let path = folder.join(LOCK_FILE);
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|source| OpenError::Io { path: path.clone(), source })?;
    for _try in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(source)) => return Err(OpenError::Io { path, source }),
        }
    }
    Err(OpenError::InUse { folder: folder.to_owned() })
}

fn connect(file: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // A checkpoint waits for the disk; one for every 16 MB written, in pages of 4 KB.
    connection.pragma_update(None, "wal_autocheckpoint", 4_096)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    Ok(connection)
}

/// For numbers beyond those of SQLite, which are signed.
fn clamped(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
