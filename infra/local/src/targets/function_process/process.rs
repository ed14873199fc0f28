//! One child process of a function: its environment, its life, its death.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::output::{LogTail, read_lines};
use super::runtime_api::{self, Answer, Event, Init, Link, Offer};
use super::settings::FunctionSettings;

/// Lambda gives a function 10 seconds to start, and on a second try its timeout. Here it has the timeout at once (what it
/// runs may be compiled first), and this is when we wonder.
const INIT_LIMIT: Duration = Duration::from_secs(10);
/// How long an answer that was sent may stay behind the news that its sender died.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// A running process. Dropping it kills the process and all that it started.
pub struct Process {
    function: String,
    link: Link,
    /// How it ended, in Lambda's words.
    exited: watch::Receiver<Option<String>>,
    pub log_tail: Arc<LogTail>,
    server: JoinHandle<()>,
    _kill: oneshot::Sender<()>,
}

/// What became of an event given to a process.
#[derive(Debug)]
pub enum Turn {
    Answered(Answer),
    /// The process had the event, and died; how.
    Died(String),
    /// The process had the event, and did not answer in time.
    TimedOut,
    /// The process never had the event.
    NotTaken(NotTaken),
}

#[derive(Debug)]
pub enum NotTaken {
    /// How it died.
    Died(String),
    /// The error object that the function gave for not starting.
    InitFailed(Answer),
    /// It did not ask for an event in time.
    Late,
}

impl Process {
    /// `stopping`: kills the process when it becomes true; held as long as the process lives.
    pub async fn spawn(settings: &FunctionSettings, region: &str, stopping: watch::Receiver<bool>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let mut child = command(settings, region, &listener.local_addr()?.to_string()).spawn()?;
        let group = Group(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)));
        let (api, link) = runtime_api::new();
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, runtime_api::router(api)).await {
                tracing::error!(%error, "the Runtime API ended");
            }
        });

        let log_tail = Arc::new(LogTail::default());
        log_output(&settings.name, &mut child, &log_tail);
        let (told_exit, exited) = watch::channel(None);
        let (kill, killed) = oneshot::channel();
        let name = settings.name.clone();
        tokio::spawn(async move {
            let how = wait(child, group, killed, stopping, &name).await;
            told_exit.send_replace(Some(how));
        });
        Ok(Self { function: settings.name.clone(), link, exited, log_tail, server, _kill: kill })
    }

    pub fn has_exited(&self) -> bool {
        self.exited.borrow().is_some()
    }

    /// Waits until the process asks for its first event.
    pub async fn ready(&mut self, limit: Duration) -> Result<(), NotTaken> {
        let init = async {
            match self.link.init.wait_for(|init| *init != Init::Starting).await.as_deref() {
                Ok(Init::Failed(payload)) => {
                    Err(NotTaken::InitFailed(Answer { failed: true, payload: payload.clone() }))
                }
                _ => Ok(()),
            }
        };
        tokio::select! {
            biased;
            ready = init => ready,
            how = exit(&mut self.exited) => Err(NotTaken::Died(how)),
            () = late(&self.function, limit) => Err(NotTaken::Late),
        }
    }

    /// Gives the event to the process, and waits for the answer: at most `limit` from when the process has the event.
    pub async fn invoke(&mut self, event: &Arc<Event>, limit: Duration) -> Turn {
        let (taken, mut has_taken) = oneshot::channel();
        let (answer, mut answered) = oneshot::channel();
        let offer = Offer { event: event.clone(), timeout: limit, taken: Some(taken), answer };
        if self.link.offers.send(offer).await.is_err() {
            return Turn::NotTaken(NotTaken::Late);
        }
        if let Err(why) = self.taken(&mut has_taken, limit).await {
            // Withdraws the offer, unless it was taken this very moment.
            has_taken.close();
            if has_taken.try_recv().is_err() {
                return Turn::NotTaken(why);
            }
        }
        tokio::select! {
            biased;
            Ok(answer) = &mut answered => Turn::Answered(answer),
            how = exit(&mut self.exited) => match timeout(LAST_WORDS, answered).await {
                Ok(Ok(answer)) => Turn::Answered(answer),
                _ => Turn::Died(how),
            },
            () = sleep(limit) => Turn::TimedOut,
        }
    }

    async fn taken(&mut self, has_taken: &mut oneshot::Receiver<()>, limit: Duration) -> Result<(), NotTaken> {
        tokio::select! {
            biased;
            Ok(()) = has_taken => Ok(()),
            error = init_failure(&mut self.link.init) => Err(NotTaken::InitFailed(error)),
            how = exit(&mut self.exited) => Err(NotTaken::Died(how)),
            () = late(&self.function, limit) => Err(NotTaken::Late),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Returns when a process that has not asked for an event by then is given up.
async fn late(function: &str, limit: Duration) {
    sleep(INIT_LIMIT).await;
    tracing::warn!(
        target: "function",
        function,
        "has not asked for an event in {} seconds; does it speak the Lambda Runtime API?",
        INIT_LIMIT.as_secs()
    );
    sleep(limit.saturating_sub(INIT_LIMIT)).await;
}

/// Returns only if the function reports that it cannot start.
async fn init_failure(init: &mut watch::Receiver<Init>) -> Answer {
    if let Ok(Init::Failed(payload)) = init.wait_for(|init| matches!(init, Init::Failed(_))).await.as_deref() {
        return Answer { failed: true, payload: payload.clone() };
    }
    std::future::pending().await
}

async fn exit(exited: &mut watch::Receiver<Option<String>>) -> String {
    match exited.wait_for(Option::is_some).await.as_deref() {
        Ok(Some(how)) => how.clone(),
        _ => how_it_ended(None),
    }
}

/// The processes of one child and its children; killed when this goes.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        // An error says that there is none left.
        let _ = self.0.map(|group| kill_process_group(group, Signal::KILL));
    }
}

/// Until the process has ended, of itself or killed; how.
async fn wait(
    mut child: Child,
    group: Group,
    killed: oneshot::Receiver<()>,
    mut stopping: watch::Receiver<bool>,
    function: &str,
) -> String {
    let pid = child.id();
    tokio::select! {
        status = child.wait() => {
            let how = how_it_ended(status.ok());
            tracing::warn!(target: "function", function, pid, "{how}");
            return how;
        }
        _ = killed => {}
        _ = stopping.wait_for(|stopping| *stopping) => {}
    }
    drop(group);
    how_it_ended(child.wait().await.ok())
}

/// The words that Lambda has from Go's `os.ProcessState`.
fn how_it_ended(status: Option<ExitStatus>) -> String {
    let Some(status) = status else { return "Runtime exited with error: signal: killed".into() };
    match (status.code(), status.signal()) {
        (Some(0), _) => "Runtime exited without providing a reason".into(),
        (Some(code), _) => format!("Runtime exited with error: exit status {code}"),
        (None, signal) => {
            let core = if status.core_dumped() { " (core dumped)" } else { "" };
            format!("Runtime exited with error: signal: {}{core}", signal_name(signal.unwrap_or_default()))
        }
    }
}

fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        8 => "floating point exception",
        9 => "killed",
        11 => "segmentation fault",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        other => return format!("signal {other}"),
    };
    name.into()
}

fn log_output(function: &str, child: &mut Child, log_tail: &Arc<LogTail>) {
    let to_log = |stream: &'static str| {
        let (function, log_tail) = (function.to_owned(), log_tail.clone());
        move |line: &[u8]| {
            // Lambda's own runtimes keep the lines of one entry together by ending them with this.
            let entry = String::from_utf8_lossy(line).replace('\r', "\n");
            tracing::info!(target: "function", function, stream, "{entry}");
            log_tail.add_line(line);
        }
    };
    if let Some(pipe) = child.stdout.take() {
        tokio::spawn(read_lines(pipe, to_log("stdout")));
    }
    if let Some(pipe) = child.stderr.take() {
        tokio::spawn(read_lines(pipe, to_log("stderr")));
    }
}

/// The environment is that of <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>, on top of ours.
fn command(settings: &FunctionSettings, region: &str, runtime_api: &str) -> Command {
    let program = entrypoint(settings.program.first().map_or("", String::as_str));
    let mut command = Command::new(&program);
    command
        .args(settings.program.iter().skip(1))
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
        .env("AWS_LAMBDA_FUNCTION_NAME", &settings.name)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", settings.memory_mb.to_string())
        .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", settings.name))
        .env("AWS_LAMBDA_LOG_STREAM_NAME", log_stream(OffsetDateTime::now_utc()))
        .env("AWS_REGION", region)
        .env("AWS_DEFAULT_REGION", region)
        .env("LAMBDA_TASK_ROOT", task_root(&program))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true);
    if std::env::var_os("_HANDLER").is_none() {
        command.env("_HANDLER", "bootstrap");
    }
    command
}

/// A folder stands for the `bootstrap` in it, as it does in a deployment package.
fn entrypoint(program: &str) -> PathBuf {
    let path = Path::new(program);
    if path.is_dir() { path.join("bootstrap") } else { path.to_owned() }
}

/// Where the program is, or where we are if it is found on the `PATH`.
fn task_root(program: &Path) -> PathBuf {
    let folder = program.parent().filter(|folder| !folder.as_os_str().is_empty());
    std::path::absolute(folder.unwrap_or(Path::new("."))).unwrap_or_default()
}

fn log_stream(now: OffsetDateTime) -> String {
    let (year, month, day) = now.to_calendar_date();
    format!("{year}/{:02}/{day:02}/[$LATEST]{}", u8::from(month), uuid::Uuid::new_v4().simple())
}
