//! To which versions an alias routes, and how much.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::arn::ParseArn;
use crate::members::Text;
use crate::{ApiError, Members, Qualifier, StateMachineArn, ValidationExceptionReason};

/// One way of an alias: a version and its share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoutingConfigurationListItem {
    /// A version of the alias's state machine.
    pub state_machine_version_arn: String,
    /// Percent.
    pub weight: i32,
}

/// As AWS shows it in a violated constraint.
impl fmt::Display for RoutingConfigurationListItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { state_machine_version_arn, weight } = self;
        write!(f, "RoutingConfigurationListItem(stateMachineVersionArn={state_machine_version_arn}, weight={weight})")
    }
}

impl RoutingConfigurationListItem {
    pub(crate) fn read_list(members: &mut Members) -> Option<Vec<Self>> {
        members.bounded_list("routingConfiguration", 1..=2, Self::read)
    }

    fn read(members: &mut Members) -> Option<Self> {
        let state_machine_version_arn = members.required_text("stateMachineVersionArn", Text::ARN);
        let weight = members.integer("weight", 0..=100);
        let weight = members.require("weight", weight);
        Some(Self { state_machine_version_arn: state_machine_version_arn?, weight: weight? })
    }
}

/// A routing that makes sense: distinct versions of one state machine, whose weights add up to 100.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingConfiguration {
    /// Unqualified.
    pub state_machine_arn: StateMachineArn,
    /// Versions and weights.
    pub routes: Vec<(u64, u32)>,
}

impl RoutingConfiguration {
    pub(crate) fn check(items: &[RoutingConfigurationListItem]) -> Result<Self, ApiError> {
        let arns = items.iter().map(|item| StateMachineArn::parse(&item.state_machine_version_arn));
        let arns = arns.collect::<Result<Vec<_>, _>>()?;
        let received = || {
            let arns: Vec<String> = arns.iter().map(ToString::to_string).collect();
            format!("Received: [{}]", arns.join(", "))
        };
        let versions: Vec<u64> = arns.iter().filter_map(version).collect();
        if versions.len() != arns.len() {
            return invalid(format!("Routing configuration must contain state machine version ARNs. {}", received()));
        }
        let mut machines = arns.iter().map(StateMachineArn::unqualified);
        // The model lets no empty list through.
        let state_machine_arn = machines.next().ok_or(ApiError::InternalFailure)?;
        if machines.any(|other| other != state_machine_arn) {
            return invalid(format!(
                "Routing configuration must contain versions of the same state machine. {}",
                received()
            ));
        }
        let distinct: std::collections::BTreeSet<&u64> = versions.iter().collect();
        if distinct.len() != versions.len() {
            return invalid(format!(
                "Routing configuration must contain distinct state machine version ARNs. {}",
                received()
            ));
        }
        let weights: Vec<u32> = items.iter().map(|item| u32::try_from(item.weight).unwrap_or_default()).collect();
        if weights.iter().sum::<u32>() != 100 {
            return invalid(format!("Sum of routing configuration weights must equal 100. Received: {weights:?}"));
        }
        Ok(Self { state_machine_arn, routes: versions.into_iter().zip(weights).collect() })
    }
}

fn version(arn: &StateMachineArn) -> Option<u64> {
    match arn.qualifier {
        Some(Qualifier::Version(number)) if arn.label.is_none() => Some(number),
        _ => None,
    }
}

fn invalid<T>(message: String) -> Result<T, ApiError> {
    Err(ApiError::validation(message, Some(ValidationExceptionReason::InvalidRoutingConfiguration)))
}
