//! Records as the interpreter, the dispatcher and the API write them.

use std::sync::Arc;

use asl::machine::StateName;
use engine::effect::{Effect, Target, TaskRequest};
use engine::event::{Event, HistoryEvent, StateType, TaskResource};
use engine::failure::ErrorAndCause;
use engine::input::{Cause, Timer};
use engine::mocks::{MockedResponse, TestCase};
use engine::payload::Payload;
use engine::record::Record;
use engine::redrive::{ClientToken, Redrives};
use engine::run::{Answer, Claim, EndedBy, Phase, Status, TaskEvents, TaskPhase, Token, Variables};
use engine::timestamp::Timestamp;

use super::{STARTED, execution, order, run, waiting_tasks, with_phase};

const FUNCTION: &str = "arn:aws:lambda:eu-central-1:215634872910:function:check-stock";

/// Every shape of a record, by the name of its fixture.
pub fn all() -> Vec<(&'static str, Record)> {
    let mut all = first();
    all.extend(waiting_tasks::all());
    all
}

/// Those of the first version.
fn first() -> Vec<(&'static str, Record)> {
    vec![
        ("start", start()),
        ("start-by-alias", start_by_alias()),
        ("start-with-test-case", start_with_test_case()),
        ("pass", pass(3, &order(700))),
        ("pass-changes-payload", pass_with(3, &order(700), &Payload::from_text(r#"{ "ok" : 1.0e3 }"#))),
        ("function-scheduled", function_scheduled()),
        ("function-claimed", function_claimed()),
        ("function-failed-and-backs-off", function_failed()),
        ("integration-scheduled", integration_scheduled()),
        ("integration-succeeded", integration_succeeded()),
        ("wait-until", wait()),
        ("fanned-out", fanned_out()),
        ("forked", super::forks::forked()),
        ("put-aside", super::forks::put_aside()),
        ("other-task-events", other_task_events()),
        ("other-function-events", other_function_events()),
        ("evaluation-failed", evaluation_failed()),
        ("scheduled-with-credentials", scheduled_with_credentials()),
        (
            "succeeded",
            ended(Status::Succeeded { output: order(700) }, Event::ExecutionSucceeded { output: order(700) }),
        ),
        ("failed", ended(Status::Failed(why()), Event::ExecutionFailed(why()))),
        (
            "timed-out",
            ended(Status::TimedOut(ErrorAndCause::default()), Event::ExecutionTimedOut(ErrorAndCause::default())),
        ),
        ("aborted", aborted()),
        ("dead-letter", dead_letter()),
        ("failed-unfinished", failed_unfinished()),
        ("redriven", redriven()),
    ]
}

pub fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(STARTED + millis)
}

/// Of an execution that was started through an alias, with a trace header.
pub fn start_by_alias() -> Record {
    let mut record = start();
    record.run.execution = engine::execution::Execution {
        version: Some(12),
        alias: Some("PROD".into()),
        trace_header: Some("Root=1-6915d5a2-3c1fa0b5d1c2e4f6a7b8c9d0;Sampled=1".into()),
        ..execution()
    }
    .into();
    record
}

/// Of an execution with mocked responses, two of whose calls have been made.
pub fn start_with_test_case() -> Record {
    let response = MockedResponse {
        name: "PaymentFailsOnce".into(),
        answers: vec![
            (0..=0, Answer::Failed(why())),
            (1..=3, Answer::Succeeded { output: Payload::from_text(r#"{ "paid" : true }"#) }),
        ],
    };
    let states = [(StateName::new("Pay"), Arc::new(response))].into();
    let mut record = start();
    record.run.execution = engine::execution::Execution {
        test_case: Some(Arc::new(TestCase { name: "RetryPath".into(), states })),
        ..execution()
    }
    .into();
    record.run.mocked_calls = [(StateName::new("Pay"), 2)].into();
    record
}

pub fn event(id: u64, previous_event_id: u64, at: Timestamp, event: Event) -> HistoryEvent {
    HistoryEvent { id, previous_event_id, timestamp: at, event }
}

pub fn why() -> ErrorAndCause {
    ErrorAndCause {
        error: Some("OutOfStock".into()),
        cause: Some(r#"{"errorMessage":"no \"PAD-XL\" left","errorType":"OutOfStock","stackTrace":[]}"#.into()),
    }
}

pub fn token(place: u64) -> Token {
    Token { branch: 0, place }
}

pub fn entered(state_type: StateType, name: &str, input: &Payload) -> Event {
    Event::StateEntered { state_type, name: StateName::new(name), input: input.clone() }
}

fn exited(state_type: StateType, name: &str, output: &Payload) -> Event {
    Event::StateExited {
        state_type,
        name: StateName::new(name),
        output: output.clone(),
        assigned_variables: Variables::new(),
    }
}

pub fn start() -> Record {
    let input = order(700);
    let mut run = run(0, 1, 0, "Validate order", &input);
    run.branches[0].previous_event_id = 0;
    run.deadline = Some(at(3_600_000));
    let mut execution = execution();
    execution.input = Some(input.clone());
    run.execution = execution.into();
    let role_arn = run.execution.role_arn.to_string();
    Record {
        at: at(0),
        causes: vec![Cause::Start("9b2f61c4-27bb-41fb-bd8d-c1f45d6d4a53".into())],
        events: vec![event(1, 0, at(0), Event::ExecutionStarted { input, role_arn })],
        run,
        effects: vec![Effect::Advance(token(0)), Effect::Arm { timer: Timer::Execution, due: at(3_600_000) }],
    }
}

/// The `place`-th state is a Pass that hands its input on.
pub fn pass(place: u64, payload: &Payload) -> Record {
    pass_with(place, payload, payload)
}

pub fn pass_with(place: u64, input: &Payload, output: &Payload) -> Record {
    let last = place * 2 + 1;
    let at = at(place as i64 * 40);
    Record {
        at,
        causes: vec![Cause::Advance(token(place - 1))],
        events: vec![
            event(last - 1, last - 2, at, entered(StateType::Pass, "Add defaults", input)),
            event(last, last - 1, at, exited(StateType::Pass, "Add defaults", output)),
        ],
        run: run(place, last, place, "Check stock", output),
        effects: vec![Effect::Advance(token(place))],
    }
}

fn task_phase(events: TaskEvents, claim: Option<Claim>) -> Phase {
    Phase::Task(TaskPhase {
        scheduled_at: at(160),
        scheduled_in: 4,
        events,
        ended_by: EndedBy::Target,
        timeout_seconds: None,
        heartbeat_seconds: None,
        deadline: Some(at(60_160)),
        heartbeat_by: None,
        claim,
    })
}

fn request(target: Target, payload: Payload, role_arn: &str) -> TaskRequest {
    TaskRequest { token: token(4), target, payload, role_arn: role_arn.into() }
}

pub fn function_scheduled() -> Record {
    let input = order(700);
    let at = at(160);
    let scheduled = Event::LambdaFunctionScheduled {
        resource: FUNCTION.into(),
        input: input.clone(),
        timeout_in_seconds: Some(60),
        credentials: None,
    };
    let role_arn = execution().role_arn;
    Record {
        at,
        causes: vec![Cause::Advance(token(4))],
        events: vec![event(8, 7, at, entered(StateType::Task, "Check stock", &input)), event(9, 8, at, scheduled)],
        run: with_phase(run(4, 9, 4, "Check stock", &input), 8, at, task_phase(TaskEvents::LambdaFunction, None)),
        effects: vec![
            Effect::Dispatch(request(Target::LambdaFunction { arn: FUNCTION.into() }, input, &role_arn)),
            Effect::Arm { timer: Timer::Place(token(4)), due: at.plus_seconds(60) },
        ],
    }
}

pub fn function_claimed() -> Record {
    let input = order(700);
    let nonce = "f8cf1a53-6a0f-4ac0-a9a9-5a24f4f5d65e";
    let claim = Claim { nonce: nonce.into(), at: at(181), until: at(900_181) };
    let phase = task_phase(TaskEvents::LambdaFunction, Some(claim));
    Record {
        at: at(181),
        causes: vec![Cause::Claim { token: token(4), nonce: nonce.into() }],
        events: vec![event(10, 9, at(181), Event::LambdaFunctionStarted)],
        run: with_phase(run(5, 10, 4, "Check stock", &input), 8, at(160), phase),
        effects: vec![],
    }
}

pub fn function_failed() -> Record {
    let input = order(700);
    let phase = Phase::BackingOff { until: at(2_407) };
    let mut run = with_phase(run(6, 11, 5, "Check stock", &input), 8, at(160), phase);
    run.branches[0].retries = vec![0, 2];
    Record {
        at: at(407),
        causes: vec![Cause::TaskEnded(token(4)), Cause::TimeCame(Timer::Place(token(4)))],
        events: vec![event(11, 10, at(407), Event::LambdaFunctionFailed(why()))],
        run,
        effects: vec![Effect::Arm { timer: Timer::Place(token(5)), due: at(2_407) }],
    }
}

fn lambda_invoke() -> TaskResource {
    TaskResource { resource_type: "lambda".into(), resource: "invoke".into() }
}

pub fn integration_scheduled() -> Record {
    let input = order(700);
    let at = at(160);
    let parameters =
        Payload::from_text(format!(r#"{{"FunctionName":"{FUNCTION}:live","Payload":{}}}"#, input.as_str()));
    let scheduled = |region: &str| Event::TaskScheduled {
        resource: lambda_invoke(),
        region: region.into(),
        parameters: parameters.clone(),
        timeout_in_seconds: Some(60),
        heartbeat_in_seconds: Some(20),
        credentials: None,
    };
    let own_role = "arn:aws:iam::998877665544:role/service/stock";
    Record {
        at,
        causes: vec![Cause::Advance(token(4))],
        events: vec![
            event(8, 7, at, entered(StateType::Task, "Check stock", &input)),
            event(9, 8, at, scheduled("eu-central-1")),
            event(10, 8, at, scheduled("us-east-1")),
        ],
        run: with_phase(
            run(4, 10, 4, "Check stock", &input),
            8,
            at,
            task_phase(TaskEvents::Task(lambda_invoke()), None),
        ),
        effects: vec![Effect::Dispatch(request(Target::LambdaInvoke, parameters, own_role))],
    }
}

pub fn integration_succeeded() -> Record {
    let input = order(700);
    let output = Payload::from_text(format!(
        concat!(
            r#"{{"ExecutedVersion":"$LATEST","Payload":{},"SdkHttpMetadata":{{"AllHttpHeaders":{{"X-Amz-Executed-Version":["$LATEST"],"#,
            r#""x-amzn-Remapped-Content-Length":["0"],"Connection":["keep-alive"],"x-amzn-RequestId":["0d3c3a2e-55b1-4b8f-8c8f-5a3b7a3c1d10"],"#,
            r#""Content-Length":["702"],"Date":["Mon, 21 Sep 2026 14:13:21 GMT"],"X-Amzn-Trace-Id":["root=1-6a0f3c11-2a4f8f1f6c110b7c6f5e3f0a;parent=4d0e9b572a4f8f1f;sampled=0"],"#,
            r#""Content-Type":["application/json"]}},"HttpHeaders":{{"Connection":"keep-alive","Content-Length":"702","Content-Type":"application/json","Date":"Mon, 21 Sep 2026 14:13:21 GMT","#,
            r#""X-Amz-Executed-Version":"$LATEST","x-amzn-Remapped-Content-Length":"0","x-amzn-RequestId":"0d3c3a2e-55b1-4b8f-8c8f-5a3b7a3c1d10","X-Amzn-Trace-Id":"root=1-6a0f3c11-2a4f8f1f6c110b7c6f5e3f0a;parent=4d0e9b572a4f8f1f;sampled=0"}},"#,
            r#""HttpStatusCode":200}},"SdkResponseMetadata":{{"RequestId":"0d3c3a2e-55b1-4b8f-8c8f-5a3b7a3c1d10"}},"StatusCode":200}}"#
        ),
        input.as_str()
    ));
    let at = at(407);
    let result = Payload::from_value(&output.value()["Payload"]);
    Record {
        at,
        causes: vec![Cause::TaskEnded(token(4))],
        events: vec![
            event(10, 9, at, Event::TaskSucceeded { resource: lambda_invoke(), output }),
            event(11, 10, at, exited(StateType::Task, "Check stock", &result)),
        ],
        run: run(6, 11, 5, "Enough?", &result),
        effects: vec![Effect::Advance(token(5))],
    }
}

pub fn wait() -> Record {
    let input = order(700);
    let at = at(240);
    Record {
        at,
        causes: vec![Cause::TimeCame(Timer::Execution), Cause::Advance(token(6))],
        events: vec![event(14, 13, at, entered(StateType::Wait, "Let the dust settle", &input))],
        run: with_phase(
            run(7, 14, 6, "Let the dust settle", &input),
            14,
            at,
            Phase::Waiting { until: at.plus_seconds(86_400) },
        ),
        effects: vec![Effect::Arm { timer: Timer::Place(token(6)), due: at.plus_seconds(86_400) }],
    }
}

/// Two live branches, and the event ids out of their usual places.
pub fn fanned_out() -> Record {
    let input = order(700);
    let at = at(300);
    let mut run = run(8, 21, 7, "Left", &input);
    let mut right = run.branches[0].clone();
    right.token = Token { branch: 2, place: 9 };
    right.state = StateName::new("Rechts \"über\" \u{1F600}");
    right.input = Payload::from_text(" [ 1 , 2.50 ]\n");
    run.branches.push(right);
    run.next_place = 10;
    let fan = |id, previous, state_type, name| event(id, previous, at, entered(state_type, name, &input));
    Record {
        at,
        causes: vec![],
        events: vec![
            fan(15, 14, StateType::Parallel, "Both"),
            fan(17, 14, StateType::Map, "Each"),
            fan(18, 17, StateType::Succeed, "Done"),
            fan(21, 3, StateType::Choice, "Enough?"),
        ],
        run,
        effects: vec![Effect::Advance(token(7)), Effect::Advance(Token { branch: 2, place: 9 })],
    }
}

pub fn other_task_events() -> Record {
    let mut record = pass(3, &order(100));
    record.events = [
        Event::TaskStarted(lambda_invoke()),
        Event::TaskFailed { resource: lambda_invoke(), failure: why() },
        Event::TaskTimedOut { resource: lambda_invoke(), failure: why() },
        Event::TaskStartFailed { resource: lambda_invoke(), failure: why() },
    ]
    .into_iter()
    .zip(4..)
    .map(|(it, id)| event(id, id - 1, at(id as i64), it))
    .collect();
    record
}

pub fn other_function_events() -> Record {
    let mut record = pass(3, &order(100));
    record.events = [
        Event::LambdaFunctionSucceeded { output: order(100) },
        Event::LambdaFunctionTimedOut(ErrorAndCause { error: Some("States.Timeout".into()), cause: None }),
        Event::LambdaFunctionScheduleFailed(why()),
        Event::LambdaFunctionStartFailed(why()),
    ]
    .into_iter()
    .zip(4..)
    .map(|(it, id)| event(id, id - 1, at(id as i64), it))
    .collect();
    record
}

fn scheduled_with_credentials() -> Record {
    let credentials = Some("arn:aws:iam::998877665544:role/stock".to_owned());
    let mut record = pass(3, &order(100));
    let function = Event::LambdaFunctionScheduled {
        resource: FUNCTION.into(),
        input: order(100),
        timeout_in_seconds: None,
        credentials: credentials.clone(),
    };
    let integration = Event::TaskScheduled {
        resource: lambda_invoke(),
        region: "eu-central-1".into(),
        parameters: order(100),
        timeout_in_seconds: None,
        heartbeat_in_seconds: None,
        credentials,
    };
    record.events = vec![event(6, 5, at(120), function), event(7, 5, at(120), integration)];
    record
}

pub fn evaluation_failed() -> Record {
    let mut record = pass(3, &order(100));
    let failed = |location: Option<&str>| Event::EvaluationFailed {
        state: StateName::new("Add defaults"),
        location: location.map(ToOwned::to_owned),
        failure: why(),
    };
    record.events = vec![event(6, 4, at(120), failed(Some("Output/total[0]"))), event(7, 6, at(120), failed(None))];
    record
}

pub fn ended(status: Status, last: Event) -> Record {
    let mut run = run(9, 22, 8, "Done", &order(100));
    run.status = status;
    run.branches.clear();
    Record {
        at: at(500),
        causes: vec![Cause::Advance(token(8))],
        events: vec![
            event(21, 20, at(500), entered(StateType::Fail, "Give up", &order(100))),
            event(22, 21, at(500), last),
        ],
        run,
        effects: vec![Effect::Finish],
    }
}

fn aborted() -> Record {
    let why = ErrorAndCause { error: None, cause: Some("by hand".into()) };
    let mut record = ended(Status::Aborted(why.clone()), Event::ExecutionAborted(why));
    record.causes = vec![Cause::Stop("3f0a4d0e".into())];
    record
}

/// With what a redrive goes on with.
fn failed_unfinished() -> Record {
    let mut record = ended(Status::Failed(why()), Event::ExecutionFailed(why()));
    record.run.unfinished = function_failed().run.branches;
    record
}

fn redriven() -> Record {
    let mut record = pass(23, &order(700));
    record.at = at(60_000);
    record.causes = vec![Cause::Redrive("9b2c1d4f".into())];
    record.events = vec![event(23, 22, at(60_000), Event::ExecutionRedriven { count: 2 })];
    record.run.last_event_id = 23;
    let client_tokens = [("first", 10_000), ("second", 60_000)];
    record.run.redrives = Some(Redrives {
        count: 2,
        at: at(60_000),
        client_tokens: client_tokens.map(|(token, millis)| ClientToken { token: token.into(), at: at(millis) }).into(),
    });
    record
}

fn dead_letter() -> Record {
    let mut record = ended(Status::Failed(why()), Event::ExecutionFailed(why()));
    record.causes = vec![Cause::DeadLetter("059f36b4-87a3-44ab-83d2-661975830a7d".into())];
    record
}
