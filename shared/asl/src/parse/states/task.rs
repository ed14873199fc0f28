//! Task: <https://states-language.net/spec.html#task-state>

use crate::machine::{Integer, Resource, Task, Text};
use crate::parse::fields::Fields;
use crate::parse::numbers::POSITIVE_SECONDS;
use crate::parse::scope::Whole;
use crate::parse::states::next;
use crate::parse::{data_flow, error_handling, integration_parameters, jsonata, resource};

pub(super) fn read(fields: &Fields, whole: &Whole, before: usize) -> Task {
    fields.require(&["Resource"]);
    let resource = resource::read(fields, whole.machine_type);
    integration_parameters::check(fields, &resource);
    let timeout_seconds = fields.integer("TimeoutSeconds", POSITIVE_SECONDS);
    let heartbeat_seconds = fields.integer("HeartbeatSeconds", POSITIVE_SECONDS);
    if let (Some(Integer::Constant(timeout)), Some(Integer::Constant(heartbeat))) =
        (&timeout_seconds, &heartbeat_seconds)
        && heartbeat >= timeout
    {
        fields.report_at("HeartbeatSeconds", "HeartbeatSeconds must be smaller than TimeoutSeconds");
    }
    Task {
        flow: data_flow::read(fields),
        credentials: credentials(fields, &resource),
        resource,
        timeout_seconds,
        heartbeat_seconds,
        retry: error_handling::retriers(fields),
        catch: error_handling::catchers(fields),
        next: next(fields, before),
    }
}

/// `Credentials`: the role that the task takes on.
/// <https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html>
fn credentials(fields: &Fields, resource: &Resource) -> Option<Text> {
    let credentials = fields.child("Credentials")?;
    if matches!(resource, Resource::Activity { .. }) {
        credentials.report("The field 'Credentials' is not supported for activities");
    }
    if !credentials.is_jsonata() && credentials.has("RoleArn.$") {
        return credentials.path_or_intrinsic("RoleArn.$");
    }
    if !credentials.has("RoleArn") {
        credentials.report("The field 'RoleArn' is required but was missing");
    }
    let text = credentials.string("RoleArn")?;
    if credentials.is_jsonata() && text.starts_with("{%") {
        return jsonata::expression(&credentials, "RoleArn", text).map(Text::Jsonata);
    }
    Some(Text::Constant(text.to_owned()))
}
