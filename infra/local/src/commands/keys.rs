//! `stepwell keys`: issues, lists and revokes access keys; of a folder in this process, of a deployed stack by invoking its
//! function for it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use access::{AccessKeyId, KeyName, KeyRequest, Policy, Role};
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use keys::{Answer, Keys as Handler, ListedKey, Request};
use ports::TaskTarget;
use ports::clock::{RandomIds, SystemClock};
use ports::task_target::Invocation;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::{partition, variable};
use crate::secret;
use crate::store::FileAccessKeys;
use crate::targets::{Credentials, LambdaEndpoint};

#[derive(Debug, Args)]
pub struct Keys {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    place: KeysPlace,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Makes a new key, and prints it as variables that every AWS SDK reads. Its secret is shown this once.
    Create {
        /// Who is to hold it: shown in lists, logs and errors.
        name: KeyName,
        /// What it permits: everything, what changes nothing, starting executions, or the work of activities and task tokens.
        #[arg(long, value_name = "ROLE", default_value = "full", value_parser = PossibleValuesParser::new(Role::ALL.map(Role::as_str)))]
        role: String,
        /// Limits it to state machines of this name, in which * stands for any text. May be given again.
        #[arg(long = "machine", value_name = "PATTERN")]
        machines: Vec<String>,
    },
    /// Shows all keys, without their secrets.
    List,
    /// Ends a key: within a minute nobody gets in with it.
    Revoke { id: AccessKeyId },
}

/// Whose keys. The AWS account is called with AWS_ACCESS_KEY_ID and so on; `aws configure export-credentials --format env`
/// gives them for a profile.
#[derive(Debug, Args)]
struct KeysPlace {
    /// Those of `stepwell dev --data DIR`, which may be running.
    #[arg(long, value_name = "DIR", global = true, conflicts_with_all = ["stack", "function"])]
    data: Option<PathBuf>,
    /// Those of the stack, which was deployed under this name.
    #[arg(long, value_name = "NAME", env = "STEPWELL_STACK", default_value = "stepwell", global = true)]
    stack: String,
    /// The stack's function for keys, where it is not called NAME-keys.
    #[arg(long, value_name = "NAME", global = true)]
    function: Option<String>,
    /// The stack's region.
    #[arg(long, value_name = "NAME", env = "AWS_REGION", global = true)]
    region: Option<String>,
    /// The Lambda API to call, if not that of AWS.
    #[arg(long, value_name = "URL", env = "AWS_ENDPOINT_URL_LAMBDA", global = true)]
    endpoint_url: Option<String>,
}

impl Keys {
    #[expect(clippy::print_stdout, clippy::print_stderr, reason = "the command's own answer")]
    pub async fn run(self) -> ExitCode {
        match self.answer().await {
            Ok(text) => {
                print!("{text}");
                ExitCode::SUCCESS
            }
            Err(why) => {
                eprintln!("stepwell: {why}");
                ExitCode::FAILURE
            }
        }
    }

    async fn answer(self) -> Result<String, String> {
        let request = self.action.request()?;
        let answer = match &self.place.data {
            Some(folder) => of_folder(folder, request).await?,
            None => self.place.invoke(&request).await?,
        };
        Ok(shown(&answer))
    }
}

impl Action {
    fn request(self) -> Result<Request, String> {
        Ok(match self {
            Self::Create { name, role, machines } => {
                let role = Role::ALL.into_iter().find(|known| known.as_str() == role).ok_or("no such role")?;
                let policy = Policy::new(role, &machines).map_err(|error| error.to_string())?;
                Request::Create(KeyRequest { name, policy })
            }
            Self::List => Request::List,
            Self::Revoke { id } => Request::Revoke { access_key_id: id },
        })
    }
}

async fn of_folder(folder: &std::path::Path, request: Request) -> Result<Answer, String> {
    let handler = Handler {
        access_keys: Arc::new(FileAccessKeys::of_folder(folder)),
        secret: Arc::new(secret::of_folder(folder).map_err(|error| error.to_string())?),
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
    };
    handler.handle(request).await.map_err(|error| error.to_string())
}

impl KeysPlace {
    async fn invoke(&self, request: &Request) -> Result<Answer, String> {
        let region = self.region.clone().or_else(|| variable("AWS_DEFAULT_REGION"));
        let region = region.unwrap_or_else(|| "us-east-1".to_owned());
        let url = self.endpoint_url.clone().or_else(|| variable("AWS_ENDPOINT_URL"));
        let url = url.unwrap_or_else(|| lambda_url(&region));
        let endpoint = LambdaEndpoint::new(&url, &region, Credentials::from_environment());
        let invocation = Invocation {
            function: self.function.clone().unwrap_or_else(|| format!("{}-keys", self.stack)),
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

fn shown(answer: &Answer) -> String {
    match answer {
        Answer::Created { access_key_id, secret_access_key } => {
            format!("export AWS_ACCESS_KEY_ID={access_key_id}\nexport AWS_SECRET_ACCESS_KEY={secret_access_key}\n")
        }
        Answer::Keys(keys) => keys.iter().map(line).collect(),
        Answer::Revoked { access_key_id } => format!("{access_key_id} is revoked\n"),
    }
}

/// `SWKA…  2026-11-25T22:47:14Z  start-only  ci  orders-*`
fn line(key: &ListedKey) -> String {
    let created_at = OffsetDateTime::from_unix_timestamp(key.created_at.div_euclid(1000)).ok();
    let created_at = created_at.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_default();
    let machines: Vec<String> = key.policy.machines().iter().map(ToString::to_string).collect();
    let line = format!(
        "{}  {created_at}  {:<10}  {}  {}",
        key.access_key_id,
        key.policy.role().as_str(),
        key.name,
        machines.join(" ")
    );
    format!("{}\n", line.trim_end())
}
