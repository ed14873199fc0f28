//! Ends an execution that nothing helps: visibly, with a cause that says why.

use std::sync::Arc;

use engine::execution::ExecutionArn;
use engine::failure::ErrorAndCause;
use engine::input::{Cause, Input};
use engine::record::Record;
use engine::run::Run;
use ports::diagnosis;
use ports::journal::Direction;
use ports::{Appended, StoreError, outbox};

use crate::{Doctor, DoctorError};

/// How often it is tried anew when other records come first.
const TRIES: usize = 20;

/// Records at the end of a journal that may be unreadable.
const UNREADABLE: u64 = 100;

impl Doctor {
    /// Gives the cause.
    pub(crate) async fn fail(&self, execution: &ExecutionArn) -> Result<String, DoctorError> {
        let id: Arc<str> = format!("doctor/{}", self.ports.ids.uuid()).into();
        for _ in 0..TRIES {
            let (run, reason) = match self.ports.journal.newest(execution).await {
                Ok(Some(newest)) if newest.run.has_ended() => {
                    return Err(DoctorError::HasEnded(execution.clone()));
                }
                Ok(Some(newest)) => (newest.run.clone(), self.reason(&newest).await),
                Ok(None) => return Err(DoctorError::NoSuchExecution(execution.clone())),
                Err(error) => self.last_readable(execution, error).await?,
            };
            let cause = cause(reason.as_deref());
            let failure = ErrorAndCause { error: Some("States.Runtime".into()), cause: Some(cause.clone()) };
            let now = self.now();
            let step = engine::fail(&run, failure, now).ok_or_else(|| DoctorError::Hopeless {
                execution: execution.clone(),
                why: "it had ended when it was redriven, and the record of that cannot be read".into(),
            })?;
            let record = Arc::new(Record::new(now, vec![Cause::DeadLetter(id.clone())], step));
            let written = match self.ports.journal.append(&record).await {
                Ok(Appended::Written) => record,
                Ok(Appended::Taken(taken)) if taken.causes == record.causes => taken,
                Ok(Appended::Taken(_)) => continue,
                Err(error) => return Err(error.into()),
            };
            tracing::error!(%execution, reason, "an operator has failed the execution");
            outbox::perform(&self.ports, &written).await?;
            return Ok(cause);
        }
        Err(StoreError::Throttled("too many other records of the execution came first".into()).into())
    }

    /// What keeps it from going on.
    async fn reason(&self, newest: &Arc<Record>) -> Option<String> {
        let run = &newest.run;
        let branches = run.branches.iter().filter(|branch| run.waits_for_advance(branch));
        let inputs = branches.map(|branch| Input::Advance { token: branch.token }).collect();
        self.first_reason(newest, inputs).await.map(|reason| reason.to_string())
    }

    /// The run to fail where the newest record cannot be read: that of the last one that can, at the end of the journal. The
    /// records in between stay where they are.
    async fn last_readable(
        &self,
        execution: &ExecutionArn,
        error: StoreError,
    ) -> Result<(Run, Option<String>), DoctorError> {
        let StoreError::Unreadable(what) = &error else { return Err(error.into()) };
        let hopeless = || DoctorError::Hopeless { execution: execution.clone(), why: what.clone() };
        let newest = diagnosis::highest_seq(&self.ports, execution).await?.ok_or_else(hopeless)?;
        for seq in (newest.saturating_sub(UNREADABLE)..newest).rev() {
            match self.ports.journal.records(execution, Some(seq), Direction::NewestFirst, 1).await {
                Ok(records) => {
                    let Some(record) = records.first() else { return Err(hopeless()) };
                    let reason = format!("the record {newest} cannot be read: {what}");
                    return Ok((Run { seq: newest, ..record.run.clone() }, Some(reason)));
                }
                Err(StoreError::Unreadable(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(hopeless())
    }
}

fn cause(reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!("An operator has failed this execution, which could not go on: {reason}."),
        None => "An operator has failed this execution.".to_owned(),
    }
}
