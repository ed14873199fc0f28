use aws_sdk_sfn::Client;
use serde_json::{Value, json};

use crate::call::{Called, Parameters, each, told};

pub async fn start(client: &Client, given: &Parameters) -> Called {
    let call = client
        .start_execution()
        .set_state_machine_arn(given.text("stateMachineArn"))
        .set_name(given.text("name"))
        .set_input(given.text("input"));
    let started = call.send().await.map_err(told)?;
    Ok(json!({ "executionArn": started.execution_arn() }))
}

pub async fn stop(client: &Client, given: &Parameters) -> Called {
    let call = client
        .stop_execution()
        .set_execution_arn(given.text("executionArn"))
        .set_error(given.text("error"))
        .set_cause(given.text("cause"));
    let stopped = call.send().await.map_err(told)?;
    Ok(json!({ "stopDate": stopped.stop_date().as_secs_f64() }))
}

pub async fn redrive(client: &Client, given: &Parameters) -> Called {
    let call = client.redrive_execution().set_execution_arn(given.text("executionArn"));
    let redriven = call.send().await.map_err(told)?;
    Ok(json!({ "redriveDate": redriven.redrive_date().as_secs_f64() }))
}

pub async fn describe(client: &Client, given: &Parameters) -> Called {
    let call = client.describe_execution().set_execution_arn(given.text("executionArn"));
    let described = call.send().await.map_err(told)?;
    Ok(json!({
        "status": described.status().as_str(),
        "output": described.output(),
        "error": described.error(),
        "cause": described.cause(),
        "redriveCount": described.redrive_count(),
    }))
}

pub async fn describe_state_machine(client: &Client, given: &Parameters) -> Called {
    let call = client.describe_state_machine_for_execution().set_execution_arn(given.text("executionArn"));
    let described = call.send().await.map_err(told)?;
    Ok(json!({ "definition": described.definition() }))
}

pub async fn list(client: &Client, given: &Parameters) -> Called {
    let call = client.list_executions().set_state_machine_arn(given.text("stateMachineArn"));
    let listed = call.send().await.map_err(told)?;
    Ok(json!({ "executions": each(listed.executions(), "name", |item| item.name()) }))
}

/// All of it, page by page.
pub async fn history(client: &Client, given: &Parameters) -> Called {
    let call = client.get_execution_history().set_execution_arn(given.text("executionArn"));
    let events: Vec<_> = call.into_paginator().items().send().try_collect().await.map_err(told)?;
    let events = events.iter().map(|event| json!({ "id": event.id(), "type": event.r#type().as_str() }));
    Ok(json!({ "events": events.collect::<Vec<Value>>() }))
}

pub async fn describe_map_run(client: &Client, given: &Parameters) -> Called {
    let call = client.describe_map_run().set_map_run_arn(given.text("mapRunArn"));
    let described = call.send().await.map_err(told)?;
    Ok(json!({ "status": described.status().as_str() }))
}

pub async fn list_map_runs(client: &Client, given: &Parameters) -> Called {
    let call = client.list_map_runs().set_execution_arn(given.text("executionArn"));
    let listed = call.send().await.map_err(told)?;
    Ok(json!({ "mapRuns": each(listed.map_runs(), "mapRunArn", |item| item.map_run_arn()) }))
}
