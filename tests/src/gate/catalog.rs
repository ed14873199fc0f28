//! Calls to a catalog, through the gate.

use std::sync::Arc;

use async_trait::async_trait;
use engine::timestamp::Timestamp;
use ports::catalog::{
    Alias, AliasCreated, AliasUpdated, Aliases, Catalog, Created, ListedAlias, Listing, Published, Resource,
    StateMachine, Tags, Updated, Version, VersionDeleted, Versions,
};
use ports::store_error::StoreError;

use super::Gated;

#[async_trait]
impl<P: Catalog> Catalog for Gated<P> {
    async fn create(&self, machine: &StateMachine) -> Result<Created, StoreError> {
        self.gate.through("create", self.port.create(machine)).await
    }

    async fn update(&self, machine: &StateMachine, expected_revision: &str) -> Result<Updated, StoreError> {
        self.gate.through("update", self.port.update(machine, expected_revision)).await
    }

    async fn get(&self, name: &str) -> Result<Option<Arc<StateMachine>>, StoreError> {
        self.gate.through("get machine", self.port.get(name)).await
    }

    async fn revision(&self, name: &str, revision_id: &str) -> Result<Option<Arc<StateMachine>>, StoreError> {
        let is_missing = self.gate.lock().missing.contains(name);
        let revision = self.gate.through("revision", self.port.revision(name, revision_id)).await?;
        Ok(revision.filter(|_| !is_missing))
    }

    async fn list(&self, limit: usize, after: Option<&str>) -> Result<Listing, StoreError> {
        self.gate.through("list machines", self.port.list(limit, after)).await
    }

    async fn delete(&self, name: &str) -> Result<(), StoreError> {
        self.gate.through("delete", self.port.delete(name)).await
    }

    async fn tags(&self, resource: &Resource) -> Result<Option<Tags>, StoreError> {
        self.gate.through("tags", self.port.tags(resource)).await
    }

    async fn set_tags(&self, resource: &Resource, tags: &Tags, expected: &Tags) -> Result<Updated, StoreError> {
        self.gate.through("set_tags", self.port.set_tags(resource, tags, expected)).await
    }

    async fn begin_deletion(&self, name: &str, at: Timestamp) -> Result<Option<Arc<StateMachine>>, StoreError> {
        self.gate.through("begin_deletion", self.port.begin_deletion(name, at)).await
    }

    async fn being_deleted(&self, limit: usize) -> Result<Vec<String>, StoreError> {
        self.gate.through("being_deleted", self.port.being_deleted(limit)).await
    }

    async fn publish(
        &self,
        name: &str,
        expected_revision: &str,
        description: Option<&str>,
        at: Timestamp,
    ) -> Result<Published, StoreError> {
        self.gate.through("publish", self.port.publish(name, expected_revision, description, at)).await
    }

    async fn version(&self, name: &str, number: u64) -> Result<Option<Version>, StoreError> {
        self.gate.through("version", self.port.version(name, number)).await
    }

    async fn versions(&self, name: &str, limit: usize, below: Option<u64>) -> Result<Versions, StoreError> {
        self.gate.through("versions", self.port.versions(name, limit, below)).await
    }

    async fn delete_version(&self, name: &str, number: u64) -> Result<VersionDeleted, StoreError> {
        self.gate.through("delete_version", self.port.delete_version(name, number)).await
    }

    async fn create_alias(&self, machine: &str, alias: &Alias) -> Result<AliasCreated, StoreError> {
        self.gate.through("create_alias", self.port.create_alias(machine, alias)).await
    }

    async fn update_alias(
        &self,
        machine: &str,
        alias: &Alias,
        expected: Timestamp,
    ) -> Result<AliasUpdated, StoreError> {
        self.gate.through("update_alias", self.port.update_alias(machine, alias, expected)).await
    }

    async fn alias(&self, machine: &str, name: &str) -> Result<Option<Alias>, StoreError> {
        self.gate.through("alias", self.port.alias(machine, name)).await
    }

    async fn aliases(
        &self,
        machine: &str,
        version: Option<u64>,
        limit: usize,
        after: Option<&ListedAlias>,
    ) -> Result<Aliases, StoreError> {
        self.gate.through("aliases", self.port.aliases(machine, version, limit, after)).await
    }

    async fn delete_alias(&self, machine: &str, name: &str) -> Result<(), StoreError> {
        self.gate.through("delete_alias", self.port.delete_alias(machine, name)).await
    }
}
