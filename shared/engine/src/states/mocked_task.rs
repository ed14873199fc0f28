//! A Task state that an execution's test case has a mocked response for: everything as in any other, but the call.

use std::sync::Arc;

use asl::machine::{Pattern, Resource, State, Task};

use super::{Result, task, task_events};
use crate::data_flow::Evaluation;
use crate::event::TaskResource;
use crate::failure::Failure;
use crate::mocks::MockedResponse;
use crate::run::{Answer, Branch, EndedBy, TaskEvents, TaskPhase};
use crate::transition::Transition;

/// As Step Functions Local has it.
const ACTIVITY: &str =
    "Activity state cannot be mocked. Please remove mocks mapped for all activity state in the mock config file.";

/// The response that stands for the state's task, if it is mocked.
pub(super) fn response(transition: &Transition<'_>, state: &State) -> Option<Arc<MockedResponse>> {
    transition.run().execution.test_case.as_ref()?.states.get(&state.name).cloned()
}

/// One attempt, from its schedule to its end.
pub(super) fn perform(
    transition: &mut Transition<'_>,
    branch: &mut Branch,
    state: &State,
    task: &Task,
    response: &MockedResponse,
) -> Result {
    let events = events(&task.resource).ok_or_else(|| Failure::Runtime(ACTIVITY.to_owned()))?;
    let task::Attempt { payload, timeout_seconds, heartbeat_seconds, credentials } =
        task::attempt(transition, branch, state, task)?;
    let call = transition.count_mocked_call(&state.name);
    let Some(answer) = response.answer(call) else {
        let why = format!("The mocked response '{}' has no answer for call {call}.", response.name);
        return Err(Evaluation::new(transition, branch, state).runtime(&why));
    };
    let phase = TaskPhase {
        scheduled_at: transition.now(),
        scheduled_in: transition.run().seq,
        events,
        ended_by: EndedBy::Target,
        timeout_seconds,
        heartbeat_seconds,
        deadline: None,
        heartbeat_by: None,
        claim: None,
    };
    let region = transition.run().execution.arn.region();
    let scheduled = task_events::scheduled(&phase, &task.resource, region, payload, credentials);
    transition.record(branch, scheduled);
    transition.record(branch, task_events::started(&phase.events, None));
    if let (true, Answer::Succeeded { output }) = (is_submitted(&task.resource), answer) {
        transition.record(branch, task_events::submitted(&phase.events, output.clone()));
    }
    transition.record(branch, task_events::answered(&phase.events, answer));
    task::answered(transition, branch, state, task, answer)
}

/// Of every integration, also of those that cannot be called; activities have workers to answer them.
fn events(resource: &Resource) -> Option<TaskEvents> {
    match resource {
        Resource::LambdaFunction { .. } => Some(TaskEvents::LambdaFunction),
        Resource::Integration(integration) => Some(TaskEvents::Task(TaskResource {
            resource_type: integration.service.clone(),
            resource: integration.resource(),
        })),
        Resource::Activity { .. } => None,
    }
}

/// Whether the call only begins the task, which somebody or something else ends.
fn is_submitted(resource: &Resource) -> bool {
    match resource {
        Resource::Integration(integration) => integration.pattern != Pattern::RequestResponse,
        Resource::LambdaFunction { .. } | Resource::Activity { .. } => false,
    }
}
