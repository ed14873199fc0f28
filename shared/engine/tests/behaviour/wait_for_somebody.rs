//! Tasks that wait for somebody else: for the holder of their token, for a worker of their activity, for heartbeats.

use engine::effect::{Effect, Target};
use engine::input::{Input, TaskOutcome, Timer};
use engine::payload::Payload;
use engine::record::Outcome;
use engine::run::{Phase, Token};
use engine::task_token::TaskTokenKey;
use serde_json::{Value, json};

use crate::definitions::{ACTIVITY, activity, callback, only, states, task, with};
use crate::world::{
    Reply, Said, TASK_TOKEN_KEY, World, assert_same, cannot_start, check, execution, fails, failure, gives_up, ok,
    outcome, silent, succeeds, too_large,
};

/// The token that the task of this call was given.
fn token_in(world: &World, call: usize) -> String {
    let payload = world.requests[call].payload.value();
    payload["Payload"]["token"].as_str().expect("a token").to_owned()
}

fn with_token(fields: Value) -> Value {
    let parameters = json!({ "FunctionName": "f", "Payload": { "token.$": "$$.Task.Token" } });
    callback(with(json!({ "Parameters": parameters }), fields))
}

#[test]
fn a_task_waits_for_the_holder_of_its_token() {
    check(
        only(callback(json!({}))),
        "{}",
        [ok(r#"{"StatusCode":200}"#).after(1).and_at(90, succeeds(r#"{"a" : 1}"#))],
        r#"
        1 <- 0 ExecutionStarted {}
        2 <- 0 TaskStateEntered S {}
        3 <- 2 TaskScheduled lambda:invoke.waitForTaskToken in us-east-1 {"FunctionName":"f"}
        4 <- 3 TaskStarted
        5 <- 4 TaskSubmitted {"StatusCode":200} @1s
        6 <- 5 TaskSucceeded {"a" : 1} @90s
        7 <- 6 TaskStateExited S {"a" : 1}
        8 <- 7 ExecutionSucceeded {"a" : 1}
    "#,
    );
}

#[test]
fn the_holder_of_a_token_can_fail_the_task() {
    let definition = |catch: &str| {
        states(json!({
            "S": callback(json!({ "Catch": [{ "ErrorEquals": [catch], "Next": "Caught" }], "End": true })),
            "Caught": { "Type": "Pass", "End": true },
        }))
    };
    check(
        definition("Shop.SoldOut"),
        "{}",
        [ok("{}").and_at(3, gives_up(failure("Shop.SoldOut", "no teapots")))],
        r#"
        1 <- 0 ExecutionStarted {}
        2 <- 0 TaskStateEntered S {}
        3 <- 2 TaskScheduled lambda:invoke.waitForTaskToken in us-east-1 {"FunctionName":"f"}
        4 <- 3 TaskStarted
        5 <- 4 TaskSubmitted {}
        6 <- 5 TaskFailed Shop.SoldOut: no teapots @3s
        7 <- 6 TaskStateExited S {"Error":"Shop.SoldOut","Cause":"no teapots"}
        8 <- 7 PassStateEntered Caught {"Error":"Shop.SoldOut","Cause":"no teapots"}
        9 <- 8 PassStateExited Caught {"Error":"Shop.SoldOut","Cause":"no teapots"}
        10 <- 9 ExecutionSucceeded {"Error":"Shop.SoldOut","Cause":"no teapots"}
    "#,
    );
    let nothing_said = || [ok("{}").and_at(3, gives_up(Default::default()))];
    assert_eq!(outcome(definition("States.TaskFailed"), "{}", nothing_said()), r#"{"Error":null,"Cause":null}"#);
    assert_eq!(outcome(definition("Shop.SoldOut"), "{}", nothing_said()), "");
}

#[test]
fn an_answer_that_comes_before_the_target_has_answered_counts() {
    check(
        only(callback(json!({}))),
        "{}",
        [ok("{}").after(5).and_at(2, succeeds("1"))],
        r#"
        1 <- 0 ExecutionStarted {}
        2 <- 0 TaskStateEntered S {}
        3 <- 2 TaskScheduled lambda:invoke.waitForTaskToken in us-east-1 {"FunctionName":"f"}
        4 <- 3 TaskStarted
        5 <- 4 TaskSucceeded 1 @2s
        6 <- 5 TaskStateExited S 1
        7 <- 6 ExecutionSucceeded 1
    "#,
    );
}

#[test]
fn a_target_that_cannot_be_told_of_the_token_fails_the_task() {
    for (reply, expected) in [
        (fails("E", "why"), "5 <- 4 TaskSubmitFailed E: why"),
        (cannot_start("E", "why"), "5 <- 4 TaskStartFailed E: why"),
        (
            too_large(),
            "5 <- 4 TaskSubmitFailed States.DataLimitExceeded: The state/task 'lambda' returned a result with a size \
             exceeding the maximum number of bytes service limit.",
        ),
    ] {
        let printed = World::new(&only(callback(json!({}))), "{}", [reply]).play().printed();
        assert!(printed.lines().any(|line| line == expected), "{printed}");
    }
}

#[test]
fn each_attempt_has_a_token_of_its_own_which_names_its_place() {
    let retry = json!([{ "ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2 }]);
    let definition = only(with_token(json!({ "Retry": retry, "ResultSelector": { "t.$": "$$.Task.Token" } })));
    let failed = || ok("{}").and_at(1, gives_up(failure("E", "why")));
    let world = World::new(&definition, "{}", [failed(), fails("E", "why"), ok("{}").and_at(1, succeeds("1"))]).play();
    let key = TaskTokenKey::new(TASK_TOKEN_KEY);
    let mut places = Vec::new();
    for call in 0..3 {
        let token = token_in(&world, call);
        let (arn, place) = key.read(&token).expect("the world's own token");
        assert_eq!((arn, place), (execution().arn, world.requests[call].token));
        places.push(place);
    }
    places.dedup();
    assert_eq!(places.len(), 3);
    assert_eq!(world.outcome(), json!({ "t": token_in(&world, 2) }).to_string(), "the token is seen to the end");
}

#[test]
fn only_tasks_that_wait_for_their_token_can_see_it() {
    for definition in [
        only(task(json!({ "Parameters": { "t.$": "$$.Task.Token" } }))),
        only(activity(json!({ "Parameters": { "t.$": "$$.Task.Token" } }))),
        only(json!({ "Type": "Pass", "Parameters": { "t.$": "$$.Task.Token" } })),
    ] {
        let outcome = outcome(definition, "{}", []);
        assert!(
            outcome.contains("The JSONPath '$$.Task.Token' specified for the field 't.$' could not be found"),
            "{outcome}"
        );
    }
}

#[test]
fn without_the_key_no_token_is_made() {
    let world = World::new(&only(with_token(json!({}))), "{}", []);
    let given = engine::input::Given { task_token_key: None, ..world.given() };
    let advance = Input::Advance { token: world.run.branches[0].token };
    let Outcome::Stepped(step) = engine::step(&world.machine, &world.run, &advance, &given) else { panic!("a step") };
    assert!(step.run.has_ended());
}

#[test]
fn a_task_is_for_the_workers_of_its_activity() {
    let world = World::new(&only(activity(json!({}))), r#"{"a":1}"#, [silent().and_at(7, succeeds("2"))]).play();
    assert_same(
        &world.printed(),
        r#"
        1 <- 0 ExecutionStarted {"a":1}
        2 <- 0 TaskStateEntered S {"a":1}
        3 <- 2 ActivityScheduled a {"a":1}
        4 <- 3 ActivityStarted worker
        5 <- 4 ActivitySucceeded 2 @7s
        6 <- 5 TaskStateExited S 2
        7 <- 6 ExecutionSucceeded 2
    "#,
    );
    assert_eq!(world.requests[0].target, Target::Activity { arn: ACTIVITY.into() });
    let failed = [silent().and_at(7, gives_up(failure("Worker.Tired", "enough")))];
    let printed = World::new(&only(activity(json!({}))), "{}", failed).play().printed();
    assert!(
        printed
            .ends_with("5 <- 4 ActivityFailed Worker.Tired: enough @7s\n6 <- 5 ExecutionFailed Worker.Tired: enough\n")
    );
}

#[test]
fn an_activity_that_does_not_exist_fails_the_execution_before_the_task_is_scheduled() {
    let catch = json!([{ "ErrorEquals": ["States.ALL"], "Next": "Caught" }]);
    let definition = states(json!({
        "S": activity(json!({ "Catch": catch, "End": true })),
        "Caught": { "Type": "Pass", "End": true },
    }));
    let mut world = World::new(&definition, "{}", []);
    world.missing_activities = vec![ACTIVITY.into()];
    assert_same(
        &world.play().printed(),
        "
        1 <- 0 ExecutionStarted {}
        2 <- 0 TaskStateEntered S {}
        3 <- 2 ExecutionFailed States.Runtime: An error occurred while executing the state 'S' (entered at the event \
               id #2). The activity arn:aws:states:us-east-1:123456789012:activity:a does not exist.
    "
        .replace("event                id", "event id")
        .as_str(),
    );
}

/// A task that no worker takes waits for one; its limits begin with its start:
/// <https://docs.aws.amazon.com/step-functions/latest/dg/troubleshooting-activities.html>.
#[test]
fn the_limits_of_a_task_count_from_its_start() {
    let definition = only(activity(json!({ "TimeoutSeconds": 20, "HeartbeatSeconds": 5 })));
    let mut world = World::new(&definition, "{}", [silent()]);
    assert!(world.advance());
    let token = world.run.branches[0].token;
    world.now = world.now.plus_seconds(1_000);
    assert_eq!(world.input(&Input::TimeCame { timer: Timer::Place(token) }), Some(Outcome::Stale));
    assert_same(
        &world.play().printed(),
        "
        1 <- 0 ExecutionStarted {}
        2 <- 0 TaskStateEntered S {}
        3 <- 2 ActivityScheduled a {} within 20s heartbeat 5s
        4 <- 3 ActivityStarted worker @1000s
        5 <- 4 ActivityTimedOut States.Timeout @1005s
        6 <- 5 ExecutionFailed States.Timeout
    ",
    );
}

#[test]
fn heartbeats_keep_a_task_until_they_fail_to_come() {
    let beating = |beats: std::ops::Range<i64>| {
        beats.fold(ok("{}"), |reply: Reply, beat| reply.and_at(beat * 4, Said::Heartbeat))
    };
    let definition = |fields| only(callback(with(json!({ "HeartbeatSecondsPath": "$.h" }), fields)));
    let world = World::new(&definition(json!({})), r#"{"h":5}"#, [beating(1..4)]).play();
    assert_same(
        &world.printed(),
        r#"
        1 <- 0 ExecutionStarted {"h":5}
        2 <- 0 TaskStateEntered S {"h":5}
        3 <- 2 TaskScheduled lambda:invoke.waitForTaskToken in us-east-1 {"FunctionName":"f"} heartbeat 5s
        4 <- 3 TaskStarted
        5 <- 4 TaskSubmitted {}
        6 <- 5 TaskTimedOut States.Timeout @17s
        7 <- 6 ExecutionFailed States.Timeout
    "#,
    );
    let answered = [beating(1..10).and_at(40, succeeds("1"))];
    assert_eq!(outcome(definition(json!({})), r#"{"h":5}"#, answered), "1");
    let limited = World::new(&definition(json!({ "TimeoutSeconds": 30 })), r#"{"h":5}"#, [beating(1..10)]).play();
    assert!(limited.printed().contains("TaskTimedOut States.Timeout @30s"), "{}", limited.printed());
    assert_eq!(limited.unheard.len(), 2, "after it timed out, no heartbeat is heard");
}

#[test]
fn a_missing_heartbeat_goes_to_catchers_of_heartbeats_and_of_time_outs() {
    for (caught, expected) in [
        ("States.HeartbeatTimeout", r#"{"Error":"States.Timeout","Cause":""}"#),
        ("States.Timeout", r#"{"Error":"States.Timeout","Cause":""}"#),
        ("States.ALL", r#"{"Error":"States.Timeout","Cause":""}"#),
        ("States.TaskFailed", "States.Timeout"),
    ] {
        let catch = json!([{ "ErrorEquals": [caught], "Next": "Caught" }]);
        let definition = |fields| {
            states(json!({
                "S": activity(with(json!({ "Catch": catch, "End": true }), fields)),
                "Caught": { "Type": "Pass", "End": true },
            }))
        };
        assert_eq!(outcome(definition(json!({ "HeartbeatSeconds": 5 })), "{}", [silent()]), expected, "{caught}");
        if caught == "States.HeartbeatTimeout" {
            assert_eq!(outcome(definition(json!({ "TimeoutSeconds": 5 })), "{}", [silent()]), "States.Timeout");
        }
    }
}

#[test]
fn a_function_that_sends_no_heartbeats_is_given_up() {
    check(
        only(task(json!({ "HeartbeatSeconds": 3, "TimeoutSeconds": 60 }))),
        "{}",
        [ok("1").after(4)],
        "
        1 <- 0 ExecutionStarted {}
        2 <- 0 TaskStateEntered S {}
        3 <- 2 LambdaFunctionScheduled f {} within 60s
        4 <- 3 LambdaFunctionStarted
        5 <- 4 LambdaFunctionTimedOut States.Timeout @3s
        6 <- 5 ExecutionFailed States.Timeout
    ",
    );
}

#[test]
fn what_is_said_in_the_moment_that_a_task_times_out_or_later_is_not_heard() {
    for (at, heard) in [(4, true), (5, false), (6, false)] {
        for said in [Said::Heartbeat, succeeds("1"), gives_up(failure("E", "why"))] {
            let mut world = World::new(&only(activity(json!({ "TimeoutSeconds": 5 }))), "{}", [silent()]);
            assert!(world.advance() && world.advance());
            let token = world.run.branches[0].token;
            world.now = world.now.plus_seconds(at);
            assert_eq!(world.hear(token, said.clone()), heard, "{said:?} after {at} s");
        }
    }
}

#[test]
fn what_was_answered_stays_answered() {
    let mut world = World::new(&only(activity(json!({}))), "{}", [silent()]);
    assert!(world.advance() && world.advance());
    let token = world.run.branches[0].token;
    assert!(world.hear(token, succeeds("1")));
    assert!(!world.hear(token, succeeds("2")));
    assert!(!world.hear(token, Said::Heartbeat));
    let outcome = TaskOutcome::Succeeded { output: Payload::from_text("3") };
    assert_eq!(world.input(&Input::TaskEnded { token, outcome }), Some(Outcome::Stale));
    assert_eq!(world.play().outcome(), "1");
}

#[test]
fn an_answer_is_owed_its_message_until_it_is_taken_in() {
    let mut world = World::new(&only(activity(json!({}))), "{}", [silent()]);
    assert!(world.advance() && world.advance());
    assert!(world.hear(world.run.branches[0].token, succeeds("1")));
    let answered = world.run.branches[0].token;
    assert!(matches!(world.run.branches[0].phase, Phase::Answered(_)));
    assert_eq!(world.steps.last().unwrap().effects, [Effect::Advance(answered)]);
    assert!(Effect::Advance(answered).is_owed(&world.run));
    let run = world.play().run;
    assert!(!Effect::Advance(answered).is_owed(&run));
}

#[test]
fn a_failure_from_outside_takes_the_siblings_along() {
    let branch = |name: &str| {
        let mut branch = only(activity(json!({})));
        branch["StartAt"] = json!(name);
        branch["States"] = json!({ name: branch["States"]["S"] });
        branch
    };
    let parallel = json!({ "Type": "Parallel", "Branches": [branch("L"), branch("R")] });
    let mut world = World::new(&only(parallel), "{}", [silent(), silent()]);
    while world.requests.len() < 2 {
        assert!(world.advance());
    }
    let tokens: Vec<Token> = world.requests.iter().map(|request| request.token).collect();
    assert!(world.hear(tokens[0], gives_up(failure("E", "why"))));
    // Told, and not yet taken in: the other branch goes on until then.
    assert!(world.hear(tokens[1], Said::Heartbeat));
    let world = world.play();
    assert!(world.printed().contains("TaskStateAborted"), "{}", world.printed());
    assert_eq!(world.outcome(), "E: why");
}
