use aws_sdk_sfn::Client;
use aws_sdk_sfn::types::{LogLevel, LoggingConfiguration, StateMachineType, Tag, TracingConfiguration};
use serde_json::{Value, json};

use crate::call::{Called, Parameters, each, told};

pub async fn create(client: &Client, given: &Parameters) -> Called {
    let call = client
        .create_state_machine()
        .set_name(given.text("name"))
        .set_definition(given.text("definition"))
        .set_role_arn(given.text("roleArn"))
        .set_type(kind(given))
        .set_logging_configuration(logging(given))
        .set_tracing_configuration(tracing(given))
        .set_publish(given.flag("publish"))
        .set_version_description(given.text("versionDescription"))
        .set_tags(tags(given));
    let created = call.send().await.map_err(told)?;
    Ok(json!({
        "stateMachineArn": created.state_machine_arn(),
        "stateMachineVersionArn": created.state_machine_version_arn(),
    }))
}

pub async fn describe(client: &Client, given: &Parameters) -> Called {
    let call = client.describe_state_machine().set_state_machine_arn(given.text("stateMachineArn"));
    let described = call.send().await.map_err(told)?;
    let level = described.logging_configuration().and_then(|logging| logging.level()).map(LogLevel::as_str);
    let traced = described.tracing_configuration().map(|tracing| json!({ "enabled": tracing.enabled() }));
    Ok(json!({
        "name": described.name(),
        "definition": described.definition(),
        "roleArn": described.role_arn(),
        "type": described.r#type().as_str(),
        "status": described.status().map(|status| status.as_str()),
        "loggingConfiguration": { "level": level },
        "tracingConfiguration": traced,
    }))
}

pub async fn update(client: &Client, given: &Parameters) -> Called {
    let call = client
        .update_state_machine()
        .set_state_machine_arn(given.text("stateMachineArn"))
        .set_definition(given.text("definition"))
        .set_role_arn(given.text("roleArn"))
        .set_logging_configuration(logging(given))
        .set_tracing_configuration(tracing(given))
        .set_publish(given.flag("publish"));
    let updated = call.send().await.map_err(told)?;
    Ok(json!({
        "revisionId": updated.revision_id(),
        "stateMachineVersionArn": updated.state_machine_version_arn(),
    }))
}

/// All of them, page by page.
pub async fn list(client: &Client) -> Called {
    let pages = client.list_state_machines().into_paginator().items().send();
    let listed: Vec<_> = pages.try_collect().await.map_err(told)?;
    Ok(json!({ "stateMachines": each(&listed, "stateMachineArn", |item| item.state_machine_arn()) }))
}

pub async fn delete(client: &Client, given: &Parameters) -> Called {
    let call = client.delete_state_machine().set_state_machine_arn(given.text("stateMachineArn"));
    call.send().await.map_err(told)?;
    Ok(json!({}))
}

pub async fn validate_definition(client: &Client, given: &Parameters) -> Called {
    let call =
        client.validate_state_machine_definition().set_definition(given.text("definition")).set_type(kind(given));
    let validated = call.send().await.map_err(told)?;
    Ok(json!({ "result": validated.result().as_str() }))
}

pub async fn tag(client: &Client, given: &Parameters) -> Called {
    let call = client.tag_resource().set_resource_arn(given.text("resourceArn")).set_tags(tags(given));
    call.send().await.map_err(told)?;
    Ok(json!({}))
}

pub async fn untag(client: &Client, given: &Parameters) -> Called {
    let call = client.untag_resource().set_resource_arn(given.text("resourceArn")).set_tag_keys(given.texts("tagKeys"));
    call.send().await.map_err(told)?;
    Ok(json!({}))
}

pub async fn list_tags(client: &Client, given: &Parameters) -> Called {
    let call = client.list_tags_for_resource().set_resource_arn(given.text("resourceArn"));
    let listed = call.send().await.map_err(told)?;
    let tags = listed.tags().iter().map(|tag| json!({ "key": tag.key(), "value": tag.value() }));
    Ok(json!({ "tags": tags.collect::<Vec<Value>>() }))
}

fn kind(given: &Parameters) -> Option<StateMachineType> {
    Some(StateMachineType::from(given.text("type")?.as_str()))
}

fn logging(given: &Parameters) -> Option<LoggingConfiguration> {
    let logging = given.part("loggingConfiguration")?;
    let level = logging.text("level").map(|level| LogLevel::from(level.as_str()));
    let data = logging.flag("includeExecutionData");
    Some(LoggingConfiguration::builder().set_level(level).set_include_execution_data(data).build())
}

fn tracing(given: &Parameters) -> Option<TracingConfiguration> {
    let enabled = given.part("tracingConfiguration")?.flag("enabled");
    Some(TracingConfiguration::builder().set_enabled(enabled).build())
}

fn tags(given: &Parameters) -> Option<Vec<Tag>> {
    let tag = |tag: &Parameters| Tag::builder().set_key(tag.text("key")).set_value(tag.text("value")).build();
    Some(given.parts("tags")?.iter().map(tag).collect())
}
