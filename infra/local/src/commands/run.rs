//! `stepwell run`: one state machine, to its end. The API's own handlers create and start it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use api::Door;
use api_model::StateMachineType;
use asl::diagnostic::Severity;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use clap::Args;
use engine::failure::ErrorAndCause;
use engine::record::Record;
use engine::run::Status;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tower::ServiceExt;

use super::dev::interrupted;
use super::progress::Progress;
use super::{Surroundings, validate};
use crate::definition::DefinitionFile;
use crate::execution_log::LocalLog;
use crate::installation::{Installation, Store};
use crate::secret;
use crate::store::{MemoryAccessKeys, MemoryStore};
use crate::watched::WatchedJournal;

#[derive(Debug, Args)]
pub struct Run {
    /// The definition, in the Amazon States Language: JSON, or YAML by the names `.yaml` and `.yml`; `-` is standard input.
    #[arg(value_name = "FILE")]
    definition: PathBuf,
    /// The execution's input, as JSON; `@FILE` reads it from a file, `@-` from standard input.
    #[arg(long, value_name = "JSON", default_value = "{}")]
    input: String,
    /// The execution's name.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// No progress: only the output, or the error.
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    surroundings: Surroundings,
}

/// How it came to nothing.
enum Failed {
    /// It could not be run.
    Trouble(String),
    /// It ran, and failed.
    Execution(&'static str, ErrorAndCause),
}

impl Run {
    #[expect(clippy::print_stdout, clippy::print_stderr, reason = "the command's own answer")]
    pub async fn run(self) -> ExitCode {
        match self.to_end().await {
            Ok(output) => {
                println!("{output}");
                ExitCode::SUCCESS
            }
            Err(Failed::Trouble(why)) => {
                eprintln!("stepwell: {why}");
                ExitCode::from(2)
            }
            Err(Failed::Execution(how, ErrorAndCause { error, cause })) => {
                eprintln!("{how}: {}", error.as_deref().unwrap_or("no error was named"));
                if let Some(cause) = cause {
                    eprintln!("cause: {cause}");
                }
                ExitCode::FAILURE
            }
        }
    }

    async fn to_end(&self) -> Result<String, Failed> {
        let definition = self.definition()?;
        let input = match self.input.strip_prefix('@') {
            Some("-") => std::io::read_to_string(std::io::stdin()).map_err(trouble)?,
            Some(file) => read(Path::new(file))?,
            None => self.input.clone(),
        };
        let targets = self.surroundings.targets().map_err(Failed::Trouble)?;
        let (watcher, records) = unbounded_channel();
        let store = Arc::new(MemoryStore::new());
        let journal = Arc::new(WatchedJournal::new(store.clone(), watcher));
        let store = Store { journal, ..Store::of(store, secret::of_process(), MemoryAccessKeys::default()) };
        let log = Arc::new(LocalLog::to_standard_error());
        let installation =
            Installation::new(store, targets.clone(), log, self.surroundings.place(), self.surroundings.settings());
        let router = api::router(installation.api.clone(), Door::Guarded);

        let result = tokio::select! {
            result = self.execute(&router, &definition, &input, records) => result,
            () = installation.keep_time() => Err(Failed::Trouble("the clock stopped".into())),
            () = interrupted() => Err(Failed::Trouble("interrupted".into())),
        };
        targets.stop().await;
        result
    }

    /// The definition as JSON, if nothing is wrong with it.
    fn definition(&self) -> Result<String, Failed> {
        let file = DefinitionFile::read(&self.definition).map_err(Failed::Trouble)?;
        let (name, json) = (file.name.clone(), file.json().unwrap_or_default().to_owned());
        let findings = file.findings(StateMachineType::Standard);
        let errors: Vec<String> = findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| validate::line(&name, finding))
            .collect();
        if errors.is_empty() {
            return Ok(json);
        }
        Err(Failed::Trouble(format!("InvalidDefinition: Invalid State Machine Definition\n{}", errors.join("\n"))))
    }

    async fn execute(
        &self,
        router: &Router,
        definition: &str,
        input: &str,
        records: UnboundedReceiver<Arc<Record>>,
    ) -> Result<String, Failed> {
        let machine = json!({
            "name": machine_name(&self.definition),
            "definition": definition,
            "roleArn": format!("arn:aws:iam::{}:role/stepwell-run", self.surroundings.account),
        });
        let created = call(router, "CreateStateMachine", &machine).await?;
        let mut start = json!({ "stateMachineArn": created.get("stateMachineArn"), "input": input });
        if let (Some(name), Some(members)) = (&self.name, start.as_object_mut()) {
            members.insert("name".into(), json!(name));
        }
        call(router, "StartExecution", &start).await?;
        match follow(records, Progress::new(self.quiet)).await {
            Some(Status::Succeeded { output }) => Ok(output.as_str().to_owned()),
            Some(Status::Failed(failure)) => Err(Failed::Execution("FAILED", failure)),
            Some(Status::TimedOut(failure)) => Err(Failed::Execution("TIMED_OUT", failure)),
            Some(Status::Aborted(failure)) => Err(Failed::Execution("ABORTED", failure)),
            Some(Status::Running) | None => Err(Failed::Trouble("the execution was lost".into())),
        }
    }
}

/// Shows the records as they come, until the execution has ended.
async fn follow(mut records: UnboundedReceiver<Arc<Record>>, mut progress: Progress) -> Option<Status> {
    while let Some(record) = records.recv().await {
        progress.show(&record);
        if record.run.has_ended() {
            progress.end();
            return Some(record.run.status.clone());
        }
    }
    None
}

fn read(file: &Path) -> Result<String, Failed> {
    std::fs::read_to_string(file).map_err(|error| Failed::Trouble(format!("{}: {error}", file.display())))
}

fn trouble(error: impl std::fmt::Display) -> Failed {
    Failed::Trouble(error.to_string())
}

/// The file's name up to the first dot, as far as a state machine may be called so.
fn machine_name(file: &Path) -> String {
    let stem = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name: String = stem
        .split('.')
        .next()
        .unwrap_or_default()
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() || character == '-' { character } else { '_' })
        .take(80)
        .collect();
    if name.is_empty() { "machine".to_owned() } else { name }
}

/// Calls an operation of the API in this process.
async fn call(router: &Router, operation: &str, body: &Value) -> Result<Value, Failed> {
    let request = Request::post("/")
        .header("x-amz-target", format!("AWSStepFunctions.{operation}"))
        .body(Body::from(body.to_string()))
        .map_err(trouble)?;
    let Ok(response) = router.clone().oneshot(request).await;
    let ok = response.status().is_success();
    let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.map_err(trouble)?;
    let answer: Value = serde_json::from_slice(&body).map_err(trouble)?;
    if ok {
        return Ok(answer);
    }
    let text = |member: &str| answer.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    let code = text("__type").rsplit('#').next().unwrap_or_default().to_owned();
    Err(Failed::Trouble(format!("{code}: {}{}", text("message"), text("Message"))))
}
