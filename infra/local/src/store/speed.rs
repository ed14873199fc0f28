//! Prints appends per second, for people: `cargo test --release -p stepwell store::speed -- --ignored --nocapture`.

use std::sync::Arc;
use std::time::Instant;

use engine::record::Record;
use ports::contract::samples;
use ports::journal::Journal;

use super::{MemoryStore, SqliteStore};

/// Every execution appends its records one after the other, as they do; `executions` of them at the same time.
async fn measure(store: &str, journal: Arc<dyn Journal>, executions: usize, records: u64) {
    let work: Vec<Vec<Arc<Record>>> = (0..executions)
        .map(|n| {
            let arn = samples::arn("speed", &format!("{records}-{n}"));
            (0..records).map(|seq| samples::record(&arn, seq)).collect()
        })
        .collect();
    let began = Instant::now();
    let running: Vec<_> = work
        .into_iter()
        .map(|records| {
            let journal = journal.clone();
            tokio::spawn(async move {
                for record in &records {
                    journal.append(record).await.unwrap();
                }
            })
        })
        .collect();
    for execution in running {
        execution.await.unwrap();
    }
    let appends = (executions as u64 * records) as f64;
    let rate = appends / began.elapsed().as_secs_f64();
    println!("| {store:6} | {executions:7} | {appends:8} | {rate:9.0} |");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "prints a table, asserts nothing"]
async fn appends_per_second() {
    println!("| store  | at once | appends  | appends/s |\n|---|---|---|---|");
    for (executions, records) in [(1, 100_000), (64, 5_000), (1_000, 300), (300_000, 1)] {
        measure("memory", Arc::new(MemoryStore::new()), executions, records).await;
    }
    for (executions, records) in [(1, 20_000), (64, 1_500), (1_000, 100), (100_000, 1)] {
        let folder = tempfile::tempdir().unwrap();
        measure("sqlite", Arc::new(SqliteStore::open(folder.path()).unwrap()), executions, records).await;
    }
}
