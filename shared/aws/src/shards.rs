//! What is spread over several partitions, and read in one order.

use engine::timestamp::Timestamp;
use futures::future::try_join_all;
use ports::StoreError;

/// The beginning of one shard.
pub(crate) struct Found<T> {
    /// The earliest first.
    pub items: Vec<(Timestamp, T)>,
    /// Whether there may be more of it.
    pub is_cut_off: bool,
}

/// The `limit` earliest of all shards. Each is asked for twice its share of them, and those once more for which that was
/// too little: asking each for all would read most of it in vain.
pub(crate) async fn earliest<T, F>(
    shards: u8,
    limit: usize,
    of_shard: impl Fn(u8, usize) -> F,
) -> Result<Vec<T>, StoreError>
where
    F: Future<Output = Result<Found<T>, StoreError>>,
{
    const AT_LEAST: usize = 4;
    let share = (limit.div_ceil(usize::from(shards)).saturating_mul(2) + AT_LEAST).min(limit);
    let mut found = try_join_all((0..shards).map(|shard| of_shard(shard, share))).await?;
    // Of a shard that was cut off, only what comes up to there is known.
    let cut_off = found.iter().filter(|found| found.is_cut_off);
    let known_to = cut_off.filter_map(|found| found.items.last()).map(|(time, _)| *time).min();
    let known = |found: &Found<T>| found.items.iter().filter(|(time, _)| known_to.is_none_or(|to| *time <= to)).count();
    if found.iter().any(|found| found.is_cut_off) && found.iter().map(known).sum::<usize>() < limit {
        let again = (0..shards).zip(&found).filter(|(_, found)| found.is_cut_off).map(|(shard, _)| shard);
        let again = try_join_all(again.map(|shard| of_shard(shard, limit))).await?;
        found.retain(|found| !found.is_cut_off);
        found.extend(again);
    }
    let mut all: Vec<(Timestamp, T)> = found.into_iter().flat_map(|found| found.items).collect();
    all.sort_by_key(|(time, _)| *time);
    all.truncate(limit);
    Ok(all.into_iter().map(|(_, item)| item).collect())
}
