//! Calls about activities, through the gate.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use ports::activities::{Activities, Activity, ActivityListing, ActivityQueues, CreatedActivity, Received};
use ports::catalog::{Tags, Updated};
use ports::queue::Task;
use ports::store_error::StoreError;

use super::Gated;

#[async_trait]
impl<P: Activities> Activities for Gated<P> {
    async fn create(&self, activity: &Activity) -> Result<CreatedActivity, StoreError> {
        self.gate.through("create activity", self.port.create(activity)).await
    }

    async fn get(&self, name: &str) -> Result<Option<Arc<Activity>>, StoreError> {
        self.gate.through("get activity", self.port.get(name)).await
    }

    async fn list(&self, limit: usize, after: Option<&str>) -> Result<ActivityListing, StoreError> {
        self.gate.through("list activities", self.port.list(limit, after)).await
    }

    async fn delete(&self, name: &str) -> Result<Option<Arc<Activity>>, StoreError> {
        self.gate.through("delete activity", self.port.delete(name)).await
    }

    async fn set_tags(&self, name: &str, tags: &Tags, expected: &Tags) -> Result<Updated, StoreError> {
        self.gate.through("set tags of activity", self.port.set_tags(name, tags, expected)).await
    }
}

#[async_trait]
impl<P: ActivityQueues> ActivityQueues for Gated<P> {
    async fn make(&self, id: &str) -> Result<String, StoreError> {
        self.gate.through("make queue", self.port.make(id)).await
    }

    async fn remove(&self, address: &str) -> Result<(), StoreError> {
        self.gate.through("remove queue", self.port.remove(address)).await
    }

    async fn send(&self, address: &str, task: &Task) -> Result<(), StoreError> {
        self.gate.through("offer", self.port.send(address, task)).await
    }

    async fn receive(&self, address: &str, wait: Duration) -> Result<Option<Received>, StoreError> {
        self.gate.through("receive", self.port.receive(address, wait)).await
    }

    async fn settle(&self, address: &str, receipt: &str) -> Result<(), StoreError> {
        self.gate.through("settle", self.port.settle(address, receipt)).await
    }
}
