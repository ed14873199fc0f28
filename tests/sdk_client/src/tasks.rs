//! Tasks that end by their token, and activities.

use aws_sdk_sfn::Client;
use serde_json::json;

use crate::call::{Called, Parameters, each, told};

pub async fn succeed(client: &Client, given: &Parameters) -> Called {
    let call = client.send_task_success().set_task_token(given.text("taskToken")).set_output(given.text("output"));
    call.send().await.map_err(told)?;
    Ok(json!({}))
}

pub async fn fail(client: &Client, given: &Parameters) -> Called {
    let call = client
        .send_task_failure()
        .set_task_token(given.text("taskToken"))
        .set_error(given.text("error"))
        .set_cause(given.text("cause"));
    call.send().await.map_err(told)?;
    Ok(json!({}))
}

pub async fn heartbeat(client: &Client, given: &Parameters) -> Called {
    client.send_task_heartbeat().set_task_token(given.text("taskToken")).send().await.map_err(told)?;
    Ok(json!({}))
}

pub async fn create_activity(client: &Client, given: &Parameters) -> Called {
    let created = client.create_activity().set_name(given.text("name")).send().await.map_err(told)?;
    Ok(json!({ "activityArn": created.activity_arn() }))
}

pub async fn describe_activity(client: &Client, given: &Parameters) -> Called {
    let call = client.describe_activity().set_activity_arn(given.text("activityArn"));
    let described = call.send().await.map_err(told)?;
    Ok(json!({ "name": described.name() }))
}

pub async fn list_activities(client: &Client, given: &Parameters) -> Called {
    let listed = client.list_activities().set_max_results(given.number("maxResults")).send().await.map_err(told)?;
    Ok(json!({ "activities": each(listed.activities(), "activityArn", |item| item.activity_arn()) }))
}

pub async fn delete_activity(client: &Client, given: &Parameters) -> Called {
    client.delete_activity().set_activity_arn(given.text("activityArn")).send().await.map_err(told)?;
    Ok(json!({}))
}

pub async fn poll_activity(client: &Client, given: &Parameters) -> Called {
    let call = client.get_activity_task().set_activity_arn(given.text("activityArn"));
    let task = call.set_worker_name(given.text("workerName")).send().await.map_err(told)?;
    Ok(json!({ "taskToken": task.task_token(), "input": task.input() }))
}
