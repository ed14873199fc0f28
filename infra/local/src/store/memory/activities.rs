use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use async_trait::async_trait;
use ports::activities::{Activities, Activity, ActivityListing, CreatedActivity};
use ports::catalog::{Tags, Updated};
use ports::store_error::StoreError;

use super::{MemoryStore, lock};

pub(super) type Kept = BTreeMap<String, Arc<Activity>>;

#[async_trait]
impl Activities for MemoryStore {
    async fn create(&self, activity: &Activity) -> Result<CreatedActivity, StoreError> {
        let mut kept = lock(&self.activities);
        if let Some(existing) = kept.get(&activity.name) {
            return Ok(CreatedActivity::Exists(existing.clone()));
        }
        kept.insert(activity.name.clone(), Arc::new(activity.clone()));
        Ok(CreatedActivity::Created)
    }

    async fn get(&self, name: &str) -> Result<Option<Arc<Activity>>, StoreError> {
        Ok(lock(&self.activities).get(name).cloned())
    }

    async fn list(&self, limit: usize, after: Option<&str>) -> Result<ActivityListing, StoreError> {
        let kept = lock(&self.activities);
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut found = kept.range::<str, _>((start, Bound::Unbounded)).map(|(_, activity)| activity);
        let activities = found.by_ref().take(limit).cloned().collect();
        Ok(ActivityListing { activities, more: found.next().is_some() })
    }

    async fn delete(&self, name: &str) -> Result<Option<Arc<Activity>>, StoreError> {
        Ok(lock(&self.activities).remove(name))
    }

    async fn set_tags(&self, name: &str, tags: &Tags, expected: &Tags) -> Result<Updated, StoreError> {
        let mut kept = lock(&self.activities);
        let Some(activity) = kept.get_mut(name) else { return Ok(Updated::Gone) };
        if activity.tags != *expected {
            return Ok(Updated::Changed);
        }
        Arc::make_mut(activity).tags.clone_from(tags);
        Ok(Updated::Updated)
    }
}
