//! What holds for steps whatever the machine: several at once, many in a row, several branches.

use engine::effect::Effect;
use engine::event::{Event, HistoryEvent};
use engine::input::{Input, TaskOutcome, Timer};
use engine::payload::Payload;
use engine::record::{Outcome, Step};
use engine::run::{Branch, Phase, Run, Token};
use serde_json::{Value, json};

use crate::definitions::{only, states, task, with};
use crate::world::{World, ok, silent};

/// Counts from 0 to the input's `limit`, two transitions a round.
fn counting_loop() -> Value {
    states(json!({
        "Count": {
            "Type": "Pass",
            "Parameters": { "n.$": "States.MathAdd($.n, 1)", "limit.$": "$.limit" },
            "Next": "Again",
        },
        "Again": {
            "Type": "Choice",
            "Choices": [{ "Variable": "$.n", "NumericLessThanPath": "$.limit", "Next": "Count" }],
            "Default": "Rest",
        },
        "Rest": { "Type": "Wait", "Seconds": 1, "End": true },
    }))
}

/// The run, with every number written as 0: its size but for the digits of counters.
fn shape(run: &Run) -> String {
    let mut text = String::new();
    for character in format!("{run:?}").chars() {
        match character {
            '0'..='9' if text.ends_with('0') => {}
            '0'..='9' => text.push('0'),
            other => text.push(other),
        }
    }
    text
}

#[test]
fn a_run_is_as_small_after_ten_thousand_transitions_as_after_ten() {
    let shapes: Vec<String> = [5, 5_000]
        .map(|rounds| {
            let mut world = World::new(&counting_loop(), &json!({ "n": 0, "limit": rounds }).to_string(), []);
            while !matches!(world.run.branches[0].phase, Phase::Waiting { .. }) {
                assert!(world.advance());
            }
            assert_eq!(world.run.seq, 2 * rounds + 1, "a record for each transition");
            shape(&world.run)
        })
        .to_vec();
    assert_eq!(shapes[0], shapes[1]);
}

#[test]
fn a_record_is_as_small_after_ten_thousand_transitions_as_after_ten() {
    let input = json!({ "n": 0, "limit": 5_000 }).to_string();
    let mut world = World::new(&counting_loop(), &input, []);
    for _ in 0..9_000 {
        world.advance();
    }
    let size = |step: &Step| (step.events.len(), step.effects.len());
    assert_eq!(size(&world.steps[10]), size(&world.steps[9_000]));
}

/// Steps all inputs one by one, each a record of its own.
fn one_by_one(world: &World, inputs: &[Input]) -> Step {
    let mut run = world.run.clone();
    let (mut events, mut effects) = (Vec::new(), Vec::new());
    for input in inputs {
        let Outcome::Stepped(step) = engine::step(&world.machine, &run, input, &world.given()) else {
            panic!("{input:?} does not step")
        };
        run = step.run;
        events.extend(step.events);
        effects.extend(step.effects);
    }
    Step { events, run, effects, aside: Vec::new() }
}

/// Steps all inputs into one record.
fn at_once(world: &World, inputs: &[Input]) -> Step {
    let (first, others) = inputs.split_first().unwrap();
    let Outcome::Stepped(first) = engine::step(&world.machine, &world.run, first, &world.given()) else {
        panic!("{first:?} does not step")
    };
    others.iter().fold(*first, |step, input| engine::step_on(&world.machine, step, input, &world.given()).unwrap())
}

/// Equal but for the number of the record, and for effects of places that were left again.
fn assert_equal_but_for_seq(world: &World, inputs: &[Input]) {
    let (one_by_one, mut at_once) = (one_by_one(world, inputs), at_once(world, inputs));
    assert_eq!(at_once.run.seq, world.run.seq + 1);
    at_once.run.seq = one_by_one.run.seq;
    for branch in &mut at_once.run.branches {
        if let Phase::Task(task) = &mut branch.phase {
            assert_eq!(task.scheduled_in, world.run.seq + 1);
            task.scheduled_in = one_by_one.run.seq;
        }
    }
    assert_eq!(at_once.events, one_by_one.events);
    assert_eq!(at_once.run, one_by_one.run);
    let owed: Vec<Effect> = one_by_one.effects.into_iter().filter(|effect| is_owed(effect, &at_once.run)).collect();
    assert_eq!(at_once.effects, owed);
}

fn is_owed(effect: &Effect, run: &Run) -> bool {
    match effect {
        Effect::Advance(token) | Effect::Arm { timer: Timer::Place(token), .. } => run.branch(*token).is_some(),
        Effect::Dispatch(request) => run.branch(request.token).is_some(),
        Effect::Arm { timer: Timer::Execution, .. } => !run.has_ended(),
        Effect::Finish => true,
    }
}

fn advance(place: u64) -> Input {
    Input::Advance { token: Token { branch: 0, place } }
}

#[test]
fn several_inputs_in_one_record_are_as_one_by_one() {
    let passes = states(json!({
        "A": { "Type": "Pass", "Next": "B" },
        "B": { "Type": "Pass", "Parameters": { "id.$": "States.UUID()", "n.$": "States.MathRandom(1, 1000000)" }, "Next": "C" },
        "C": { "Type": "Pass", "Parameters": { "id.$": "States.UUID()", "before.$": "$.id" }, "Next": "D" },
        "D": task(json!({ "TimeoutSeconds": 9, "End": true })),
    }));
    let world = World::new(&passes, "{}", []);
    for count in 1..=4 {
        let inputs: Vec<Input> = (0..count).map(advance).collect();
        assert_equal_but_for_seq(&world, &inputs);
    }

    let after_task = states(json!({ "T": task(json!({ "Next": "P" })), "P": { "Type": "Pass", "End": true } }));
    let mut world = World::new(&after_task, "{}", [silent()]);
    world.advance();
    world.advance();
    let token = world.run.branches[0].token;
    let ended = Input::TaskEnded { token, outcome: TaskOutcome::Succeeded { output: Payload::from_text("[]") } };
    assert_equal_but_for_seq(&world, std::slice::from_ref(&ended));
    assert_equal_but_for_seq(&world, &[ended, advance(token.place + 1)]);

    let limited = with(only(json!({ "Type": "Wait", "Seconds": 60 })), json!({ "TimeoutSeconds": 9 }));
    let mut world = World::new(&limited, "{}", []);
    world.now = world.now.plus_seconds(10);
    assert_equal_but_for_seq(&world, &[advance(0), Input::TimeCame { timer: Timer::Execution }]);
}

#[test]
fn numbers_drawn_in_one_record_differ() {
    let draw = || json!({ "Type": "Pass", "Result": {}, "Next": "B" });
    let definition = states(json!({
        "A": with(draw(), json!({ "Result": null, "ResultPath": null })),
        "B": { "Type": "Pass", "Parameters": { "one.$": "States.UUID()", "two.$": "States.UUID()" }, "Next": "C" },
        "C": { "Type": "Pass", "Parameters": { "before.$": "$", "three.$": "States.UUID()" }, "End": true },
    }));
    let world = World::new(&definition, "{}", []);
    let step = at_once(&world, &[advance(0), advance(1), advance(2)]);
    let Some(HistoryEvent { event: Event::ExecutionSucceeded { output }, .. }) = step.events.last() else {
        panic!("{step:?}")
    };
    let output = output.value();
    let drawn = [&output["before"]["one"], &output["before"]["two"], &output["three"]];
    for uuid in drawn {
        let text = uuid.as_str().unwrap();
        assert!(text.len() == 36 && &text[14..15] == "4" && ["8", "9", "a", "b"].contains(&&text[19..20]), "{text}");
    }
    assert!(drawn[0] != drawn[1] && drawn[1] != drawn[2] && drawn[0] != drawn[2], "{drawn:?}");
}

#[test]
fn an_input_that_does_not_step_leaves_the_record_to_be_as_it_was() {
    let world = World::new(&only(json!({ "Type": "Wait", "Seconds": 60 })), "{}", []);
    let step = at_once(&world, &[advance(0)]);
    let token = step.run.branches[0].token;
    for (input, expected) in [
        (advance(0), Outcome::Stale),
        (Input::TimeCame { timer: Timer::Execution }, Outcome::Stale),
        (
            Input::TimeCame { timer: Timer::Place(token) },
            Outcome::NotYet(Effect::Arm { timer: Timer::Place(token), due: world.now.plus_seconds(60) }),
        ),
    ] {
        let refused = engine::step_on(&world.machine, step.clone(), &input, &world.given());
        assert_eq!(refused, Err(Box::new((step.clone(), expected))), "{input:?}");
    }
}

#[test]
fn branches_move_on_their_own() {
    let definition = states(json!({
        "A": { "Type": "Pass", "Next": "W" },
        "W": { "Type": "Wait", "Seconds": 60, "Next": "T" },
        "T": task(json!({ "End": true })),
    }));
    let mut world = World::new(&definition, "{}", []);
    let root = world.run.branches[0].clone();
    world.run.next_place = 3;
    world.run.branches = ["A", "W", "T"]
        .iter()
        .zip(0_u32..)
        .map(|(state, branch)| Branch {
            token: Token { branch, place: branch.into() },
            state: asl::machine::StateName::new(*state),
            ..root.clone()
        })
        .collect();
    assert!(world.run.is_fanned_out());
    let tokens: Vec<Token> = world.run.branches.iter().map(|branch| branch.token).collect();
    let inputs = [2, 0, 1].map(|branch| Input::Advance { token: tokens[branch] });
    assert_equal_but_for_seq_of_branches(&world, &inputs);

    let step = at_once(&world, &inputs);
    let branches: Vec<u32> = step.run.branches.iter().map(|branch| branch.token.branch).collect();
    assert_eq!(branches, [0, 1, 2], "branches keep their order");
    assert_eq!(step.effects.len(), 3, "each is owed what it waits for: {:?}", step.effects);
    let parents: Vec<(u64, u64)> = step.events.iter().map(|event| (event.id, event.previous_event_id)).collect();
    // T is entered and scheduled; A is entered and exited; W is entered. Each follows its own branch.
    assert_eq!(parents, [(2, 0), (3, 2), (4, 0), (5, 4), (6, 0)]);
}

fn assert_equal_but_for_seq_of_branches(world: &World, inputs: &[Input]) {
    let (one_by_one, at_once) = (one_by_one(world, inputs), at_once(world, inputs));
    assert_eq!(at_once.events, one_by_one.events);
    let tokens = |run: &Run| run.branches.iter().map(|branch| branch.token).collect::<Vec<_>>();
    assert_eq!(tokens(&at_once.run), tokens(&one_by_one.run));
}

#[test]
fn a_step_is_a_function_of_what_it_is_given() {
    let definition = only(task(json!({
        "Parameters": { "id.$": "States.UUID()" },
        "Retry": [{ "ErrorEquals": ["States.ALL"], "JitterStrategy": "FULL" }],
    })));
    let play = || World::new(&definition, "{}", [crate::world::fails("E", "why"), ok("[]")]).play().printed();
    assert_eq!(play(), play());
}
