//! The installation's secret on a laptop: a new one for each process that keeps everything in memory, a file beside the
//! store in a folder, which none but its owner can read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use ports::Ids as _;
use ports::clock::RandomIds;
use ports::installation_secret::KnownSecret;

const FILE: &str = "stepwell.secret";
const BYTES: usize = 32;

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("cannot use `{}`: {source}", file.display())]
    Io { file: PathBuf, source: io::Error },
    #[error("`{}` has {found} bytes and not {BYTES}: without the secret of before, what was encrypted with it is lost", file.display())]
    Damaged { file: PathBuf, found: usize },
}

/// One that ends with the process.
pub fn of_process() -> KnownSecret {
    KnownSecret::new(&RandomIds.secret())
}

/// The folder's own, which is made if there is none.
pub fn of_folder(folder: &Path) -> Result<KnownSecret, SecretError> {
    let file = folder.join(FILE);
    let io = |source| SecretError::Io { file: file.clone(), source };
    fs::create_dir_all(folder).map_err(io)?;
    if !file.exists() {
        create(folder, &file).map_err(io)?;
    }
    let material = fs::read(&file).map_err(io)?;
    if material.len() != BYTES {
        return Err(SecretError::Damaged { file, found: material.len() });
    }
    Ok(KnownSecret::new(&material))
}

/// Written whole or not at all, and by one of several processes: whoever comes second uses the first one's.
fn create(folder: &Path, file: &Path) -> io::Result<()> {
    let draft = folder.join(format!("{FILE}.{}", RandomIds.uuid()));
    let mut written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    written.write_all(&RandomIds.secret())?;
    written.sync_all()?;
    let linked = fs::hard_link(&draft, file);
    fs::remove_file(&draft)?;
    File::open(folder)?.sync_all()?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::thread;

    use futures::executor::block_on;
    use ports::InstallationSecret as _;
    use ports::installation_secret::Purpose;

    use super::*;

    fn key(secret: &KnownSecret) -> [u8; 32] {
        block_on(secret.get()).unwrap().key(Purpose::TaskTokens)
    }

    #[test]
    fn a_folder_keeps_its_secret_which_only_its_owner_can_read() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("new");
        let first = key(&of_folder(&folder).unwrap());
        assert_eq!(key(&of_folder(&folder).unwrap()), first);
        let mode = fs::metadata(folder.join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "no draft stays");
    }

    #[test]
    fn processes_and_folders_have_secrets_of_their_own() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let [one, other] = folders.map(|folder| key(&of_folder(folder.path()).unwrap()));
        assert_ne!(one, other);
        assert_ne!(key(&of_process()), key(&of_process()));
    }

    #[test]
    fn all_who_come_at_once_get_the_same_secret() {
        let folder = tempfile::tempdir().unwrap();
        let keys: Vec<[u8; 32]> = thread::scope(|scope| {
            let racers: Vec<_> = (0..8).map(|_| scope.spawn(|| key(&of_folder(folder.path()).unwrap()))).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| key == &keys[0]));
    }

    #[test]
    fn a_damaged_secret_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), b"short").unwrap();
        let error = of_folder(folder.path()).unwrap_err().to_string();
        assert!(error.contains("has 5 bytes and not 32"), "{error}");
    }
}
