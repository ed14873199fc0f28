//! What AWS asks of the `Parameters` or `Arguments` of a service integration.
//!
//! AWS checks them against the service's API. Here are the fields without which no call makes sense.

use serde_json::Value;

use super::fields::Fields;
use crate::machine::resource::{Integration, Resource};

#[rustfmt::skip]
const REQUIRED: &[(&str, &str, &[&str])] = &[
    ("dynamodb", "getItem", &["TableName", "Key"]),
    ("dynamodb", "putItem", &["TableName", "Item"]),
    ("ecs", "runTask", &["TaskDefinition"]),
    ("events", "putEvents", &["Entries"]),
    ("glue", "startJobRun", &["JobName"]),
    ("lambda", "invoke", &["FunctionName"]),
    ("sns", "publish", &["Message"]),
    ("sqs", "sendMessage", &["QueueUrl", "MessageBody"]),
    ("states", "startExecution", &["StateMachineArn"]),
];

pub(super) fn check(fields: &Fields, resource: &Resource) {
    let Resource::Integration(integration) = resource else {
        return;
    };
    let field = if fields.is_jsonata() { "Arguments" } else { "Parameters" };
    match fields.get(field) {
        None => {
            let arn = fields.get("Resource").and_then(Value::as_str).unwrap_or_default();
            fields.report_at("Resource", format!("{field} field is required for resource ARN: {arn}"));
        }
        // An expression may give anything; its frame is looked at where the field is read.
        Some(Value::String(_)) if fields.is_jsonata() => {}
        Some(_) => check_fields(fields, field, integration),
    }
}

fn check_fields(fields: &Fields, field: &str, integration: &Integration) {
    let Some(parameters) = fields.child(field) else {
        return;
    };
    let required = REQUIRED
        .iter()
        .find(|(service, action, _)| *service == integration.service && *action == integration.action)
        .map_or(&[][..], |(.., required)| required);
    for name in required {
        if !parameters.has(name) && !parameters.has(&format!("{name}.$")) {
            parameters.report(format!("The field '{name}' is required but was missing"));
        }
    }
}
