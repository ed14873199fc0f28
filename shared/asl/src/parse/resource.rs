//! A Task's `Resource`: a function, an activity or an integration.
//!
//! The optimized integrations with their actions and patterns:
//! <https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html>. Of `aws-sdk` integrations only the
//! form is known here: `aws-sdk:SERVICE:ACTION`.

use super::MachineType;
use super::fields::Fields;
use crate::machine::resource::{Integration, Pattern, Resource};

/// The patterns of an action beside request and response, which all have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum More {
    None,
    Sync,
    Token,
    SyncAndToken,
    /// `.sync`, `.sync:2` and `.waitForTaskToken`.
    All,
}

impl More {
    fn allows(self, pattern: Pattern) -> bool {
        match pattern {
            Pattern::RequestResponse => true,
            Pattern::Sync => matches!(self, More::Sync | More::SyncAndToken | More::All),
            Pattern::Sync2 => self == More::All,
            Pattern::WaitForTaskToken => {
                matches!(self, More::Token | More::SyncAndToken | More::All)
            }
        }
    }
}

#[rustfmt::skip]
const OPTIMIZED: &[(&str, &[(&str, More)])] = &[
    ("apigateway", &[("invoke", More::Token)]),
    (
        "athena",
        &[
            ("startQueryExecution", More::Sync),
            ("stopQueryExecution", More::None),
            ("getQueryExecution", More::None),
            ("getQueryResults", More::None),
        ],
    ),
    ("batch", &[("submitJob", More::Sync)]),
    ("bedrock", &[("invokeModel", More::Token), ("createModelCustomizationJob", More::Sync)]),
    (
        "codebuild",
        &[
            ("startBuild", More::Sync),
            ("stopBuild", More::None),
            ("batchDeleteBuilds", More::None),
            ("batchGetReports", More::None),
            ("startBuildBatch", More::Sync),
            ("stopBuildBatch", More::None),
            ("retryBuildBatch", More::Sync),
            ("deleteBuildBatch", More::None),
        ],
    ),
    ("databrew", &[("startJobRun", More::Sync)]),
    (
        "dynamodb",
        &[("getItem", More::None), ("putItem", More::None), ("updateItem", More::None), ("deleteItem", More::None)],
    ),
    ("ecs", &[("runTask", More::SyncAndToken)]),
    (
        "eks",
        &[
            ("call", More::None),
            ("runJob", More::Sync),
            ("createCluster", More::Sync),
            ("deleteCluster", More::Sync),
            ("createNodegroup", More::Sync),
            ("deleteNodegroup", More::Sync),
            ("createFargateProfile", More::Sync),
            ("deleteFargateProfile", More::Sync),
        ],
    ),
    (
        "elasticmapreduce",
        &[
            ("createCluster", More::Sync),
            ("setClusterTerminationProtection", More::None),
            ("terminateCluster", More::Sync),
            ("addStep", More::Sync),
            ("cancelStep", More::None),
            ("modifyInstanceFleetByName", More::None),
            ("modifyInstanceGroupByName", More::None),
        ],
    ),
    (
        "emr-containers",
        &[("createVirtualCluster", More::None), ("deleteVirtualCluster", More::Sync), ("startJobRun", More::Sync)],
    ),
    (
        "emr-serverless",
        &[
            ("createApplication", More::Sync),
            ("startApplication", More::Sync),
            ("stopApplication", More::Sync),
            ("deleteApplication", More::Sync),
            ("startJobRun", More::Sync),
            ("cancelJobRun", More::Sync),
        ],
    ),
    ("events", &[("putEvents", More::Token)]),
    ("glue", &[("startJobRun", More::Sync)]),
    ("http", &[("invoke", More::None)]),
    ("lambda", &[("invoke", More::Token)]),
    ("mediaconvert", &[("createJob", More::Sync)]),
    (
        "sagemaker",
        &[
            ("createEndpoint", More::None),
            ("createEndpointConfig", More::None),
            ("createHyperParameterTuningJob", More::Sync),
            ("createLabelingJob", More::Sync),
            ("createModel", More::None),
            ("createProcessingJob", More::Sync),
            ("createTrainingJob", More::Sync),
            ("createTransformJob", More::Sync),
            ("updateEndpoint", More::None),
        ],
    ),
    ("sns", &[("publish", More::Token)]),
    ("sqs", &[("sendMessage", More::Token)]),
    ("states", &[("startExecution", More::All)]),
];

/// `Resource`. What AWS does not know is refused; what is known may still be more than the engine can run.
pub(super) fn read(fields: &Fields, machine_type: MachineType) -> Resource {
    const FIELD: &str = "Resource";
    let unread = Resource::LambdaFunction { arn: String::new() };
    let Some(text) = fields.string(FIELD) else {
        return unread;
    };
    if !text.starts_with("arn:") {
        fields.report_at(FIELD, "Value is not a valid resource ARN");
        return unread;
    }
    let Some(resource) = parse(text) else {
        fields.report_at(
            FIELD,
            format!(
                "The resource provided {text} is not recognized. The value is not a valid resource ARN, or the \
                 resource is not available in this region."
            ),
        );
        return unread;
    };
    if machine_type == MachineType::Express {
        refuse_in_express(fields, FIELD, &resource);
    }
    resource
}

/// An Express machine cannot wait for an answer. (The blank at the end is AWS's.)
fn refuse_in_express(fields: &Fields, field: &str, resource: &Resource) {
    let pattern = match resource {
        Resource::LambdaFunction { .. } => return,
        Resource::Activity { .. } => {
            fields.report_at(field, "Express state machine does not support Activity ARN");
            return;
        }
        Resource::Integration(integration) => match integration.pattern {
            Pattern::RequestResponse => return,
            Pattern::Sync | Pattern::Sync2 => ".sync",
            Pattern::WaitForTaskToken => ".waitForTaskToken",
        },
    };
    fields.report_at(field, format!("Express state machine does not support '{pattern}' service integration "));
}

fn parse(arn: &str) -> Option<Resource> {
    let mut parts = arn.splitn(6, ':').skip(1);
    let (partition, service, region, account, name) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if partition.is_empty() || name.is_empty() {
        return None;
    }
    match (service, region, account) {
        ("lambda", ..) => name.starts_with("function:").then(|| Resource::LambdaFunction { arn: arn.to_owned() }),
        ("states", "", "") => integration(partition, name).map(Resource::Integration),
        ("states", ..) => name.starts_with("activity:").then(|| Resource::Activity { arn: arn.to_owned() }),
        _ => None,
    }
}

/// `sqs:sendMessage.waitForTaskToken`, `aws-sdk:s3:getObject`.
fn integration(partition: &str, name: &str) -> Option<Integration> {
    let (name, pattern) = split_pattern(name);
    let (service, action) = name.rsplit_once(':')?;
    let known = match service.strip_prefix("aws-sdk:") {
        Some(sdk_service) => is_sdk_action(sdk_service, action, pattern),
        None => is_optimized(service, action, pattern),
    };
    known.then(|| Integration {
        partition: partition.to_owned(),
        service: service.to_owned(),
        action: action.to_owned(),
        pattern,
    })
}

fn split_pattern(name: &str) -> (&str, Pattern) {
    for pattern in [Pattern::Sync2, Pattern::Sync, Pattern::WaitForTaskToken] {
        if let Some(name) = name.strip_suffix(pattern.suffix()) {
            return (name, pattern);
        }
    }
    (name, Pattern::RequestResponse)
}

fn is_optimized(service: &str, action: &str, pattern: Pattern) -> bool {
    OPTIMIZED
        .iter()
        .find(|(name, _)| *name == service)
        .and_then(|(_, actions)| actions.iter().find(|(name, _)| *name == action))
        .is_some_and(|(_, more)| more.allows(pattern))
}

/// Services are written in lower case, actions in camel case; no SDK action runs a job.
fn is_sdk_action(service: &str, action: &str, pattern: Pattern) -> bool {
    let lower_or_digit = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    !service.is_empty()
        && service.chars().all(lower_or_digit)
        && action.starts_with(|c: char| c.is_ascii_lowercase())
        && action.chars().all(|c| c.is_ascii_alphanumeric())
        && matches!(pattern, Pattern::RequestResponse | Pattern::WaitForTaskToken)
}
