//! What the sweep finds, and `stepwell doctor`.

use engine::execution::ExecutionArn;
use engine::timestamp::Timestamp;

use super::{due, get, list, write};
use crate::contract::{samples, works};
use crate::executions::{Executions, Open, Summary, SummaryStatus};

pub async fn run_all(executions: &dyn Executions) {
    an_ended_execution_that_may_go_on_is_due(executions).await;
    due_gives_open_executions_whose_time_has_come(executions).await;
    open_gives_each_open_execution_once_by_any_limit(executions).await;
    check_again_moves_the_time_of_an_open_execution_only(executions).await;
    forget_removes_what_has_not_changed(executions).await;
}

pub async fn an_ended_execution_that_may_go_on_is_due(executions: &dyn Executions) {
    let arn = samples::arn("contract-watched", "a");
    let ended = samples::ended(&arn, 10, SummaryStatus::Failed);
    let watched = Summary { check_at: Some(samples::at(5)), ..ended.clone() };
    write(executions, &watched).await;
    assert!(get(executions, &arn).await.as_ref() == Some(&watched), "`ended` does not keep `check_at`");
    let is_due = || async { due(executions, samples::at(5), 10).await.contains(&arn) };
    assert!(is_due().await, "an ended execution with `check_at` is not due");
    check_again(executions, &arn, samples::at(7)).await;
    assert!(!is_due().await, "`check_again` did not move the `check_at` of an ended execution that has one");
    check_again(executions, &arn, samples::at(4)).await;
    assert!(is_due().await, "an ended execution with `check_at` is not due once that has moved");
    write(executions, &ended).await;
    assert!(!is_due().await, "an ended execution without `check_at` is due");
}

pub async fn due_gives_open_executions_whose_time_has_come(executions: &dyn Executions) {
    let times = [500, 100, 400, 100, 300, 200];
    let arns: Vec<_> = (0..times.len()).map(|n| samples::arn("contract-due", &format!("n{n}"))).collect();
    for (arn, time) in arns.iter().zip(times) {
        let check_at = Some(samples::at(time));
        write(executions, &Summary { check_at, ..samples::running(arn, 0) }).await;
    }
    let unchecked = samples::arn("contract-due", "unchecked");
    write(executions, &Summary { check_at: None, ..samples::running(&unchecked, 0) }).await;
    let time_of = |arn: &ExecutionArn| arns.iter().zip(times).find(|(known, _)| *known == arn).map(|(_, time)| time);
    for (now, limit, expected) in [
        (99, 10, &[][..]),
        (100, 10, &[100, 100][..]), // at its very millisecond
        (399, 10, &[100, 100, 200, 300][..]),
        (1_000, 10, &[100, 100, 200, 300, 400, 500][..]),
        (1_000, 3, &[100, 100, 200][..]),
        (1_000, 1, &[100][..]),
    ] {
        let due = due(executions, samples::at(now), limit).await;
        let found: Vec<_> = due.iter().filter_map(time_of).collect();
        assert!(
            found == expected && due.len() == found.len(),
            "due at {now}, at most {limit}: {found:?}, not {expected:?}"
        );
    }
    for (gone, n) in (1..).zip([1, 3, 5, 4, 2, 0]) {
        write(executions, &samples::ended(&arns[n], 0, SummaryStatus::Aborted)).await;
        let due = due(executions, samples::at(1_000), 10).await;
        assert!(
            due.len() == arns.len() - gone && !due.contains(&arns[n]),
            "an execution that ended is due still: {due:?}"
        );
    }
}

pub async fn open_gives_each_open_execution_once_by_any_limit(executions: &dyn Executions) {
    // Many with one and the same time, as after a sweep.
    let times = [100, 100, 100, 100, 100, 300, 200, 1_000_000, 100, 100, 100, 400];
    let arns: Vec<_> = (0..times.len()).map(|n| samples::arn("contract-open", &format!("n{n}"))).collect();
    let mut expected = Vec::new();
    for (arn, time) in arns.iter().zip(times) {
        let open = Open { check_at: samples::at(time), arn: arn.clone() };
        write(executions, &Summary { check_at: Some(open.check_at), ..samples::running(arn, 0) }).await;
        expected.push(open);
    }
    expected.sort();
    // Those of other contracts come as well.
    for limit in [3, 4, 12, 100, 10_000] {
        let mut found: Vec<Open> = Vec::new();
        loop {
            let page = works("open", executions.open(found.last(), limit).await);
            let count = page.len();
            assert!(count <= limit, "a page of at most {limit} open executions holds {count}");
            found.extend(page);
            if count < limit {
                break;
            }
            assert!(found.len() <= 5_000, "pages of {limit} open executions do not end");
        }
        found.retain(|open| open.arn.state_machine_name() == "contract-open");
        found.sort();
        assert!(found == expected, "open, by {limit}: {found:?}, not {expected:?}");
    }
    for arn in &arns {
        write(executions, &samples::ended(arn, 0, SummaryStatus::Aborted)).await;
    }
    let open = works("open", executions.open(None, 10_000).await);
    let ended = open.iter().find(|open| arns.contains(&open.arn));
    assert!(ended.is_none(), "an execution that ended is open still: {ended:?}");
}

pub async fn check_again_moves_the_time_of_an_open_execution_only(executions: &dyn Executions) {
    let [a, b, unknown] = ["a", "b", "unknown"].map(|name| samples::arn("contract-check", name));
    write(executions, &Summary { check_at: Some(samples::at(100)), ..samples::running(&a, 0) }).await;
    write(executions, &Summary { check_at: None, ..samples::running(&b, 0) }).await;
    check_again(executions, &a, samples::at(300)).await;
    check_again(executions, &b, samples::at(200)).await;
    for (now, expected) in [(199, vec![]), (299, vec![b.clone()]), (300, vec![b.clone(), a.clone()])] {
        let due = due(executions, samples::at(now), 10).await;
        assert!(due == expected, "after `check_again`, due at {now}: {due:?}, not {expected:?}");
    }
    let check_at = get(executions, &a).await.and_then(|summary| summary.check_at);
    assert!(check_at == Some(samples::at(300)), "`check_again` did not change `check_at`");

    let ended = samples::ended(&a, 0, SummaryStatus::Succeeded);
    write(executions, &ended).await;
    check_again(executions, &a, samples::at(1)).await;
    check_again(executions, &unknown, samples::at(1)).await;
    assert!(get(executions, &a).await == Some(ended), "`check_again` changed the summary of an ended execution");
    assert!(get(executions, &unknown).await.is_none(), "`check_again` made a summary for an unknown execution");
    let due = due(executions, samples::at(1_000), 10).await;
    assert!(due == [b.clone()], "`check_again` made an ended or an unknown execution due: {due:?}");
    write(executions, &samples::ended(&b, 0, SummaryStatus::Succeeded)).await;
}

pub async fn forget_removes_what_has_not_changed(executions: &dyn Executions) {
    let arns = ["gone", "looked-at", "ended"].map(|name| samples::arn("contract-forget", name));
    let seen = arns.clone().map(|arn| Summary { check_at: Some(samples::at(100)), ..samples::running(&arn, 0) });
    for summary in &seen {
        write(executions, summary).await;
    }
    check_again(executions, &arns[1], samples::at(200)).await;
    write(executions, &samples::ended(&arns[2], 0, SummaryStatus::Succeeded)).await;
    for summary in &seen {
        works("forget", executions.forget(summary).await);
        works("forget", executions.forget(summary).await);
    }
    assert!(get(executions, &arns[0]).await.is_none(), "`forget` left the summary");
    assert!(get(executions, &arns[1]).await.is_some(), "`forget` removed one that was looked at meanwhile");
    assert!(get(executions, &arns[2]).await.is_some(), "`forget` removed one that ended meanwhile");
    let due = due(executions, samples::at(1_000), 10).await;
    assert!(due == [arns[1].clone()], "after `forget`, due: {due:?}");
    let listed = list(executions, "contract-forget", None, 10, None).await.summaries;
    assert!(listed.len() == 2, "after `forget`, listed: {listed:?}");
    write(executions, &samples::ended(&arns[1], 0, SummaryStatus::Succeeded)).await;
}

async fn check_again(executions: &dyn Executions, arn: &ExecutionArn, at: Timestamp) {
    works("check_again", executions.check_again(arn, at).await);
}
