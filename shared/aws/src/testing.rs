//! For tests and benches: DynamoDB in this process. An SDK client's requests go to dynoxide, which counts what they cost.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "test code")]

use std::fmt;
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::environment::Variable;
use crate::table::Table;

#[derive(Clone)]
pub struct DynamoDb {
    database: Database,
    calls: Arc<Mutex<Vec<Call>>>,
}

/// One request, and the capacity units that it consumed.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub operation: String,
    pub units: f64,
}

impl DynamoDb {
    /// With the tables of `template.yaml`.
    pub fn start() -> Self {
        let it = Self { database: Database::memory().unwrap(), calls: Arc::default() };
        it.create(json!({
            "TableName": "journal",
            "AttributeDefinitions": [attribute("e", "S"), attribute("s", "N")],
            "KeySchema": keys("e", "s"),
        }));
        it.create(json!({
            "TableName": "executions",
            "AttributeDefinitions": [
                attribute("e", "S"), attribute("m", "S"), attribute("ms", "S"), attribute("t", "S"),
                attribute("v", "S"), attribute("vs", "S"), attribute("a", "S"), attribute("as", "S"),
                attribute("o", "S"), attribute("c", "N"),
            ],
            "KeySchema": [{"AttributeName": "e", "KeyType": "HASH"}],
            "GlobalSecondaryIndexes": [
                index("by_machine", "m", "t", "ALL"),
                index("by_status", "ms", "t", "ALL"),
                index("by_version", "v", "t", "ALL"),
                index("by_version_and_status", "vs", "t", "ALL"),
                index("by_alias", "a", "t", "ALL"),
                index("by_alias_and_status", "as", "t", "ALL"),
                index("open", "o", "c", "KEYS_ONLY"),
            ],
        }));
        it.create(json!({
            "TableName": "catalog",
            "AttributeDefinitions": [attribute("p", "S"), attribute("s", "S")],
            "KeySchema": keys("p", "s"),
        }));
        it.create(json!({
            "TableName": "timers",
            "AttributeDefinitions": [attribute("b", "S"), attribute("i", "S")],
            "KeySchema": keys("b", "i"),
        }));
        it.create(json!({
            "TableName": "access_keys",
            "AttributeDefinitions": [attribute("k", "S")],
            "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
        }));
        it
    }

    pub fn table(&self, name: &str) -> Table {
        let config = aws_sdk_dynamodb::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
            .http_client(self.clone())
            .build();
        Table::new(aws_sdk_dynamodb::Client::from_conf(config), Variable::new("TABLE", name))
    }

    /// For HTTP clients that have more than DynamoDB behind them.
    pub fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let (status, body) = match self.answer(request) {
            Ok(answer) => (200, answer.to_string()),
            Err(error) => (error.status_code(), error.to_json()),
        };
        HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))
    }

    /// What was called since this was asked for last.
    pub fn calls(&self) -> Vec<Call> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }

    /// All that is in the table, as DynamoDB writes items down.
    pub fn items(&self, table: &str) -> Vec<Value> {
        let mut found = run(json!({ "TableName": table }), |it| self.database.scan(it)).unwrap();
        match found["Items"].take() {
            Value::Array(items) => items,
            other => panic!("no items: {other}"),
        }
    }

    pub fn put_items(&self, table: &str, items: &[Value]) {
        for item in items {
            run(json!({ "TableName": table, "Item": item }), |it| self.database.put_item(it)).unwrap();
        }
    }

    fn create(&self, mut table: Value) {
        table["BillingMode"] = json!("PAY_PER_REQUEST");
        self.database.create_table(serde_json::from_value(table).unwrap()).unwrap();
    }

    fn answer(&self, request: &HttpRequest) -> Result<Value, DynoxideError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default();
        let mut body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        body["ReturnConsumedCapacity"] = json!("TOTAL");
        let database = &self.database;
        let answer = match operation {
            "PutItem" => run(body, |it| database.put_item(it)),
            "GetItem" => run(body, |it| database.get_item(it)),
            "DeleteItem" => run(body, |it| database.delete_item(it)),
            "UpdateItem" => run(body, |it| database.update_item(it)),
            "Query" => run(body, |it| database.query(it)),
            "Scan" => run(body, |it| database.scan(it)),
            "TransactWriteItems" => run(body, |it| database.transact_write_items(it)),
            other => panic!("the tests' DynamoDB does not know `{other}`"),
        };
        let units = answer.as_ref().map_or(0.0, |answer| units(&answer["ConsumedCapacity"]));
        self.calls.lock().unwrap().push(Call { operation: operation.to_owned(), units });
        answer
    }
}

fn run<Request: DeserializeOwned, Response: Serialize>(
    body: Value,
    execute: impl Fn(Request) -> Result<Response, DynoxideError>,
) -> Result<Value, DynoxideError> {
    // By way of the text: a number in a `Value` is a special map with arbitrary precision.
    execute(serde_json::from_str(&body.to_string()).unwrap()).map(|response| serde_json::to_value(response).unwrap())
}

fn units(consumed: &Value) -> f64 {
    match consumed {
        Value::Array(tables) => tables.iter().map(units).sum(),
        table => table["CapacityUnits"].as_f64().unwrap_or_default(),
    }
}

impl HttpConnector for DynamoDb {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Ok(self.respond(&request)))
    }
}

impl HttpClient for DynamoDb {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl fmt::Debug for DynamoDb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DynamoDb")
    }
}

fn attribute(name: &str, of_type: &str) -> Value {
    json!({"AttributeName": name, "AttributeType": of_type})
}

fn keys(hash: &str, range: &str) -> Value {
    json!([{"AttributeName": hash, "KeyType": "HASH"}, {"AttributeName": range, "KeyType": "RANGE"}])
}

fn index(name: &str, hash: &str, range: &str, projection: &str) -> Value {
    json!({"IndexName": name, "KeySchema": keys(hash, range), "Projection": {"ProjectionType": projection}})
}
