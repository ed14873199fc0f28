//! Messages as they are sent after the records of [`super::records`].

use std::sync::Arc;

use engine::effect::Effect;
use engine::execution::ExecutionArn;
use engine::failure::ErrorAndCause;
use engine::input::{Input, TaskOutcome, Timer};
use engine::record::Record;
use engine::run::Run;
use wire::message::{Express, Lane, Message, Task, TaskBody, Transition};

use super::records::{self, at, token, why};
use super::{arn, order};

/// Every shape of a message, by the name of its fixture.
pub fn all() -> Vec<(&'static str, Message)> {
    let with_run = Some(Arc::new(records::pass(3, &order(700)).run));
    let ended = |outcome| Input::TaskEnded { token: token(4), outcome };
    let reason = || ErrorAndCause { error: None, ..why() };
    vec![
        ("advance", advance(3, with_run.clone())),
        ("advance-without-run", advance(70_000, None)),
        ("advance-by-fifo", fifo(advance(3, with_run.clone()))),
        ("task-succeeded", transition(5, ended(TaskOutcome::Succeeded { output: order(700) }), with_run.clone())),
        ("task-failed", transition(5, ended(TaskOutcome::Failed(why())), with_run.clone())),
        ("task-start-failed", transition(5, ended(TaskOutcome::StartFailed(reason())), None)),
        ("task-too-large", transition(5, ended(TaskOutcome::TooLarge), None)),
        ("time-came", delayed(transition(5, Input::TimeCame { timer: Timer::Place(token(4)) }, with_run))),
        ("execution-time-came", delayed(transition(5, Input::TimeCame { timer: Timer::Execution }, None))),
        ("task", task(&records::function_scheduled())),
        ("task-of-integration", task(&records::integration_scheduled())),
        ("task-without-run", without_run(task(&records::function_scheduled()))),
        ("task-in-record", in_record()),
        ("express", express()),
        ("express-with-test-case", express_with_test_case()),
    ]
}

pub fn advance(seq: u64, run: Option<Arc<Run>>) -> Message {
    transition(seq, Input::Advance { token: token(3) }, run)
}

fn transition(seq: u64, input: Input, run: Option<Arc<Run>>) -> Message {
    Message::Transition(Transition { execution: arn(), seq, input, run, lane: Lane::Standard, not_before: None })
}

fn fifo(mut message: Message) -> Message {
    if let Message::Transition(transition) = &mut message {
        transition.lane = Lane::Fifo;
    }
    message
}

fn delayed(mut message: Message) -> Message {
    if let Message::Transition(transition) = &mut message {
        transition.not_before = Some(at(60_160));
    }
    message
}

fn without_run(mut message: Message) -> Message {
    if let Message::Task(task) = &mut message {
        task.run = None;
        task.not_before = Some(at(60_160));
    }
    message
}

pub fn task(record: &Record) -> Message {
    let Effect::Dispatch(request) = &record.effects[0] else { panic!("the record owes no task") };
    Message::Task(Task {
        execution: arn(),
        seq: record.seq(),
        request: TaskBody::Inline(Arc::new(request.clone())),
        run: Some(Arc::new(record.run.clone())),
        not_before: None,
    })
}

fn express() -> Message {
    let execution = super::execution();
    let arn = format!(
        "arn:aws:states:eu-central-1:215634872910:express:{}:0b7c6f5e-3f0a-4d0e-9b57-2a4f8f1f6c11:7e9b8c1a-0000-4000-8000-000000000001",
        super::MACHINE
    );
    Message::Express(Express {
        execution: ExecutionArn::new(arn),
        revision_id: execution.revision_id,
        role_arn: execution.role_arn,
        started_at: execution.started_at,
        input: order(700),
        test_case: None,
    })
}

fn express_with_test_case() -> Message {
    let mut message = express();
    if let Message::Express(express) = &mut message {
        express.test_case.clone_from(&super::records::start_with_test_case().run.execution.test_case);
    }
    message
}

fn in_record() -> Message {
    Message::Task(Task { execution: arn(), seq: 4, request: TaskBody::InRecord(token(4)), run: None, not_before: None })
}
