//! State machines, every revision of them that an execution may still run, their versions, aliases and tags.

mod alias;
mod version;

use std::sync::Arc;

use async_trait::async_trait;
use engine::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

use crate::store_error::StoreError;

pub use alias::{Alias, AliasCreated, AliasUpdated, Aliases, ListedAlias, Route};
pub use version::{Published, Version, VersionDeleted, Versions};

#[async_trait]
pub trait Catalog: Send + Sync {
    /// Adds a state machine with its first revision, unless the name is taken.
    async fn create(&self, machine: &StateMachine) -> Result<Created, StoreError>;

    /// Replaces the current revision; the one before stays readable as [`Catalog::revision`]. `expected_revision` is the
    /// one that `machine` was made from: `Changed` if another update came first, `Gone` if there is none any more or it is
    /// being deleted.
    async fn update(&self, machine: &StateMachine, expected_revision: &str) -> Result<Updated, StoreError>;

    /// The current revision. Strongly consistent.
    async fn get(&self, name: &str) -> Result<Option<Arc<StateMachine>>, StoreError>;

    /// A revision that was current once. Never changes, and outlives the state machine.
    async fn revision(&self, name: &str, revision_id: &str) -> Result<Option<Arc<StateMachine>>, StoreError>;

    /// By name, without definitions. At most `limit`, after the name `after`.
    async fn list(&self, limit: usize, after: Option<&str>) -> Result<Listing, StoreError>;

    /// Marks the state machine as being deleted: nothing about it changes from here on. Gives it as it then is; `None` if
    /// there is none.
    async fn begin_deletion(&self, name: &str, at: Timestamp) -> Result<Option<Arc<StateMachine>>, StoreError>;

    /// Names of state machines that are being deleted, at most `limit`.
    async fn being_deleted(&self, limit: usize) -> Result<Vec<String>, StoreError>;

    /// Removes the state machine with its versions, aliases and tags from lists and from [`Catalog::get`]; its revisions
    /// stay. Fine if there is none. Whoever may be changed meanwhile is marked first, by [`Catalog::begin_deletion`].
    async fn delete(&self, name: &str) -> Result<(), StoreError>;

    /// Makes the current revision, which is `expected_revision`, a version with the next number, unless it is one.
    async fn publish(
        &self,
        name: &str,
        expected_revision: &str,
        description: Option<&str>,
        at: Timestamp,
    ) -> Result<Published, StoreError>;

    /// Strongly consistent.
    async fn version(&self, name: &str, number: u64) -> Result<Option<Version>, StoreError>;

    /// At most `limit`, with numbers below `below`.
    async fn versions(&self, name: &str, limit: usize, below: Option<u64>) -> Result<Versions, StoreError>;

    /// Fine if there is none. Its revision stays.
    async fn delete_version(&self, name: &str, number: u64) -> Result<VersionDeleted, StoreError>;

    /// Adds an alias, unless the name is taken.
    async fn create_alias(&self, machine: &str, alias: &Alias) -> Result<AliasCreated, StoreError>;

    /// Replaces an alias that was last changed at `expected`, which is before its new `updated_at`.
    async fn update_alias(&self, machine: &str, alias: &Alias, expected: Timestamp)
    -> Result<AliasUpdated, StoreError>;

    /// Strongly consistent.
    async fn alias(&self, machine: &str, name: &str) -> Result<Option<Alias>, StoreError>;

    /// Of a state machine, or of those that route to `version`. At most `limit`, after `after`.
    async fn aliases(
        &self,
        machine: &str,
        version: Option<u64>,
        limit: usize,
        after: Option<&ListedAlias>,
    ) -> Result<Aliases, StoreError>;

    /// Fine if there is none.
    async fn delete_alias(&self, machine: &str, name: &str) -> Result<(), StoreError>;

    /// The tags of a resource, in the order in which they were added; `None` if there is no such resource. Strongly
    /// consistent.
    async fn tags(&self, resource: &Resource) -> Result<Option<Tags>, StoreError>;

    /// Replaces the tags of a resource, which `expected` were read as: `Changed` if another change came first, `Gone` if
    /// there is no such resource.
    async fn set_tags(&self, resource: &Resource, tags: &Tags, expected: &Tags) -> Result<Updated, StoreError>;
}

/// What can carry tags, by its name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    StateMachine(String),
}

/// Key and value, in the order given.
pub type Tags = Vec<(String, String)>;

#[derive(Clone, Debug)]
pub enum Created {
    Created,
    /// The name is taken by this one.
    Exists(Arc<StateMachine>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Updated {
    Updated,
    Changed,
    Gone,
}

/// A state machine as of one revision. The configurations are kept as they came, in the API's shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StateMachine {
    pub name: String,
    pub revision_id: String,
    #[serde(rename = "type")]
    pub machine_type: MachineType,
    pub definition: String,
    pub role_arn: String,
    pub created_at: Timestamp,
    /// When this revision was made.
    pub updated_at: Timestamp,
    pub logging_configuration: Option<serde_json::Value>,
    pub tracing_configuration: Option<serde_json::Value>,
    pub encryption_configuration: Option<serde_json::Value>,
    /// Those that it was created with: [`Catalog::tags`] tells what it carries now.
    #[serde(default)]
    pub tags: Tags,
    /// Of the current revision, while it is being deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleting_since: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MachineType {
    Standard,
    Express,
}

impl MachineType {
    pub fn as_str(self) -> &'static str {
        match self {
            MachineType::Standard => "STANDARD",
            MachineType::Express => "EXPRESS",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Listing {
    pub machines: Vec<ListedMachine>,
    /// Whether there are more after the last of them.
    pub more: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedMachine {
    pub name: String,
    pub machine_type: MachineType,
    pub created_at: Timestamp,
}
