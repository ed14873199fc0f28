//! What runs have put aside, between steps and the store. Chunks that this process had at hand before are not read again:
//! they are what their hashes say, for ever.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use engine::aside::{Aside, Chunk, ContentHash, Need};
use engine::execution::ExecutionArn;
use engine::run::Run;
use futures::future::try_join_all;
use ports::{Ports, StoreError};

/// Chunks written at once.
const CONCURRENCY: usize = 16;

/// What a process keeps in memory.
#[derive(Clone, Debug)]
pub struct Chunks {
    limit_bytes: usize,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    chunks: HashMap<ContentHash, Arc<Chunk>>,
    /// The oldest first.
    order: VecDeque<ContentHash>,
    bytes: usize,
}

impl Default for Chunks {
    fn default() -> Self {
        Self::up_to(8 * 1024 * 1024)
    }
}

impl Chunks {
    pub fn up_to(limit_bytes: usize) -> Self {
        Self { limit_bytes, kept: Arc::default() }
    }

    /// What the run may need next, as far as it is in memory.
    pub(crate) fn at_hand(&self, run: &Run) -> Aside {
        let kept = self.lock();
        let mut aside = Aside::default();
        for hash in run.put_aside() {
            if let Some(chunk) = kept.chunks.get(hash) {
                aside.insert(hash.clone(), chunk.clone());
            }
        }
        aside
    }

    /// Adds what a step needs.
    pub(crate) async fn fetch(
        &self,
        ports: &Ports,
        execution: &ExecutionArn,
        needs: &[Need],
        aside: &mut Aside,
    ) -> Result<(), StoreError> {
        for need in needs {
            let mut next = Some(need.hash.clone());
            while let Some(hash) = next {
                let chunk = self.get(ports, execution, &hash).await?;
                next = chunk.link.clone().filter(|_| need.whole_chain);
                aside.insert(hash, chunk);
            }
        }
        Ok(())
    }

    async fn get(&self, ports: &Ports, execution: &ExecutionArn, hash: &ContentHash) -> Result<Arc<Chunk>, StoreError> {
        let known = self.lock().chunks.get(hash).cloned();
        if let Some(chunk) = known {
            return Ok(chunk);
        }
        let missing = || StoreError::Unreadable(format!("chunk {} of {execution} is missing", hash.as_str()));
        let chunk = ports.payloads.get(execution, hash).await?.ok_or_else(missing)?;
        self.keep(hash.clone(), &chunk);
        Ok(chunk)
    }

    /// Writes what a step has put aside: before its record, which refers to it.
    pub(crate) async fn put(
        &self,
        ports: &Ports,
        execution: &ExecutionArn,
        chunks: &[Arc<Chunk>],
    ) -> Result<(), StoreError> {
        let now = ports.clock.now();
        for chunks in chunks.chunks(CONCURRENCY) {
            try_join_all(chunks.iter().map(|chunk| ports.payloads.put(execution, now, chunk))).await?;
        }
        chunks.iter().for_each(|chunk| self.keep(chunk.hash(), chunk));
        Ok(())
    }

    fn keep(&self, hash: ContentHash, chunk: &Arc<Chunk>) {
        let mut kept = self.lock();
        if kept.chunks.insert(hash.clone(), chunk.clone()).is_none() {
            kept.order.push_back(hash);
            kept.bytes += size(chunk);
        }
        while kept.bytes > self.limit_bytes {
            let Some(oldest) = kept.order.pop_front() else { break };
            let gone = kept.chunks.remove(&oldest);
            kept.bytes -= gone.map_or(0, |chunk| size(&chunk));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn size(chunk: &Chunk) -> usize {
    const REST: usize = 100;
    chunk.payloads.iter().map(|(_, payload)| payload.len() + REST).sum::<usize>() + REST
}
