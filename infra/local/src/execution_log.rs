//! Where the events of Express executions go: standard error, or a file.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use ports::execution_log::ExecutionLog;

/// Lines of JSON, whole ones only.
pub struct LocalLog(Mutex<Box<dyn Write + Send>>);

impl LocalLog {
    pub fn to_standard_error() -> Self {
        Self(Mutex::new(Box::new(std::io::stderr())))
    }

    /// Appends to the file.
    pub fn to_file(path: &Path) -> std::io::Result<Self> {
        let file = File::options().create(true).append(true).open(path)?;
        Ok(Self(Mutex::new(Box::new(file))))
    }
}

impl ExecutionLog for LocalLog {
    fn write(&self, line: &str) {
        let mut writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = writer.write_all(format!("{line}\n").as_bytes()) {
            tracing::warn!(%error, "an event of an Express execution could not be logged");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_appended_to_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        for line in ["1", "2"] {
            LocalLog::to_file(&path).unwrap().write(line);
        }
        assert_eq!(std::fs::read_to_string(path).unwrap(), "1\n2\n");
    }
}
