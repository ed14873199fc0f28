//! `stepwell doctor`: what is stuck, why, and what helps; of a folder in this process, of a deployed stack by invoking its
//! function for it.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use clap::Args;
use doctor::{Answer, Doctor as Handler, Explanation, Finding, Kind, Messages, Page, Request};
use engine::execution::ExecutionArn;
use futures::FutureExt;
use ports::clock::{RandomIds, SystemClock};
use ports::queue::Message;
use ports::{Ports, Queue, Settings, StoreError};
use serde::Serialize;

use super::deployed::Deployed;
use crate::activity_queues::LocalActivityQueues;
use crate::installation::Store;
use crate::secret;
use crate::store::{FileAccessKeys, SqliteStore};

#[derive(Debug, Args)]
pub struct Doctor {
    /// Tells all about this execution, instead of looking for those that are stuck.
    #[arg(long, value_name = "ARN", value_parser = execution_arn)]
    execution: Option<ExecutionArn>,
    /// Repairs what can be: sends again what executions wait for, and puts lists right. A folder whose server runs is
    /// repaired by that server.
    #[arg(long)]
    repair: bool,
    /// Ends this execution as failed, with States.Runtime and the reason, where nothing else helps.
    #[arg(long, value_name = "ARN", value_parser = execution_arn, conflicts_with_all = ["execution", "repair"])]
    fail: Option<ExecutionArn>,
    /// Looks at so many open executions at most, those that wait for their time included.
    #[arg(long, value_name = "COUNT", default_value_t = 10_000)]
    limit: usize,
    /// Answers with JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Deployed,
}

/// Everything that was found.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Examination {
    findings: Vec<Finding>,
    /// How many open executions were looked at.
    examined: usize,
    /// Whether those were all.
    complete: bool,
}

/// Exit status where it cannot be told whether something is stuck.
const CANNOT_TELL: u8 = 2;

impl Doctor {
    #[expect(clippy::print_stdout, clippy::print_stderr, reason = "the command's own answer")]
    pub async fn run(self) -> ExitCode {
        match self.answer().await {
            Ok((text, healthy)) => {
                print!("{text}");
                if healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE }
            }
            Err(why) => {
                eprintln!("stepwell: {why}");
                ExitCode::from(CANNOT_TELL)
            }
        }
    }

    /// The answer's text, and whether nothing is stuck.
    async fn answer(self) -> Result<(String, bool), String> {
        let asked = match &self.place.data {
            Some(folder) => Asked::Folder(Box::new(of_folder(folder, self.repair || self.fail.is_some())?)),
            None => Asked::Stack(&self.place),
        };
        let repair = self.repair;
        if let Some(execution) = self.fail.clone() {
            return match asked.ask(Request::Fail { execution }).await? {
                Answer::Failed { execution, cause } => Ok((self.shown(&Failed { execution, cause })?, true)),
                other => Err(unexpected(&other)),
            };
        }
        if let Some(execution) = self.execution.clone() {
            return match asked.ask(Request::Explain { execution, repair }).await? {
                Answer::Explained(told) => {
                    let healthy = !told.finding.as_ref().is_some_and(Finding::is_trouble);
                    Ok((self.shown(&*told)?, healthy))
                }
                other => Err(unexpected(&other)),
            };
        }
        let examination = self.examine(&asked).await?;
        let healthy = !examination.findings.iter().any(Finding::is_trouble);
        Ok((self.shown(&examination)?, healthy))
    }

    async fn examine(&self, asked: &Asked<'_>) -> Result<Examination, String> {
        let mut all = Examination::default();
        let mut after = None;
        loop {
            let limit = (self.limit - all.examined).min(doctor::PAGE);
            let page = match asked.ask(Request::Examine { after, limit, repair: self.repair }).await? {
                Answer::Examined(page) => page,
                other => return Err(unexpected(&other)),
            };
            let Page { findings, examined, next } = page;
            // One that was woken while it was looked for may come twice.
            all.findings.extend(findings.into_iter().filter(|new| !is_known(&all.findings, new)).collect::<Vec<_>>());
            all.examined += examined;
            all.complete = next.is_none();
            if all.complete || all.examined >= self.limit {
                return Ok(all);
            }
            after = next;
        }
    }

    fn shown<T: Serialize + Shown>(&self, answer: &T) -> Result<String, String> {
        if !self.json {
            return Ok(answer.in_words());
        }
        serde_json::to_string_pretty(answer).map(|text| text + "\n").map_err(|error| error.to_string())
    }
}

fn is_known(findings: &[Finding], new: &Finding) -> bool {
    findings.iter().any(|known| (known.kind, &known.about) == (new.kind, &new.about))
}

fn unexpected(answer: &Answer) -> String {
    format!("the function's answer is to another question: {answer:?}")
}

fn execution_arn(text: &str) -> Result<ExecutionArn, String> {
    let arn: api_model::ExecutionArn = text.parse().map_err(|_| "no ARN of an execution".to_owned())?;
    Ok(ExecutionArn::new(arn.to_string()))
}

/// Who is asked.
enum Asked<'a> {
    Folder(Box<Handler>),
    Stack(&'a Deployed),
}

impl Asked<'_> {
    async fn ask(&self, request: Request) -> Result<Answer, String> {
        match self {
            Asked::Folder(handler) => handler.handle(request).await.map_err(|error| error.to_string()),
            Asked::Stack(place) => place.invoke("doctor", &request).await,
        }
    }
}

fn of_folder(folder: &Path, writes: bool) -> Result<Handler, String> {
    let is_in_use = SqliteStore::is_in_use(folder);
    if writes && is_in_use {
        return Err(format!(
            "a server runs on `{}`, and repairs what it can every minute by itself: stop it first, or leave out --repair and \
             --fail",
            folder.display()
        ));
    }
    let read = SqliteStore::look_into(folder).map_err(|error| error.to_string())?;
    let store = if writes {
        drop(read);
        SqliteStore::open(folder).map_err(|error| error.to_string())?
    } else {
        read
    };
    let store = Store::of(Arc::new(store), secret::of_process(), FileAccessKeys::of_folder(folder));
    let ports = Ports {
        journal: store.journal,
        payloads: store.payloads,
        executions: store.executions,
        catalog: store.catalog,
        activities: store.activities,
        queue: Arc::new(NoQueue),
        activity_queues: Arc::new(LocalActivityQueues::default()),
        timers: store.timers,
        clock: Arc::new(SystemClock),
        ids: Arc::new(RandomIds),
        sleep: Arc::new(|duration| tokio::time::sleep(duration).boxed()),
        secret: store.secret,
        access_keys: store.access_keys,
        settings: Settings::default(),
    };
    let messages = if is_in_use { Messages::OfServer } else { Messages::OfNextServer };
    Ok(Handler { ports, undeliverable: None, messages })
}

/// Messages are in the memory of a server. The next one sends them all anew.
struct NoQueue;

#[async_trait]
impl Queue for NoQueue {
    async fn send(&self, _messages: Vec<Message>) -> Result<(), StoreError> {
        Ok(())
    }
}

#[derive(Serialize)]
struct Failed {
    execution: ExecutionArn,
    cause: String,
}

/// For people.
trait Shown {
    fn in_words(&self) -> String;
}

impl Shown for Failed {
    fn in_words(&self) -> String {
        format!("{} is FAILED\n  {}\n", self.execution, self.cause)
    }
}

impl Shown for Examination {
    fn in_words(&self) -> String {
        let (waiting, found): (Vec<_>, Vec<_>) =
            self.findings.iter().partition(|finding| finding.kind == Kind::Waiting);
        let mut text: String = found.iter().chain(&waiting).map(|finding| finding.in_words()).collect();
        let trouble = found.iter().filter(|finding| finding.is_trouble()).count();
        let repaired = found.len() - trouble;
        let more = if self.complete { "" } else { ", and there are more: raise --limit" };
        text.push_str(&format!("{trouble} stuck, {repaired} repaired, {} wait for somebody; ", waiting.len()));
        text.push_str(&format!("{} open executions looked at{more}\n", self.examined));
        text
    }
}

impl Shown for Finding {
    fn in_words(&self) -> String {
        let Finding { kind, about, since, why, help, repaired } = self;
        let kind = match kind {
            Kind::Stuck => "stuck",
            Kind::Waiting => "waiting",
            Kind::Summary => "wrongly listed",
            Kind::DeadLetter => "dead letter",
            Kind::Timers => "timers",
            Kind::Deletion => "deletion",
        };
        let mark = if *repaired { "repaired: " } else { "" };
        format!("{kind}: {about}\n  since {since}: {why}\n  {mark}{help}\n")
    }
}

impl Shown for Explanation {
    fn in_words(&self) -> String {
        let status = self.status.map_or("not known", |status| status.as_str());
        let listed_as = self.listed_as.map_or("not at all", |status| status.as_str());
        let mut text = format!("{}\n  {status}, listed as {listed_as}\n", self.execution);
        let facts = [
            ("started", self.started_at.clone()),
            ("newest record", self.newest_record.map(|seq| seq.to_string())),
            ("written", self.newest_record_at.clone()),
            ("revision", self.revision_id.clone()),
            ("the sweep looks at it", self.check_at.clone()),
        ];
        for (name, value) in facts {
            if let Some(value) = value {
                text.push_str(&format!("  {name}: {value}\n"));
            }
        }
        for wait in &self.waits {
            let expected = wait.expected.as_ref().map(|at| format!(", expected by {at}")).unwrap_or_default();
            text.push_str(&format!("  state `{}` waits for {}{expected}\n", wait.state, wait.waits_for));
        }
        match &self.finding {
            Some(finding) => text.push_str(&finding.in_words()),
            None => text.push_str("nothing is wrong with it\n"),
        }
        text
    }
}
