//! Where an installation is that a command is for: in a folder of this machine, or deployed as a stack, whose functions are
//! invoked.

use std::path::PathBuf;

use clap::Args;
use ports::TaskTarget;
use ports::task_target::Invocation;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{partition, variable};
use crate::targets::{Credentials, LambdaEndpoint};

/// The AWS account is called with AWS_ACCESS_KEY_ID and so on; `aws configure export-credentials --format env` gives them for
/// a profile.
#[derive(Debug, Args)]
pub struct Deployed {
    /// That of `stepwell dev --data DIR`, which may be running.
    #[arg(long, value_name = "DIR", global = true, conflicts_with_all = ["stack", "function"])]
    pub data: Option<PathBuf>,
    /// The stack that was deployed under this name.
    #[arg(long, value_name = "NAME", env = "STEPWELL_STACK", default_value = "stepwell", global = true)]
    stack: String,
    /// The stack's function for this command, where it is not called after the stack and the command: NAME-keys, NAME-doctor.
    #[arg(long, value_name = "NAME", global = true)]
    function: Option<String>,
    /// The stack's region.
    #[arg(long, value_name = "NAME", env = "AWS_REGION", global = true)]
    region: Option<String>,
    /// The Lambda API to call, if not that of AWS.
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_LAMBDA", global = true)]
    endpoint_url: Option<String>,
}

impl Deployed {
    /// What the stack's function of that name answers.
    pub async fn invoke<Q: Serialize, A: DeserializeOwned>(&self, function: &str, request: &Q) -> Result<A, String> {
        let region = self.region.clone().or_else(|| variable("AWS_DEFAULT_REGION"));
        let region = region.unwrap_or_else(|| "us-east-1".to_owned());
        let url = self.endpoint_url.clone().or_else(|| variable("AWS_ENDPOINT_URL"));
        let url = url.unwrap_or_else(|| lambda_url(&region));
        let endpoint = LambdaEndpoint::new(&url, &region, Credentials::from_environment());
        let invocation = Invocation {
            function: self.function.clone().unwrap_or_else(|| format!("{}-{function}", self.stack)),
            payload: serde_json::to_string(request).map_err(|error| error.to_string())?,
            ..Invocation::default()
        };
        let invoked = endpoint.map_err(|error| error.to_string())?.invoke(&invocation).await;
        let invoked = invoked.map_err(|error| format!("function {}: {error}", invocation.function))?;
        if invoked.function_error.is_some() {
            return Err(error_message(&invoked.payload));
        }
        serde_json::from_str(&invoked.payload).map_err(|error| format!("the function's answer is no answer: {error}"))
    }
}

fn lambda_url(region: &str) -> String {
    let suffix = if partition(region) == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("https://lambda.{region}.{suffix}")
}

/// What a function that failed says, as Lambda wraps it.
fn error_message(payload: &str) -> String {
    let body: serde_json::Value = serde_json::from_str(payload).unwrap_or_default();
    body.get("errorMessage").and_then(|message| message.as_str()).unwrap_or(payload).to_owned()
}
