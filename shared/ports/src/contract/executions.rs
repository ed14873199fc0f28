//! [`Executions`]: one summary each, listed newest first, and found by the sweep while it is open.

mod sweep;

use engine::execution::ExecutionArn;
use engine::timestamp::Timestamp;
use futures::stream::{self, StreamExt};

use super::{samples, works};
use crate::executions::{Executions, ListQuery, Page, Redriven, Summary, SummaryStatus, Through};

pub async fn run_all(executions: &dyn Executions) {
    an_unknown_execution_has_no_summary(executions).await;
    a_summary_comes_back_as_it_went_in(executions).await;
    started_again_changes_nothing(executions).await;
    started_after_ended_changes_nothing(executions).await;
    ended_replaces_what_started_wrote(executions).await;
    lists_are_newest_first_and_page_by_any_limit(executions).await;
    equal_start_times_are_each_listed_once(executions).await;
    lists_by_status_hold_only_that_status(executions).await;
    lists_of_versions_and_aliases_hold_only_theirs(executions).await;
    lists_begin_at_a_time(executions).await;
    a_redrive_is_kept(executions).await;
    what_comes_late_replaces_no_later_redrive(executions).await;
    a_cursor_outlives_the_status_of_its_execution(executions).await;
    state_machines_do_not_mix(executions).await;
    a_thousand_executions_fit_a_page(executions).await;
    sweep::run_all(executions).await;
}

pub async fn an_unknown_execution_has_no_summary(executions: &dyn Executions) {
    let arn = samples::arn("contract-none", "nothing");
    assert!(get(executions, &arn).await.is_none(), "`get` of an unknown execution is not None");
    let page = list(executions, "contract-none", None, 10, None).await;
    assert!(
        page.summaries.is_empty() && page.next.is_none(),
        "`list` of an unknown state machine is not empty: {page:?}"
    );
}

pub async fn a_summary_comes_back_as_it_went_in(executions: &dyn Executions) {
    let mut written: Vec<Summary> = Vec::new();
    for (n, status) in (0..).zip(SummaryStatus::ALL) {
        let arn = samples::arn("contract-summaries", &format!("summary-ü-{}", status.as_str()));
        let summary = match status {
            SummaryStatus::Running => samples::running(&arn, n),
            ended => samples::ended(&arn, n, ended),
        };
        write(executions, &summary).await;
        assert!(get(executions, &arn).await.as_ref() == Some(&summary), "`get` did not give back {summary:?}");
        written.insert(0, summary);
    }
    let page = list(executions, "contract-summaries", None, 10, None).await;
    let shown = |summary: &Summary| (summary.arn.clone(), summary.status, summary.started_at, summary.stopped_at);
    let found: Vec<_> = page.summaries.iter().map(shown).collect();
    let expected: Vec<_> = written.iter().map(shown).collect();
    assert!(found == expected, "`list` gave {found:?}, not {expected:?}");
}

pub async fn started_again_changes_nothing(executions: &dyn Executions) {
    let arn = samples::arn("contract-again", "a");
    let first = samples::running(&arn, 10);
    write(executions, &first).await;
    write(executions, &samples::running(&arn, 99)).await;
    assert!(get(executions, &arn).await == Some(first), "`started` replaced the summary that was there");
    expect_listed(executions, "contract-again", None, &[&arn]).await;
}

pub async fn started_after_ended_changes_nothing(executions: &dyn Executions) {
    let arn = samples::arn("contract-late", "a");
    let ended = samples::ended(&arn, 10, SummaryStatus::Succeeded);
    write(executions, &ended).await;
    let late = Summary { check_at: Some(samples::at(20)), ..samples::running(&arn, 10) };
    write(executions, &late).await;
    assert!(get(executions, &arn).await == Some(ended), "`started` opened an execution that had ended");
    expect_listed(executions, "contract-late", Some(SummaryStatus::Running), &[]).await;
    expect_listed(executions, "contract-late", Some(SummaryStatus::Succeeded), &[&arn]).await;
    let due = due(executions, samples::at(1_000), 10).await;
    assert!(due.is_empty(), "`started` put an ended execution among those that are due: {due:?}");
}

pub async fn ended_replaces_what_started_wrote(executions: &dyn Executions) {
    let arn = samples::arn("contract-ended", "a");
    write(executions, &samples::running(&arn, 10)).await;
    let ended = samples::ended(&arn, 10, SummaryStatus::TimedOut);
    for _twice in 0..2 {
        write(executions, &ended).await;
        assert!(get(executions, &arn).await.as_ref() == Some(&ended), "`ended` did not replace the summary");
        expect_listed(executions, "contract-ended", None, &[&arn]).await;
        expect_listed(executions, "contract-ended", Some(SummaryStatus::Running), &[]).await;
        expect_listed(executions, "contract-ended", Some(SummaryStatus::TimedOut), &[&arn]).await;
    }
}

pub async fn lists_are_newest_first_and_page_by_any_limit(executions: &dyn Executions) {
    const COUNT: i32 = 30;
    // Names run against the times, and times go on where a shorter spelling of the number would sort first.
    let arns: Vec<_> = (0..COUNT).map(|n| samples::arn("contract-pages", &format!("n{:02}", COUNT - n))).collect();
    for (n, arn) in (0..COUNT).zip(&arns).rev() {
        write(executions, &samples::running(arn, 90 + i64::from(n))).await;
    }
    let newest_first: Vec<ExecutionArn> = arns.into_iter().rev().collect();
    for limit in [1, 7, 29, 30, 1_000] {
        let found = all_pages(executions, "contract-pages", None, limit).await;
        assert!(found == newest_first, "the list by pages of {limit} is not newest first, each once: {found:?}");
    }
}

pub async fn equal_start_times_are_each_listed_once(executions: &dyn Executions) {
    let mut expected = Vec::new();
    for n in 0..24 {
        let arn = samples::arn("contract-ties", &format!("n{n}"));
        write(executions, &samples::running(&arn, n / 8)).await;
        expected.push(arn);
    }
    expected.sort();
    let whole = all_pages(executions, "contract-ties", None, 1_000).await;
    let mut sorted = whole.clone();
    sorted.sort();
    assert!(sorted == expected, "not every execution with an equal start time is listed once: {whole:?}");
    for limit in [1, 5, 8] {
        let found = all_pages(executions, "contract-ties", None, limit).await;
        assert!(found == whole, "pages of {limit} list equal start times in another order, or not all: {found:?}");
    }
}

pub async fn lists_by_status_hold_only_that_status(executions: &dyn Executions) {
    let statuses = SummaryStatus::ALL;
    let mut expected = vec![Vec::new(); statuses.len()];
    for n in 0..40usize {
        let arn = samples::arn("contract-status", &format!("n{n}"));
        let started = i64::try_from(n).unwrap_or_default();
        write(executions, &samples::running(&arn, started)).await;
        let place = n * 7 % statuses.len();
        if statuses[place] != SummaryStatus::Running {
            write(executions, &samples::ended(&arn, started, statuses[place])).await;
        }
        expected[place].insert(0, arn);
    }
    for (status, expected) in statuses.into_iter().zip(&expected) {
        for limit in [1, 3, 8, 1_000] {
            let found = all_pages(executions, "contract-status", Some(status), limit).await;
            assert!(found == *expected, "the list of {status:?} by pages of {limit} is {found:?}, not {expected:?}");
        }
    }
}

/// Each filter on its own, and each with each status, by pages of any size.
pub async fn lists_of_versions_and_aliases_hold_only_theirs(executions: &dyn Executions) {
    let machine = "contract-through";
    let alias = |name: &str| Some(name.to_owned());
    // An alias's name may be the number of nothing, and another alias's the beginning of this one's.
    let started = [(None, None), (Some(1), None), (Some(11), None), (Some(1), alias("PROD")), (Some(2), alias("PRO"))];
    let mut written = Vec::new();
    for n in 0..50usize {
        let (version, alias) = started[n % started.len()].clone();
        let arn = samples::arn(machine, &format!("n{n}"));
        let at = i64::try_from(n).unwrap_or_default();
        let running = Summary { version, alias, ..samples::running(&arn, at) };
        write(executions, &running).await;
        let status = SummaryStatus::ALL[n / 5 % SummaryStatus::ALL.len()];
        let summary = match status {
            SummaryStatus::Running => running,
            _ => Summary { version: running.version, alias: running.alias, ..samples::ended(&arn, at, status) },
        };
        if status != SummaryStatus::Running {
            write(executions, &summary).await;
        }
        written.insert(0, summary);
    }
    for summary in &written {
        assert!(get(executions, &summary.arn).await.as_ref() == Some(summary), "`get` did not give back {summary:?}");
    }
    let through = [Through::Version(1), Through::Version(11), Through::Version(2), Through::Version(3)];
    let aliases = ["PROD", "PRO", "P", "1"].map(|name| Through::Alias(name.to_owned()));
    for through in through.into_iter().chain(aliases) {
        for status in [None].into_iter().chain(SummaryStatus::ALL.map(Some)) {
            let expected: Vec<_> = written.iter().filter(|summary| is_listed(summary, &through, status)).collect();
            for limit in [4, 1_000] {
                let found = all_through(executions, machine, &through, status, limit).await;
                assert!(
                    found.iter().eq(expected.iter().copied()),
                    "the list of {through:?}, {status:?}, by pages of {limit} is {found:?}, not {expected:?}"
                );
            }
        }
    }
}

fn is_listed(summary: &Summary, through: &Through, status: Option<SummaryStatus>) -> bool {
    let started_through = match through {
        Through::Version(number) => summary.version == Some(*number),
        Through::Alias(name) => summary.alias.as_ref() == Some(name),
    };
    started_through && status.is_none_or(|status| status == summary.status)
}

async fn all_through(
    executions: &dyn Executions,
    state_machine: &str,
    through: &Through,
    status: Option<SummaryStatus>,
    limit: usize,
) -> Vec<Summary> {
    let mut query = ListQuery {
        state_machine: state_machine.to_owned(),
        through: Some(through.clone()),
        status,
        since: Timestamp::default(),
        limit,
        after: None,
    };
    let mut found = Vec::new();
    loop {
        let page = works("list", executions.list(&query).await);
        assert!(page.next.is_none() || page.summaries.len() == limit, "a page that is not the last is not full");
        found.extend(page.summaries);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return found,
        }
    }
}

pub async fn lists_begin_at_a_time(executions: &dyn Executions) {
    let arns: Vec<_> = (0..6).map(|n| samples::arn("contract-since", &format!("n{n}"))).collect();
    for (n, arn) in (0..).zip(&arns) {
        write(executions, &samples::running(arn, n)).await;
    }
    for status in [None, Some(SummaryStatus::Running)] {
        for limit in [1, 2, 10] {
            let mut query = ListQuery {
                state_machine: "contract-since".into(),
                through: None,
                status,
                since: samples::at(3),
                limit,
                after: None,
            };
            let mut found = Vec::new();
            while {
                let page = works("list", executions.list(&query).await);
                found.extend(page.summaries.into_iter().map(|summary| summary.arn));
                query.after = page.next;
                query.after.is_some()
            } {}
            assert!(found.iter().eq(arns[3..].iter().rev()), "the list since the fourth, {status:?}, is {found:?}");
        }
    }
}

pub async fn a_redrive_is_kept(executions: &dyn Executions) {
    let arn = samples::arn("contract-redriven", "a");
    let redriven = Some(Redriven { count: 3, at: samples::at(77) });
    let summary = Summary { redriven, ..samples::ended(&arn, 0, SummaryStatus::Failed) };
    write(executions, &summary).await;
    assert!(get(executions, &arn).await.as_ref() == Some(&summary), "`get` did not give back {summary:?}");
}

pub async fn what_comes_late_replaces_no_later_redrive(executions: &dyn Executions) {
    let arn = samples::arn("contract-redrives", "a");
    let redriven = |count| (count > 0).then(|| Redriven { count, at: samples::at(i64::from(count)) });
    let ended = |count, status| Summary { redriven: redriven(count), ..samples::ended(&arn, 10, status) };
    let runs = |count| Summary { redriven: redriven(count), ..samples::running(&arn, 10) };
    let failed = SummaryStatus::Failed;
    write(executions, &runs(0)).await;
    for (writes_redrive, summary, stays) in [
        (false, ended(0, failed), false),
        (true, runs(1), false),
        (false, ended(0, failed), true),
        (true, runs(1), true),
        (false, ended(1, SummaryStatus::Aborted), false),
        (true, runs(1), true),
        (true, runs(2), false),
        (false, ended(1, SummaryStatus::Aborted), true),
        (false, ended(2, SummaryStatus::Succeeded), false),
    ] {
        let before = get(executions, &arn).await;
        match writes_redrive {
            true => works("redriven", executions.redriven(&summary).await),
            false => write(executions, &summary).await,
        }
        let expected = if stays { before } else { Some(summary.clone()) };
        let found = get(executions, &arn).await;
        assert!(found == expected, "after {summary:?} there is {found:?}, not {expected:?}");
        let status = expected.map(|expected| expected.status);
        expect_listed(executions, "contract-redrives", status, &[&arn]).await;
        expect_listed(executions, "contract-redrives", None, &[&arn]).await;
    }
}

pub async fn a_cursor_outlives_the_status_of_its_execution(executions: &dyn Executions) {
    let arns = [0, 1, 2, 3].map(|n| samples::arn("contract-cursor", &format!("n{n}")));
    for (n, arn) in (0..).zip(&arns) {
        write(executions, &samples::running(arn, n)).await;
    }
    let running = Some(SummaryStatus::Running);
    let first = list(executions, "contract-cursor", running, 2, None).await;
    for (n, arn) in (0..).zip(&arns).skip(2) {
        write(executions, &samples::ended(arn, n, SummaryStatus::Failed)).await;
    }
    let second = list(executions, "contract-cursor", running, 2, first.next).await;
    let found: Vec<_> = second.summaries.into_iter().map(|summary| summary.arn).collect();
    let expected = [arns[1].clone(), arns[0].clone()];
    assert!(found == expected, "after a cursor whose execution has left the list came {found:?}, not {expected:?}");
}

pub async fn state_machines_do_not_mix(executions: &dyn Executions) {
    let names = ["contract-mix", "contract-mix-a", "contract-MIX", "contract-mi"];
    for (n, name) in (0..).zip(names) {
        write(executions, &samples::running(&samples::arn(name, "same"), n)).await;
    }
    for name in names {
        expect_listed(executions, name, None, &[&samples::arn(name, "same")]).await;
        expect_listed(executions, name, Some(SummaryStatus::Running), &[&samples::arn(name, "same")]).await;
    }
}

pub async fn a_thousand_executions_fit_a_page(executions: &dyn Executions) {
    const COUNT: i64 = 1_050;
    let arn = |n: i64| samples::arn("contract-thousand", &format!("n{n}"));
    stream::iter(0..COUNT)
        .for_each_concurrent(32, |n| async move {
            let failed = n % 2 == 0;
            if failed {
                write(executions, &samples::ended(&arn(n), n, SummaryStatus::Failed)).await;
            } else {
                write(executions, &samples::running(&arn(n), n)).await;
            }
        })
        .await;
    let newest_first: Vec<_> = (0..COUNT).rev().map(arn).collect();
    let page = list(executions, "contract-thousand", None, 1_000, None).await;
    let found: Vec<_> = page.summaries.into_iter().map(|summary| summary.arn).collect();
    assert!(
        found == newest_first[..1_000],
        "a page of 1,000 does not hold the 1,000 newest ({} summaries)",
        found.len()
    );
    let rest = list(executions, "contract-thousand", None, 1_000, page.next).await;
    let found: Vec<_> = rest.summaries.into_iter().map(|summary| summary.arn).collect();
    assert!(found == newest_first[1_000..], "the page after one of 1,000 does not hold the rest");
    let failed: Vec<_> = (0..COUNT).rev().filter(|n| n % 2 == 0).map(arn).collect();
    let found = all_pages(executions, "contract-thousand", Some(SummaryStatus::Failed), 1_000).await;
    assert!(found == failed, "the list of FAILED among 1,050 holds {} of {}", found.len(), failed.len());
}

async fn write(executions: &dyn Executions, summary: &Summary) {
    match summary.status {
        SummaryStatus::Running => works("started", executions.started(summary).await),
        _ => works("ended", executions.ended(summary, samples::retention()).await),
    }
}

async fn get(executions: &dyn Executions, arn: &ExecutionArn) -> Option<Summary> {
    works("get", executions.get(arn).await)
}

async fn due(executions: &dyn Executions, now: Timestamp, limit: usize) -> Vec<ExecutionArn> {
    works("due", executions.due(now, limit).await)
}

async fn list(
    executions: &dyn Executions,
    state_machine: &str,
    status: Option<SummaryStatus>,
    limit: usize,
    after: Option<crate::executions::Cursor>,
) -> Page {
    let since = Timestamp::default();
    let query = ListQuery { state_machine: state_machine.to_owned(), through: None, status, since, limit, after };
    works("list", executions.list(&query).await)
}

/// Every page but the last is full, and says that there are more.
async fn all_pages(
    executions: &dyn Executions,
    state_machine: &str,
    status: Option<SummaryStatus>,
    limit: usize,
) -> Vec<ExecutionArn> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = list(executions, state_machine, status, limit, after).await;
        let (count, more) = (page.summaries.len(), page.next.is_some());
        assert!(count <= limit, "a page of at most {limit} holds {count}");
        assert!(!more || count == limit, "a page of {limit} holds {count}, and says that there are more");
        let matching = page.summaries.iter().all(|summary| status.is_none_or(|status| summary.status == status));
        assert!(matching, "a list of {status:?} holds another status");
        assert!(count > 0 || found.is_empty(), "a page said that there are more, and there were none");
        for summary in page.summaries {
            assert!(!found.contains(&summary.arn), "pages of {limit} list {} twice", summary.arn);
            found.push(summary.arn);
        }
        if !more {
            return found;
        }
        after = page.next;
    }
}

async fn expect_listed(
    executions: &dyn Executions,
    state_machine: &str,
    status: Option<SummaryStatus>,
    expected: &[&ExecutionArn],
) {
    let found = all_pages(executions, state_machine, status, 100).await;
    let same = found.iter().eq(expected.iter().copied());
    assert!(same, "the list of {state_machine}, status {status:?}, is {found:?}, not {expected:?}");
}
