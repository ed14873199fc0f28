//! What is no single execution's: letters that were set aside, timers that nobody sends, deletions that do not end.

use engine::timestamp::Timestamp;
use ports::executions::{ListQuery, SummaryStatus};
use ports::queue::Message;
use ports::timers::ArmedTimer;
use ports::undeliverable::Held;
use ports::{StoreError, Undeliverable, outbox};

use crate::{Doctor, Finding, Kind, Messages};

/// Of each, looked at at most.
const LIMIT: usize = 100;

/// `timekeeper` goes on with deletions every minute.
const DELETION_SECONDS: u64 = 600;

/// What becomes of a letter.
enum Sent {
    Again,
    /// Its execution is gone, or has ended.
    NotNeeded,
    Not(String),
}

impl Doctor {
    pub(crate) async fn look_around(&self, repair: bool) -> Result<Vec<Finding>, StoreError> {
        let mut findings = self.letters(repair).await?;
        findings.extend(self.timers(repair).await?);
        findings.extend(self.deletions().await?);
        Ok(findings)
    }

    async fn letters(&self, repair: bool) -> Result<Vec<Finding>, StoreError> {
        let Some(undeliverable) = &self.undeliverable else { return Ok(Vec::new()) };
        let held = undeliverable.look(LIMIT).await?;
        let mut findings = Vec::new();
        let mut kept = Vec::new();
        let mut failure = None;
        for held in held {
            match self.letter(&**undeliverable, &held, repair).await {
                Ok(finding) => {
                    if !finding.repaired {
                        kept.push(held);
                    }
                    findings.push(finding);
                }
                Err(error) => {
                    kept.push(held);
                    failure = Some(error);
                }
            }
        }
        undeliverable.put_back(&kept).await?;
        failure.map_or(Ok(findings), Err)
    }

    async fn letter(
        &self,
        undeliverable: &dyn Undeliverable,
        held: &Held,
        repair: bool,
    ) -> Result<Finding, StoreError> {
        let message = wire::message::decode(&held.letter.text);
        let about = match &message {
            Ok(message) => format!("message {} of {}", held.letter.id, execution(message)),
            Err(_) => format!("message {}", held.letter.id),
        };
        let (help, repaired) = match message {
            Err(_) => (
                "no execution waits for it alone: the sweep sends anew what is needed. It is kept for 14 days, for a version \
                 that can read it"
                    .to_owned(),
                false,
            ),
            Ok(_) if !repair => ("--repair sends it again, if its execution can be read now".to_owned(), false),
            Ok(message) => match self.send_again(message).await? {
                Sent::Not(why) => (why, false),
                Sent::Again => {
                    undeliverable.remove(held).await?;
                    ("sent again".to_owned(), true)
                }
                Sent::NotNeeded => {
                    undeliverable.remove(held).await?;
                    ("taken away: its execution has ended".to_owned(), true)
                }
            },
        };
        Ok(Finding {
            kind: Kind::DeadLetter,
            about,
            since: held.set_aside_at.to_string(),
            why: format!(
                "it failed in {}, and its execution could not be failed: {}",
                held.letter.queue, held.letter.reason
            ),
            help,
            repaired,
        })
    }

    async fn send_again(&self, message: Message) -> Result<Sent, StoreError> {
        match self.ports.journal.newest(execution(&message)).await {
            Ok(Some(newest)) if !newest.run.has_ended() => {
                self.ports.queue.send(vec![message]).await?;
                Ok(Sent::Again)
            }
            Ok(_) => Ok(Sent::NotNeeded),
            Err(StoreError::Unreadable(_)) => {
                Ok(Sent::Not("its execution cannot be read still: --fail ends that, and then this goes".into()))
            }
            Err(error) => Err(error),
        }
    }

    async fn timers(&self, repair: bool) -> Result<Vec<Finding>, StoreError> {
        let grace = i64::try_from(ports::waiting::GRACE_SECONDS).unwrap_or(i64::MAX).saturating_mul(-1000);
        let overdue = self.ports.timers.due(self.now().plus_millis(grace), LIMIT).await?;
        let Some(oldest) = overdue.first() else { return Ok(Vec::new()) };
        let since = oldest.due.to_string();
        let count = if overdue.len() == LIMIT { format!("{LIMIT} or more") } else { overdue.len().to_string() };
        let repaired = repair && self.messages == Messages::Ours;
        if repaired {
            for timer in &overdue {
                self.send_timer(timer).await?;
            }
        }
        let help = match self.messages {
            Messages::Ours if repaired => "sent; see why timekeeper does not run every minute",
            Messages::Ours => "--repair sends them; so does timekeeper, which should run every minute",
            Messages::OfServer => "the server's timekeeper sends them every minute: see its log",
            Messages::OfNextServer => "sent when `stepwell dev` starts with this folder",
        };
        Ok(vec![Finding {
            kind: Kind::Timers,
            about: format!("{count} timers"),
            since,
            why: format!("they are due and were not sent; the first is of {}", oldest.execution),
            help: help.into(),
            repaired: repaired && overdue.len() < LIMIT,
        }])
    }

    /// First the message, then the timer goes.
    async fn send_timer(&self, timer: &ArmedTimer) -> Result<(), StoreError> {
        outbox::rearm(&self.ports, &timer.execution, timer.seq, timer.timer, timer.due).await?;
        self.ports.timers.disarm(timer).await
    }

    async fn deletions(&self) -> Result<Vec<Finding>, StoreError> {
        let mut findings = Vec::new();
        for name in self.ports.catalog.being_deleted(LIMIT).await? {
            let machine = self.ports.catalog.get(&name).await?;
            let Some(since) = machine.and_then(|machine| machine.deleting_since) else { continue };
            if since.plus_seconds(DELETION_SECONDS) > self.now() {
                continue;
            }
            findings.push(Finding {
                kind: Kind::Deletion,
                why: self.why_not_deleted(&name).await?,
                about: format!("state machine {name}"),
                since: since.to_string(),
                help: "timekeeper goes on with it every minute, and its log says what failed; an execution that cannot be \
                       read needs --fail"
                    .into(),
                repaired: false,
            });
        }
        Ok(findings)
    }

    async fn why_not_deleted(&self, name: &str) -> Result<String, StoreError> {
        let query = ListQuery {
            state_machine: name.to_owned(),
            through: None,
            status: Some(SummaryStatus::Running),
            since: Timestamp::default(),
            limit: 1,
            after: None,
        };
        let page = self.ports.executions.list(&query).await?;
        Ok(match page.summaries.first() {
            Some(running) => format!("it is being deleted, and has running executions, such as {}", running.arn),
            None => "it is being deleted, and has no running executions".to_owned(),
        })
    }
}

fn execution(message: &Message) -> &engine::execution::ExecutionArn {
    match message {
        Message::Transition(transition) => &transition.execution,
        Message::Task(task) => &task.execution,
        Message::Express(express) => &express.execution,
    }
}
