#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use engine::execution::ExecutionArn;
use engine::failure::ErrorAndCause;
use futures::FutureExt;
use ports::catalog::MachineType;
use ports::task_target::{Invocation, InvokeError, Invoked};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::*;

const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// Tokio's time, which jumps to whatever is next while nothing else can be done.
struct TestClock {
    from: Instant,
    /// Milliseconds that pass with each reading.
    per_reading: i64,
    readings: AtomicI64,
}

impl TestClock {
    fn new(per_reading: i64) -> Self {
        Self { from: Instant::now(), per_reading, readings: AtomicI64::new(0) }
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let read = self.readings.fetch_add(self.per_reading, Ordering::Relaxed);
        START.plus_millis(i64::try_from(self.from.elapsed().as_millis()).unwrap() + read)
    }
}

struct OneId;

impl Ids for OneId {
    fn uuid(&self) -> String {
        "11111111-1111-4111-8111-111111111111".into()
    }

    fn seed(&self) -> u64 {
        7
    }
}

/// Answers after so many seconds, with an error as often as asked for.
#[derive(Default)]
struct Function {
    seconds: u64,
    fails: AtomicUsize,
    calls: AtomicUsize,
    at_once: AtomicUsize,
    most_at_once: AtomicUsize,
}

#[async_trait]
impl TaskTarget for Function {
    async fn invoke(&self, invocation: &Invocation) -> Result<Invoked, InvokeError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let at_once = self.at_once.fetch_add(1, Ordering::Relaxed) + 1;
        self.most_at_once.fetch_max(at_once, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_secs(self.seconds)).await;
        self.at_once.fetch_sub(1, Ordering::Relaxed);
        let fails = self.fails.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        let (function_error, payload) = match fails {
            true => (Some("Unhandled".to_owned()), r#"{"errorType":"Busy"}"#.to_owned()),
            false => (None, invocation.payload.clone()),
        };
        Ok(Invoked { status_code: 200, function_error, payload, ..Invoked::default() })
    }
}

#[derive(Default)]
struct Lines(Mutex<Vec<String>>);

impl ExecutionLog for Lines {
    fn write(&self, line: &str) {
        self.0.lock().unwrap().push(line.to_owned());
    }
}

struct World {
    function: Arc<Function>,
    log: Arc<Lines>,
    clock: Arc<TestClock>,
    level: &'static str,
}

impl World {
    fn new(function: Function) -> Self {
        Self { function: Arc::new(function), log: Arc::default(), clock: Arc::new(TestClock::new(0)), level: "ALL" }
    }

    async fn run(&self, states: Value, input: &str) -> Ended {
        let start_at = states.as_object().unwrap().keys().next().unwrap().clone();
        let definition = json!({ "StartAt": start_at, "States": states }).to_string();
        let machine = asl::parse(&definition, asl::MachineType::Express).expect("a machine").machine;
        let state_machine = StateMachine {
            name: "machine".into(),
            revision_id: "revision".into(),
            machine_type: MachineType::Express,
            definition,
            role_arn: "arn:aws:iam::123456789012:role/machine".into(),
            created_at: START,
            updated_at: START,
            logging_configuration: Some(json!({ "level": self.level, "includeExecutionData": true })),
            tracing_configuration: None,
            encryption_configuration: None,
            tags: Vec::new(),
            deleting_since: None,
        };
        let arn = ExecutionArn::new("arn:aws:states:us-east-1:123456789012:express:machine:name:run");
        let role_arn = state_machine.role_arn.as_str().into();
        let execution =
            Execution { kind: Kind::ExpressSync, ..Execution::new(arn, "revision".into(), role_arn, self.clock.now()) };
        let express = Express {
            target: self.function.clone(),
            clock: self.clock.clone(),
            ids: Arc::new(OneId),
            sleep: Arc::new(|duration| tokio::time::sleep(duration).boxed()),
            log: self.log.clone(),
            settings: Settings::default(),
        };
        let input = Payload::parse(input).unwrap();
        let start = Start { machine: &machine, state_machine: &state_machine, execution, input };
        express.run(start, START.plus_seconds(900)).await
    }

    fn logged(&self) -> Vec<Value> {
        self.log.0.lock().unwrap().iter().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn types(&self) -> Vec<String> {
        self.logged().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
    }
}

fn seconds(ended: &Ended) -> u64 {
    ended.stopped_at.millis_since(START) / 1000
}

fn output(ended: &Ended) -> &str {
    match &ended.status {
        Status::Succeeded { output } => output.as_str(),
        other => panic!("{other:?}"),
    }
}

fn task(fields: Value) -> Value {
    let mut task = json!({ "Type": "Task", "Resource": "arn:aws:lambda:us-east-1:123456789012:function:f" });
    task.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    task
}

#[tokio::test(start_paused = true)]
async fn an_execution_runs_to_its_end_and_its_events_go_to_the_log() {
    let world = World::new(Function::default());
    let states = json!({ "A": { "Type": "Pass", "Next": "B" }, "B": task(json!({ "End": true })) });
    let ended = world.run(states, r#"{"a": 1}"#).await;
    assert_eq!(output(&ended), r#"{"a": 1}"#);
    assert_eq!((ended.billing.duration_millis, ended.billing.memory_megabytes), (100, 64));
    let expected = [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "TaskStateEntered",
        "LambdaFunctionScheduled",
        "LambdaFunctionStarted",
        "LambdaFunctionSucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ];
    assert_eq!(world.types(), expected);
    let ids: Vec<Value> = world.logged().iter().map(|event| event["id"].clone()).collect();
    assert_eq!(ids, (1..=9).map(|id| json!(id.to_string())).collect::<Vec<_>>());
    let first = &world.logged()[0];
    assert_eq!(first["details"]["input"], r#"{"a": 1}"#);
    assert_eq!(first["execution_arn"], "arn:aws:states:us-east-1:123456789012:express:machine:name:run");
}

#[tokio::test(start_paused = true)]
async fn only_events_of_the_machines_level_are_logged() {
    for (level, expected) in [("OFF", vec![]), ("FATAL", vec!["ExecutionFailed"])] {
        let world = World { level, ..World::new(Function::default()) };
        let ended = world.run(json!({ "A": { "Type": "Fail", "Error": "E" } }), "{}").await;
        assert_eq!(ended.status, Status::Failed(ErrorAndCause { error: Some("E".into()), cause: None }));
        assert_eq!(world.types(), expected, "{level}");
    }
}

#[tokio::test(start_paused = true)]
async fn tasks_of_all_branches_and_iterations_are_called_at_the_same_time() {
    let world = World::new(Function { seconds: 10, ..Function::default() });
    let branch = |name: &str| json!({ "StartAt": name, "States": { name: task(json!({ "End": true })) } });
    let parallel = json!({ "Type": "Parallel", "Branches": [branch("A"), branch("B")], "Next": "Map" });
    let map = json!({ "Type": "Map", "ItemProcessor": branch("C"), "End": true });
    let ended = world.run(json!({ "Parallel": parallel, "Map": map }), "1").await;
    assert_eq!(output(&ended), "[1,1]");
    assert_eq!((seconds(&ended), world.function.most_at_once.load(Ordering::Relaxed)), (20, 2));
}

#[tokio::test(start_paused = true)]
async fn waits_and_retries_take_their_time() {
    let world = World::new(Function { fails: AtomicUsize::new(2), ..Function::default() });
    let retry = json!([{ "ErrorEquals": ["Busy"], "IntervalSeconds": 2, "BackoffRate": 3.0 }]);
    let states = json!({
        "Wait": { "Type": "Wait", "Seconds": 5, "Next": "Task" },
        "Task": task(json!({ "Retry": retry, "End": true })),
    });
    let ended = world.run(states, "1").await;
    assert_eq!((output(&ended), seconds(&ended)), ("1", 5 + 2 + 6));
    assert_eq!(world.function.calls.load(Ordering::Relaxed), 3);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_takes_too_long_times_out() {
    let world = World::new(Function { seconds: 60, ..Function::default() });
    let catch = json!([{ "ErrorEquals": ["States.Timeout"], "Next": "Caught" }]);
    let states = json!({
        "Task": task(json!({ "TimeoutSeconds": 3, "Catch": catch, "End": true })),
        "Caught": { "Type": "Succeed" },
    });
    let ended = world.run(states, "1").await;
    assert_eq!((output(&ended), seconds(&ended)), (r#"{"Error":"States.Timeout","Cause":""}"#, 3));
}

#[tokio::test(start_paused = true)]
async fn an_execution_lasts_five_minutes_at_most() {
    let wait = json!({ "Wait": { "Type": "Wait", "Seconds": 301, "End": true } });
    for states in [wait, json!({ "Task": task(json!({ "End": true })) })] {
        let world = World::new(Function { seconds: 1000, ..Function::default() });
        let ended = world.run(states, "1").await;
        assert!(matches!(ended.status, Status::TimedOut(_)), "{:?}", ended.status);
        assert_eq!((seconds(&ended), ended.billing.duration_millis), (300, 300_100), "a millisecond late");
        assert_eq!(world.types().last().unwrap(), "ExecutionTimedOut");
    }
}

#[tokio::test(start_paused = true)]
async fn an_execution_that_never_waits_ends_in_time_and_lets_others_work() {
    let clock = Arc::new(TestClock::new(10));
    let world = World { clock, level: "FATAL", ..World::new(Function::default()) };
    let states = json!({
        "A": { "Type": "Choice", "Choices": [{ "Variable": "$", "IsNull": true, "Next": "End" }], "Default": "B" },
        "B": { "Type": "Pass", "Next": "A" },
        "End": { "Type": "Succeed" },
    });
    let turns = AtomicUsize::new(0);
    let others = async {
        loop {
            turns.fetch_add(1, Ordering::Relaxed);
            running::yield_now().await;
        }
    };
    let ended = tokio::select! {
        ended = world.run(states, "1") => ended,
        () = others => unreachable!(),
    };
    assert!(matches!(ended.status, Status::TimedOut(_)), "{:?}", ended.status);
    assert!(turns.load(Ordering::Relaxed) > 10, "{turns:?}");
}
