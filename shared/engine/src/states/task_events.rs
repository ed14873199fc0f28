//! The three families of events in which tasks are told: `LambdaFunction…`, `Task…`, `Activity…`.

use asl::machine::Resource;

use crate::event::Event;
use crate::failure::ErrorAndCause;
use crate::payload::Payload;
use crate::run::{Answer, TaskEvents, TaskPhase};

pub(super) fn scheduled(
    phase: &TaskPhase,
    resource: &Resource,
    region: &str,
    input: Payload,
    credentials: Option<String>,
) -> Event {
    let (timeout_in_seconds, heartbeat_in_seconds) = (phase.timeout_seconds, phase.heartbeat_seconds);
    match &phase.events {
        TaskEvents::LambdaFunction => {
            Event::LambdaFunctionScheduled { resource: arn(resource), input, timeout_in_seconds, credentials }
        }
        TaskEvents::Activity => {
            Event::ActivityScheduled { resource: arn(resource), input, timeout_in_seconds, heartbeat_in_seconds }
        }
        TaskEvents::Task(resource) => Event::TaskScheduled {
            resource: resource.clone(),
            region: region.to_owned(),
            parameters: input,
            timeout_in_seconds,
            heartbeat_in_seconds,
            credentials,
        },
    }
}

fn arn(resource: &Resource) -> String {
    match resource {
        Resource::LambdaFunction { arn } | Resource::Activity { arn } => arn.clone(),
        Resource::Integration(integration) => integration.resource(),
    }
}

/// The event of a claim.
pub(crate) fn started(events: &TaskEvents, worker_name: Option<&str>) -> Event {
    match events {
        TaskEvents::LambdaFunction => Event::LambdaFunctionStarted,
        TaskEvents::Task(resource) => Event::TaskStarted(resource.clone()),
        TaskEvents::Activity => Event::ActivityStarted { worker_name: worker_name.map(str::to_owned) },
    }
}

/// The event of what the holder of the task's token says.
pub(crate) fn answered(events: &TaskEvents, answer: &Answer) -> Event {
    match answer {
        Answer::Succeeded { output } => succeeded(events, output.clone()),
        Answer::Failed(failure) => failed(events, failure.clone()),
    }
}

pub(crate) fn succeeded(events: &TaskEvents, output: Payload) -> Event {
    match events {
        TaskEvents::LambdaFunction => Event::LambdaFunctionSucceeded { output },
        TaskEvents::Task(resource) => Event::TaskSucceeded { resource: resource.clone(), output },
        TaskEvents::Activity => Event::ActivitySucceeded { output },
    }
}

pub(super) fn failed(events: &TaskEvents, failure: ErrorAndCause) -> Event {
    match events {
        TaskEvents::LambdaFunction => Event::LambdaFunctionFailed(failure),
        TaskEvents::Task(resource) => Event::TaskFailed { resource: resource.clone(), failure },
        TaskEvents::Activity => Event::ActivityFailed(failure),
    }
}

/// A worker starts its task by taking it: an activity has no word for failing at that.
pub(super) fn start_failed(events: &TaskEvents, failure: ErrorAndCause) -> Event {
    match events {
        TaskEvents::LambdaFunction => Event::LambdaFunctionStartFailed(failure),
        TaskEvents::Task(resource) => Event::TaskStartFailed { resource: resource.clone(), failure },
        TaskEvents::Activity => Event::ActivityScheduleFailed(failure),
    }
}

pub(super) fn timed_out(events: &TaskEvents, failure: ErrorAndCause) -> Event {
    match events {
        TaskEvents::LambdaFunction => Event::LambdaFunctionTimedOut(failure),
        TaskEvents::Task(resource) => Event::TaskTimedOut { resource: resource.clone(), failure },
        TaskEvents::Activity => Event::ActivityTimedOut(failure),
    }
}

/// The target of a task that waits for its token has been called. Only integrations have such tasks.
pub(crate) fn submitted(events: &TaskEvents, output: Payload) -> Event {
    match events {
        TaskEvents::Task(resource) => Event::TaskSubmitted { resource: resource.clone(), output },
        TaskEvents::LambdaFunction | TaskEvents::Activity => succeeded(events, output),
    }
}

pub(super) fn submit_failed(events: &TaskEvents, failure: ErrorAndCause) -> Event {
    match events {
        TaskEvents::Task(resource) => Event::TaskSubmitFailed { resource: resource.clone(), failure },
        TaskEvents::LambdaFunction | TaskEvents::Activity => failed(events, failure),
    }
}
