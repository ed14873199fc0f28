//! <https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html>

use crate::members::Text;
use crate::{Members, Operation, Request, StateMachineArn};

/// Deletes a state machine, its versions and aliases. Answered by [`super::EmptyResponse`], also where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeleteStateMachineRequest {
    /// Which.
    pub state_machine_arn: StateMachineArn,
}

impl Request for DeleteStateMachineRequest {
    const OPERATION: Operation = Operation::DeleteStateMachine;

    fn read(members: &mut Members) -> Option<Self> {
        let state_machine_arn = members.required_arn("stateMachineArn", Text::ARN);
        Some(Self { state_machine_arn: state_machine_arn? })
    }
}
