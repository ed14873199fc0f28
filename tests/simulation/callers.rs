//! Whoever calls the API meanwhile, and what they make of its answers.

use engine::run::{Phase, TaskEvents};
use serde_json::{Value, json};
use tests::{ApiAnswer, Installation};

use crate::scenario::input;
use crate::storm::{Result, Storm, Work};
use crate::workers::{Held, is_passing, poll};

/// What is called, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Call {
    Start,
    Redrive,
    Stop,
    Read,
    Update,
    Delete,
    Poll,
    /// The holder of the token of this attempt says how it ended.
    Answer(String),
    Heartbeat,
    /// Somebody answers with a token that was answered before.
    AnswerAgain(String),
}

impl Call {
    pub fn operation(&self) -> &'static str {
        match self {
            Call::Start => "StartExecution",
            Call::Redrive => "RedriveExecution",
            Call::Stop => "StopExecution",
            Call::Read => "GetExecutionHistory",
            Call::Update => "UpdateStateMachine",
            Call::Delete => "DeleteStateMachine",
            Call::Poll => "GetActivityTask",
            Call::Answer(_) => "SendTaskSuccess or SendTaskFailure",
            Call::Heartbeat => "SendTaskHeartbeat",
            Call::AnswerAgain(_) => "SendTaskFailure",
        }
    }
}

impl Storm<'_> {
    /// What is called again and again, until the API has answered for certain.
    pub fn somebody_calls(&mut self) {
        if !self.is_started {
            if !self.is_calling(&Call::Start) {
                self.begin_call(Call::Start, "StartExecution", &Installation::start_request(&input()));
            }
            return;
        }
        if self.is_redriving && !self.is_calling(&Call::Redrive) {
            self.call_redrive();
            return;
        }
        self.workers.look(self.installation, self.scenario.script);
        match self.draw.below(8) {
            0..3 if !self.is_calling(&Call::Poll) && self.installation.offers.waiting() > 0 => {
                self.begin_call(Call::Poll, "GetActivityTask", &poll());
            }
            3..6 => self.answer(),
            6 => self.beat_or_answer_again(),
            _ => {}
        }
    }

    /// The one whose time has come.
    fn answer(&mut self) {
        let now = self.installation.clock.now();
        let mut due: Vec<Held> = self.workers.held.iter().filter(|held| held.at <= now).cloned().collect();
        due.retain(|held| !self.is_calling(&Call::Answer(held.attempt.clone())));
        if due.is_empty() {
            return;
        }
        let Held { attempt, token, .. } = due.swap_remove(self.draw.below(due.len()));
        let (operation, body) = self.scenario.script.answer(&attempt, &token);
        self.begin_call(Call::Answer(attempt), operation, &body);
    }

    fn beat_or_answer_again(&mut self) {
        let Self { workers, draw, .. } = self;
        if draw.one_in(2) && !workers.held.is_empty() {
            let token = workers.held[draw.below(workers.held.len())].token.clone();
            self.begin_call(Call::Heartbeat, "SendTaskHeartbeat", &json!({ "taskToken": token }));
        } else if !workers.old.is_empty() {
            let Held { attempt, token, .. } = workers.old[draw.below(workers.old.len())].clone();
            let body = json!({ "taskToken": token, "error": "Liar" });
            self.begin_call(Call::AnswerAgain(attempt), "SendTaskFailure", &body);
        }
    }

    /// Somebody calls the API who has nothing to do with the execution's going on.
    pub fn call(&mut self) {
        if !self.is_started {
            return;
        }
        let execution = Installation::execution();
        let machine = execution.state_machine_arn();
        let (call, body) = match self.draw.below(6) {
            0 if self.scenario.stops => (Call::Stop, json!({ "executionArn": execution.as_str() })),
            1 => {
                let definition = json!({ "StartAt": "Other", "States": { "Other": { "Type": "Fail" } } });
                (Call::Update, json!({ "stateMachineArn": machine, "definition": definition.to_string() }))
            }
            2 if self.scenario.stops => (Call::Delete, json!({ "stateMachineArn": machine })),
            _ => (Call::Read, json!({ "executionArn": execution.as_str(), "maxResults": 1000 })),
        };
        let operation = call.operation();
        if self.goes_wrong("call", format_args!("somebody calls {operation}")) {
            self.begin_call(call, operation, &body);
        }
    }

    /// Has an execution go on that has ended without success, if the scenario wants it to.
    pub fn redrives(&mut self) -> bool {
        let wanted = self.redriven < self.scenario.redrives && !self.redrive_is_refused;
        let records = self.installation.records();
        let failed = records.last().is_some_and(|record| !record.run.unfinished.is_empty());
        if wanted && failed {
            self.is_redriving = true;
            self.call_redrive();
        }
        wanted && failed
    }

    fn call_redrive(&mut self) {
        let token = format!("redrive-{}", self.redriven);
        let execution = Installation::execution();
        let body = json!({ "executionArn": execution.as_str(), "clientToken": token });
        self.begin_call(Call::Redrive, "RedriveExecution", &body);
    }

    fn somebody_has_taken_a_task(&self) -> bool {
        let is_taken = |phase: &Phase| matches!(phase, Phase::Task(task) if task.events == TaskEvents::Activity && task.claim.is_some());
        let records = self.installation.records();
        records.last().is_some_and(|record| record.run.branches.iter().any(|branch| is_taken(&branch.phase)))
    }

    fn is_calling(&self, call: &Call) -> bool {
        self.work.iter().any(|work| matches!(work, Work::Call(busy, _) if busy == call))
    }

    fn begin_call(&mut self, call: Call, operation: &str, body: &Value) {
        self.tell(format_args!("{operation} is called"));
        self.work.push(Work::Call(call, self.installation.begin_call(operation, body)));
    }

    /// What the API has acknowledged is in the journal.
    pub fn answered(&mut self, call: &Call, answer: &ApiAnswer) -> Result<()> {
        let operation = call.operation();
        match answer {
            Ok(_) => self.tell(format_args!("{operation} answers well")),
            Err(code) => self.tell(format_args!("{operation} answers {code}")),
        }
        match (call, answer) {
            (Call::Start, Ok(_)) => self.is_started = true,
            // An earlier call started it.
            (Call::Start, Err(code)) if code == "ExecutionAlreadyExists" => self.is_started = true,
            (Call::Start, Err(code)) if !is_passing(code) => return Err(format!("it is not started: {code}")),
            (Call::Redrive, Ok(_)) => {
                self.redriven += 1;
                self.is_redriving = false;
            }
            (Call::Redrive, Err(code)) if !is_passing(code) => {
                self.redrive_is_refused = true;
                self.is_redriving = false;
            }
            (Call::Stop, Ok(_)) if !self.installation.records().iter().any(|record| record.run.has_ended()) => {
                return Err("StopExecution was acknowledged, and it has not ended".into());
            }
            (Call::Read, Ok(page)) => self.seen.reads.push(page["events"].as_array().expect("events").clone()),
            (Call::Poll, Ok(task)) => {
                let may_be_lost = task.get("taskToken").is_some() && self.has_mischief_left();
                if may_be_lost
                    && self.draw.one_in(6)
                    && self.goes_wrong("answer lost", format_args!("the worker does not get its task"))
                {
                    return Ok(());
                }
                self.workers.take(self.installation, self.scenario.script, task);
            }
            // It may have taken a task, and armed no limit: whoever polls is cut off as a crash would do it.
            (Call::Poll, Err(_)) if self.somebody_has_taken_a_task() => self.installation.gate.let_the_sweep_in(),
            (Call::Answer(attempt), answer) => return self.workers.answered(attempt, answer),
            (Call::AnswerAgain(attempt), Ok(_)) => {
                return Err(format!("{attempt} was answered twice, and both were acknowledged"));
            }
            _ => {}
        }
        Ok(())
    }
}
