//! Which machines are drawn, and how often.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::{Calls, Catcher, Data, Errors, Handling, Kind, Language, Line, Machine, Retrier, State, WaitFor};

/// What the drawn states may be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    /// Everything that the validator accepts.
    Any,
    /// They keep their data. The first state that fails fails them all, so nothing fails beside another.
    Tame,
}

/// Any machine that the validator accepts.
pub fn wild() -> impl Strategy<Value = Machine> {
    (language(), option::weighted(0.2, 1..5_000_u64), line(Mood::Any, 3, 1..6))
        .prop_map(|(language, timeout_seconds, line)| Machine { language, timeout_seconds, line })
}

/// A machine that ends alike, in whatever order its messages come. No branch fails in one: which of several failures would
/// be first is nobody's to say.
pub fn tame() -> impl Strategy<Value = Machine> {
    (language(), line(Mood::Tame, 2, 1..5)).prop_map(|(language, line)| Machine {
        language,
        timeout_seconds: None,
        line,
    })
}

/// The same with one line of control, whose history is always the same.
pub fn tame_line() -> impl Strategy<Value = Machine> {
    (language(), line(Mood::Tame, 0, 1..8)).prop_map(|(language, line)| Machine {
        language,
        timeout_seconds: None,
        line,
    })
}

fn language() -> impl Strategy<Value = Language> + Clone {
    prop_oneof![3 => Just(Language::JsonPath), 1 => Just(Language::Jsonata)]
}

/// The outermost line may jump, fail and end early in any mood.
fn line(mood: Mood, depth: u32, length: std::ops::Range<usize>) -> BoxedStrategy<Line> {
    let handling = handling(mood, false);
    let mut kinds = vec![
        (3, task(mood, handling.clone())),
        (2, Just(Kind::Pass).boxed()),
        (2, wait(mood)),
        (2, jump()),
        (2, ends()),
    ];
    if depth > 0 {
        kinds.push((3, fork(mood, depth)));
    }
    vec(state(mood, prop::strategy::Union::new_weighted(kinds).boxed()), length).boxed()
}

/// A line in a branch or an iteration.
fn inner_line(mood: Mood, depth: u32) -> BoxedStrategy<Line> {
    if mood == Mood::Any {
        return line(mood, depth, 0..4);
    }
    let mut kinds = vec![(3, task(mood, handling(mood, true))), (1, Just(Kind::Pass).boxed()), (1, wait(mood))];
    if depth > 0 {
        kinds.push((1, fork(mood, depth)));
    }
    vec(state(mood, prop::strategy::Union::new_weighted(kinds).boxed()), 0..4).boxed()
}

fn state(mood: Mood, kind: BoxedStrategy<Kind>) -> BoxedStrategy<State> {
    let data = match mood {
        Mood::Any => option::weighted(0.2, data()).boxed(),
        Mood::Tame => Just(None).boxed(),
    };
    (language(), data, kind).prop_map(|(language, data, kind)| State { language, data, kind }).boxed()
}

fn data() -> impl Strategy<Value = Data> {
    let field = || option::weighted(0.2, 0..30_usize);
    (field(), field(), field(), field(), field(), field(), field()).prop_map(
        |(input, arguments, result, selector, result_path, output, assign)| Data {
            input,
            arguments,
            result,
            selector,
            result_path,
            output,
            assign,
        },
    )
}

fn wait(mood: Mood) -> BoxedStrategy<Kind> {
    let seconds = (0..2_000_u64).prop_map(WaitFor::Seconds).boxed();
    let wait_for = match mood {
        Mood::Tame => seconds,
        Mood::Any => {
            prop_oneof![2 => seconds, 1 => (0..2_000_u64).prop_map(WaitFor::Until), 1 => Just(WaitFor::Counter)].boxed()
        }
    };
    wait_for.prop_map(Kind::Wait).boxed()
}

fn jump() -> BoxedStrategy<Kind> {
    (0..6_u64, 0..8_usize).prop_map(|(limit, to)| Kind::Jump { limit, to }).boxed()
}

fn ends() -> BoxedStrategy<Kind> {
    (0..6_u64, any::<bool>()).prop_map(|(at, fails)| Kind::Ends { at, fails }).boxed()
}

fn task(mood: Mood, handling: BoxedStrategy<Handling>) -> BoxedStrategy<Kind> {
    match mood {
        Mood::Tame => (calls(), option::weighted(0.3, 200..3_000_u64), handling)
            .prop_map(|(calls, limit, handling)| match calls {
                // Nobody may ever answer.
                Calls::Callback | Calls::Activity => (calls, limit.or(Some(1_000)), handling),
                // Before a dispatcher gives up by itself.
                Calls::Function | Calls::Invoke => (calls, limit.map(|seconds| 200 + seconds % 600), handling),
            })
            .prop_map(|(calls, limit, handling)| Kind::Task { calls, limit, handling })
            .boxed(),
        Mood::Any => (calls(), option::weighted(0.4, 1..2_000_u64), handling)
            .prop_map(|(calls, limit, handling)| Kind::Task { calls, limit, handling })
            .boxed(),
    }
}

fn calls() -> impl Strategy<Value = Calls> + Clone {
    prop_oneof![
        3 => Just(Calls::Function),
        1 => Just(Calls::Invoke),
        1 => Just(Calls::Callback),
        1 => Just(Calls::Activity),
    ]
}

fn fork(mood: Mood, depth: u32) -> BoxedStrategy<Kind> {
    let handling = match mood {
        Mood::Any => handling(mood, false),
        Mood::Tame => Just(Handling::default()).boxed(),
    };
    let line = inner_line(mood, depth - 1);
    let parallel = (vec(line.clone(), 1..4), handling.clone())
        .prop_map(|(branches, handling)| Kind::Parallel { branches, handling });
    let map = (0..6_usize, 0..4_usize, line, handling)
        .prop_map(|(items, concurrency, processor, handling)| Kind::Map { items, concurrency, processor, handling });
    prop_oneof![parallel, map].boxed()
}

fn handling(mood: Mood, caught: bool) -> BoxedStrategy<Handling> {
    match mood {
        Mood::Any => (vec(retrier(), 0..3), vec(catcher(), 0..3))
            .prop_map(|(retriers, catchers)| Handling { retriers, catchers })
            .boxed(),
        Mood::Tame => (0..3_u64, 1..1_000_u64, if caught { Just(true).boxed() } else { any::<bool>().boxed() })
            .prop_map(|(attempts, interval, caught)| Handling {
                retriers: vec![Retrier {
                    errors: Errors::Busy,
                    interval,
                    attempts,
                    rate: 2,
                    longest: None,
                    jitter: false,
                }],
                catchers: if caught { vec![Catcher { errors: Errors::All, to: None }] } else { Vec::new() },
            })
            .boxed(),
    }
}

fn errors() -> impl Strategy<Value = Errors> {
    prop::sample::select(vec![Errors::Busy, Errors::Broken, Errors::TaskFailed, Errors::Timeout, Errors::All])
}

fn retrier() -> impl Strategy<Value = Retrier> {
    (errors(), 1..1_000_u64, 0..4_u64, 1..4_u64, option::of(1..3_000_u64), any::<bool>()).prop_map(
        |(errors, interval, attempts, rate, longest, jitter)| Retrier {
            errors,
            interval,
            attempts,
            rate,
            longest,
            jitter,
        },
    )
}

fn catcher() -> impl Strategy<Value = Catcher> {
    (errors(), option::of(0..6_usize)).prop_map(|(errors, to)| Catcher { errors, to })
}
