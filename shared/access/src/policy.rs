//! What a key lets its holder do: a role, and maybe the state machines that it is limited to.

use std::fmt;

use api_model::Operation;
use api_model::name::{NAME_CHARACTERS, is_allowed};
use serde::{Deserialize, Serialize};

use crate::Resource;

/// Which operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// All.
    Full,
    /// Those that change nothing.
    ReadOnly,
    /// StartExecution and StartSyncExecution.
    StartOnly,
    /// Those of an activity's worker, and of whoever answers a task token.
    Worker,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Full, Self::ReadOnly, Self::StartOnly, Self::Worker];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::ReadOnly => "read-only",
            Self::StartOnly => "start-only",
            Self::Worker => "worker",
        }
    }

    pub fn permits(self, operation: Operation) -> bool {
        match self {
            Self::Full => true,
            Self::ReadOnly => reads(operation),
            Self::StartOnly => matches!(operation, Operation::StartExecution | Operation::StartSyncExecution),
            Self::Worker => matches!(
                operation,
                Operation::GetActivityTask
                    | Operation::DescribeActivity
                    | Operation::SendTaskSuccess
                    | Operation::SendTaskFailure
                    | Operation::SendTaskHeartbeat
            ),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// GetActivityTask takes a task, and TestState may call its target: they do not merely read.
fn reads(operation: Operation) -> bool {
    match operation {
        Operation::DescribeActivity
        | Operation::DescribeExecution
        | Operation::DescribeMapRun
        | Operation::DescribeStateMachine
        | Operation::DescribeStateMachineAlias
        | Operation::DescribeStateMachineForExecution
        | Operation::GetExecutionHistory
        | Operation::ListActivities
        | Operation::ListExecutions
        | Operation::ListMapRuns
        | Operation::ListStateMachineAliases
        | Operation::ListStateMachineVersions
        | Operation::ListStateMachines
        | Operation::ListTagsForResource
        | Operation::ValidateStateMachineDefinition => true,
        Operation::CreateActivity
        | Operation::CreateStateMachine
        | Operation::CreateStateMachineAlias
        | Operation::DeleteActivity
        | Operation::DeleteStateMachine
        | Operation::DeleteStateMachineAlias
        | Operation::DeleteStateMachineVersion
        | Operation::GetActivityTask
        | Operation::PublishStateMachineVersion
        | Operation::RedriveExecution
        | Operation::SendTaskFailure
        | Operation::SendTaskHeartbeat
        | Operation::SendTaskSuccess
        | Operation::StartExecution
        | Operation::StartSyncExecution
        | Operation::StopExecution
        | Operation::TagResource
        | Operation::TestState
        | Operation::UntagResource
        | Operation::UpdateMapRun
        | Operation::UpdateStateMachine
        | Operation::UpdateStateMachineAlias => false,
    }
}

/// A pattern of names: `*` stands for any text, all else for itself. No state machine's name has a `*`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NamePattern(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    #[error("`{0}` is no pattern of a state machine's name: 1 to 80 characters, in which `*` stands for any text")]
    Pattern(String),
    #[error("a worker's key cannot be limited to state machines: activities and task tokens are of none")]
    LimitedWorker,
}

impl NamePattern {
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let allowed = |character| character == '*' || is_allowed(character);
        if (1..=NAME_CHARACTERS).contains(&text.chars().count()) && text.chars().all(allowed) {
            return Ok(Self(text.to_owned()));
        }
        Err(PolicyError::Pattern(text.to_owned()))
    }

    pub fn matches(&self, name: &str) -> bool {
        let Some((beginning, rest)) = self.0.split_once('*') else { return self.0 == name };
        let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
        let Some(mut left) = name.strip_prefix(beginning).and_then(|left| left.strip_suffix(end)) else { return false };
        middle.split('*').all(|part| {
            let found = left.split_once(part);
            left = found.map_or("", |(_, after)| after);
            part.is_empty() || found.is_some()
        })
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for NamePattern {
    type Error = PolicyError;
    fn try_from(text: String) -> Result<Self, PolicyError> {
        Self::parse(&text)
    }
}

impl From<NamePattern> for String {
    fn from(pattern: NamePattern) -> Self {
        pattern.0
    }
}

/// A role, and the state machines that it is limited to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Policy {
    role: Role,
    /// None: no limit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    machines: Vec<NamePattern>,
}

#[derive(Deserialize)]
struct Stored {
    role: Role,
    #[serde(default)]
    machines: Vec<NamePattern>,
}

impl TryFrom<Stored> for Policy {
    type Error = PolicyError;
    fn try_from(stored: Stored) -> Result<Self, PolicyError> {
        Self::of(stored.role, stored.machines)
    }
}

impl Policy {
    /// Limited to state machines of these names; with none, to nothing.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub fn new(role: Role, machines: &[impl AsRef<str>]) -> Result<Self, PolicyError> {
        let machines = machines.iter().map(|pattern| NamePattern::parse(pattern.as_ref()));
        Self::of(role, machines.collect::<Result<_, _>>()?)
    }

    fn of(role: Role, machines: Vec<NamePattern>) -> Result<Self, PolicyError> {
        if role == Role::Worker && !machines.is_empty() {
            return Err(PolicyError::LimitedWorker);
        }
        Ok(Self { role, machines })
    }

    pub fn role(&self) -> Role {
        self.role
    }

    pub fn machines(&self) -> &[NamePattern] {
        &self.machines
    }

    /// Whether the operation is permitted at all, on some resource.
    pub fn permits(&self, operation: Operation) -> bool {
        self.role.permits(operation)
    }

    /// Whether it matters which resource an operation is for.
    pub fn is_limited(&self) -> bool {
        !self.machines.is_empty()
    }

    /// Whether the resource is within the limits: what is of no state machine is not, and what is of several must be
    /// with all of them.
    pub fn covers(&self, resource: &Resource) -> bool {
        let covered = |name: &String| self.machines.iter().any(|pattern| pattern.matches(name));
        !self.is_limited() || (!resource.machines.is_empty() && resource.machines.iter().all(covered))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_machines(names: &[&str]) -> Resource {
        Resource { shown: String::new(), machines: names.iter().map(|name| (*name).to_owned()).collect() }
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, name, expected) in [
            ("orders", "orders", true),
            ("orders", "orders-eu", false),
            ("orders", "Orders", false),
            ("orders-*", "orders-eu", true),
            ("orders-*", "orders-", true),
            ("orders-*", "orders", false),
            ("orders-*", "my-orders-eu", false),
            ("*-orders", "eu-orders", true),
            ("*-orders", "eu-orders-2", false),
            ("*orders*", "orders", true),
            ("*", "anything", true),
            ("**", "anything", true),
            ("a*b", "ab", true),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("a*b*c", "abc", true),
            ("a*b*c", "acbc", true),
            ("a*b*c", "ac", false),
            ("a*bc*c", "abc", false),
            ("*aab*", "aaab", true),
            ("ä*", "äö", true),
        ] {
            assert_eq!(NamePattern::parse(pattern).unwrap().matches(name), expected, "{pattern} on {name}");
        }
    }

    #[test]
    fn a_pattern_has_the_characters_of_names() {
        let (most, too_many) = ("x".repeat(80), "x".repeat(81));
        for (pattern, valid) in [
            ("*", true),
            (most.as_str(), true),
            ("", false),
            (too_many.as_str(), false),
            ("a?b", false),
            ("a b", false),
        ] {
            assert_eq!(NamePattern::parse(pattern).is_ok(), valid, "{pattern}");
        }
    }

    #[test]
    fn each_role_permits_what_it_says() {
        let permitted = |role: Role| Operation::ALL.iter().filter(|operation| role.permits(**operation)).count();
        assert_eq!(Role::ALL.map(permitted), [37, 15, 2, 5]);
        assert!(Role::StartOnly.permits(Operation::StartExecution));
        assert!(!Role::StartOnly.permits(Operation::StopExecution));
        assert!(Role::ReadOnly.permits(Operation::GetExecutionHistory));
        assert!(!Role::ReadOnly.permits(Operation::GetActivityTask), "it would take a task away");
        assert!(!Role::ReadOnly.permits(Operation::TestState), "it may call a task's target");
        assert!(Role::Worker.permits(Operation::SendTaskSuccess));
    }

    #[test]
    fn a_limited_key_is_limited_to_what_is_of_its_state_machines_alone() {
        let policy = Policy::new(Role::Full, &["orders-*", "billing"]).unwrap();
        for (names, expected) in [
            (&["orders-eu"][..], true),
            (&["billing"], true),
            (&["billing", "orders-us"], true),
            (&["billing", "payroll"], false),
            (&["payroll"], false),
            (&[], false),
        ] {
            assert_eq!(policy.covers(&of_machines(names)), expected, "{names:?}");
        }
        assert!(Policy::new(Role::Full, &[] as &[&str]).unwrap().covers(&of_machines(&[])));
    }

    #[test]
    fn a_worker_cannot_be_limited() {
        assert_eq!(Policy::new(Role::Worker, &["orders"]), Err(PolicyError::LimitedWorker));
    }
}
