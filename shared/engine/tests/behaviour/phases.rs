//! Every phase that a branch can be in, and every input that can reach it: what is handled, what is stale, what comes
//! too early. A duplicate, a late or a reordered message is one of these.

use asl::machine::StateName;
use engine::event::Event;
use engine::input::{Input, TaskOutcome, Timer};
use engine::payload::Payload;
use engine::record::Outcome;
use engine::run::{Answer, Phase, Run, Token};
use engine::timestamp::Timestamp;
use serde_json::{Value, json};

use crate::definitions::{activity, callback, only, task, with};
use crate::world::{START, World, assert_same, claim, fails, failure, gives_up, ok, silent, succeeds};

/// A run in each phase that there is, and after each end.
fn phases() -> Vec<(&'static str, World)> {
    let waits = || only(json!({ "Type": "Wait", "Seconds": 60 }));
    let retry = json!({ "Retry": [{ "ErrorEquals": ["States.ALL"], "IntervalSeconds": 60 }] });
    let limited = |definition: Value| with(definition, json!({ "TimeoutSeconds": 300 }));
    let plain = || only(task(json!({})));
    let timed = || only(task(json!({ "TimeoutSeconds": 60 })));
    let mut phases = vec![
        ("Ready", at(waits(), [], 0)),
        ("Waiting", at(waits(), [], 1)),
        ("BackingOff", at(only(task(retry)), [fails("E", "why")], 3)),
        ("Task", at(plain(), [], 1)),
        ("Task-timed", at(timed(), [], 1)),
        ("Task-claimed", at(plain(), [silent()], 2)),
        ("Task-claimed-timed", at(timed(), [silent()], 2)),
        ("Callback", at(only(callback(json!({}))), [], 1)),
        ("Callback-claimed", at(only(callback(json!({}))), [silent()], 2)),
        ("Callback-submitted", at(only(callback(json!({ "HeartbeatSeconds": 60 }))), [ok("{}")], 3)),
        ("Activity", at(only(activity(json!({}))), [], 1)),
        ("Activity-taken", at(only(activity(json!({ "TimeoutSeconds": 60 }))), [silent()], 2)),
        ("Answered", at(only(activity(json!({}))), [silent().and_at(1, succeeds("[]"))], 3)),
        ("Answered-failed", at(only(activity(json!({}))), [silent().and_at(1, gives_up(failure("E", "why")))], 3)),
        ("Ready-limited", at(limited(waits()), [], 0)),
        ("Waiting-limited", at(limited(waits()), [], 1)),
        ("Task-limited", at(limited(plain()), [], 1)),
        ("Succeeded", at(plain(), [ok("[]")], 3)),
        ("Failed", at(plain(), [fails("E", "why")], 3)),
        ("TimedOut", at(limited(plain()), [silent()], 3)),
    ];
    let mut aborted = at(waits(), [], 1);
    let step = engine::abort(&aborted.run, failure("Stopped", "enough"), aborted.now).unwrap();
    aborted.accept(step);
    phases.push(("Aborted", aborted));
    phases
}

fn at(definition: Value, replies: impl IntoIterator<Item = crate::world::Reply>, arrivals: usize) -> World {
    let mut world = World::new(&definition, "{}", replies);
    for _ in 0..arrivals {
        assert!(world.advance(), "{}", world.printed());
    }
    world
}

/// Where the branch is; for one that has ended, where it was.
fn place(run: &Run) -> Token {
    run.branches.first().map_or(Token { branch: 0, place: run.next_place - 1 }, |branch| branch.token)
}

fn told(world: &World, input: &Input, now: Timestamp) -> String {
    let given = engine::input::Given { now, ..world.given() };
    match engine::step(&world.machine, &world.run, input, &given) {
        Outcome::Stepped(step) => {
            let Some(last) = step.events.last() else { return "goes-on".into() };
            match (&last.event, step.run.branches.first().map(|branch| &branch.phase)) {
                (Event::ExecutionTimedOut(_), _) => "times-out".into(),
                (_, Some(Phase::BackingOff { .. })) => "backs-off".into(),
                (_, Some(_)) => "goes-on".into(),
                (Event::ExecutionFailed(_), None) => "fails".into(),
                (_, None) => "ends".into(),
            }
        }
        Outcome::Stale => "stale".into(),
        Outcome::Needs(needs) => panic!("{needs:?}"),
        Outcome::NotYet(effect) => {
            let engine::effect::Effect::Arm { timer, due } = effect else { panic!("{effect:?}") };
            assert_eq!(Input::TimeCame { timer }, *input, "the same timer is owed again");
            assert!(due > now);
            "early".into()
        }
    }
}

fn told_of(happened: bool) -> String {
    if happened { "yes" } else { "no" }.into()
}

fn said() -> Answer {
    Answer::Succeeded { output: Payload::from_text("[]") }
}

#[test]
fn every_input_in_every_phase_is_handled_stale_or_early_as_listed() {
    let late = START.plus_seconds(100_000);
    let outcomes = [
        TaskOutcome::Succeeded { output: Payload::from_text("[]") },
        TaskOutcome::Failed(failure("E", "why")),
        TaskOutcome::StartFailed(failure("E", "why")),
        TaskOutcome::TooLarge,
    ];
    let mut table = String::from(
        "phase advance succeeded failed not-started too-large timer-early timer-due execution-early execution-due claim heartbeat answer abort fail\n",
    );
    for (name, world) in phases() {
        let token = place(&world.run);
        let timer = Input::TimeCame { timer: Timer::Place(token) };
        let execution = Input::TimeCame { timer: Timer::Execution };
        let mut row = vec![name.to_owned(), told(&world, &Input::Advance { token }, late)];
        for outcome in &outcomes {
            row.push(told(&world, &Input::TaskEnded { token, outcome: outcome.clone() }, late));
        }
        row.push(told(&world, &timer, world.now));
        row.push(told(&world, &timer, late));
        row.push(told(&world, &execution, world.now));
        row.push(told(&world, &execution, late));
        row.push(told_of(engine::claim(&world.run, token, claim(late), None).is_some()));
        row.push(told_of(engine::heartbeat(&world.run, token, world.now).is_some()));
        row.push(told_of(engine::answer(&world.run, token, said(), world.now).is_some()));
        row.push(told_of(engine::abort(&world.run, failure("E", "why"), late).is_some()));
        row.push(told_of(engine::fail(&world.run, failure("E", "why"), late).is_some()));
        table.push_str(&row.join(" "));
        table.push('\n');
    }
    assert_same(&table, "
        phase advance succeeded failed not-started too-large timer-early timer-due execution-early execution-due claim heartbeat answer abort fail
        Ready goes-on stale stale stale stale stale stale stale stale no no no yes yes
        Waiting stale stale stale stale stale early ends stale stale no no no yes yes
        BackingOff stale stale stale stale stale early goes-on stale stale no no no yes yes
        Task stale ends fails fails fails stale stale stale stale yes no no yes yes
        Task-timed stale ends fails fails fails stale stale stale stale yes no no yes yes
        Task-claimed stale ends fails fails fails stale stale stale stale no no no yes yes
        Task-claimed-timed stale ends fails fails fails early fails stale stale no no no yes yes
        Callback stale goes-on fails fails fails stale stale stale stale yes yes yes yes yes
        Callback-claimed stale goes-on fails fails fails stale stale stale stale no yes yes yes yes
        Callback-submitted stale stale stale stale stale early fails stale stale no yes yes yes yes
        Activity stale goes-on fails fails fails stale stale stale stale yes yes yes yes yes
        Activity-taken stale goes-on fails fails fails early fails stale stale no yes yes yes yes
        Answered ends stale stale stale stale stale stale stale stale no no no yes yes
        Answered-failed fails stale stale stale stale stale stale stale stale no no no yes yes
        Ready-limited goes-on stale stale stale stale stale stale early times-out no no no yes yes
        Waiting-limited stale stale stale stale stale early ends early times-out no no no yes yes
        Task-limited stale ends fails fails fails stale stale early times-out yes no no yes yes
        Succeeded stale stale stale stale stale stale stale stale stale no no no no no
        Failed stale stale stale stale stale stale stale stale stale no no no no no
        TimedOut stale stale stale stale stale stale stale stale stale no no no no no
        Aborted stale stale stale stale stale stale stale stale stale no no no no no
    ");
}

#[test]
fn a_token_of_another_place_is_always_stale() {
    let late = START.plus_seconds(100_000);
    for (name, world) in phases() {
        let Token { branch, place } = place(&world.run);
        let mut others = vec![Token { branch: branch + 1, place }, Token { branch, place: place + 1 }];
        others.extend(place.checked_sub(1).map(|place| Token { branch, place }));
        for token in others {
            let outcome = TaskOutcome::Succeeded { output: Payload::from_text("[]") };
            for input in [
                Input::Advance { token },
                Input::TaskEnded { token, outcome },
                Input::TimeCame { timer: Timer::Place(token) },
            ] {
                assert_eq!(told(&world, &input, late), "stale", "{name} {input:?}");
            }
            assert_eq!(engine::claim(&world.run, token, claim(late), None), None, "{name}");
            assert_eq!(engine::heartbeat(&world.run, token, world.now), None, "{name}");
            assert_eq!(engine::answer(&world.run, token, said(), world.now), None, "{name}");
        }
    }
}

#[test]
fn an_input_that_stepped_is_stale_afterwards() {
    for (name, world) in phases() {
        let late = START.plus_seconds(100_000);
        let token = place(&world.run);
        let outcome = TaskOutcome::Succeeded { output: Payload::from_text("[]") };
        for input in [
            Input::Advance { token },
            Input::TaskEnded { token, outcome },
            Input::TimeCame { timer: Timer::Place(token) },
            Input::TimeCame { timer: Timer::Execution },
        ] {
            let given = engine::input::Given { now: late, ..world.given() };
            if let Outcome::Stepped(step) = engine::step(&world.machine, &world.run, &input, &given) {
                let again = engine::step(&world.machine, &step.run, &input, &given);
                assert_eq!(again, Outcome::Stale, "{name} {input:?}");
            }
        }
    }
}

#[test]
fn a_run_that_fits_its_machine_nowhere_fails_visibly() {
    let late = START.plus_seconds(100_000);
    for (name, mut world) in phases() {
        if world.run.has_ended() {
            continue;
        }
        let token = place(&world.run);
        let outcome = TaskOutcome::Succeeded { output: Payload::from_text("[]") };
        let inputs = [
            Input::Advance { token },
            Input::TaskEnded { token, outcome },
            Input::TimeCame { timer: Timer::Place(token) },
        ];
        // The state is gone, or has become one of another type.
        world.run.branches[0].state = StateName::new("Gone");
        assert_fails_or_stale(name, &world, &inputs, late);
        world.run.branches[0].state = StateName::new("S");
        world.machine = crate::definitions::parse(&only(json!({ "Type": "Succeed" })));
        assert_fails_or_stale(name, &world, &inputs[1..], late);
    }
}

#[track_caller]
fn assert_fails_or_stale(name: &str, world: &World, inputs: &[Input], now: Timestamp) {
    let told: Vec<String> = inputs.iter().map(|input| told(world, input, now)).collect();
    assert!(told.iter().all(|told| ["fails", "stale"].contains(&told.as_str())), "{name} {told:?}");
    let advances = ["Ready", "Answered"].iter().any(|phase| name.starts_with(phase));
    assert!(told.iter().any(|told| told == "fails") || advances, "{name} {told:?}");
}
