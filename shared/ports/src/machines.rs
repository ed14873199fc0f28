//! Parsed machines, kept by revision: a plain transition reads no definition.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use asl::machine::Machine;

use crate::catalog::{Catalog, MachineType};
use crate::store_error::StoreError;

/// By the state machine's name and the revision's id.
type Parsed = HashMap<(Arc<str>, Arc<str>), Arc<Machine>>;

/// A revision never changes, so an entry is never wrong; all are dropped when there are too many.
pub struct Machines {
    catalog: Arc<dyn Catalog>,
    parsed: Mutex<Parsed>,
}

/// Parsed machines kept in memory.
const CAPACITY: usize = 1_000;

impl Machines {
    pub fn new(catalog: Arc<dyn Catalog>) -> Self {
        Self { catalog, parsed: Mutex::new(HashMap::new()) }
    }

    /// The machine of a revision of the state machine `name`.
    pub async fn get(&self, name: &str, revision_id: &Arc<str>) -> Result<Arc<Machine>, StoreError> {
        let key = (Arc::from(name), revision_id.clone());
        if let Some(machine) = self.lock().get(&key) {
            return Ok(machine.clone());
        }
        let stored = self.catalog.revision(name, revision_id).await?.ok_or_else(|| {
            StoreError::Unreadable(format!("revision `{revision_id}` of state machine `{name}` is missing"))
        })?;
        let machine_type = match stored.machine_type {
            MachineType::Standard => asl::MachineType::Standard,
            MachineType::Express => asl::MachineType::Express,
        };
        let parsed = asl::parse(&stored.definition, machine_type).map_err(|diagnostics| {
            let first = diagnostics.first().map(ToString::to_string).unwrap_or_default();
            StoreError::Unreadable(format!("definition of revision `{revision_id}` of state machine `{name}`: {first}"))
        })?;
        let machine = Arc::new(parsed.machine);
        let mut kept = self.lock();
        if kept.len() >= CAPACITY {
            kept.clear();
        }
        kept.insert(key, machine.clone());
        Ok(machine)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Parsed> {
        self.parsed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
