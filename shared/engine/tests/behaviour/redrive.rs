//! RedriveExecution: where an execution goes on that ended without success, and what its events point to. As AWS was seen
//! to record it.

use engine::event::{Event, HistoryEvent};
use engine::redrive::{NotRedrivable, not_redrivable};
use engine::timestamp::Timestamp;
use serde_json::{Value, json};

use crate::definitions::{only, states, task, with};
use crate::map::map;
use crate::world::{Reply, START, World, assert_same, fails, failure, ok, silent};

const DAY: u64 = 86_400;

fn played(definition: &Value, input: &str, replies: impl IntoIterator<Item = Reply>) -> World {
    World::new(definition, input, replies).play()
}

/// `PREVIOUS TYPE` of the events after the last redrive.
fn since(world: &World) -> Vec<String> {
    let redriven = world.history.iter().rposition(|event| matches!(event.event, Event::ExecutionRedriven { .. }));
    let told = |event: &HistoryEvent| format!("{} {}", event.previous_event_id, event.event.type_name());
    world.history.iter().skip(redriven.expect("a redrive")).map(told).collect()
}

fn count(world: &World, type_name: &str) -> usize {
    world.history.iter().filter(|event| event.event.type_name() == type_name).count()
}

/// The ids of the entries of these states.
fn entries(world: &World, names: &[&str]) -> Vec<u64> {
    let of = |wanted: &&str| {
        let entered = world.history.iter().find(|event| match &event.event {
            Event::StateEntered { name, .. } => name.as_str() == *wanted,
            _ => false,
        });
        entered.expect("an entry").id
    };
    names.iter().map(of).collect()
}

#[test]
fn a_failed_task_is_scheduled_again_from_its_entry() {
    let definition = states(json!({
        "First": { "Type": "Pass", "Next": "S" },
        "S": task(json!({ "End": true })),
    }));
    let world = played(&definition, "{}", [fails("Shop.Closed", "at night")]).redrive([ok("1")]);
    assert_same(
        &world.printed(),
        "
        1 <- 0 ExecutionStarted {}
        2 <- 0 PassStateEntered First {}
        3 <- 2 PassStateExited First {}
        4 <- 3 TaskStateEntered S {}
        5 <- 4 LambdaFunctionScheduled f {}
        6 <- 5 LambdaFunctionStarted
        7 <- 6 LambdaFunctionFailed Shop.Closed: at night
        8 <- 7 ExecutionFailed Shop.Closed: at night
        9 <- 8 ExecutionRedriven 1
        10 <- 4 LambdaFunctionScheduled f {}
        11 <- 10 LambdaFunctionStarted
        12 <- 11 LambdaFunctionSucceeded 1
        13 <- 12 TaskStateExited S 1
        14 <- 13 ExecutionSucceeded 1
    ",
    );
}

#[test]
fn a_fail_state_fails_again() {
    let definition = only(json!({ "Type": "Fail", "Error": "Shop.Closed", "Cause": "for good" }));
    let world = played(&definition, "{}", []).redrive([]).redrive([]);
    assert_same(
        &world.printed(),
        "
        1 <- 0 ExecutionStarted {}
        2 <- 0 FailStateEntered S {}
        3 <- 2 ExecutionFailed Shop.Closed: for good
        4 <- 3 ExecutionRedriven 1
        5 <- 4 ExecutionFailed Shop.Closed: for good
        6 <- 5 ExecutionRedriven 2
        7 <- 6 ExecutionFailed Shop.Closed: for good
    ",
    );
}

#[test]
fn attempts_are_counted_anew() {
    let retry = json!({ "Retry": [{ "ErrorEquals": ["States.ALL"], "MaxAttempts": 1 }] });
    let definition = only(task(with(retry, json!({ "Parameters": { "n.$": "$$.State.RetryCount" } }))));
    let twice = || [fails("Shop.Busy", "now"), fails("Shop.Busy", "still")];
    let world = played(&definition, "{}", twice()).redrive(twice()).redrive([ok("1")]);
    let counts: Vec<&str> = world.requests.iter().map(|request| request.payload.as_str()).collect();
    assert_eq!(counts, [r#"{"n":0}"#, r#"{"n":1}"#, r#"{"n":0}"#, r#"{"n":1}"#, r#"{"n":0}"#]);
    assert_eq!(world.outcome(), "1");
}

/// A Parallel state of three tasks: the first succeeds, the second fails, and the third never ends.
fn fork(fields: Value) -> Value {
    let branch = |name: &str| json!({ "StartAt": name, "States": { name: task(json!({ "End": true })) } });
    only(with(json!({ "Type": "Parallel", "Branches": [branch("A"), branch("B"), branch("C")] }), fields))
}

#[test]
fn branches_that_succeeded_stay() {
    let definition = fork(json!({}));
    let replies = [ok("1"), fails("Shop.Closed", "at night").after(1), silent()];
    let world = played(&definition, "{}", replies).redrive([ok("2"), ok("3")]);
    assert_eq!(world.outcome(), "[1,2,3]");
    assert_eq!(world.requests.len(), 5);
    assert_eq!([count(&world, "ParallelStateStarted"), count(&world, "TaskStateEntered")], [1, 3]);
    let scheduled: Vec<u64> = world
        .history
        .iter()
        .skip_while(|event| !matches!(event.event, Event::ExecutionRedriven { .. }))
        .filter(|event| matches!(event.event, Event::LambdaFunctionScheduled { .. }))
        .map(|event| event.previous_event_id)
        .collect();
    assert_eq!(scheduled, entries(&world, &["B", "C"]));
}

#[test]
fn what_was_caught_is_no_matter_of_a_redrive() {
    let definition = states(json!({
        "P": with(fork(json!({}))["States"]["S"].clone(), json!({
            "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Afterwards" }],
        })),
        "Afterwards": task(json!({ "Parameters": 1, "End": true })),
    }));
    let replies = [ok("1"), fails("Shop.Closed", "at night").after(1), silent(), fails("Shop.Burnt", "down")];
    let world = played(&definition, "{}", replies).redrive([ok("2")]);
    assert_eq!(world.outcome(), "2");
    assert_eq!(world.requests.len(), 5);
}

#[test]
fn a_parallel_whose_branches_all_succeeded_only_joins_them_again() {
    let definition = fork(json!({ "ResultSelector": { "none.$": "$.nothing" } }));
    let replies = || [ok("1"), ok("2"), ok("3")];
    let world = played(&definition, "{}", replies());
    let before = world.outcome();
    let world = world.redrive([]);
    assert_eq!(world.outcome(), before);
    assert_eq!(world.requests.len(), 3, "{}", world.printed());
}

#[test]
fn iterations_that_succeeded_stay_and_others_follow() {
    let definition = only(map(json!({ "T": task(json!({ "End": true })) }), json!({ "MaxConcurrency": 1 })));
    for kept_bytes in [4096, 1] {
        let mut world =
            World::new(&definition, r#"["first","second","third"]"#, [ok("1"), fails("Shop.Closed", "at night")]);
        world.limits.kept_bytes = kept_bytes;
        let world = world.play().redrive([ok("2"), ok("3")]);
        assert_eq!(world.outcome(), "[1,2,3]");
        let asked: Vec<&str> = world.requests.iter().map(|request| request.payload.as_str()).collect();
        assert_eq!(asked, [r#""first""#, r#""second""#, r#""second""#, r#""third""#]);
        assert_eq!([count(&world, "MapStateStarted"), count(&world, "MapIterationStarted")], [1, 3]);
    }
}

#[test]
fn an_item_that_no_input_can_be_made_of_is_not_lost() {
    let fields = json!({ "MaxConcurrency": 1, "ItemSelector": { "name.$": "$$.Map.Item.Value.name" } });
    let definition = only(map(json!({ "T": task(json!({ "End": true })) }), fields));
    for kept_bytes in [4096, 1] {
        let mut world = World::new(&definition, r#"[{"name":1},{"nothing":2}]"#, [ok("1")]);
        world.limits.kept_bytes = kept_bytes;
        let world = world.play();
        // The context object, which the text goes on to tell, has the redrive.
        let before = world.outcome().split("in the input").next().unwrap_or_default().to_owned();
        assert!(before.contains("$$.Map.Item.Value.name"), "{}", world.printed());
        let world = world.redrive([]);
        assert!(world.outcome().starts_with(&before), "{}", world.printed());
        assert_eq!([world.requests.len(), count(&world, "MapIterationStarted")], [1, 1], "{}", world.printed());
    }
}

#[test]
fn results_that_were_too_much_together_are_asked_for_anew() {
    let definition = only(map(json!({ "T": task(json!({ "End": true })) }), json!({})));
    let large = || ok(&format!("\"{}\"", "x".repeat(60)));
    let mut world = World::new(&definition, "[1,2]", [large(), large()]);
    world.limits.payload_bytes = 100;
    let world = world.play();
    assert!(world.outcome().starts_with("States.DataLimitExceeded"), "{}", world.outcome());
    assert_eq!(world.redrive([ok("1"), ok("2")]).outcome(), "[1,2]");
}

#[test]
fn what_was_aborted_goes_on() {
    let definition = only(task(json!({})));
    let mut world = World::new(&definition, "{}", [silent()]);
    while world.requests.is_empty() {
        assert!(world.advance());
    }
    let old = world.requests[0].token;
    let step = engine::abort(&world.run, failure("Stopped", "enough"), world.now).unwrap();
    world.accept(step);
    let world = world.redrive([ok("1")]);
    assert_eq!(world.outcome(), "1");
    assert_ne!(world.requests[1].token, old, "what is still known of the old attempt is stale");
    assert_eq!(since(&world)[..2], ["5 ExecutionRedriven", "2 LambdaFunctionScheduled"]);
}

#[test]
fn a_state_that_was_not_entered_is_entered() {
    let definition = only(task(json!({})));
    let mut world = World::new(&definition, "{}", []);
    let step = engine::abort(&world.run, failure("Stopped", "early"), world.now).unwrap();
    world.accept(step);
    let world = world.redrive([ok("1")]);
    assert_eq!(since(&world)[..3], ["2 ExecutionRedriven", "0 TaskStateEntered", "4 LambdaFunctionScheduled"]);
}

#[test]
fn a_wait_begins_anew() {
    let definition = only(json!({ "Type": "Wait", "Seconds": 60 }));
    let mut world = World::new(&definition, "{}", []);
    world.advance();
    let step = engine::abort(&world.run, failure("Stopped", "enough"), world.now).unwrap();
    world.accept(step);
    let redriven_at = world.now.plus_seconds(30);
    world.now = redriven_at;
    let world = world.redrive([]);
    assert_eq!(world.now, redriven_at.plus_seconds(60));
    assert_eq!(count(&world, "WaitStateEntered"), 1);
}

#[test]
fn the_time_limit_of_the_machine_counts_anew() {
    let definition = with(only(task(json!({}))), json!({ "TimeoutSeconds": 10 }));
    let world = played(&definition, "{}", [silent()]);
    assert_eq!(world.outcome(), "timed out ");
    let world = world.redrive([ok("1").after(9)]);
    assert_eq!(world.outcome(), "1");
    let world = played(&definition, "{}", [silent()]).redrive([silent()]);
    assert_eq!(world.now, START.plus_seconds(20));
    assert_eq!(count(&world, "ExecutionTimedOut"), 2);
}

#[test]
fn the_context_object_tells_the_redrive() {
    let parameters = json!({ "execution.$": "$$.Execution", "entered.$": "$$.State.EnteredTime" });
    let definition = only(task(json!({ "Parameters": parameters })));
    let world = played(&definition, "{}", [fails("Shop.Closed", "at night").after(5)]).redrive([ok("1")]);
    let told: Vec<Value> = world.requests.iter().map(|request| request.payload.value()).collect();
    let [before, after] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((&before["execution"]["RedriveCount"], before["execution"].get("RedriveTime")), (&json!(0), None));
    assert_eq!(after["execution"]["RedriveCount"], json!(1));
    assert_eq!(after["execution"]["RedriveTime"], json!(START.plus_seconds(5).to_string()));
    for same in ["StartTime", "Input", "Name"] {
        assert_eq!(before["execution"][same], after["execution"][same]);
    }
    assert_eq!(before["entered"], after["entered"]);
}

#[test]
fn only_what_ended_without_success_lately_can_be_redriven() {
    let why = |world: &World, ended_at, now| not_redrivable(&world.run, ended_at, now);
    let running = World::new(&only(json!({ "Type": "Wait", "Seconds": 60 })), "{}", []);
    assert_eq!(why(&running, START, START), Some(NotRedrivable::Running));
    let succeeded = played(&only(json!({ "Type": "Pass" })), "{}", []);
    assert_eq!(why(&succeeded, START, START), Some(NotRedrivable::Succeeded));
    let failed = played(&only(json!({ "Type": "Fail" })), "{}", []);
    let last = START.plus_seconds(14 * DAY);
    for (ended_at, now, expected) in [
        (START, last.plus_millis(-1), None),
        (START, last, Some(NotRedrivable::EndedTooLongAgo)),
        (START.plus_seconds(364 * DAY), START.plus_seconds(365 * DAY).plus_millis(-1), None),
        (START.plus_seconds(364 * DAY), START.plus_seconds(365 * DAY), Some(NotRedrivable::TooOld)),
    ] {
        assert_eq!(why(&failed, ended_at, now), expected, "ended {ended_at}, now {now}");
    }
}

#[test]
fn the_last_ten_tokens_are_known_for_a_quarter_of_an_hour() {
    let world = played(&only(json!({ "Type": "Fail" })), "{}", []);
    let mut run = world.run;
    let at = |n: u64| -> Timestamp { START.plus_seconds(n) };
    for n in 1..=12 {
        run = engine::redrive(&world.machine, &run, Some(&format!("token {n}")), at(n)).run;
        run = engine::abort(&run, failure("Stopped", "again"), at(n)).unwrap().run;
    }
    let redrives = run.redrives.unwrap();
    assert_eq!((redrives.count, redrives.at), (12, at(12)));
    assert_eq!([redrives.by("token 2", at(13)), redrives.by("token 3", at(13))], [None, Some(at(3))]);
    assert_eq!([redrives.by("token 12", at(911)), redrives.by("token 12", at(912))], [Some(at(12)), None]);
    assert_eq!(redrives.by("other", at(13)), None);
}
