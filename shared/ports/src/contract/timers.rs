//! [`Timers`]: what is armed comes out when it is due, in order, until it is disarmed.

use engine::input::Timer;
use engine::run::Token;
use futures::future::join_all;

use super::{samples, works};
use crate::timers::{ArmedTimer, Timers};

pub async fn run_all(timers: &dyn Timers) {
    a_timer_is_due_before_the_horizon_only(timers).await;
    arming_again_changes_nothing(timers).await;
    due_timers_come_the_earliest_first_up_to_the_limit(timers).await;
    timers_of_one_millisecond_are_kept_apart(timers).await;
    disarming_what_is_not_armed_is_fine(timers).await;
    a_crowd_of_one_minute_comes_out_in_portions_each_once(timers).await;
}

pub async fn a_timer_is_due_before_the_horizon_only(timers: &dyn Timers) {
    let timer = timer("horizon", 60_000, 0);
    arm(timers, &timer).await;
    for (horizon, expected) in [
        (0, false),
        (59_999, false),
        (60_000, false),
        (60_001, true),
        (119_999, true),
        (120_000, true),
        (7_200_000, true),
    ] {
        let due = due(timers, horizon, 10).await;
        let expected: &[ArmedTimer] = if expected { std::slice::from_ref(&timer) } else { &[] };
        assert!(due == expected, "a timer due at 60000 ms, with the horizon at {horizon} ms: {due:?}");
    }
    disarm(timers, &timer).await;
    let due = due(timers, 7_200_000, 10).await;
    assert!(due.is_empty(), "a disarmed timer is due still: {due:?}");
}

pub async fn arming_again_changes_nothing(timers: &dyn Timers) {
    let timer = timer("twice", 1_000, 0);
    arm(timers, &timer).await;
    arm(timers, &timer).await;
    let found = due(timers, 60_000, 10).await;
    assert!(found == [timer.clone()], "a timer armed twice is not due once: {found:?}");
    disarm(timers, &timer).await;
    let found = due(timers, 60_000, 10).await;
    assert!(found.is_empty(), "a timer armed twice and disarmed once is due still: {found:?}");
}

pub async fn due_timers_come_the_earliest_first_up_to_the_limit(timers: &dyn Timers) {
    // Within one minute and across several, armed in no order; and one that was forgotten for hours.
    let times = [61_000, 5_000, 3_600_000, 59_999, 60_000, 180_000, 5_001, 179_999, 4_999];
    let armed: Vec<ArmedTimer> = (0..).zip(times).map(|(place, due)| timer("order", due, place)).collect();
    join_all(armed.iter().map(|timer| arm(timers, timer))).await;
    let mut expected = armed.clone();
    expected.sort_by_key(|timer| timer.due);
    for limit in [1, 4, 9, 100] {
        let found = due(timers, 7_200_000, limit).await;
        let count = limit.min(expected.len());
        assert!(found == expected[..count], "the {limit} earliest timers are not those that `due` gave: {found:?}");
    }
    let found = due(timers, 60_001, 100).await;
    assert!(found == expected[..5], "`due` with the horizon at 60001 ms gave {found:?}");
    for (gone, timer) in (1..).zip(&expected) {
        disarm(timers, timer).await;
        let found = due(timers, 7_200_000, 100).await;
        assert!(found == expected[gone..], "after disarming the {gone} earliest, `due` gave {found:?}");
    }
}

pub async fn timers_of_one_millisecond_are_kept_apart(timers: &dyn Timers) {
    let mut armed: Vec<ArmedTimer> = (0..3).map(|place| timer("same-time", 2_000, place)).collect();
    armed.push(timer("same-time-too", 2_000, 0));
    armed.push(ArmedTimer { timer: Timer::Execution, ..timer("same-time", 2_000, 0) });
    armed.push(ArmedTimer { timer: Timer::Place(Token { branch: 1, place: 0 }), ..timer("same-time", 2_000, 0) });
    for timer in &armed {
        arm(timers, timer).await;
    }
    while let Some(timer) = armed.pop() {
        let found = due(timers, 60_000, 100).await;
        assert!(
            found.len() == armed.len() + 1,
            "{} timers of one millisecond are due, not {}",
            found.len(),
            armed.len() + 1
        );
        assert!(found.contains(&timer), "{timer:?} is armed, and not due with others of its millisecond");
        disarm(timers, &timer).await;
        let found = due(timers, 60_000, 100).await;
        let rest = found.len() == armed.len() && armed.iter().all(|timer| found.contains(timer));
        assert!(rest, "disarming {timer:?} did not leave exactly the others of its millisecond");
    }
}

pub async fn disarming_what_is_not_armed_is_fine(timers: &dyn Timers) {
    let armed = timer("disarmed", 1_000, 0);
    disarm(timers, &armed).await;
    arm(timers, &armed).await;
    disarm(timers, &timer("disarmed", 1_001, 0)).await;
    disarm(timers, &timer("disarmed", 1_000, 1)).await;
    let found = due(timers, 60_000, 10).await;
    assert!(found == [armed.clone()], "disarming another timer did not leave this one alone: {found:?}");
    disarm(timers, &armed).await;
    disarm(timers, &armed).await;
}

/// Of many executions, so that they are spread over all shards there may be.
pub async fn a_crowd_of_one_minute_comes_out_in_portions_each_once(timers: &dyn Timers) {
    const CROWD: i64 = 1_000;
    const PORTION: usize = 300;
    let mut armed: Vec<ArmedTimer> =
        (0..CROWD).map(|number| timer(&format!("crowd-{number}"), 60_000 + number * 7_919 % 60_000, 0)).collect();
    join_all(armed.iter().map(|timer| arm(timers, timer))).await;
    armed.sort_by_key(|timer| timer.due);
    let mut seen = 0;
    loop {
        let portion = due(timers, 120_000, PORTION).await;
        let expected = PORTION.min(armed.len() - seen);
        assert!(portion.len() == expected, "{} timers came out where {expected} are due", portion.len());
        if portion.is_empty() {
            return;
        }
        let times = |timers: &[ArmedTimer]| timers.iter().map(|timer| timer.due).collect::<Vec<_>>();
        let (came, earliest) = (times(&portion), times(&armed[seen..seen + expected]));
        assert!(came == earliest, "after {seen} others, these are not the earliest: {came:?}");
        seen += expected;
        join_all(portion.iter().map(|timer| disarm(timers, timer))).await;
    }
}

fn timer(execution: &str, due: i64, place: u64) -> ArmedTimer {
    ArmedTimer {
        due: samples::at(due),
        execution: samples::arn("contract-timers", execution),
        seq: 3,
        timer: Timer::Place(Token { branch: 0, place }),
    }
}

async fn arm(timers: &dyn Timers, timer: &ArmedTimer) {
    works("arm", timers.arm(timer).await);
}

async fn disarm(timers: &dyn Timers, timer: &ArmedTimer) {
    works("disarm", timers.disarm(timer).await);
}

async fn due(timers: &dyn Timers, horizon: i64, limit: usize) -> Vec<ArmedTimer> {
    works("due", timers.due(samples::at(horizon), limit).await)
}
