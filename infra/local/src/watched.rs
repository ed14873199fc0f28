//! A journal that tells of each record as it is written: what `stepwell run` shows while it happens.

use std::sync::Arc;

use async_trait::async_trait;
use engine::execution::ExecutionArn;
use engine::record::Record;
use ports::journal::Direction;
use ports::{Appended, Journal, StoreError};
use tokio::sync::mpsc::UnboundedSender;

pub struct WatchedJournal {
    inner: Arc<dyn Journal>,
    watcher: UnboundedSender<Arc<Record>>,
}

impl WatchedJournal {
    pub fn new(inner: Arc<dyn Journal>, watcher: UnboundedSender<Arc<Record>>) -> Self {
        Self { inner, watcher }
    }
}

#[async_trait]
impl Journal for WatchedJournal {
    async fn append(&self, record: &Arc<Record>) -> Result<Appended, StoreError> {
        let appended = self.inner.append(record).await?;
        if matches!(appended, Appended::Written) {
            // Nobody watching any more is no reason not to run.
            let _ = self.watcher.send(record.clone());
        }
        Ok(appended)
    }

    async fn record(&self, execution: &ExecutionArn, seq: u64) -> Result<Option<Arc<Record>>, StoreError> {
        self.inner.record(execution, seq).await
    }

    async fn newest(&self, execution: &ExecutionArn) -> Result<Option<Arc<Record>>, StoreError> {
        self.inner.newest(execution).await
    }

    async fn records(
        &self,
        execution: &ExecutionArn,
        from: Option<u64>,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Arc<Record>>, StoreError> {
        self.inner.records(execution, from, direction, limit).await
    }
}
