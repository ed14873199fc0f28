//! Test cases of Step Functions Local's mock configuration, which an execution is started with by `#NAME` at the end of
//! its state machine's ARN. Only `stepwell dev` has any.

use std::sync::Arc;

use api_model::{ApiError, StateMachineArn};
use engine::mocks::TestCase;
use ports::catalog::StateMachine;

use crate::{Api, failed};

pub trait TestCases: Send + Sync {
    /// The test case of the state machine, or why there is none.
    fn find(&self, state_machine: &str, name: &str) -> Result<Arc<TestCase>, String>;
}

impl Api {
    /// The ARN without its test case, where there are any. AWS knows none, and takes it for a part of the name.
    pub(crate) fn without_test_case(&self, arn: &StateMachineArn) -> StateMachineArn {
        let test_case = arn.test_case.clone().filter(|_| self.test_cases.is_none());
        StateMachineArn { test_case, ..arn.clone() }
    }

    /// The test case that the ARN names; an empty name is none, as to Step Functions Local.
    pub(crate) fn test_case(&self, arn: &StateMachineArn) -> Result<Option<Arc<TestCase>>, ApiError> {
        let named = arn.test_case.as_deref().filter(|name| !name.is_empty());
        let (Some(name), Some(test_cases)) = (named, &self.test_cases) else { return Ok(None) };
        test_cases.find(&arn.name, name).map(Some).map_err(|why| ApiError::validation(why, None))
    }

    /// Says what the test case mocks for nothing: a state that is spelled otherwise would be called, and nobody knew why.
    pub(crate) async fn warn_of_unknown_states(
        &self,
        test_case: &TestCase,
        state_machine: &StateMachine,
    ) -> Result<(), ApiError> {
        let (name, revision_id) = (&state_machine.name, state_machine.revision_id.as_str().into());
        let machine = self.machines.get(name, &revision_id).await.map_err(failed)?;
        for state in test_case.states.keys().filter(|state| machine.state(state).is_none()) {
            tracing::warn!("test case '{}' mocks '{state}', a state that {name} does not have", test_case.name);
        }
        Ok(())
    }
}
