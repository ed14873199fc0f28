//! Small machines made at random, run once undisturbed and once under random disturbances: both end alike.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use engine::event::{Event, HistoryEvent};
use engine::input::Input;
use engine::run::{Phase, Token};
use interpreter::Handled;
use ports::Settings;
use ports::queue::{Lane, Message};
use ports::task_target::Invocation;
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tests::{Delivery, Fault, Installation, Letter, Options, Reply, ScriptedTarget, task, told, untimed};

/// What one state of a machine is like; it goes on to the next, or to another that it names by a number.
#[derive(Clone, Debug)]
enum Kind {
    Pass,
    Wait {
        seconds: u64,
    },
    Task {
        retries: u64,
        interval: u64,
        caught: bool,
    },
    /// Jumps anywhere while the counter is below the limit: back as well.
    Jump {
        limit: u64,
        to: usize,
    },
    /// Ends here if the counter is there.
    Ends {
        at: u64,
        fails: bool,
    },
    /// No branch fails: which of several would be first is nobody's to say.
    Parallel {
        branches: Vec<Vec<Kind>>,
    },
    /// Nor does an iteration.
    Map {
        items: usize,
        concurrency: usize,
        processor: Vec<Kind>,
    },
}

fn task_kind(caught: impl Strategy<Value = bool>) -> impl Strategy<Value = Kind> {
    (0..3_u64, 1..1_000_u64, caught).prop_map(|(retries, interval, caught)| Kind::Task { retries, interval, caught })
}

fn wait_kind() -> impl Strategy<Value = Kind> {
    (0..2_000_u64).prop_map(|seconds| Kind::Wait { seconds })
}

fn sequential() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Pass),
        wait_kind(),
        task_kind(any::<bool>()),
        (0..6_u64, 0..8_usize).prop_map(|(limit, to)| Kind::Jump { limit, to }),
        (0..6_u64, any::<bool>()).prop_map(|(at, fails)| Kind::Ends { at, fails }),
    ]
}

/// A Parallel or Map state, with others of these in it.
fn fork() -> impl Strategy<Value = Kind> {
    let kind = prop_oneof![Just(Kind::Pass), wait_kind(), task_kind(Just(true))];
    let inner = fork_of(prop::collection::vec(kind.clone(), 0..3), 3);
    fork_of(prop::collection::vec(prop_oneof![4 => kind, 1 => inner], 0..4), 4)
}

fn fork_of(
    branch: impl Strategy<Value = Vec<Kind>> + Clone + 'static,
    most: usize,
) -> impl Strategy<Value = Kind> + Clone {
    let map = (0..2 * most, 0..most, branch.clone());
    prop_oneof![
        prop::collection::vec(branch, 1..most).prop_map(|branches| Kind::Parallel { branches }),
        map.prop_map(|(items, concurrency, processor)| Kind::Map { items, concurrency, processor }),
    ]
}

/// State `n` is called `Sn`. Every jump counts, so that no machine runs for ever.
fn definition(kinds: &[Kind]) -> Value {
    scope(kinds, "S", "End")
}

/// The states of one line of control, which end at `end`.
fn scope(kinds: &[Kind], prefix: &str, end: &str) -> Value {
    let mut states = Map::new();
    let name = |index: usize| if index < kinds.len() { format!("{prefix}{index}") } else { end.to_owned() };
    for (index, kind) in kinds.iter().enumerate() {
        let (own, next) = (name(index), name(index + 1));
        let state = match kind {
            Kind::Pass => json!({ "Type": "Pass", "Result": index, "ResultPath": "$.last", "Next": next }),
            Kind::Wait { seconds } => json!({ "Type": "Wait", "Seconds": seconds, "Next": next }),
            Kind::Task { retries, interval, caught } => task_state(&own, *retries, *interval, *caught, &next),
            Kind::Jump { limit, to } => {
                let count = format!("Count{own}");
                let counts = json!({
                    "Type": "Pass", "Parameters": { "n.$": "States.MathAdd($.n, 1)", "at": "" }, "Next": name(*to % kinds.len()),
                });
                states.insert(count.clone(), counts);
                choice(json!({ "Variable": "$.n", "NumericLessThan": limit, "Next": count }), &next)
            }
            Kind::Ends { at, fails } => {
                let end = format!("End{own}");
                let last = if *fails { json!({ "Type": "Fail", "Error": end }) } else { json!({ "Type": "Succeed" }) };
                states.insert(end.clone(), last);
                choice(json!({ "Variable": "$.n", "NumericEquals": at, "Next": end }), &next)
            }
            Kind::Parallel { branches } => {
                let branch = |(number, kinds): (usize, &Vec<Kind>)| {
                    scope(kinds, &format!("{own}B{number}S"), &format!("{own}B{number}End"))
                };
                let branches: Vec<Value> = branches.iter().enumerate().map(branch).collect();
                json!({ "Type": "Parallel", "Branches": branches, "ResultPath": "$.parallel", "Next": next })
            }
            Kind::Map { items, concurrency, processor } => {
                let put = format!("Items{own}");
                let items: Vec<usize> = (0..*items).collect();
                let map = map_state(&scope(processor, &format!("{own}I"), &format!("{own}IEnd")), *concurrency, &next);
                states.insert(put.clone(), map);
                json!({ "Type": "Pass", "Result": items, "ResultPath": "$.items", "Next": put })
            }
        };
        states.insert(own, state);
    }
    states.insert(end.to_owned(), json!({ "Type": "Pass", "End": true }));
    json!({ "StartAt": name(0), "States": states })
}

fn map_state(processor: &Value, concurrency: usize, next: &str) -> Value {
    json!({
        "Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "MaxConcurrency": concurrency,
        "ItemSelector": { "n.$": "$.n", "at.$": "States.Format('{}/{}', $.at, $$.Map.Item.Value)" }, "ResultPath": "$.map", "Next": next,
    })
}

fn choice(rule: Value, default: &str) -> Value {
    json!({ "Type": "Choice", "Choices": [rule], "Default": default })
}

fn task_state(name: &str, retries: u64, interval: u64, caught: bool, next: &str) -> Value {
    let errors = ["Busy", "Lambda.Unknown"];
    let retry = json!([{ "ErrorEquals": errors, "MaxAttempts": retries, "IntervalSeconds": interval }]);
    let catch = json!([{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": next }]);
    task(json!({
        // Together they name the attempt: the counter tells the visits of the state apart, `at` the iterations.
        "Parameters": { "state": name, "visit.$": "$.n", "at.$": "$.at", "attempt.$": "$$.State.RetryCount" },
        "ResultPath": "$.result",
        "Retry": retry,
        "Catch": if caught { catch } else { json!([]) },
        "Next": next,
    }))
}

/// What an attempt comes to, always the same: chosen by what names it.
fn reply(script: u64, invocation: &Invocation) -> Reply {
    let mut hasher = DefaultHasher::new();
    (script, &invocation.payload).hash(&mut hasher);
    match hasher.finish() % 4 {
        0 => Reply::Raises("Busy"),
        1 => Reply::Raises("Broken"),
        _ => Reply::Returns(format!(r#"{{"of":{}}}"#, invocation.payload)),
    }
}

fn started(kinds: &[Kind], script: u64, transitions_per_message: u32) -> Installation {
    let installation = Installation::new(Options {
        settings: Settings { transitions_per_message, ..Settings::default() },
        target: ScriptedTarget::new(move |invocation| reply(script, invocation)),
    });
    installation.create(&definition(kinds));
    installation.start(&json!({ "n": 0, "at": "" }));
    installation
}

/// Draws numbers; one seed, one sequence.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// A delivery under way, of one letter or of a batch.
struct Pending {
    letters: Vec<Letter>,
    delivery: Delivery<Handled>,
}

/// The handlers at work, several at once, with all that can go wrong going wrong now and then.
struct Storm<'a> {
    installation: &'a Installation,
    draw: Draw,
    pending: Vec<Pending>,
    /// Old letters, of which some come again.
    kept: Vec<Letter>,
    /// How much is left to go wrong.
    mischief: usize,
}

const CALLS: [&str; 8] = ["append", "newest", "record", "records", "send", "ended", "arm", "due timers"];

impl<'a> Storm<'a> {
    fn new(installation: &'a Installation, seed: u64, mischief: usize) -> Self {
        Self { installation, draw: Draw(seed), pending: Vec::new(), kept: Vec::new(), mischief }
    }

    fn rage(mut self) {
        for _ in 0..1_000_000 {
            if self.installation.has_ended() && self.pending.is_empty() {
                return;
            }
            match self.draw.below(3) {
                0 => self.begin(),
                1 => self.go_on(),
                _ if self.mischief > 0 => self.disturb(),
                _ => self.go_on(),
            }
        }
        let now = self.installation.clock.now();
        panic!(
            "it does not end by {now}:\n{}{} being delivered, waiting {:?}, summary {:?}",
            told(&self.installation.history()),
            self.pending.len(),
            self.installation.mail.waiting(),
            self.installation.summary()
        );
    }

    /// Begins a delivery of what is due and not being delivered; if there is nothing, time passes.
    fn begin(&mut self) {
        let mut due = self.installation.mail.due();
        due.retain(|letter| self.pending.iter().flat_map(|pending| &pending.letters).all(|busy| busy.id != letter.id));
        if self.pending.len() < 3 && !due.is_empty() {
            let letter = due[self.draw.below(due.len())].clone();
            if is_fifo(&letter) {
                due.retain(is_fifo);
                due.truncate(10);
                self.deliver(due);
            } else {
                self.deliver(vec![letter]);
            }
        } else if self.pending.is_empty() || self.draw.one_in(50) {
            // A handler that sleeps has to wait for it as well.
            self.let_time_pass();
        }
    }

    fn deliver(&mut self, letters: Vec<Letter>) {
        self.kept.extend(letters.iter().cloned());
        let delivery = match &letters[..] {
            [letter] => self.installation.begin(letter),
            batch => self.installation.begin_batch(batch),
        };
        self.pending.push(Pending { letters, delivery });
    }

    /// To the next letter, but a minute at most; then the timekeeper runs, perhaps not to its end.
    fn let_time_pass(&mut self) {
        let minute = self.installation.clock.now().plus_seconds(60);
        let now = self.installation.clock.now();
        let later = self.installation.mail.waiting().into_iter().map(|letter| letter.due).filter(|due| *due > now);
        let next = later.min().map_or(minute, |next| next.min(minute));
        self.installation.clock.move_to(next);
        if next == minute {
            let mut keeping = self.installation.begin_keeping_time();
            if self.mischief > 0 && self.draw.one_in(4) {
                self.mischief -= 1;
                let _ = keeping.go_on(self.draw.below(12));
            } else {
                let _ = keeping.finish();
            }
        }
    }

    fn go_on(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let index = self.draw.below(self.pending.len());
        let pauses = 1 + self.draw.below(6);
        if let Some(answer) = self.pending[index].delivery.go_on(pauses) {
            let done = self.pending.swap_remove(index);
            if matches!(answer, Ok(Handled::Done)) {
                done.letters.iter().for_each(|letter| self.installation.mail.remove(letter.id));
            }
        }
    }

    fn disturb(&mut self) {
        self.mischief -= 1;
        match self.draw.below(5) {
            // A crash. The letter comes again.
            0 if !self.pending.is_empty() => {
                let index = self.draw.below(self.pending.len());
                self.pending.swap_remove(index);
            }
            // A duplicate.
            1 if !self.kept.is_empty() => {
                let letter = self.kept[self.draw.below(self.kept.len())].clone();
                self.deliver(vec![letter]);
            }
            // A loss. An answer cannot be lost without a trace: nobody else knows it.
            2 => {
                let mut waiting = self.installation.mail.waiting();
                waiting.retain(|letter| !is_answer(letter));
                if !waiting.is_empty() {
                    self.installation.mail.remove(waiting[self.draw.below(waiting.len())].id);
                }
            }
            3 => {
                let fault = if self.draw.one_in(2) { Fault::Before } else { Fault::After };
                self.installation.gate.fail_next(CALLS[self.draw.below(CALLS.len())], fault);
            }
            // A delay of everything.
            _ => self.installation.clock.advance_seconds(self.draw.below(40) as u64),
        }
    }
}

fn is_fifo(letter: &Letter) -> bool {
    matches!(letter.message(), Message::Transition(transition) if transition.lane == Lane::Fifo)
}

fn is_answer(letter: &Letter) -> bool {
    matches!(letter.message(), Message::Transition(transition) if matches!(transition.input, Input::TaskEnded { .. }))
}

/// The payloads of attempts whose dispatcher fell over between claim and answer.
fn unknown_attempts(installation: &Installation) -> BTreeSet<String> {
    let history = installation.history();
    let before = |id: u64| history.iter().find(move |event| event.id == id);
    let mut unknown = BTreeSet::new();
    for event in &history {
        let Event::LambdaFunctionFailed(failure) = &event.event else { continue };
        if failure.error.as_deref() == Some("Lambda.Unknown") {
            let scheduled = before(event.previous_event_id).and_then(|started| before(started.previous_event_id));
            let Some(Event::LambdaFunctionScheduled { input, .. }) = scheduled.map(|event| &event.event) else {
                panic!("no attempt before {event:?}")
            };
            unknown.insert(input.as_str().to_owned());
        }
    }
    unknown
}

/// The undisturbed history, but that the outcomes of these attempts are not known.
fn expected(kinds: &[Kind], script: u64, unknown: BTreeSet<String>) -> Vec<HistoryEvent> {
    let installation = Installation::new(Options {
        target: ScriptedTarget::new(move |invocation| match unknown.contains(&invocation.payload) {
            true => Reply::NoAnswer,
            false => reply(script, invocation),
        }),
        ..Options::default()
    });
    installation.create(&definition(kinds));
    installation.start(&json!({ "n": 0, "at": "" }));
    installation.run();
    without_causes_of_unknown(untimed(&installation.history()))
}

/// Why an outcome is not known is told differently by a broken connection and a dead dispatcher.
fn without_causes_of_unknown(mut events: Vec<HistoryEvent>) -> Vec<HistoryEvent> {
    const CAUSES: [&str; 3] = [
        "the connection broke",
        "the dispatcher ended after it had taken the task, and before it had the outcome",
        "the target did not answer while the dispatcher lived",
    ];
    for event in &mut events {
        let text = format!("{:?}", event.event);
        if CAUSES.iter().any(|cause| text.contains(cause)) {
            event.event = shortened(&event.event, &CAUSES);
        }
    }
    events
}

fn shortened(event: &Event, causes: &[&str]) -> Event {
    let payload = |payload: &engine::payload::Payload| {
        let text = causes.iter().fold(payload.as_str().to_owned(), |text, cause| text.replace(cause, "unknown"));
        engine::payload::Payload::parse(&text).unwrap()
    };
    let failure = |failure: &engine::failure::ErrorAndCause| engine::failure::ErrorAndCause {
        error: failure.error.clone(),
        cause: failure
            .cause
            .as_ref()
            .map(|cause| causes.iter().fold(cause.clone(), |text, known| text.replace(known, "unknown"))),
    };
    match event.clone() {
        Event::ExecutionSucceeded { output } => Event::ExecutionSucceeded { output: payload(&output) },
        Event::ExecutionFailed(failed) => Event::ExecutionFailed(failure(&failed)),
        Event::LambdaFunctionFailed(failed) => Event::LambdaFunctionFailed(failure(&failed)),
        Event::StateEntered { state_type, name, input } => {
            Event::StateEntered { state_type, name, input: payload(&input) }
        }
        Event::StateExited { state_type, name, output, assigned_variables } => {
            Event::StateExited { state_type, name, output: payload(&output), assigned_variables }
        }
        other => other,
    }
}

/// What holds whatever was disturbed.
fn check_invariants(installation: &Installation) {
    let history = installation.history();
    for (event, id) in history.iter().zip(1..) {
        assert!(event.id == id && event.previous_event_id < id, "ids have no gaps:\n{}", told(&history));
    }
    let ends = history.iter().filter(|event| event.event.type_name().starts_with("Execution")).count();
    assert_eq!(ends, 2, "it starts once and ends once:\n{}", told(&history));
    for (record, seq) in installation.records().iter().zip(0..) {
        assert_eq!(record.seq(), seq, "records have no gaps");
        for branch in &record.run.branches {
            // A timer never fires early: what waits is left at its time at the earliest.
            if let Phase::Waiting { until } | Phase::BackingOff { until } = branch.phase {
                let left = left_at(installation, seq, branch.token);
                assert!(left.is_none_or(|at| at >= until), "left before {until}:\n{}", told(&history));
            }
        }
    }
    let calls = installation.target.calls_by_payload();
    assert!(calls.values().all(|count| *count == 1), "an attempt was called twice: {calls:?}");
}

/// When the place was left that the record `seq` has a branch at.
fn left_at(installation: &Installation, seq: u64, token: Token) -> Option<engine::timestamp::Timestamp> {
    let records = installation.records();
    let later = records.iter().skip(usize::try_from(seq).unwrap());
    later.filter(|record| record.run.branch(token).is_none()).map(|record| record.at).next()
}

/// The history in a storm, and the one that it is to be.
fn storm_and_calm(
    kinds: &[Kind],
    script: u64,
    seed: u64,
    transitions_per_message: u32,
) -> (Vec<HistoryEvent>, Vec<HistoryEvent>) {
    let installation = started(kinds, script, transitions_per_message);
    Storm::new(&installation, seed, 60).rage();
    check_invariants(&installation);
    let expected = expected(kinds, script, unknown_attempts(&installation));
    (without_causes_of_unknown(untimed(&installation.history())), expected)
}

proptest! {
    // 256 machines, or `PROPTEST_CASES`. What fails is printed whole: machine, script and seed.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_machine_in_a_storm_ends_as_it_does_undisturbed(
        kinds in prop::collection::vec(sequential(), 1..8),
        script in any::<u64>(),
        seed in any::<u64>(),
        transitions_per_message in 1..4_u32,
    ) {
        let (history, expected) = storm_and_calm(&kinds, script, seed, transitions_per_message);
        prop_assert!(history == expected, "expected\n{}\nbut was\n{}", told(&expected), told(&history));
    }

    #[test]
    fn branches_in_a_storm_end_as_they_do_undisturbed(
        kinds in prop::collection::vec(prop_oneof![3 => sequential(), 2 => fork()], 1..5),
        script in any::<u64>(),
        seed in any::<u64>(),
        transitions_per_message in 1..4_u32,
    ) {
        let (history, expected) = storm_and_calm(&kinds, script, seed, transitions_per_message);
        // Branches may overtake each other: the same happens, in another order.
        let in_any_order = |history: &[HistoryEvent]| {
            let mut lines: Vec<String> = history.iter().map(|event| format!("{:?}", event.event)).collect();
            lines.sort();
            lines
        };
        prop_assert!(
            in_any_order(&history) == in_any_order(&expected),
            "expected\n{}\nbut was\n{}", told(&expected), told(&history)
        );
    }

    #[test]
    fn one_seed_is_one_storm(kinds in prop::collection::vec(sequential(), 1..8), script in any::<u64>(), seed in any::<u64>()) {
        let play = || {
            let installation = started(&kinds, script, 1);
            Storm::new(&installation, seed, 20).rage();
            installation.history()
        };
        prop_assert_eq!(play(), play());
    }
}
