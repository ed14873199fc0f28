//! Records, summaries and machines to put into stores.

use std::collections::BTreeMap;
use std::sync::Arc;

use asl::machine::StateName;
use engine::aside::ContentHash;
use engine::effect::{Effect, Target, TaskRequest};
use engine::event::{Event, HistoryEvent, StateType, TaskResource};
use engine::execution::{Execution, ExecutionArn};
use engine::failure::ErrorAndCause;
use engine::input::{Cause, Timer};
use engine::payload::Payload;
use engine::record::Record;
use engine::redrive::{ClientToken, Redrives};
use engine::run::{
    Answer, Answered, Branch, Claim, EndedBy, Entered, Fork, Items, Iterations, Phase, Results, Run, Status,
    TaskEvents, TaskPhase, Token, Variables,
};
use engine::timestamp::Timestamp;

use crate::catalog::{MachineType, StateMachine};
use crate::executions::{Summary, SummaryStatus};

/// 2040-01-01T00:00:00Z.
pub const EPOCH: Timestamp = Timestamp::from_millis(2_208_988_800_000);

const ROLE: &str = "arn:aws:iam::123456789012:role/sample";

/// Milliseconds after [`EPOCH`].
pub fn at(millis: i64) -> Timestamp {
    EPOCH.plus_millis(millis)
}

pub fn arn(machine: &str, name: &str) -> ExecutionArn {
    ExecutionArn::new(format!("arn:aws:states:us-east-1:123456789012:execution:{machine}:{name}"))
}

pub fn execution(arn: &ExecutionArn) -> Arc<Execution> {
    Arc::new(Execution::new(arn.clone(), "5b6a7c8d-0000-4000-8000-000000000001".into(), ROLE.into(), EPOCH))
}

/// What a Pass state comes to: one state left and the next one entered.
pub fn record(arn: &ExecutionArn, seq: u64) -> Arc<Record> {
    record_with(arn, seq, &[Payload::from_text(format!(r#"{{"seq":{seq}}}"#))])
}

/// Told from [`record`] by its cause, as an append by somebody else is.
pub fn rival(arn: &ExecutionArn, seq: u64, rival: usize) -> Arc<Record> {
    let mut record = Record::clone(&record(arn, seq));
    record.causes = vec![Cause::Stop(format!("rival {rival}").into())];
    Arc::new(record)
}

/// One event for each of the payloads; the last is also the branch's input.
pub fn record_with(arn: &ExecutionArn, seq: u64, payloads: &[Payload]) -> Arc<Record> {
    let first_id = seq.saturating_mul(2);
    let events: Vec<HistoryEvent> = (first_id.saturating_add(1)..)
        .zip(payloads)
        .map(|(id, payload)| HistoryEvent {
            id,
            previous_event_id: id - 1,
            timestamp: at(7),
            event: entered("Reserve stock", payload.clone()),
        })
        .collect();
    let last_event_id = events.last().map_or(first_id, |event| event.id);
    let input = payloads.last().cloned().unwrap_or_else(|| Payload::from_text("{}"));
    let token = Token { branch: 0, place: seq };
    let branch = Branch {
        token,
        parent: None,
        state: StateName::new("Reserve stock"),
        input,
        previous_event_id: last_event_id,
        entered: None,
        variables: Arc::default(),
        item: None,
        aside: None,
        retries: Vec::new(),
        phase: Phase::Ready,
    };
    let run = Run {
        execution: execution(arn),
        seq,
        last_event_id,
        next_branch: 1,
        next_place: seq.saturating_add(1),
        status: Status::Running,
        branches: vec![branch],
        deadline: None,
        unfinished: Vec::new(),
        redrives: None,
        mocked_calls: BTreeMap::new(),
    };
    Arc::new(Record {
        at: at(7),
        causes: vec![Cause::Advance(token)],
        events,
        run,
        effects: vec![Effect::Advance(token)],
    })
}

/// Records that between them hold every kind of event, cause, effect, phase and status; their sequence numbers are
/// 0, 1, 2, ….
pub fn every_shape(arn: &ExecutionArn) -> Vec<Arc<Record>> {
    statuses()
        .into_iter()
        .zip(0u64..)
        .map(|(status, seq)| {
            let mut record = Record::clone(&record(arn, seq));
            record.causes = causes();
            record.events = history(events());
            record.effects = effects();
            record.run.branches = if status == Status::Running { branches() } else { Vec::new() };
            record.run.unfinished = if status == Status::Running { Vec::new() } else { branches() };
            record.run.redrives = Some(redrives());
            record.run.status = status;
            record.run.deadline = Some(at(86_400_000));
            record.run.execution = Arc::new(Execution {
                input: Some(json(r#"{ "order": 1 }"#)),
                version: Some(7),
                alias: Some("PROD".into()),
                trace_header: Some("Root=1-5759e988-bd862e3fe1be46a994272793".into()),
                ..Execution::clone(&execution(arn))
            });
            Arc::new(record)
        })
        .collect()
}

fn redrives() -> Redrives {
    Redrives { count: 2, at: at(9), client_tokens: vec![ClientToken { token: "token-2".into(), at: at(9) }] }
}

fn json(text: &str) -> Payload {
    Payload::from_text(text)
}

fn failure(error: &str) -> ErrorAndCause {
    ErrorAndCause { error: Some(error.to_owned()), cause: Some("sold out: \"π\"\n".to_owned()) }
}

fn entered(name: &str, input: Payload) -> Event {
    Event::StateEntered { state_type: StateType::Pass, name: StateName::new(name), input }
}

fn statuses() -> Vec<Status> {
    vec![
        Status::Running,
        Status::Succeeded { output: json("[1.0]") },
        Status::Failed(failure("Shop.SoldOut")),
        Status::TimedOut(ErrorAndCause::default()),
        Status::Aborted(ErrorAndCause { error: Some(String::new()), cause: None }),
    ]
}

fn causes() -> Vec<Cause> {
    let token = Token { branch: 3, place: 17 };
    vec![
        Cause::Start("start-1".into()),
        Cause::Advance(token),
        Cause::Claim { token, nonce: "nonce-1".into() },
        Cause::TaskEnded(token),
        Cause::TimeCame(Timer::Place(token)),
        Cause::TimeCame(Timer::Execution),
        Cause::Stop("stop-1".into()),
        Cause::Redrive("redrive-1".into()),
        Cause::DeadLetter("letter-1".into()),
    ]
}

fn history(events: Vec<Event>) -> Vec<HistoryEvent> {
    let numbered = (1..).zip(events);
    numbered.map(|(id, event)| HistoryEvent { id, previous_event_id: id - 1, timestamp: at(7), event }).collect()
}

fn events() -> Vec<Event> {
    let resource = TaskResource { resource_type: "lambda".into(), resource: "invoke".into() };
    let input = json(r#"{"sku": "A-1"}"#);
    let mut events = vec![
        Event::ExecutionStarted { input: input.clone(), role_arn: ROLE.into() },
        Event::ExecutionSucceeded { output: input.clone() },
        Event::ExecutionFailed(failure("Shop.SoldOut")),
        Event::ExecutionTimedOut(ErrorAndCause::default()),
        Event::ExecutionAborted(failure("")),
        Event::ExecutionRedriven { count: 2 },
        Event::LambdaFunctionScheduled {
            resource: "arn:aws:lambda:::f".into(),
            input: input.clone(),
            timeout_in_seconds: Some(3),
            credentials: Some("arn:aws:iam::1:role/r".into()),
        },
        Event::LambdaFunctionStarted,
        Event::LambdaFunctionSucceeded { output: input.clone() },
        Event::LambdaFunctionFailed(failure("Error")),
        Event::LambdaFunctionTimedOut(failure("States.Timeout")),
        Event::LambdaFunctionScheduleFailed(failure("Lambda.Unknown")),
        Event::LambdaFunctionStartFailed(failure("Lambda.Unknown")),
        Event::TaskScheduled {
            resource: resource.clone(),
            region: "us-east-1".into(),
            parameters: input.clone(),
            timeout_in_seconds: None,
            heartbeat_in_seconds: Some(9),
            credentials: None,
        },
        Event::TaskStarted(resource.clone()),
        Event::TaskSucceeded { resource: resource.clone(), output: input.clone() },
        Event::TaskFailed { resource: resource.clone(), failure: failure("Error") },
        Event::TaskTimedOut { resource: resource.clone(), failure: ErrorAndCause::default() },
        Event::TaskStartFailed { resource, failure: failure("Lambda.Unknown") },
    ];
    for state_type in StateType::ALL {
        let name = StateName::new(format!("A {state_type:?}, ü"));
        events.push(Event::StateEntered { state_type, name: name.clone(), input: input.clone() });
        events.push(Event::StateExited {
            state_type,
            name,
            output: input.clone(),
            assigned_variables: Variables::from([("greeting".to_owned(), input.clone())]),
        });
    }
    events
}

fn effects() -> Vec<Effect> {
    let token = Token { branch: 3, place: 17 };
    let request = TaskRequest {
        token,
        target: Target::LambdaFunction { arn: "arn:aws:lambda:::f".into() },
        payload: json("{}"),
        role_arn: ROLE.into(),
    };
    let invoke = TaskRequest { target: Target::LambdaInvoke, ..request.clone() };
    vec![
        Effect::Advance(token),
        Effect::Dispatch(request),
        Effect::Dispatch(invoke),
        Effect::Arm { timer: Timer::Place(token), due: at(60_000) },
        Effect::Arm { timer: Timer::Execution, due: at(90_000) },
        Effect::Finish,
    ]
}

fn task_phase(events: TaskEvents) -> TaskPhase {
    TaskPhase {
        scheduled_at: at(4),
        scheduled_in: 3,
        events,
        ended_by: EndedBy::Target,
        timeout_seconds: Some(60),
        heartbeat_seconds: None,
        deadline: None,
        heartbeat_by: None,
        claim: None,
    }
}

fn branches() -> Vec<Branch> {
    let resource = TaskResource { resource_type: "lambda".into(), resource: "invoke".into() };
    let claim = Some(Claim { nonce: "nonce-1".into(), at: at(5), until: at(905_000) });
    let phases = [
        Phase::Ready,
        Phase::Waiting { until: at(900_000) },
        Phase::BackingOff { until: at(1_500) },
        Phase::Forked(Fork { results: vec![Some(Payload::from_text("[1]")), None] }),
        Phase::Iterating(Iterations {
            length: 5,
            started: 3,
            ended: 2,
            concurrency: 1,
            items: Items::Kept(["3", "[4]"].map(Payload::from_text).into()),
            results: Results { kept: vec![(1, Payload::from_text("[1]"))], aside: None, bytes: 3 },
        }),
        Phase::Iterating(Iterations {
            length: 10_000,
            started: 42,
            ended: 2,
            concurrency: 40,
            items: Items::Aside { chunk: ContentHash::from_text(&"2".repeat(32)), taken: 5 },
            results: Results { kept: Vec::new(), aside: Some(ContentHash::from_text(&"3".repeat(32))), bytes: 9_000 },
        }),
        Phase::Task(TaskPhase { deadline: Some(at(60_000)), claim, ..task_phase(TaskEvents::LambdaFunction) }),
        Phase::Task(task_phase(TaskEvents::Task(resource))),
        Phase::Task(TaskPhase {
            ended_by: EndedBy::TaskToken { submitted: true },
            heartbeat_seconds: Some(60),
            heartbeat_by: Some(at(64_000)),
            ..task_phase(TaskEvents::Activity)
        }),
        Phase::Answered(Answered {
            task: Token { branch: 9, place: 3 }, // an earlier place of the same branch
            answer: Answer::Succeeded { output: Payload::from_text("7") },
        }),
    ];
    let numbered = (0..).zip(phases);
    numbered
        .map(|(branch, phase)| Branch {
            token: Token { branch, place: u64::from(branch) + 10 },
            parent: None,
            state: StateName::new("Pay"),
            input: json("null"),
            previous_event_id: 8,
            entered: Some(Entered { event_id: 8, at: at(3) }),
            variables: Arc::new(Variables::from([("total".to_owned(), Payload::from_text("42"))])),
            item: (branch % 2 == 1).then(|| Payload::from_text("1")),
            aside: (branch % 3 == 1).then(|| ContentHash::from_text(&"1".repeat(32))),
            retries: vec![0, 2, u64::from(branch)],
            phase,
        })
        .collect()
}

/// JSON texts that a store must not tidy up.
pub fn odd_texts() -> Vec<Payload> {
    let nested = format!("{}{}", "[".repeat(100), "]".repeat(100));
    let texts = [
        " {\"b\" : 1,\t\"a\":2 }\r\n",
        r#"{"a":1,"a":2}"#,
        "1.0",
        "-0",
        "1E400",
        "123456789012345678901234567890.10",
        r#""\u0041\/\u0000\ud83d\ude00""#,
        "\"\u{0}\u{7f}\u{2028}é😀\"",
        r#""\ud800""#,
        "null",
        "\"\"",
        nested.as_str(),
    ];
    texts.into_iter().map(json).collect()
}

/// A JSON string of `bytes` bytes that shrinks to almost nothing.
pub fn repetitive(bytes: usize) -> Payload {
    Payload::from_text(format!("\"{}\"", "ab".repeat(bytes / 2).get(2..).unwrap_or_default()))
}

/// A JSON string of `bytes` bytes that hardly shrinks. Another `seed` gives another text.
pub fn incompressible(bytes: usize, seed: u64) -> Payload {
    Payload::from_text(format!("\"{}\"", noise(bytes.saturating_sub(2), seed)))
}

fn noise(bytes: usize, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let letters = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'#' + u8::try_from((state >> 32) % 91).unwrap_or_default())
    });
    letters.map(|letter| if letter == '\\' { '~' } else { letter }).take(bytes).collect()
}

/// Of an open execution, started `started` milliseconds after [`EPOCH`], which the sweep leaves alone for a day.
pub fn running(arn: &ExecutionArn, started: i64) -> Summary {
    Summary {
        arn: arn.clone(),
        status: SummaryStatus::Running,
        started_at: at(started),
        stopped_at: None,
        check_at: Some(at(started).plus_millis(86_400_000)),
        version: None,
        alias: None,
        redriven: None,
    }
}

pub fn ended(arn: &ExecutionArn, started: i64, status: SummaryStatus) -> Summary {
    Summary { status, stopped_at: Some(at(started + 2_500)), check_at: None, ..running(arn, started) }
}

/// When retention ends, for [`ended`].
pub fn retention() -> Timestamp {
    at(90 * 86_400_000)
}

pub fn machine(name: &str, revision_id: &str) -> StateMachine {
    StateMachine {
        name: name.to_owned(),
        revision_id: revision_id.to_owned(),
        machine_type: MachineType::Standard,
        definition: "{ \"StartAt\": \"A\",\n  \"States\": {\"A\": {\"Type\":\"Succeed\"} } }\n".to_owned(),
        role_arn: ROLE.to_owned(),
        created_at: at(1),
        updated_at: at(2),
        logging_configuration: None,
        tracing_configuration: None,
        encryption_configuration: None,
        tags: Vec::new(),
        deleting_since: None,
    }
}

/// A definition of `bytes` bytes that hardly shrinks.
pub fn definition(bytes: usize, seed: u64) -> String {
    let frame = r#"{"Comment":"","StartAt":"A","States":{"A":{"Type":"Succeed"}}}"#;
    let comment = noise(bytes.saturating_sub(frame.len()), seed);
    frame.replacen("\"\"", &format!("\"{comment}\""), 1)
}
