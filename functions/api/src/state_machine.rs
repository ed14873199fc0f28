//! What a state machine's ARN stands for: the current revision, a version, or the version that an alias chooses.

use std::sync::Arc;

use api_model::{ApiError, Qualifier, StateMachineArn};
use engine::mocks::TestCase;
use ports::catalog::{Alias, StateMachine, Version};

use crate::{Api, failed};

/// What an execution is to run, and how it was named.
pub(crate) struct Chosen {
    pub machine: Arc<StateMachine>,
    pub version: Option<u64>,
    pub alias: Option<String>,
    pub test_case: Option<Arc<TestCase>>,
}

impl Api {
    /// The current revision of the state machine that the ARN names, if it names neither a version nor an alias.
    pub(crate) async fn state_machine(&self, arn: &StateMachineArn) -> Result<Arc<StateMachine>, ApiError> {
        let here = arn.place == self.place && arn.qualifier.is_none() && is_plain(arn);
        let machine = if here { self.ports.catalog.get(&arn.name).await.map_err(failed)? } else { None };
        machine.ok_or_else(|| does_not_exist(arn))
    }

    /// The same, for what changes the state machine or uses it anew.
    pub(crate) async fn kept_state_machine(&self, arn: &StateMachineArn) -> Result<Arc<StateMachine>, ApiError> {
        let machine = self.state_machine(arn).await?;
        match machine.deleting_since {
            None => Ok(machine),
            Some(_) => Err(ApiError::StateMachineDeleting { arn: arn.to_string() }),
        }
    }

    /// A version, and its revision.
    pub(crate) async fn version(
        &self,
        arn: &StateMachineArn,
        number: u64,
    ) -> Result<(Version, Arc<StateMachine>), ApiError> {
        let here = arn.place == self.place && is_plain(arn);
        let version = if here { self.ports.catalog.version(&arn.name, number).await.map_err(failed)? } else { None };
        let version = version.ok_or_else(|| does_not_exist(arn))?;
        let revision = self.revision(&arn.name, &version.revision_id).await?;
        Ok((version, revision))
    }

    pub(crate) async fn alias(&self, arn: &StateMachineArn, name: &str) -> Result<Option<Alias>, ApiError> {
        let here = arn.place == self.place && is_plain(arn);
        if here { self.ports.catalog.alias(&arn.name, name).await.map_err(failed) } else { Ok(None) }
    }

    /// What a new execution runs. `seed` is the chance by which an alias chooses.
    pub(crate) async fn chosen(&self, arn: &StateMachineArn, seed: u64) -> Result<Chosen, ApiError> {
        let chosen = self.routed(&self.without_test_case(arn), seed).await?;
        let test_case = self.test_case(arn)?;
        if let Some(test_case) = &test_case {
            self.warn_of_unknown_states(test_case, &chosen.machine).await?;
        }
        Ok(Chosen { test_case, ..chosen })
    }

    async fn routed(&self, arn: &StateMachineArn, seed: u64) -> Result<Chosen, ApiError> {
        let chosen = |machine, version, alias| Chosen { machine, version, alias, test_case: None };
        match &arn.qualifier {
            None => Ok(chosen(self.kept_state_machine(arn).await?, None, None)),
            Some(Qualifier::Version(number)) => {
                let (_, machine) = self.version(arn, *number).await?;
                Ok(chosen(machine, Some(*number), None))
            }
            Some(Qualifier::Alias(name)) => {
                let alias = self.alias(arn, name).await?.ok_or_else(|| does_not_exist(arn))?;
                let number = route(&alias, seed).ok_or(ApiError::InternalFailure)?;
                let (_, machine) = self.version(arn, number).await?;
                Ok(chosen(machine, Some(number), Some(alias.name)))
            }
        }
    }

    /// A revision that was current once.
    pub(crate) async fn revision(&self, name: &str, revision_id: &str) -> Result<Arc<StateMachine>, ApiError> {
        let revision = self.ports.catalog.revision(name, revision_id).await.map_err(failed)?;
        revision.ok_or_else(|| {
            tracing::error!(name, revision_id, "a revision is missing");
            ApiError::InternalFailure
        })
    }
}

/// Of no state, and with no mocks: those are for starting executions alone.
fn is_plain(arn: &StateMachineArn) -> bool {
    arn.label.is_none() && arn.test_case.is_none()
}

pub(crate) fn does_not_exist(arn: &StateMachineArn) -> ApiError {
    match arn.test_case.as_deref() {
        // An ARN that ends in `#` is one to Step Functions Local alone.
        Some("") => ApiError::malformed_arn(arn),
        _ => ApiError::StateMachineDoesNotExist { arn: arn.to_string() },
    }
}

/// The version whose share of the 100 percent the seed falls into.
fn route(alias: &Alias, seed: u64) -> Option<u64> {
    let mut rest = seed % 100;
    for route in &alias.routes {
        match rest.checked_sub(route.weight.into()) {
            None => return Some(route.version),
            Some(left) => rest = left,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use engine::timestamp::Timestamp;
    use ports::catalog::Route;

    use super::*;

    #[test]
    fn an_alias_chooses_its_versions_by_their_weights() {
        for (weights, expected) in [([70, 30], [70, 30]), ([100, 0], [100, 0]), ([0, 100], [0, 100])] {
            let [first, second] = weights;
            let alias = Alias {
                name: "PROD".into(),
                description: None,
                routes: vec![Route { version: 4, weight: first }, Route { version: 9, weight: second }],
                created_at: Timestamp::default(),
                updated_at: Timestamp::default(),
            };
            let chosen: Vec<_> = (1_000..1_100).map(|seed| route(&alias, seed).unwrap()).collect();
            let count = |version| chosen.iter().filter(|chosen| **chosen == version).count();
            assert_eq!([count(4), count(9)], expected);
        }
    }
}
