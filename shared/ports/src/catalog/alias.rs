//! Aliases of state machines: names for one version, or for two with a share of the executions each.

use engine::timestamp::Timestamp;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    pub name: String,
    pub description: Option<String>,
    /// In the order given; no version stands in two of them.
    pub routes: Vec<Route>,
    pub created_at: Timestamp,
    /// Later with every change.
    pub updated_at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    pub version: u64,
    /// Percent.
    pub weight: u32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AliasCreated {
    Created,
    /// The name is taken by this one.
    Exists(Alias),
    /// A version that it routes to is not there.
    NoVersion,
    /// There is no such state machine, or it is being deleted.
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AliasUpdated {
    Updated,
    /// Another change came first.
    Changed,
    /// A version that it routes to is not there.
    NoVersion,
    /// There is no such alias.
    Gone,
}

/// In the order of their creation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aliases {
    pub aliases: Vec<ListedAlias>,
    /// Whether there are more after the last of them.
    pub more: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ListedAlias {
    pub created_at: Timestamp,
    pub name: String,
}

impl Alias {
    /// What lists show of it.
    pub fn listed(&self) -> ListedAlias {
        ListedAlias { created_at: self.created_at, name: self.name.clone() }
    }

    pub fn routes_to(&self, version: u64) -> bool {
        self.routes.iter().any(|route| route.version == version)
    }
}
