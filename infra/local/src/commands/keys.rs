//! `stepwell keys`: issues, lists and revokes access keys; of a folder in this process, of a deployed stack by invoking its
//! function for it.

use std::process::ExitCode;
use std::sync::Arc;

use access::{AccessKeyId, KeyName, KeyRequest, Policy, Role};
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use keys::{Answer, Keys as Handler, ListedKey, Request};
use ports::clock::{RandomIds, SystemClock};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::deployed::Deployed;
use crate::secret;
use crate::store::FileAccessKeys;

#[derive(Debug, Args)]
pub struct Keys {
    #[command(subcommand)]
    action: Action,
    #[command(flatten)]
    place: Deployed,
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
            None => self.place.invoke("keys", &request).await?,
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
