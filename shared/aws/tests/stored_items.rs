//! What was ever stored in DynamoDB must still be read: items of each table, as the first version wrote them, are put into empty
//! tables and looked at through the ports. `STEPWELL_WRITE_FIXTURES=1` writes the file if it is missing, and never anew.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::path::Path;

use access::AccessKey;
use aws::access_keys::DynamoDbAccessKeys;
use aws::activities::DynamoDbActivities;
use aws::catalog::DynamoDbCatalog;
use aws::executions::DynamoDbExecutions;
use aws::journal::DynamoDbJournal;
use aws::testing::DynamoDb;
use aws::timers::DynamoDbTimers;
use engine::aside::Chunk;
use engine::input::Timer;
use engine::payload::Payload;
use engine::run::Token;
use engine::timestamp::Timestamp;
use ports::activities::Activity;
use ports::catalog::{Alias, Resource, Route};
use ports::contract::samples;
use ports::executions::{Summary, SummaryStatus};
use ports::journal::Direction;
use ports::timers::ArmedTimer;
use ports::{AccessKeys, Activities, Catalog, Executions, Journal, Payloads, Timers};
use serde_json::Value;

const TABLES: [&str; 5] = ["journal", "executions", "catalog", "timers", "access_keys"];

struct Stores {
    journal: DynamoDbJournal,
    executions: DynamoDbExecutions,
    catalog: DynamoDbCatalog,
    activities: DynamoDbActivities,
    timers: DynamoDbTimers,
    access_keys: DynamoDbAccessKeys,
}

fn stores(dynamodb: &DynamoDb) -> Stores {
    Stores {
        journal: DynamoDbJournal { table: dynamodb.table("journal"), retention_days: 90 },
        executions: DynamoDbExecutions { table: dynamodb.table("executions") },
        catalog: DynamoDbCatalog { table: dynamodb.table("catalog") },
        activities: DynamoDbActivities { table: dynamodb.table("catalog") },
        timers: DynamoDbTimers { table: dynamodb.table("timers") },
        access_keys: DynamoDbAccessKeys { table: dynamodb.table("access_keys") },
    }
}

fn summaries() -> [Summary; 2] {
    let version = |summary: Summary| Summary { version: Some(3), alias: Some("live".into()), ..summary };
    [
        samples::running(&samples::arn("orders", "running"), 1_000),
        version(samples::ended(&samples::arn("orders", "failed"), 2_000, SummaryStatus::Failed)),
    ]
}

fn timer() -> ArmedTimer {
    let timer = Timer::Place(Token { branch: 2, place: 17 });
    ArmedTimer { due: samples::at(90_000), execution: samples::arn("orders", "running"), seq: 5, timer }
}

fn activity() -> Activity {
    Activity {
        name: "cook".into(),
        created_at: samples::at(7),
        queue: "https://sqs.example/activity".into(),
        encryption_configuration: None,
        tags: vec![("team".into(), "kitchen".into())],
    }
}

fn alias() -> Alias {
    let routes = vec![Route { version: 1, weight: 100 }];
    let (created_at, updated_at) = (samples::at(30), samples::at(40));
    Alias { name: "live".into(), description: Some("the one".into()), routes, created_at, updated_at }
}

fn access_key() -> AccessKey {
    ports::contract::access_keys::key(1, 5_000)
}

fn chunk() -> std::sync::Arc<Chunk> {
    std::sync::Arc::new(Chunk::single(Payload::from_text("1")))
}

async fn write(stores: &Stores) {
    for seq in 0..2 {
        stores.journal.append(&samples::record(&samples::arn("orders", "running"), seq)).await.unwrap();
    }
    stores.journal.put(&samples::arn("orders", "running"), samples::at(1), &chunk()).await.unwrap();
    let [running, failed] = summaries();
    stores.executions.started(&running).await.unwrap();
    stores.executions.ended(&failed, samples::retention()).await.unwrap();
    let machine = samples::machine("orders", "revision");
    stores.catalog.create(&machine).await.unwrap();
    let tags = vec![("team".to_owned(), "shop".to_owned())];
    stores.catalog.set_tags(&Resource::StateMachine("orders".into()), &tags, &machine.tags).await.unwrap();
    stores.catalog.publish("orders", "revision", Some("first"), samples::at(20)).await.unwrap();
    stores.catalog.create_alias("orders", &alias()).await.unwrap();
    stores.activities.create(&activity()).await.unwrap();
    stores.timers.arm(&timer()).await.unwrap();
    stores.access_keys.add(&access_key()).await.unwrap();
}

async fn read(stores: &Stores) {
    let arn = samples::arn("orders", "running");
    let records = stores.journal.records(&arn, None, Direction::OldestFirst, 10).await.unwrap();
    assert_eq!(records, [samples::record(&arn, 0), samples::record(&arn, 1)]);
    assert_eq!(stores.journal.get(&arn, &chunk().hash()).await.unwrap(), Some(chunk()));
    for summary in summaries() {
        assert_eq!(stores.executions.get(&summary.arn).await.unwrap(), Some(summary));
    }
    let open = stores.executions.due(Timestamp::from_millis(i64::MAX), 10).await.unwrap();
    assert_eq!(open, [samples::arn("orders", "running")]);
    let machine = stores.catalog.get("orders").await.unwrap().unwrap();
    let expected = samples::machine("orders", "revision");
    assert_eq!((&machine.definition, &machine.role_arn), (&expected.definition, &expected.role_arn));
    assert_eq!(stores.catalog.revision("orders", "revision").await.unwrap().unwrap().definition, expected.definition);
    let tags = stores.catalog.tags(&Resource::StateMachine("orders".into())).await.unwrap().unwrap();
    assert_eq!(tags, [("team".to_owned(), "shop".to_owned())]);
    let version = stores.catalog.version("orders", 1).await.unwrap().unwrap();
    assert_eq!((version.revision_id.as_str(), version.description.as_deref()), ("revision", Some("first")));
    assert_eq!(stores.catalog.alias("orders", "live").await.unwrap(), Some(alias()));
    assert_eq!(stores.activities.get("cook").await.unwrap().as_deref(), Some(&activity()));
    assert_eq!(stores.timers.due(Timestamp::from_millis(i64::MAX), 10).await.unwrap(), [timer()]);
    assert_eq!(stores.access_keys.get(&access_key().id).await.unwrap(), Some(access_key()));
}

#[tokio::test]
async fn what_the_first_version_stored_is_read() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/v1/items.json");
    if !file.exists() && std::env::var("STEPWELL_WRITE_FIXTURES").is_ok_and(|value| value == "1") {
        let dynamodb = DynamoDb::start();
        write(&stores(&dynamodb)).await;
        let items: serde_json::Map<String, Value> =
            TABLES.map(|table| (table.to_owned(), Value::Array(dynamodb.items(table)))).into_iter().collect();
        std::fs::write(&file, serde_json::to_string_pretty(&items).unwrap()).unwrap();
    }
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let items: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
    let dynamodb = DynamoDb::start();
    for (table, items) in &items {
        dynamodb.put_items(table, items.as_array().unwrap());
    }
    read(&stores(&dynamodb)).await;
}
