use std::collections::{BTreeSet, BinaryHeap, HashMap, btree_set};
use std::iter::Rev;
use std::ops::Bound;

use async_trait::async_trait;
use engine::execution::ExecutionArn;
use engine::timestamp::Timestamp;
use ports::executions::{Cursor, Executions, ListQuery, Open, Page, Summary, SummaryStatus, Through};
use ports::store_error::StoreError;

use super::{MemoryStore, lock};

/// A time and an execution: where it stands in a list.
type Place = (Timestamp, ExecutionArn);

/// Whose executions a list is of: a machine's, or those of one of its versions or aliases.
type Whose = (Box<str>, Option<Through>);

// INVARIANT: each summary stands in exactly one of its machine's lists, likewise of its version's and its alias's; and in
// `open` if it has a `check_at`.
#[derive(Default)]
pub(super) struct Summaries {
    summaries: HashMap<ExecutionArn, Summary>,
    lists: HashMap<Whose, Lists>,
    /// By `check_at`.
    open: BTreeSet<Place>,
}

/// Executions by their start, a list for each status.
#[derive(Default)]
struct Lists {
    running: BTreeSet<Place>,
    succeeded: BTreeSet<Place>,
    failed: BTreeSet<Place>,
    timed_out: BTreeSet<Place>,
    aborted: BTreeSet<Place>,
}

impl Lists {
    fn of(&self, status: SummaryStatus) -> &BTreeSet<Place> {
        match status {
            SummaryStatus::Running => &self.running,
            SummaryStatus::Succeeded => &self.succeeded,
            SummaryStatus::Failed => &self.failed,
            SummaryStatus::TimedOut => &self.timed_out,
            SummaryStatus::Aborted => &self.aborted,
        }
    }

    fn of_mut(&mut self, status: SummaryStatus) -> &mut BTreeSet<Place> {
        match status {
            SummaryStatus::Running => &mut self.running,
            SummaryStatus::Succeeded => &mut self.succeeded,
            SummaryStatus::Failed => &mut self.failed,
            SummaryStatus::TimedOut => &mut self.timed_out,
            SummaryStatus::Aborted => &mut self.aborted,
        }
    }
}

impl Summaries {
    fn put(&mut self, summary: &Summary) {
        if let Some(old) = self.summaries.insert(summary.arn.clone(), summary.clone()) {
            self.unlist(&old);
        }
        let place = (summary.started_at, summary.arn.clone());
        for whose in lists_of(summary) {
            self.lists.entry(whose).or_default().of_mut(summary.status).insert(place.clone());
        }
        if let Some(check_at) = summary.check_at {
            self.open.insert((check_at, summary.arn.clone()));
        }
    }

    /// `None` if there is no such execution.
    fn redrive_count(&self, execution: &ExecutionArn) -> Option<u32> {
        self.summaries.get(execution).map(Summary::redrive_count)
    }

    fn unlist(&mut self, summary: &Summary) {
        let place = (summary.started_at, summary.arn.clone());
        for whose in lists_of(summary) {
            if let Some(lists) = self.lists.get_mut(&whose) {
                lists.of_mut(summary.status).remove(&place);
            }
        }
        if let Some(check_at) = summary.check_at {
            self.open.remove(&(check_at, summary.arn.clone()));
        }
    }

    fn check_again(&mut self, execution: &ExecutionArn, at: Timestamp) {
        let is_open = |summary: &&mut Summary| summary.status == SummaryStatus::Running || summary.check_at.is_some();
        let Some(summary) = self.summaries.get_mut(execution).filter(is_open) else { return };
        if let Some(before) = summary.check_at.replace(at) {
            self.open.remove(&(before, execution.clone()));
        }
        self.open.insert((at, execution.clone()));
    }

    fn forget(&mut self, seen: &Summary) {
        if !self
            .summaries
            .get(&seen.arn)
            .is_some_and(|found| (found.status, found.check_at) == (seen.status, seen.check_at))
        {
            return;
        }
        if let Some(summary) = self.summaries.remove(&seen.arn) {
            self.unlist(&summary);
        }
    }

    /// The lists that a query goes through, newest first.
    fn lists<'a>(&'a self, query: &'a ListQuery) -> impl Iterator<Item = NewestFirst<'a>> {
        let end = match &query.after {
            Some(cursor) => Bound::Excluded((cursor.started_at, cursor.arn.clone())),
            None => Bound::Unbounded,
        };
        let start = Bound::Included((query.since, ExecutionArn::new("")));
        let lists = self.lists.get(&(query.state_machine.as_str().into(), query.through.clone()));
        let statuses =
            SummaryStatus::ALL.into_iter().filter(|status| query.status.is_none_or(|wanted| wanted == *status));
        statuses.filter_map(move |status| Some(lists?.of(status).range((start.clone(), end.clone())).rev()))
    }
}

fn lists_of(summary: &Summary) -> impl Iterator<Item = Whose> {
    let machine: Box<str> = summary.arn.state_machine_name().into();
    let version = summary.version.map(Through::Version);
    let alias = summary.alias.clone().map(Through::Alias);
    let through = [Some(None), version.map(Some), alias.map(Some)];
    through.into_iter().flatten().map(move |through| (machine.clone(), through))
}

type NewestFirst<'a> = Rev<btree_set::Range<'a, Place>>;

/// Lists that are in order, as one list in order.
struct Merged<'a> {
    /// The next of each list. The place of a list in the heap is that of its next.
    heads: BinaryHeap<(&'a Place, usize)>,
    lists: Vec<NewestFirst<'a>>,
}

impl<'a> Merged<'a> {
    fn new(mut lists: Vec<NewestFirst<'a>>) -> Self {
        let heads = lists.iter_mut().zip(0..).filter_map(|(list, n)| Some((list.next()?, n))).collect();
        Self { heads, lists }
    }
}

impl<'a> Iterator for Merged<'a> {
    type Item = &'a Place;

    fn next(&mut self) -> Option<&'a Place> {
        let (place, n) = self.heads.pop()?;
        if let Some(next) = self.lists.get_mut(n).and_then(Iterator::next) {
            self.heads.push((next, n));
        }
        Some(place)
    }
}

#[async_trait]
impl Executions for MemoryStore {
    async fn started(&self, summary: &Summary) -> Result<(), StoreError> {
        let mut executions = lock(&self.shard(&summary.arn).executions);
        if !executions.summaries.contains_key(&summary.arn) {
            executions.put(summary);
        }
        Ok(())
    }

    async fn ended(&self, summary: &Summary, _expires_at: Timestamp) -> Result<(), StoreError> {
        let mut executions = lock(&self.shard(&summary.arn).executions);
        if executions.redrive_count(&summary.arn) <= Some(summary.redrive_count()) {
            executions.put(summary);
        }
        Ok(())
    }

    async fn redriven(&self, summary: &Summary) -> Result<(), StoreError> {
        let mut executions = lock(&self.shard(&summary.arn).executions);
        if executions.redrive_count(&summary.arn) < Some(summary.redrive_count()) {
            executions.put(summary);
        }
        Ok(())
    }

    async fn get(&self, execution: &ExecutionArn) -> Result<Option<Summary>, StoreError> {
        Ok(lock(&self.shard(execution).executions).summaries.get(execution).cloned())
    }

    async fn list(&self, query: &ListQuery) -> Result<Page, StoreError> {
        // All of them for a moment, which costs less than a page of each. Nobody else holds two.
        let shards: Vec<_> = self.all_shards().map(|shard| lock(&shard.executions)).collect();
        let mut places = Merged::new(shards.iter().flat_map(|shard| shard.lists(query)).collect());
        let summary = |(_, arn): &Place| shards.get(self.shard_number(arn))?.summaries.get(arn).cloned();
        let summaries: Vec<Summary> = places.by_ref().take(query.limit).filter_map(summary).collect();
        let more = places.next().is_some();
        let last = summaries.last().filter(|_| more);
        let next = last.map(|last| Cursor { started_at: last.started_at, arn: last.arn.clone() });
        Ok(Page { summaries, next })
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ExecutionArn>, StoreError> {
        let mut due: Vec<Place> = Vec::new();
        for shard in self.all_shards() {
            let executions = lock(&shard.executions);
            due.extend(executions.open.iter().take_while(|(check_at, _)| *check_at <= now).take(limit).cloned());
        }
        due.sort_unstable();
        Ok(due.into_iter().take(limit).map(|(_, arn)| arn).collect())
    }

    async fn open(&self, after: Option<&Open>, limit: usize) -> Result<Vec<Open>, StoreError> {
        let start = after.map_or(Bound::Unbounded, |open| Bound::Excluded((open.check_at, open.arn.clone())));
        let mut found: Vec<Place> = Vec::new();
        for shard in self.all_shards() {
            let executions = lock(&shard.executions);
            found.extend(executions.open.range((start.clone(), Bound::Unbounded)).take(limit).cloned());
        }
        found.sort_unstable();
        Ok(found.into_iter().take(limit).map(|(check_at, arn)| Open { check_at, arn }).collect())
    }

    async fn check_again(&self, execution: &ExecutionArn, at: Timestamp) -> Result<(), StoreError> {
        lock(&self.shard(execution).executions).check_again(execution, at);
        Ok(())
    }

    async fn forget(&self, summary: &Summary) -> Result<(), StoreError> {
        lock(&self.shard(&summary.arn).executions).forget(summary);
        Ok(())
    }
}
