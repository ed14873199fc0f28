use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use ports::catalog::{Catalog, Created, ListedMachine, Listing, Resource, StateMachine, Tags, Updated};
use ports::store_error::StoreError;

use super::MemoryStore;

pub(super) type Machines = BTreeMap<String, Named>;

/// What was ever made under one name.
#[derive(Default)]
pub(super) struct Named {
    /// `None` once it is deleted.
    current: Option<Arc<StateMachine>>,
    /// Of the current machine, once they were changed.
    tags: Option<Tags>,
    revisions: HashMap<String, Arc<StateMachine>>,
}

impl Named {
    fn set(&mut self, machine: &StateMachine) -> Result<(), StoreError> {
        if self.revisions.contains_key(&machine.revision_id) {
            let (name, revision_id) = (&machine.name, &machine.revision_id);
            return Err(StoreError::Refused(format!("state machine `{name}` has had a revision `{revision_id}`")));
        }
        let machine = Arc::new(machine.clone());
        self.revisions.insert(machine.revision_id.clone(), machine.clone());
        self.current = Some(machine);
        Ok(())
    }

    fn tags(&self) -> Option<Tags> {
        self.current.as_ref().map(|machine| self.tags.as_ref().unwrap_or(&machine.tags).clone())
    }
}

impl MemoryStore {
    fn machines(&self) -> RwLockReadGuard<'_, Machines> {
        self.catalog.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn machines_mut(&self) -> RwLockWriteGuard<'_, Machines> {
        self.catalog.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Catalog for MemoryStore {
    async fn create(&self, machine: &StateMachine) -> Result<Created, StoreError> {
        let mut machines = self.machines_mut();
        let named = machines.entry(machine.name.clone()).or_default();
        match &named.current {
            Some(current) => Ok(Created::Exists(current.clone())),
            None => named.set(machine).map(|()| Created::Created),
        }
    }

    async fn update(&self, machine: &StateMachine, expected_revision: &str) -> Result<Updated, StoreError> {
        let mut machines = self.machines_mut();
        let Some(named) = machines.get_mut(&machine.name) else { return Ok(Updated::Gone) };
        match &named.current {
            None => Ok(Updated::Gone),
            Some(current) if current.revision_id != expected_revision => Ok(Updated::Changed),
            Some(_) => named.set(machine).map(|()| Updated::Updated),
        }
    }

    async fn get(&self, name: &str) -> Result<Option<Arc<StateMachine>>, StoreError> {
        Ok(self.machines().get(name).and_then(|named| named.current.clone()))
    }

    async fn revision(&self, name: &str, revision_id: &str) -> Result<Option<Arc<StateMachine>>, StoreError> {
        Ok(self.machines().get(name).and_then(|named| named.revisions.get(revision_id).cloned()))
    }

    async fn list(&self, limit: usize, after: Option<&str>) -> Result<Listing, StoreError> {
        let machines = self.machines();
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut current =
            machines.range::<str, _>((start, Bound::Unbounded)).filter_map(|(_, named)| named.current.as_ref());
        let machines = current.by_ref().take(limit).map(|machine| listed(machine)).collect();
        Ok(Listing { machines, more: current.next().is_some() })
    }

    async fn delete(&self, name: &str) -> Result<(), StoreError> {
        if let Some(named) = self.machines_mut().get_mut(name) {
            named.current = None;
            named.tags = None;
        }
        Ok(())
    }

    async fn tags(&self, Resource::StateMachine(name): &Resource) -> Result<Option<Tags>, StoreError> {
        Ok(self.machines().get(name).and_then(Named::tags))
    }

    async fn set_tags(
        &self,
        Resource::StateMachine(name): &Resource,
        tags: &Tags,
        expected: &Tags,
    ) -> Result<Updated, StoreError> {
        let mut machines = self.machines_mut();
        let Some(named) = machines.get_mut(name) else { return Ok(Updated::Gone) };
        match named.tags() {
            None => Ok(Updated::Gone),
            Some(current) if current != *expected => Ok(Updated::Changed),
            Some(_) => {
                named.tags = Some(tags.clone());
                Ok(Updated::Updated)
            }
        }
    }
}

fn listed(machine: &StateMachine) -> ListedMachine {
    ListedMachine { name: machine.name.clone(), machine_type: machine.machine_type, created_at: machine.created_at }
}
