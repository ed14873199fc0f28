//! Access keys on a laptop: in memory, or a file each in the folder `keys` beside the store. Not in the store itself,
//! which only the server may open while it runs: keys are issued and revoked from another process.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use access::{AccessKey, AccessKeyId};
use async_trait::async_trait;
use ports::{AccessKeys, StoreError};

const FOLDER: &str = "keys";
const EXTENSION: &str = "json";

#[derive(Default)]
pub struct MemoryAccessKeys(Mutex<HashMap<AccessKeyId, AccessKey>>);

#[async_trait]
impl AccessKeys for MemoryAccessKeys {
    async fn add(&self, key: &AccessKey) -> Result<(), StoreError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key.id.clone(), key.clone());
        Ok(())
    }

    async fn get(&self, id: &AccessKeyId) -> Result<Option<AccessKey>, StoreError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned())
    }

    async fn list(&self) -> Result<Vec<AccessKey>, StoreError> {
        Ok(oldest_first(self.0.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()))
    }

    async fn remove(&self, id: &AccessKeyId) -> Result<bool, StoreError> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id).is_some())
    }
}

/// Files that only their owner can read. One is written whole, or not there.
pub struct FileAccessKeys(PathBuf);

impl FileAccessKeys {
    /// Those of the data folder.
    pub fn of_folder(data: &Path) -> Self {
        Self(data.join(FOLDER))
    }

    fn path(&self, id: &AccessKeyId) -> PathBuf {
        self.0.join(id.as_str()).with_extension(EXTENSION)
    }

    fn write(&self, key: &AccessKey) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
        let path = self.path(&key.id);
        let draft = path.with_extension("draft");
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(key.to_json().as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, &path)
    }

    fn read(&self, path: &Path) -> Result<Option<AccessKey>, StoreError> {
        match found(fs::read_to_string(path)).map_err(|error| unavailable(path, &error))? {
            Some(text) => AccessKey::from_json(&text)
                .map(Some)
                .map_err(|error| StoreError::Unreadable(format!("{}: {error}", path.display()))),
            None => Ok(None),
        }
    }

    fn paths(&self) -> io::Result<Vec<PathBuf>> {
        let Some(entries) = found(fs::read_dir(&self.0))? else { return Ok(Vec::new()) };
        let paths: Vec<PathBuf> = entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>()?;
        Ok(paths.into_iter().filter(|path| path.extension().is_some_and(|it| it == EXTENSION)).collect())
    }
}

/// The files are a few hundred bytes, and read when a key is used first in a while: no thread is worth their while.
#[async_trait]
impl AccessKeys for FileAccessKeys {
    async fn add(&self, key: &AccessKey) -> Result<(), StoreError> {
        self.write(key).map_err(|error| unavailable(&self.0, &error))
    }

    async fn get(&self, id: &AccessKeyId) -> Result<Option<AccessKey>, StoreError> {
        self.read(&self.path(id))
    }

    async fn list(&self) -> Result<Vec<AccessKey>, StoreError> {
        let paths = self.paths().map_err(|error| unavailable(&self.0, &error))?;
        let keys: Vec<Option<AccessKey>> = paths.iter().map(|path| self.read(path)).collect::<Result<_, _>>()?;
        // One that is gone has been removed meanwhile.
        Ok(oldest_first(keys.into_iter().flatten().collect()))
    }

    async fn remove(&self, id: &AccessKeyId) -> Result<bool, StoreError> {
        let removed = found(fs::remove_file(self.path(id))).map_err(|error| unavailable(&self.0, &error))?;
        Ok(removed.is_some())
    }
}

fn oldest_first(mut keys: Vec<AccessKey>) -> Vec<AccessKey> {
    keys.sort_by_key(|key| key.created_at);
    keys
}

/// `None` where there is no such file.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn unavailable(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Unavailable(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use futures::executor::block_on;
    use ports::contract;

    use super::*;

    #[test]
    fn memory_keeps_the_contract_of_access_keys() {
        block_on(contract::access_keys::run_all(&MemoryAccessKeys::default()));
    }

    #[test]
    fn files_keep_the_contract_of_access_keys() {
        let folder = tempfile::tempdir().unwrap();
        block_on(contract::access_keys::run_all(&FileAccessKeys::of_folder(folder.path())));
    }

    #[test]
    fn only_their_owner_can_read_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let keys = FileAccessKeys::of_folder(folder.path());
        let key = contract::access_keys::key(1, 0);
        block_on(keys.add(&key)).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder.path().join(FOLDER)), 0o700);
        assert_eq!(mode(&keys.path(&key.id)), 0o600);
        fs::write(keys.path(&key.id), "{").unwrap();
        assert!(matches!(block_on(keys.get(&key.id)), Err(StoreError::Unreadable(_))));
    }
}
