//! What the command line offers.

mod deployed;
pub mod dev;
pub mod doctor;
pub mod keys;
pub mod progress;
pub mod run;
pub mod step_functions_local;
pub mod validate;

use std::sync::Arc;

use api_model::Place;
use clap::{Args, Parser, Subcommand};
use ports::Settings;

use crate::targets::{Credentials, FunctionSettings, LambdaEndpoint, Targets};

/// AWS Step Functions on your own machine: no account, no Docker.
#[derive(Debug, Parser)]
#[command(name = "stepwell", version, propagate_version = true)]
pub struct CommandLine {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves the Step Functions API, for any SDK, the AWS CLI, Terraform or CDK.
    Dev(Box<dev::Dev>),
    /// Runs one state machine to its end, and prints its output.
    Run(run::Run),
    /// Says what is wrong with definitions.
    Validate(validate::Validate),
    /// Issues, lists and revokes access keys: who may call a deployed stack, or a `stepwell dev` beyond loopback.
    Keys(keys::Keys),
    /// Says what is stuck, and why, and repairs it. Exit status: 0 if nothing is, 1 if something is, 2 if it cannot tell.
    Doctor(doctor::Doctor),
}

/// Where tasks go, and what the installation is called in ARNs.
#[derive(Debug, Args)]
pub struct Surroundings {
    /// Runs a Lambda function as a child process: any program that speaks the Lambda Runtime API. May be given again.
    #[arg(long = "function", value_name = "NAME=PROGRAM")]
    functions: Vec<String>,
    /// Invokes all other functions there: any Lambda Invoke API.
    #[arg(long, value_name = "URL", env = "LAMBDA_ENDPOINT")]
    lambda_endpoint: Option<String>,
    /// The region in ARNs. Without it, that of AWS_REGION or AWS_DEFAULT_REGION, or us-east-1.
    #[arg(long, alias = "aws-region", value_name = "NAME")]
    region: Option<String>,
    /// The account in ARNs: twelve digits.
    #[arg(long, alias = "aws-account", value_name = "ID", env = "AWS_ACCOUNT_ID", default_value = ACCOUNT, value_parser = account)]
    account: String,
    /// The largest input, output or result of a state, in bytes.
    #[arg(long, value_name = "BYTES", env = "PAYLOAD_LIMIT_BYTES", default_value_t = engine::limits::PAYLOAD_BYTES)]
    payload_limit_bytes: usize,
    /// How many states one message runs where they need nothing from outside.
    #[arg(long, value_name = "COUNT", env = "TRANSITIONS_PER_MESSAGE", default_value_t = 1)]
    transitions_per_message: u32,
}

const ACCOUNT: &str = "123456789012";

/// Nothing, as files of variables may have it, is the usual one.
fn account(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(ACCOUNT.to_owned());
    }
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    Err("an account has twelve digits".to_owned())
}

impl Surroundings {
    fn targets(&self) -> Result<Arc<Targets>, String> {
        let mut targets = Targets::new(&self.region(), &self.account);
        for option in &self.functions {
            let settings = FunctionSettings::parse(option).map_err(|error| error.to_string())?;
            targets = targets.with_function(settings);
        }
        let given = self.lambda_endpoint.clone().filter(|url| !url.is_empty());
        if let Some(url) = given.or_else(|| variable("AWS_ENDPOINT_URL_LAMBDA")) {
            let endpoint = LambdaEndpoint::new(&url, &self.region(), Credentials::from_environment());
            targets = targets.with_endpoint(endpoint.map_err(|error| error.to_string())?);
        }
        Ok(Arc::new(targets))
    }

    fn region(&self) -> String {
        let region = self.region.clone().or_else(|| variable("AWS_REGION")).or_else(|| variable("AWS_DEFAULT_REGION"));
        region.unwrap_or_else(|| "us-east-1".to_owned())
    }

    fn place(&self) -> Place {
        let region = self.region();
        Place::new(partition(&region), region, &self.account)
    }

    fn settings(&self) -> Settings {
        Settings {
            payload_limit_bytes: self.payload_limit_bytes,
            transitions_per_message: self.transitions_per_message,
            ..Settings::default()
        }
    }
}

/// An empty variable counts as missing.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn partition(region: &str) -> &'static str {
    match region {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    }
}
