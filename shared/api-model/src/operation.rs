//! The operations of the API, as `X-Amz-Target` names them.

use std::fmt;

use crate::ApiError;

/// The prefix of `X-Amz-Target`: `AWSStepFunctions.StartExecution`.
pub const TARGET_PREFIX: &str = "AWSStepFunctions.";

/// The `Content-Type` of requests and responses.
pub const CONTENT_TYPE: &str = "application/x-amz-json-1.0";

macro_rules! operations {
    ($($name:ident),* $(,)?) => {
        /// An operation of the API. Which of them an installation serves is not decided here.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Operation { $($name),* }

        impl Operation {
            /// All operations, in alphabetical order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name as the API spells it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }
    };
}

operations! {
    CreateActivity, CreateStateMachine, CreateStateMachineAlias, DeleteActivity, DeleteStateMachine,
    DeleteStateMachineAlias, DeleteStateMachineVersion, DescribeActivity, DescribeExecution, DescribeMapRun,
    DescribeStateMachine, DescribeStateMachineAlias, DescribeStateMachineForExecution, GetActivityTask,
    GetExecutionHistory, ListActivities, ListExecutions, ListMapRuns, ListStateMachineAliases,
    ListStateMachineVersions, ListStateMachines, ListTagsForResource, PublishStateMachineVersion, RedriveExecution,
    SendTaskFailure, SendTaskHeartbeat, SendTaskSuccess, StartExecution, StartSyncExecution, StopExecution,
    TagResource, TestState, UntagResource, UpdateMapRun, UpdateStateMachine, UpdateStateMachineAlias,
    ValidateStateMachineDefinition,
}

impl Operation {
    /// The operation of an `X-Amz-Target` header; `None` where there is no such header.
    ///
    /// # Errors
    /// [`ApiError::UnknownOperation`].
    pub fn from_target(target: Option<&str>) -> Result<Self, ApiError> {
        target
            .and_then(|target| target.strip_prefix(TARGET_PREFIX))
            .and_then(Self::from_name)
            .ok_or(ApiError::UnknownOperation)
    }

    /// The operation of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|operation| operation.as_str() == name)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_names_one_of_the_37_operations_exactly() {
        assert_eq!(Operation::ALL.len(), 37);
        for operation in Operation::ALL {
            let target = format!("{TARGET_PREFIX}{operation}");
            assert_eq!(Operation::from_target(Some(&target)), Ok(*operation));
        }
    }

    #[test]
    fn any_other_target_is_an_unknown_operation() {
        for target in [
            None,
            Some(""),
            Some("StartExecution"),
            Some("AWSStepFunctions."),
            Some("AWSStepFunctions.startExecution"),
            Some("AWSStepFunctions.StartExecution "),
            Some("DynamoDB_20120810.GetItem"),
        ] {
            assert_eq!(Operation::from_target(target), Err(ApiError::UnknownOperation), "{target:?}");
        }
    }
}
