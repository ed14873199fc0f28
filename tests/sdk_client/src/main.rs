//! Calls operations as they come, a line of JSON each: `{"operation": "StartExecution", "parameters": {…}}`. Answers a line
//! each, of what the tests look at: `{"answer": {…}}`, or `{"error": {"code": …, "message": …, "status": …}}`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test's program")]

mod call;
mod executions;
mod state_machines;
mod tasks;
mod versions;

use std::io::stdin;

use aws_sdk_sfn::Client;
use aws_sdk_sfn::config::retry::RetryConfig;
use aws_sdk_sfn::config::{BehaviorVersion, Config, Credentials, Region};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use serde_json::json;

use call::{Called, Parameters};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = Client::from_conf(config());
    // Read apart, so that connections are attended to meanwhile.
    while let Some(line) = tokio::task::spawn_blocking(|| stdin().lines().next()).await.unwrap() {
        let line = Parameters::parse(&line.unwrap());
        let operation = line.text("operation").unwrap();
        let called = call_operation(&client, &operation, &line.part("parameters").unwrap()).await;
        let (member, value) = called.map_or_else(|error| ("error", error), |answer| ("answer", answer));
        println!("{}", json!({ member: value }));
    }
}

/// From the environment. Nothing is tried again: each answer is the one to the call.
fn config() -> Config {
    let variable = |name| std::env::var(name).unwrap();
    let session = std::env::var("AWS_SESSION_TOKEN").ok();
    let (key_id, secret) = (variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"));
    let http = aws_smithy_http_client::Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(variable("AWS_REGION")))
        .endpoint_url(variable("ENDPOINT"))
        .credentials_provider(Credentials::new(key_id, secret, session, None, "environment"))
        .retry_config(RetryConfig::disabled())
        .http_client(http)
        .build()
}

async fn call_operation(client: &Client, operation: &str, given: &Parameters) -> Called {
    match operation {
        "CreateStateMachine" => state_machines::create(client, given).await,
        "DescribeStateMachine" => state_machines::describe(client, given).await,
        "UpdateStateMachine" => state_machines::update(client, given).await,
        "ListStateMachines" => state_machines::list(client).await,
        "DeleteStateMachine" => state_machines::delete(client, given).await,
        "ValidateStateMachineDefinition" => state_machines::validate_definition(client, given).await,
        "TagResource" => state_machines::tag(client, given).await,
        "UntagResource" => state_machines::untag(client, given).await,
        "ListTagsForResource" => state_machines::list_tags(client, given).await,
        "PublishStateMachineVersion" => versions::publish(client, given).await,
        "ListStateMachineVersions" => versions::list(client, given).await,
        "DeleteStateMachineVersion" => versions::delete(client, given).await,
        "CreateStateMachineAlias" => versions::create_alias(client, given).await,
        "DescribeStateMachineAlias" => versions::describe_alias(client, given).await,
        "UpdateStateMachineAlias" => versions::update_alias(client, given).await,
        "ListStateMachineAliases" => versions::list_aliases(client, given).await,
        "DeleteStateMachineAlias" => versions::delete_alias(client, given).await,
        "StartExecution" => executions::start(client, given).await,
        "StopExecution" => executions::stop(client, given).await,
        "RedriveExecution" => executions::redrive(client, given).await,
        "DescribeExecution" => executions::describe(client, given).await,
        "DescribeStateMachineForExecution" => executions::describe_state_machine(client, given).await,
        "ListExecutions" => executions::list(client, given).await,
        "GetExecutionHistory" => executions::history(client, given).await,
        "DescribeMapRun" => executions::describe_map_run(client, given).await,
        "ListMapRuns" => executions::list_map_runs(client, given).await,
        "SendTaskSuccess" => tasks::succeed(client, given).await,
        "SendTaskFailure" => tasks::fail(client, given).await,
        "SendTaskHeartbeat" => tasks::heartbeat(client, given).await,
        "CreateActivity" => tasks::create_activity(client, given).await,
        "DescribeActivity" => tasks::describe_activity(client, given).await,
        "ListActivities" => tasks::list_activities(client, given).await,
        "DeleteActivity" => tasks::delete_activity(client, given).await,
        "GetActivityTask" => tasks::poll_activity(client, given).await,
        other => panic!("this client does not call {other}"),
    }
}
