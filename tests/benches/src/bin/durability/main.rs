//! What it costs that nothing is lost: conflicts where branches contend, and the sweep's and the timers' runs among many.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench ends when something is wrong, and prints"
)]

mod crowds;
mod stores;

use aws::testing::DynamoDb;
use stores::Stores;

/// In SQLite, and in the DynamoDB of this process, which is slower.
const MANY: [usize; 2] = [1_000_000, 100_000];

const DUE: usize = 1_000;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    crowds::print();
    let shrink: usize = std::env::var("SHRINK").map_or(1, |by| by.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut rows = Vec::new();
    for (stores, many) in [Stores::sqlite(folder.path()), Stores::dynamodb(DynamoDb::start())].iter().zip(MANY) {
        rows.extend(stores.sweeps(many / shrink, DUE).await);
        rows.extend(stores.timers(many / shrink, DUE).await);
    }
    stores::print(&rows);
}
