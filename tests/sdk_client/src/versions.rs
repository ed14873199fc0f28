//! Versions and aliases of state machines.

use aws_sdk_sfn::Client;
use aws_sdk_sfn::types::RoutingConfigurationListItem;
use serde_json::{Value, json};

use crate::call::{Called, Parameters, each, told};

pub async fn publish(client: &Client, given: &Parameters) -> Called {
    let call = client
        .publish_state_machine_version()
        .set_state_machine_arn(given.text("stateMachineArn"))
        .set_revision_id(given.text("revisionId"))
        .set_description(given.text("description"));
    let published = call.send().await.map_err(told)?;
    Ok(json!({ "stateMachineVersionArn": published.state_machine_version_arn() }))
}

pub async fn list(client: &Client, given: &Parameters) -> Called {
    let call = client.list_state_machine_versions().set_state_machine_arn(given.text("stateMachineArn"));
    let listed = call.send().await.map_err(told)?;
    let versions =
        each(listed.state_machine_versions(), "stateMachineVersionArn", |item| item.state_machine_version_arn());
    Ok(json!({ "stateMachineVersions": versions }))
}

pub async fn delete(client: &Client, given: &Parameters) -> Called {
    let version = given.text("stateMachineVersionArn");
    let call = client.delete_state_machine_version().set_state_machine_version_arn(version);
    call.send().await.map_err(told)?;
    Ok(json!({}))
}

pub async fn create_alias(client: &Client, given: &Parameters) -> Called {
    let call =
        client.create_state_machine_alias().set_name(given.text("name")).set_routing_configuration(routing(given));
    let created = call.send().await.map_err(told)?;
    Ok(json!({ "stateMachineAliasArn": created.state_machine_alias_arn() }))
}

pub async fn describe_alias(client: &Client, given: &Parameters) -> Called {
    let call = client.describe_state_machine_alias().set_state_machine_alias_arn(given.text("stateMachineAliasArn"));
    let described = call.send().await.map_err(told)?;
    let routing = described
        .routing_configuration()
        .iter()
        .map(|item| json!({ "stateMachineVersionArn": item.state_machine_version_arn(), "weight": item.weight() }));
    Ok(json!({ "routingConfiguration": routing.collect::<Vec<Value>>() }))
}

pub async fn update_alias(client: &Client, given: &Parameters) -> Called {
    let call = client
        .update_state_machine_alias()
        .set_state_machine_alias_arn(given.text("stateMachineAliasArn"))
        .set_routing_configuration(routing(given));
    call.send().await.map_err(told)?;
    Ok(json!({}))
}

pub async fn list_aliases(client: &Client, given: &Parameters) -> Called {
    let call = client.list_state_machine_aliases().set_state_machine_arn(given.text("stateMachineArn"));
    let listed = call.send().await.map_err(told)?;
    let aliases = each(listed.state_machine_aliases(), "stateMachineAliasArn", |item| item.state_machine_alias_arn());
    Ok(json!({ "stateMachineAliases": aliases }))
}

pub async fn delete_alias(client: &Client, given: &Parameters) -> Called {
    let call = client.delete_state_machine_alias().set_state_machine_alias_arn(given.text("stateMachineAliasArn"));
    call.send().await.map_err(told)?;
    Ok(json!({}))
}

fn routing(given: &Parameters) -> Option<Vec<RoutingConfigurationListItem>> {
    let item = |item: &Parameters| {
        let version = item.text("stateMachineVersionArn");
        let route = RoutingConfigurationListItem::builder().set_state_machine_version_arn(version);
        route.set_weight(item.number("weight")).build().unwrap()
    };
    Some(given.parts("routingConfiguration")?.iter().map(item).collect())
}
