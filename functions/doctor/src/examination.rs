//! One execution: what its newest record waits for, whether that is overdue, and why it may be.

use std::sync::Arc;

use engine::execution::ExecutionArn;
use engine::input::{Input, Timer};
use engine::record::Record;
use engine::run::Token;
use engine::timestamp::Timestamp;
use ports::diagnosis::{self, Reason};
use ports::executions::{Summary, SummaryStatus};
use ports::waiting::{self, Waiting, What};
use ports::{StoreError, outbox};
use serde::{Deserialize, Serialize};

use crate::{Doctor, DoctorError, Finding, Kind, Messages};

/// Branches that one text tells of.
const BRANCHES_TOLD: usize = 3;

/// Branches in one explanation.
const WAITS_SHOWN: usize = 100;

/// All about one execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    pub execution: ExecutionArn,
    /// As the journal has it; absent if that cannot be read.
    pub status: Option<SummaryStatus>,
    /// As lists have it; absent if they do not have it.
    pub listed_as: Option<SummaryStatus>,
    pub started_at: Option<String>,
    pub revision_id: Option<String>,
    /// The highest sequence number in the journal.
    pub newest_record: Option<u64>,
    pub newest_record_at: Option<String>,
    /// When the sweep looks at it next.
    pub check_at: Option<String>,
    /// What each of its branches waits for, but for those that wait for others.
    pub waits: Vec<Wait>,
    pub finding: Option<Finding>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wait {
    pub state: String,
    /// In words.
    pub waits_for: String,
    /// When that is to be expected, at the latest.
    pub expected: Option<String>,
}

impl Doctor {
    /// What is wrong with an open execution, if anything is.
    pub(crate) async fn look_at(&self, execution: &ExecutionArn, repair: bool) -> Result<Option<Finding>, StoreError> {
        let newest = self.ports.journal.newest(execution).await;
        self.judge(execution, newest, repair).await
    }

    pub(crate) async fn explain(&self, execution: &ExecutionArn, repair: bool) -> Result<Explanation, DoctorError> {
        let listed = self.ports.executions.get(execution).await?;
        let (newest, unreadable) = match self.ports.journal.newest(execution).await {
            Ok(newest) => (newest, None),
            Err(error @ StoreError::Unreadable(_)) => (None, Some(error)),
            Err(error) => return Err(error.into()),
        };
        if newest.is_none() && unreadable.is_none() && listed.is_none() {
            return Err(DoctorError::NoSuchExecution(execution.clone()));
        }
        let newest_record = match (&newest, &unreadable) {
            (Some(newest), _) => Some(newest.seq()),
            (None, Some(_)) => diagnosis::highest_seq(&self.ports, execution).await?,
            (None, None) => None,
        };
        let waits = newest.iter().flat_map(|newest| waiting::of(newest)).take(WAITS_SHOWN).map(Wait::from).collect();
        let finding = self.judge(execution, unreadable.map_or(Ok(newest.clone()), Err), repair).await?;
        let started_at = newest.as_ref().map(|newest| newest.run.execution.started_at);
        let started_at = started_at.or(listed.as_ref().map(|listed| listed.started_at));
        Ok(Explanation {
            execution: execution.clone(),
            status: newest.as_ref().map(|newest| SummaryStatus::of(&newest.run.status)),
            listed_as: listed.as_ref().map(|listed| listed.status),
            started_at: started_at.as_ref().map(Timestamp::to_string),
            revision_id: newest.as_ref().map(|newest| newest.run.execution.revision_id.to_string()),
            newest_record,
            newest_record_at: newest.as_ref().map(|newest| newest.at.to_string()),
            check_at: listed.and_then(|listed| listed.check_at).as_ref().map(Timestamp::to_string),
            waits,
            finding,
        })
    }

    async fn judge(
        &self,
        execution: &ExecutionArn,
        newest: Result<Option<Arc<Record>>, StoreError>,
        repair: bool,
    ) -> Result<Option<Finding>, StoreError> {
        match newest {
            Ok(Some(newest)) if newest.run.has_ended() => self.judge_ended(&newest, repair).await,
            Ok(Some(newest)) => self.judge_running(&newest, repair).await,
            Ok(None) => self.judge_without_journal(execution, repair).await,
            Err(error) => self.judge_unreadable(execution, error).await.map(Some),
        }
    }

    async fn judge_unreadable(&self, execution: &ExecutionArn, error: StoreError) -> Result<Finding, StoreError> {
        let reason = diagnosis::of_unreadable(&self.ports, execution, error).await?;
        // The record would say since when.
        let since = self.ports.executions.get(execution).await?.map(|listed| listed.started_at).unwrap_or_default();
        Ok(Finding {
            kind: Kind::Stuck,
            about: execution.to_string(),
            since: since.to_string(),
            why: format!("{reason}. How the execution stands is not known"),
            help: "if a newer version of Stepwell wrote it, deploy that again; otherwise --fail ends the execution after the \
                   last record that can be read"
                .into(),
            repaired: false,
        })
    }

    /// StartExecution writes the summary and record 0 side by side, and tells its caller if the record could not be written.
    async fn judge_without_journal(
        &self,
        execution: &ExecutionArn,
        repair: bool,
    ) -> Result<Option<Finding>, StoreError> {
        let listed = self.ports.executions.get(execution).await?;
        let Some(listed) = listed.filter(|listed| listed.status == SummaryStatus::Running) else { return Ok(None) };
        if !self.is_overdue(listed.started_at) {
            return Ok(None);
        }
        if repair {
            self.ports.executions.forget(&listed).await?;
        }
        Ok(Some(Finding {
            kind: Kind::Summary,
            about: execution.to_string(),
            since: listed.started_at.to_string(),
            why: "it is listed as RUNNING, but was never started: its StartExecution failed, and said so".into(),
            help: done_or(repair, "taken off the list", "--repair takes it off the list").into(),
            repaired: repair,
        }))
    }

    async fn judge_ended(&self, newest: &Arc<Record>, repair: bool) -> Result<Option<Finding>, StoreError> {
        if !self.is_overdue(newest.at) {
            return Ok(None);
        }
        let listed = self.ports.executions.get(&newest.run.execution.arn).await?;
        self.compare(newest, listed, repair).await
    }

    /// Lists are told after the journal.
    async fn compare(
        &self,
        newest: &Arc<Record>,
        listed: Option<Summary>,
        repair: bool,
    ) -> Result<Option<Finding>, StoreError> {
        let status = SummaryStatus::of(&newest.run.status);
        let listed_as = match listed {
            Some(listed) if listed.status == status => return Ok(None),
            Some(listed) => format!("listed as {}", listed.status.as_str()),
            None => "not listed".to_owned(),
        };
        if repair {
            outbox::remind(&self.ports, newest).await?;
        }
        Ok(Some(Finding {
            kind: Kind::Summary,
            about: newest.run.execution.arn.to_string(),
            since: newest.at.to_string(),
            why: format!("it is {}, but {listed_as}", status.as_str()),
            help: done_or(repair, "the list is right now", "--repair mends the list").into(),
            repaired: repair,
        }))
    }

    async fn judge_running(&self, newest: &Arc<Record>, repair: bool) -> Result<Option<Finding>, StoreError> {
        let run = &newest.run;
        let waits = waiting::of(newest);
        let overdue: Vec<&Waiting> = waits.iter().filter(|wait| self.is_late(wait)).collect();
        let over = Some(run.ends_by()).filter(|ends_by| self.is_overdue(*ends_by));
        let Some(since) = overdue.iter().filter_map(|wait| wait.expected).chain(over).min() else {
            if run.redrives.is_some() && self.is_overdue(newest.at) {
                let listed = self.ports.executions.get(&run.execution.arn).await?;
                if let Some(finding) = self.compare(newest, listed, repair).await? {
                    return Ok(Some(finding));
                }
            }
            return Ok(self.waits_for_somebody(newest, &waits));
        };
        let inputs = overdue.iter().filter_map(|wait| input(wait));
        let inputs = inputs.chain(over.map(|_| Input::TimeCame { timer: Timer::Execution }));
        let reason = self.first_reason(newest, inputs.collect()).await;
        let repaired = repair && self.messages == Messages::Ours && reason.is_none();
        if repaired {
            outbox::remind(&self.ports, newest).await?;
        }
        let mut told = told(&overdue);
        if let Some(ends_by) = over {
            told.push(format!("its time was over at {ends_by}"));
        }
        let why = match &reason {
            Some(reason) => format!("it cannot go on: {reason}"),
            None => "the message is lost, or held up in its queue".to_owned(),
        };
        Ok(Some(Finding {
            kind: Kind::Stuck,
            about: run.execution.arn.to_string(),
            since: since.to_string(),
            why: format!("{}: {why}", told.join("; ")),
            help: self.help(reason.is_some(), repaired).into(),
            repaired,
        }))
    }

    /// Why one of the inputs cannot be taken in.
    pub(crate) async fn first_reason(&self, newest: &Arc<Record>, inputs: Vec<Input>) -> Option<Reason> {
        // One branch stands for the others: a Map may have thousands.
        for input in inputs.iter().take(BRANCHES_TOLD) {
            if let Some(reason) = diagnosis::of_input(&self.ports, newest, input).await {
                return Some(reason);
            }
        }
        None
    }

    fn help(&self, has_reason: bool, repaired: bool) -> &'static str {
        match self.messages {
            _ if has_reason => "sending it again does not help: mend what is in its way, or --fail ends the execution",
            Messages::Ours if repaired => "what it waits for was sent again",
            Messages::Ours => "--repair sends it again; so does the sweep",
            Messages::OfServer => "the server's sweep sends it again, within minutes",
            Messages::OfNextServer => "goes on when `stepwell dev` starts with this folder",
        }
    }

    /// Whether it is for us, and overdue.
    fn is_late(&self, wait: &Waiting) -> bool {
        wait.what != What::Worker && wait.expected.is_some_and(|expected| self.is_overdue(expected))
    }

    /// That nothing of ours will ever end.
    fn waits_for_somebody(&self, newest: &Arc<Record>, waits: &[Waiting]) -> Option<Finding> {
        let endless =
            |wait: &Waiting| wait.what.is_of_others() && (wait.what == What::Worker || wait.expected.is_none());
        if waits.is_empty() || !waits.iter().all(endless) || !self.is_overdue(newest.at) {
            return None;
        }
        Some(Finding {
            kind: Kind::Waiting,
            about: newest.run.execution.arn.to_string(),
            since: newest.at.to_string(),
            why: told(&waits.iter().collect::<Vec<_>>()).join("; "),
            help: "nothing is wrong if somebody works on it; a task that has TimeoutSeconds or HeartbeatSeconds does not wait \
                   for ever"
                .into(),
            repaired: false,
        })
    }
}

/// What would let the branch go on, and needs nothing from outside.
fn input(wait: &Waiting) -> Option<Input> {
    let token: Token = wait.token;
    match wait.what {
        What::Message | What::AnsweredMessage => Some(Input::Advance { token }),
        What::Time | What::BackOff | What::TaskToken => Some(Input::TimeCame { timer: Timer::Place(token) }),
        What::Dispatcher | What::Outcome { .. } | What::Worker => None,
    }
}

fn told(waits: &[&Waiting]) -> Vec<String> {
    let mut texts: Vec<String> = waits.iter().take(BRANCHES_TOLD).map(|wait| text(wait)).collect();
    if let Some(more) = waits.len().checked_sub(BRANCHES_TOLD).filter(|more| *more > 0) {
        texts.push(format!("{more} more branches wait"));
    }
    texts
}

fn text(wait: &Waiting) -> String {
    let expected = wait.expected.filter(|_| wait.what != What::Worker);
    let expected = expected.map(|expected| format!(", expected by {expected}")).unwrap_or_default();
    format!("state `{}` waits for {}{expected}", wait.state.as_str(), wait.what)
}

fn done_or(done: bool, told: &'static str, advice: &'static str) -> &'static str {
    if done { told } else { advice }
}

impl From<Waiting> for Wait {
    fn from(wait: Waiting) -> Self {
        Self {
            state: wait.state.as_str().to_owned(),
            waits_for: wait.what.to_string(),
            expected: wait.expected.as_ref().map(Timestamp::to_string),
        }
    }
}
