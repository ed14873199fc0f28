//! The stores over DynamoDB keep the contracts of their ports, at the cost that the design allows.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::sync::Arc;

use aws::access_keys::DynamoDbAccessKeys;
use aws::activities::DynamoDbActivities;
use aws::catalog::DynamoDbCatalog;
use aws::executions::DynamoDbExecutions;
use aws::journal::DynamoDbJournal;
use aws::testing::{Call, DynamoDb};
use aws::timers::DynamoDbTimers;
use engine::input::Timer;
use engine::payload::Payload;
use ports::contract::{self, samples};
use ports::executions::{ListQuery, Redriven, Summary, SummaryStatus, Through};
use ports::journal::Direction;
use ports::timers::ArmedTimer;
use ports::{Appended, Executions, Journal, StoreError, Timers};

fn journal(dynamodb: &DynamoDb) -> DynamoDbJournal {
    DynamoDbJournal { table: dynamodb.table("journal"), retention_days: 90 }
}

#[tokio::test]
async fn the_journal_keeps_its_contract() {
    contract::journal::run_all(&journal(&DynamoDb::start())).await;
}

#[tokio::test]
async fn payloads_keep_their_contract() {
    contract::payloads::run_all(&journal(&DynamoDb::start())).await;
}

#[tokio::test]
async fn executions_keep_their_contract() {
    contract::executions::run_all(&DynamoDbExecutions { table: DynamoDb::start().table("executions") }).await;
}

#[tokio::test]
async fn the_catalog_keeps_its_contract() {
    contract::catalog::run_all(&DynamoDbCatalog { table: DynamoDb::start().table("catalog") }).await;
}

#[tokio::test]
async fn activities_keep_their_contract() {
    contract::activities::run_all(&DynamoDbActivities { table: DynamoDb::start().table("catalog") }).await;
}

#[tokio::test]
async fn timers_keep_their_contract() {
    contract::timers::run_all(&DynamoDbTimers { table: DynamoDb::start().table("timers") }).await;
}

#[tokio::test]
async fn access_keys_keep_their_contract() {
    contract::access_keys::run_all(&DynamoDbAccessKeys { table: DynamoDb::start().table("access_keys") }).await;
}

fn call(operation: &str, units: f64) -> Call {
    Call { operation: operation.to_owned(), units }
}

/// About a kilobyte of JSON, with as much repetition in it as such texts have.
fn order() -> Payload {
    let item = |n: usize| {
        format!(
            r#"{{"sku":"{:06}-{}","name":"Item number {n}","quantity":{},"unitPrice":{}.{:02}}}"#,
            n * 7919 % 1_000_000,
            ["ISO-DE", "WL-BLK", "USB-C"][n % 3],
            n % 4 + 1,
            n * 37 % 190,
            n * 53 % 100
        )
    };
    let items: Vec<String> = (1..12).map(item).collect();
    let text = format!(
        r#"{{"orderId":"0b7c6f5e-3f0a-4d0e-9b57-2a4f8f1f6c11","customer":{{"id":"c_81f3b7","email":"maria@example.com"}},"items":[{}],"currency":"EUR","total":412.35,"createdAt":"2026-09-21T14:13:20Z"}}"#,
        items.join(",")
    );
    assert!((1_000..1_100).contains(&text.len()), "{} bytes", text.len());
    Payload::from_text(text)
}

#[tokio::test]
async fn a_plain_transition_with_a_kilobyte_costs_one_write_unit_and_no_read() {
    let dynamodb = DynamoDb::start();
    let journal = journal(&dynamodb);
    let arn = samples::arn("order-workflow", "7a3f1c52-58f2-4a0b-9b0e-bd2c55b3d6a9");
    let payload = order();
    for seq in [10, 20_000] {
        let record = samples::record_with(&arn, seq, &[payload.clone(), payload.clone()]);
        journal.append(&record).await.unwrap();
        assert_eq!(dynamodb.calls(), [call("PutItem", 1.0)], "record {seq}");
    }
}

#[tokio::test]
async fn losing_a_number_to_another_record_costs_no_read() {
    let dynamodb = DynamoDb::start();
    let journal = journal(&dynamodb);
    let arn = samples::arn("order-workflow", "lost");
    journal.append(&samples::record(&arn, 4)).await.unwrap();
    dynamodb.calls();
    let taken = journal.append(&samples::rival(&arn, 4, 1)).await.unwrap();
    assert!(matches!(taken, Appended::Taken(_)));
    let operations: Vec<String> = dynamodb.calls().into_iter().map(|call| call.operation).collect();
    assert_eq!(operations, ["PutItem"]);
}

#[tokio::test]
async fn reading_the_newest_record_costs_the_same_however_many_there_are() {
    let dynamodb = DynamoDb::start();
    let journal = journal(&dynamodb);
    let arn = samples::arn("order-workflow", "long");
    for seq in 0..200 {
        journal.append(&samples::record(&arn, seq)).await.unwrap();
    }
    dynamodb.calls();
    assert_eq!(journal.newest(&arn).await.unwrap().unwrap().seq(), 199);
    assert_eq!(dynamodb.calls(), [call("Query", 1.0)]);
}

#[tokio::test]
async fn a_page_of_a_list_costs_what_it_returns_however_many_there_are() {
    let dynamodb = DynamoDb::start();
    let executions = DynamoDbExecutions { table: dynamodb.table("executions") };
    let mut pages: Vec<Vec<Vec<Call>>> = Vec::new();
    for count in [0_i64..100, 100..1_000] {
        for n in count {
            let arn = samples::arn("order-workflow", &format!("n{n}"));
            let (version, alias) = (Some(n.unsigned_abs() % 2), Some(["PROD", "BETA"][usize::from(n % 3 == 0)].into()));
            let status = SummaryStatus::ALL[usize::try_from(n % 5).unwrap()];
            let summary = Summary { status, version, alias, check_at: None, ..samples::running(&arn, n) };
            executions.ended(&summary, samples::at(90 * 86_400_000)).await.unwrap();
        }
        dynamodb.calls();
        let mut calls = Vec::new();
        for through in [None, Some(Through::Version(1)), Some(Through::Alias("PROD".into()))] {
            for status in [None, Some(SummaryStatus::Failed)] {
                let through = through.clone();
                let query = ListQuery {
                    state_machine: "order-workflow".into(),
                    through,
                    status,
                    since: samples::at(0),
                    limit: 5,
                    after: None,
                };
                assert_eq!(executions.list(&query).await.unwrap().summaries.len(), 5, "{query:?}");
                calls.push(dynamodb.calls());
            }
        }
        pages.push(calls);
    }
    let [few, many] = &pages[..] else { panic!() };
    assert_eq!(few, many);
    assert!(many.iter().all(|calls| calls.len() == 1 && calls[0].operation == "Query"), "{many:?}");
}

/// The sweep asks every minute: what waits for its time must cost nothing.
#[tokio::test]
async fn what_is_due_costs_no_more_among_more_open_executions() {
    let dynamodb = DynamoDb::start();
    let executions = DynamoDbExecutions { table: dynamodb.table("executions") };
    let mut costs: Vec<Vec<Call>> = Vec::new();
    for count in [0_i64..50, 50..1_000] {
        for n in count {
            let check_at = Some(samples::at(if n < 5 { n } else { 1_000 + n }));
            let running = samples::running(&samples::arn("order-workflow", &format!("n{n}")), n);
            executions.started(&Summary { check_at, ..running }).await.unwrap();
        }
        dynamodb.calls();
        assert_eq!(executions.due(samples::at(10), 100).await.unwrap().len(), 5);
        costs.push(dynamodb.calls());
    }
    let [few, many] = &costs[..] else { panic!() };
    assert_eq!(few, many);
    // One for each shard of the index.
    assert!(many.len() == 8 && many.iter().all(|call| call.operation == "Query"), "{many:?}");
}

#[tokio::test]
async fn parts_of_large_records_do_not_show_among_records() {
    let dynamodb = DynamoDb::start();
    let journal = journal(&dynamodb);
    let arn = samples::arn("order-workflow", "large");
    let payloads: Vec<Payload> = (0..4).map(|seed| samples::incompressible(200_000, seed)).collect();
    journal.append(&samples::record_with(&arn, 0, &payloads)).await.unwrap();
    journal.append(&samples::record(&arn, 1)).await.unwrap();
    let records = journal.records(&arn, None, Direction::OldestFirst, 100).await.unwrap();
    assert_eq!(records.iter().map(|record| record.seq()).collect::<Vec<_>>(), [0, 1]);
}

#[tokio::test]
async fn a_record_of_which_a_part_is_missing_is_unreadable() {
    let dynamodb = DynamoDb::start();
    let journal = journal(&dynamodb);
    let arn = samples::arn("order-workflow", "damaged");
    let payloads: Vec<Payload> = (0..4).map(|seed| samples::incompressible(200_000, seed)).collect();
    journal.append(&samples::record_with(&arn, 0, &payloads)).await.unwrap();
    let client = &journal.table.client;
    let found = client.scan().table_name("journal").filter_expression("attribute_not_exists(h)").send().await.unwrap();
    let part = &found.items()[0];
    let key = ["e", "s"].map(|name| (name.to_owned(), part[name].clone())).into();
    client.delete_item().table_name("journal").set_key(Some(key)).send().await.unwrap();
    let error = journal.record(&arn, 0).await.unwrap_err();
    assert!(matches!(error, StoreError::Unreadable(_)), "{error:?}");
}

/// An execution ends a year after its start at the latest, and is kept for the retention after that.
#[tokio::test]
async fn nothing_of_a_journal_expires_while_its_execution_may_run() {
    const DAY: i64 = 86_400;
    let dynamodb = DynamoDb::start();
    let journal = journal(&dynamodb);
    let arn = samples::arn("order-workflow", "kept");
    let large: Vec<Payload> = (0..4).map(|seed| samples::incompressible(200_000, seed)).collect();
    journal.append(&samples::record(&arn, 0)).await.unwrap();
    journal.append(&samples::record_with(&arn, 1, &large)).await.unwrap();
    let found = journal.table.client.scan().table_name("journal").send().await.unwrap();
    assert!(found.count() > 3, "{} items", found.count());
    let written = samples::at(7).as_millis() / 1000;
    for item in found.items() {
        let expires: i64 = item["x"].as_n().unwrap().parse().unwrap();
        let days = (expires - written) / DAY;
        assert!((365 + 90..365 + 92).contains(&days), "kept for {days} days");
    }
}

/// Retention counts from the end: while an execution runs, before it has ended or after a redrive, nothing takes it away.
#[tokio::test]
async fn a_summary_expires_only_once_its_execution_has_ended() {
    let dynamodb = DynamoDb::start();
    let executions = DynamoDbExecutions { table: dynamodb.table("executions") };
    let arn = samples::arn("order-workflow", "kept");
    let expires = async || {
        let found = executions.table.client.scan().table_name("executions").send().await.unwrap();
        assert_eq!(found.count(), 1);
        found.items()[0].get("x").map(|time| time.as_n().unwrap().parse::<i64>().unwrap())
    };
    executions.started(&samples::running(&arn, 0)).await.unwrap();
    assert_eq!(expires().await, None, "running");
    executions.check_again(&arn, samples::at(60_000)).await.unwrap();
    assert_eq!(expires().await, None, "looked at");
    executions.ended(&samples::ended(&arn, 0, SummaryStatus::Failed), samples::retention()).await.unwrap();
    assert_eq!(expires().await, Some(samples::retention().as_millis() / 1000), "ended");
    executions.check_again(&arn, samples::at(60_000)).await.unwrap();
    assert_eq!(expires().await, Some(samples::retention().as_millis() / 1000), "a sweep that came late");
    let redriven = Some(Redriven { count: 1, at: samples::at(90_000) });
    executions.redriven(&Summary { redriven, ..samples::running(&arn, 0) }).await.unwrap();
    assert_eq!(expires().await, None, "redriven");
}

/// One that nobody looks for is the sweep's, long before.
#[tokio::test]
async fn a_timer_expires_a_month_after_its_time() {
    let dynamodb = DynamoDb::start();
    let timers = DynamoDbTimers { table: dynamodb.table("timers") };
    let due = samples::at(365 * 86_400_000);
    let execution = samples::arn("order-workflow", "waits");
    timers.arm(&ArmedTimer { due, execution, seq: 1, timer: Timer::Execution }).await.unwrap();
    let found = timers.table.client.scan().table_name("timers").send().await.unwrap();
    let expires: i64 = found.items()[0]["x"].as_n().unwrap().parse().unwrap();
    assert_eq!(expires, due.as_millis() / 1000 + 30 * 86_400);
}

#[tokio::test]
async fn due_timers_are_read_about_twice_however_many_shards_there_are() {
    const TIMERS: usize = 1_600;
    let dynamodb = DynamoDb::start();
    let timers = DynamoDbTimers { table: dynamodb.table("timers") };
    for number in 0..TIMERS {
        let execution = samples::arn("order-workflow", &number.to_string());
        timers.arm(&ArmedTimer { due: samples::at(7), execution, seq: 1, timer: Timer::Execution }).await.unwrap();
    }
    let read = async |limit: usize| {
        dynamodb.calls();
        assert_eq!(timers.due(samples::at(60_000), limit).await.unwrap().len(), limit);
        dynamodb.calls().iter().map(|call| call.units).sum::<f64>()
    };
    let (all, some) = (read(TIMERS).await, read(200).await);
    assert!(some < all / 8.0 * 3.0 + 16.0, "{some} of {all} units for an eighth");
}

#[tokio::test]
async fn a_table_that_no_variable_names_is_an_error_that_says_so() {
    let dynamodb = DynamoDb::start();
    let none = aws::Environment::from_lookup(|_| None).unwrap();
    let table = aws::table::Table::new(dynamodb.table("any").client, none.timers_table);
    let error = DynamoDbTimers { table }.due(samples::at(0), 1).await.unwrap_err();
    assert_eq!(error.to_string(), "refused: environment variable `TIMERS_TABLE` is not set");
}

#[tokio::test]
async fn an_error_of_dynamodb_is_told_with_its_call_and_code() {
    let journal = DynamoDbJournal { table: DynamoDb::start().table("no-such-table"), retention_days: 90 };
    let arn = samples::arn("m", "n");
    let error = journal.append(&samples::record(&arn, 0)).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("PutItem") && text.contains("ResourceNotFoundException"), "{text}");
}

#[tokio::test]
async fn everything_is_due_at_the_end_of_time() {
    let dynamodb = DynamoDb::start();
    let executions: Arc<dyn Executions> = Arc::new(DynamoDbExecutions { table: dynamodb.table("executions") });
    let arn = samples::arn("order-workflow", "open");
    executions.started(&samples::running(&arn, 0)).await.unwrap();
    let end = engine::timestamp::Timestamp::from_millis(i64::MAX);
    assert_eq!(executions.due(end, usize::MAX).await.unwrap(), [arn]);
}
