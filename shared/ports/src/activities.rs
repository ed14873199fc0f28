//! Activities, and the tasks that wait for their workers.
//!
//! Each activity has a queue of its own. It holds the messages that a dispatcher would get, and like those they are hints:
//! whoever takes a task claims it in the journal, and nothing is lost with a queue.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use engine::execution::ExecutionArn;
use engine::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

use crate::catalog::{Tags, Updated};
use crate::queue::Task;
use crate::store_error::StoreError;

#[async_trait]
pub trait Activities: Send + Sync {
    /// Adds it, unless the name is taken.
    async fn create(&self, activity: &Activity) -> Result<CreatedActivity, StoreError>;

    /// Strongly consistent.
    async fn get(&self, name: &str) -> Result<Option<Arc<Activity>>, StoreError>;

    /// By name; at most `limit`, after the name `after`.
    async fn list(&self, limit: usize, after: Option<&str>) -> Result<ActivityListing, StoreError>;

    /// Removes it; gives what was removed.
    async fn delete(&self, name: &str) -> Result<Option<Arc<Activity>>, StoreError>;

    /// Replaces its tags, which `expected` were read as: `Changed` if another change came first, `Gone` if there is no such
    /// activity.
    async fn set_tags(&self, name: &str, tags: &Tags, expected: &Tags) -> Result<Updated, StoreError>;
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    pub name: String,
    pub created_at: Timestamp,
    /// The address of its queue. An activity that is made again under a name has another one.
    pub queue: String,
    /// As it came, in the API's shape.
    pub encryption_configuration: Option<serde_json::Value>,
    pub tags: Tags,
}

#[derive(Clone, Debug)]
pub enum CreatedActivity {
    Created,
    /// The name is taken by this one.
    Exists(Arc<Activity>),
}

#[derive(Clone, Debug)]
pub struct ActivityListing {
    pub activities: Vec<Arc<Activity>>,
    /// Whether there are more after the last of them.
    pub more: bool,
}

#[async_trait]
pub trait ActivityQueues: Send + Sync {
    /// Makes a queue, and gives its address. `id`: a text of letters, digits and hyphens, of this queue alone.
    async fn make(&self, id: &str) -> Result<String, StoreError>;

    /// Fine if it is not there.
    async fn remove(&self, address: &str) -> Result<(), StoreError>;

    /// What is sent to a queue that is not there any more is lost.
    async fn send(&self, address: &str, task: &Task) -> Result<(), StoreError>;

    /// A task, if there is one or one comes within `wait`, or within the longest wait of the queue if that is shorter. It
    /// comes again, to another, unless it is settled soon.
    async fn receive(&self, address: &str, wait: Duration) -> Result<Option<Received>, StoreError>;

    /// What was received needs not come again.
    async fn settle(&self, address: &str, receipt: &str) -> Result<(), StoreError>;
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    pub task: Task,
    pub receipt: String,
}

/// How long a task that was received stays with whoever received it.
pub const RECEIVED_SECONDS: u64 = 30;

/// The name in the ARN of an activity that is where the execution is; there are no others here.
pub fn name<'a>(arn: &'a str, execution: &ExecutionArn) -> Option<&'a str> {
    let (place, _) = execution.as_str().split_once(":execution:")?;
    arn.strip_prefix(place)?.strip_prefix(":activity:")
}
