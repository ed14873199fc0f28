use std::sync::Arc;
use std::thread;

use futures::executor::block_on;
use ports::contract::{self, samples};
use ports::journal::{Appended, Direction, Journal};

use super::MemoryStore;

#[test]
fn keeps_the_contract_of_the_journal() {
    block_on(contract::journal::run_all(&MemoryStore::new()));
}

#[test]
fn keeps_the_contract_of_payloads() {
    block_on(contract::payloads::run_all(&MemoryStore::new()));
}

#[test]
fn keeps_the_contract_of_executions() {
    block_on(contract::executions::run_all(&MemoryStore::new()));
}

#[test]
fn keeps_the_contract_of_the_catalog() {
    block_on(contract::catalog::run_all(&MemoryStore::new()));
}

#[test]
fn keeps_the_contract_of_activities() {
    block_on(contract::activities::run_all(&MemoryStore::new()));
}

#[test]
fn keeps_the_contract_of_timers() {
    block_on(contract::timers::run_all(&MemoryStore::new()));
}

#[test]
fn threads_that_append_one_number_have_one_winner() {
    const SEQS: u64 = 200;
    let store = MemoryStore::new();
    let arn = samples::arn("shop", "threads");
    let won: usize = thread::scope(|scope| {
        let writer = |writer| {
            let (store, arn) = (&store, &arn);
            let appends = move |seq| block_on(store.append(&samples::rival(arn, seq, writer)));
            scope.spawn(move || (0..SEQS).map(appends).filter(|answer| matches!(answer, Ok(Appended::Written))).count())
        };
        let writers: Vec<_> = (0..4).map(writer).collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).sum()
    });
    assert_eq!(won, 200);
    let records = block_on(store.records(&arn, None, Direction::OldestFirst, 1_000)).unwrap();
    assert!(records.iter().map(|record| record.seq()).eq(0..SEQS));
}

#[test]
fn readers_share_the_record_that_was_appended() {
    let store = MemoryStore::new();
    let record = samples::record(&samples::arn("shop", "shared"), 0);
    block_on(store.append(&record)).unwrap();
    let read = block_on(store.newest(&record.run.execution.arn)).unwrap().unwrap();
    assert!(Arc::ptr_eq(&read, &record));
}
