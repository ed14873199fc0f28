//! What the SDK's HTTP client talks to: DynamoDB in this process, queues that are lists, a function that answers.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use aws::testing::DynamoDb;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::tally::Tally;

/// What one request to SQS costs: <https://aws.amazon.com/sqs/pricing/>.
const SQS_UNIT_BYTES: usize = 64 * 1024;

#[derive(Clone)]
pub struct Cloud {
    dynamodb: DynamoDb,
    queues: Arc<Mutex<VecDeque<String>>>,
    tally: Arc<Mutex<Tally>>,
}

impl Cloud {
    pub fn new() -> Self {
        Self { dynamodb: DynamoDb::start(), queues: Arc::default(), tally: Arc::default() }
    }

    /// The body of the message that was sent first.
    pub fn receive(&self) -> Option<String> {
        self.queues.lock().unwrap().pop_front()
    }

    /// What was counted since this was asked for last.
    pub fn take_tally(&self) -> Tally {
        let mut tally = std::mem::take(&mut *self.tally.lock().unwrap());
        for call in self.dynamodb.calls() {
            match call.operation.as_str() {
                "GetItem" | "Query" | "Scan" => tally.read_units += call.units,
                _ => tally.write_units += call.units,
            }
        }
        tally
    }

    fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        if target.starts_with("DynamoDB_") {
            self.weigh(target, body);
            return self.dynamodb.respond(request);
        }
        let answer = match target {
            "AmazonSQS.SendMessageBatch" => self.send(body),
            "" if request.uri().ends_with("/invocations") => {
                self.tally.lock().unwrap().target_invocations += 1;
                json!({"paid": true, "authorisation": "a7f3c1"})
            }
            other => panic!("`{other}` at {}", request.uri()),
        };
        HttpResponse::new(200.try_into().unwrap(), SdkBody::from(answer.to_string()))
    }

    fn send(&self, body: &[u8]) -> Value {
        let request: Value = serde_json::from_slice(body).unwrap();
        let entries = request["Entries"].as_array().unwrap();
        let bodies: Vec<&str> = entries.iter().map(|entry| entry["MessageBody"].as_str().unwrap()).collect();
        let bytes: usize = bodies.iter().map(|body| body.len()).sum();
        let mut tally = self.tally.lock().unwrap();
        tally.sends += u32::try_from(bytes.div_ceil(SQS_UNIT_BYTES)).unwrap();
        tally.message_bytes = bodies.iter().map(|body| body.len()).chain([tally.message_bytes]).max().unwrap();
        self.queues.lock().unwrap().extend(bodies.iter().map(|body| (*body).to_owned()));
        let sent: Vec<Value> =
            entries.iter().map(|entry| json!({"Id": entry["Id"], "MessageId": "m", "MD5OfMessageBody": ""})).collect();
        json!({"Successful": sent, "Failed": []})
    }

    /// Notes the sizes of an item of the journal.
    fn weigh(&self, target: &str, body: &[u8]) {
        if !target.ends_with(".PutItem") {
            return;
        }
        let request: Value = serde_json::from_slice(body).unwrap();
        if request["TableName"] != "journal" {
            return;
        }
        let item = request["Item"].as_object().unwrap();
        let record = item["d"]["B"].as_str().map_or(0, |text| STANDARD.decode(text).unwrap().len());
        let bytes = item.iter().map(|(name, value)| name.len() + size(value)).sum();
        let mut tally = self.tally.lock().unwrap();
        tally.record_bytes = tally.record_bytes.max(record);
        tally.item_bytes = tally.item_bytes.max(bytes);
    }
}

/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html>
fn size(attribute: &Value) -> usize {
    let (kind, value) = attribute.as_object().unwrap().iter().next().unwrap();
    let value = value.as_str().unwrap();
    match kind.as_str() {
        "S" => value.len(),
        "N" => value.trim_end_matches('0').len().div_ceil(2) + 1,
        "B" => STANDARD.decode(value).unwrap().len(),
        other => panic!("an attribute of type {other}"),
    }
}

impl HttpConnector for Cloud {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Ok(self.respond(&request)))
    }
}

impl HttpClient for Cloud {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl fmt::Debug for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cloud")
    }
}
