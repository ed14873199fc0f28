use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use engine::timestamp::Timestamp;
use ports::catalog::{
    Alias, AliasCreated, AliasUpdated, Aliases, Catalog, Created, ListedAlias, ListedMachine, Listing, Published,
    Resource, StateMachine, Tags, Updated, Version, VersionDeleted, Versions,
};
use ports::store_error::StoreError;

use super::MemoryStore;

pub(super) type Machines = BTreeMap<String, Named>;

/// What was ever made under one name.
#[derive(Default)]
pub(super) struct Named {
    /// `None` once it is deleted.
    current: Option<Current>,
    revisions: HashMap<String, Arc<StateMachine>>,
}

/// A state machine that is there, with what belongs to it.
struct Current {
    machine: Arc<StateMachine>,
    /// Once they were changed.
    tags: Option<Tags>,
    last_version: u64,
    versions: BTreeMap<u64, Version>,
    aliases: BTreeMap<ListedAlias, Alias>,
}

impl Named {
    fn keep(&mut self, machine: &StateMachine) -> Result<Arc<StateMachine>, StoreError> {
        if self.revisions.contains_key(&machine.revision_id) {
            let (name, revision_id) = (&machine.name, &machine.revision_id);
            return Err(StoreError::Refused(format!("state machine `{name}` has had a revision `{revision_id}`")));
        }
        let machine = Arc::new(machine.clone());
        self.revisions.insert(machine.revision_id.clone(), machine.clone());
        Ok(machine)
    }
}

impl Current {
    fn new(machine: Arc<StateMachine>) -> Self {
        Self { machine, tags: None, last_version: 0, versions: BTreeMap::new(), aliases: BTreeMap::new() }
    }

    fn is_kept(&self) -> bool {
        self.machine.deleting_since.is_none()
    }

    fn tags(&self) -> &Tags {
        self.tags.as_ref().unwrap_or(&self.machine.tags)
    }

    fn alias(&self, name: &str) -> Option<&Alias> {
        self.aliases.values().find(|alias| alias.name == name)
    }

    fn has_versions_of(&self, alias: &Alias) -> bool {
        alias.routes.iter().all(|route| self.versions.contains_key(&route.version))
    }

    fn publish(&mut self, description: Option<&str>, at: Timestamp) -> Version {
        let revision_id = &self.machine.revision_id;
        if let Some(version) = self.versions.values().find(|version| version.revision_id == *revision_id) {
            return version.clone();
        }
        self.last_version += 1;
        let version = Version {
            number: self.last_version,
            revision_id: revision_id.clone(),
            description: description.map(str::to_owned),
            created_at: at,
        };
        self.versions.insert(version.number, version.clone());
        version
    }
}

impl MemoryStore {
    fn machines(&self) -> RwLockReadGuard<'_, Machines> {
        self.catalog.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn machines_mut(&self) -> RwLockWriteGuard<'_, Machines> {
        self.catalog.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn current<T>(&self, name: &str, look: impl FnOnce(&Current) -> T) -> Option<T> {
        self.machines().get(name)?.current.as_ref().map(look)
    }

    /// What is not being deleted may be changed.
    fn kept_mut<T>(&self, name: &str, change: impl FnOnce(&mut Current) -> T) -> Option<T> {
        self.machines_mut().get_mut(name)?.current.as_mut().filter(|current| current.is_kept()).map(change)
    }
}

#[async_trait]
impl Catalog for MemoryStore {
    async fn create(&self, machine: &StateMachine) -> Result<Created, StoreError> {
        let mut machines = self.machines_mut();
        let named = machines.entry(machine.name.clone()).or_default();
        if let Some(current) = &named.current {
            return Ok(Created::Exists(current.machine.clone()));
        }
        let machine = named.keep(machine)?;
        named.current = Some(Current::new(machine));
        Ok(Created::Created)
    }

    async fn update(&self, machine: &StateMachine, expected_revision: &str) -> Result<Updated, StoreError> {
        let mut machines = self.machines_mut();
        let Some(named) = machines.get_mut(&machine.name) else { return Ok(Updated::Gone) };
        match named.current.as_ref().filter(|current| current.is_kept()) {
            None => return Ok(Updated::Gone),
            Some(current) if current.machine.revision_id != expected_revision => return Ok(Updated::Changed),
            Some(_) => {}
        }
        let machine = named.keep(machine)?;
        if let Some(current) = &mut named.current {
            current.machine = machine;
        }
        Ok(Updated::Updated)
    }

    async fn get(&self, name: &str) -> Result<Option<Arc<StateMachine>>, StoreError> {
        Ok(self.current(name, |current| current.machine.clone()))
    }

    async fn revision(&self, name: &str, revision_id: &str) -> Result<Option<Arc<StateMachine>>, StoreError> {
        Ok(self.machines().get(name).and_then(|named| named.revisions.get(revision_id).cloned()))
    }

    async fn list(&self, limit: usize, after: Option<&str>) -> Result<Listing, StoreError> {
        let machines = self.machines();
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut current =
            machines.range::<str, _>((start, Bound::Unbounded)).filter_map(|(_, named)| named.current.as_ref());
        let machines = current.by_ref().take(limit).map(|current| listed(&current.machine)).collect();
        Ok(Listing { machines, more: current.next().is_some() })
    }

    async fn begin_deletion(&self, name: &str, at: Timestamp) -> Result<Option<Arc<StateMachine>>, StoreError> {
        let mut machines = self.machines_mut();
        let Some(current) = machines.get_mut(name).and_then(|named| named.current.as_mut()) else { return Ok(None) };
        if current.is_kept() {
            let deleting = StateMachine { deleting_since: Some(at), ..StateMachine::clone(&current.machine) };
            current.machine = Arc::new(deleting);
        }
        Ok(Some(current.machine.clone()))
    }

    async fn being_deleted(&self, limit: usize) -> Result<Vec<String>, StoreError> {
        let machines = self.machines();
        let current = machines.values().filter_map(|named| named.current.as_ref());
        let deleted = current.filter(|current| !current.is_kept());
        Ok(deleted.map(|current| current.machine.name.clone()).take(limit).collect())
    }

    async fn delete(&self, name: &str) -> Result<(), StoreError> {
        if let Some(named) = self.machines_mut().get_mut(name) {
            named.current = None;
        }
        Ok(())
    }

    async fn publish(
        &self,
        name: &str,
        expected_revision: &str,
        description: Option<&str>,
        at: Timestamp,
    ) -> Result<Published, StoreError> {
        let published = self.kept_mut(name, |current| {
            if current.machine.revision_id != expected_revision {
                return Published::Changed;
            }
            Published::As(current.publish(description, at))
        });
        Ok(published.unwrap_or(Published::Gone))
    }

    async fn version(&self, name: &str, number: u64) -> Result<Option<Version>, StoreError> {
        Ok(self.current(name, |current| current.versions.get(&number).cloned()).flatten())
    }

    async fn versions(&self, name: &str, limit: usize, below: Option<u64>) -> Result<Versions, StoreError> {
        let end = below.map_or(Bound::Unbounded, Bound::Excluded);
        let page = |current: &Current| {
            let mut versions = current.versions.range((Bound::Unbounded, end)).rev().map(|(_, version)| version);
            let page = versions.by_ref().take(limit).cloned().collect();
            Versions { versions: page, more: versions.next().is_some() }
        };
        Ok(self.current(name, page).unwrap_or(Versions { versions: Vec::new(), more: false }))
    }

    async fn delete_version(&self, name: &str, number: u64) -> Result<VersionDeleted, StoreError> {
        let deleted = self.kept_mut(name, |current| {
            let aliases = current.aliases.values().filter(|alias| alias.routes_to(number));
            let referring: Vec<String> = aliases.map(|alias| alias.name.clone()).collect();
            if !referring.is_empty() {
                return VersionDeleted::Referenced(referring);
            }
            current.versions.remove(&number);
            VersionDeleted::Deleted
        });
        Ok(deleted.unwrap_or(VersionDeleted::Deleted))
    }

    async fn create_alias(&self, machine: &str, alias: &Alias) -> Result<AliasCreated, StoreError> {
        let created = self.kept_mut(machine, |current| {
            if let Some(existing) = current.alias(&alias.name) {
                return AliasCreated::Exists(existing.clone());
            }
            if !current.has_versions_of(alias) {
                return AliasCreated::NoVersion;
            }
            current.aliases.insert(alias.listed(), alias.clone());
            AliasCreated::Created
        });
        Ok(created.unwrap_or(AliasCreated::Gone))
    }

    async fn update_alias(
        &self,
        machine: &str,
        alias: &Alias,
        expected: Timestamp,
    ) -> Result<AliasUpdated, StoreError> {
        let updated = self.kept_mut(machine, |current| match current.alias(&alias.name) {
            None => AliasUpdated::Gone,
            Some(existing) if existing.updated_at != expected => AliasUpdated::Changed,
            Some(_) if !current.has_versions_of(alias) => AliasUpdated::NoVersion,
            Some(_) => {
                current.aliases.insert(alias.listed(), alias.clone());
                AliasUpdated::Updated
            }
        });
        Ok(updated.unwrap_or(AliasUpdated::Gone))
    }

    async fn alias(&self, machine: &str, name: &str) -> Result<Option<Alias>, StoreError> {
        Ok(self.current(machine, |current| current.alias(name).cloned()).flatten())
    }

    async fn aliases(
        &self,
        machine: &str,
        version: Option<u64>,
        limit: usize,
        after: Option<&ListedAlias>,
    ) -> Result<Aliases, StoreError> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let page = |current: &Current| {
            let wanted = |alias: &Alias| version.is_none_or(|version| alias.routes_to(version));
            let mut aliases = current.aliases.range((start, Bound::Unbounded)).filter(|(_, alias)| wanted(alias));
            let page = aliases.by_ref().take(limit).map(|(listed, _)| listed.clone()).collect();
            Aliases { aliases: page, more: aliases.next().is_some() }
        };
        Ok(self.current(machine, page).unwrap_or(Aliases { aliases: Vec::new(), more: false }))
    }

    async fn delete_alias(&self, machine: &str, name: &str) -> Result<(), StoreError> {
        self.kept_mut(machine, |current| current.aliases.retain(|_, alias| alias.name != name));
        Ok(())
    }

    async fn tags(&self, Resource::StateMachine(name): &Resource) -> Result<Option<Tags>, StoreError> {
        Ok(self.current(name, |current| current.tags().clone()))
    }

    async fn set_tags(
        &self,
        Resource::StateMachine(name): &Resource,
        tags: &Tags,
        expected: &Tags,
    ) -> Result<Updated, StoreError> {
        let updated = self.kept_mut(name, |current| {
            if current.tags() != expected {
                return Updated::Changed;
            }
            current.tags = Some(tags.clone());
            Updated::Updated
        });
        Ok(updated.unwrap_or(Updated::Gone))
    }
}

fn listed(machine: &StateMachine) -> ListedMachine {
    ListedMachine { name: machine.name.clone(), machine_type: machine.machine_type, created_at: machine.created_at }
}
