//! Which resource a request is for, and which state machines that is of.
//!
//! The members are looked up in the same way as the operations do, and by the same parsers: what is decided on here is
//! what will be done.

use api_model::arn::{ParseArn, TaggableArn};
use api_model::{ApiError, ExecutionArn, MapRunArn, Operation, Place, StateMachineArn};
use serde_json::{Map, Value};

/// What a request is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// As an error shows it.
    pub shown: String,
    /// The names of the state machines that it is, or is of. None: an activity, a task token, everything of a kind.
    pub(crate) machines: Vec<String>,
}

/// A member of a request that says which resource it is for.
enum Member {
    /// The ARN of a state machine, a version or an alias.
    StateMachine(&'static str),
    Execution(&'static str),
    MapRun(&'static str),
    /// Of a state machine or an activity.
    Taggable(&'static str),
    /// The name of a state machine that is created.
    NewStateMachine,
    /// The versions that an alias routes to.
    Routing,
    /// Of no state machine, but shown.
    Other(&'static str),
}

impl Resource {
    /// The resource of the request whose body has these members.
    ///
    /// # Errors
    /// [`ApiError::InvalidArn`], as the operation itself would answer.
    pub fn of(operation: Operation, body: &Map<String, Value>, place: &Place) -> Result<Self, ApiError> {
        let mut found = Self { shown: String::new(), machines: Vec::new() };
        for member in members(operation) {
            found.add(member, body, place)?;
        }
        if found.shown.is_empty() {
            found.shown = all_of_its_kind(operation, place);
        }
        Ok(found)
    }

    fn add(&mut self, member: &Member, body: &Map<String, Value>, place: &Place) -> Result<(), ApiError> {
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        match member {
            Member::StateMachine(name) => self.machine(text(name)),
            Member::Execution(name) => self.named(text(name), |arn: ExecutionArn| Some(arn.state_machine)),
            Member::MapRun(name) => self.named(text(name), |arn: MapRunArn| Some(arn.state_machine)),
            Member::Taggable(name) => self.named(text(name), |arn: TaggableArn| match arn {
                TaggableArn::StateMachine(arn) => Some(arn.name),
                TaggableArn::Activity(_) => None,
            }),
            Member::NewStateMachine => {
                self.machines.extend(text("name").map(str::to_owned));
                self.show(text("name").map(|name| format!("{place}:stateMachine:{name}")));
                Ok(())
            }
            Member::Routing => {
                let routes = body.get("routingConfiguration").and_then(Value::as_array);
                let versions = routes.into_iter().flatten().map(|route| route.get("stateMachineVersionArn"));
                versions.map(|version| version.and_then(Value::as_str)).try_for_each(|version| self.machine(version))
            }
            Member::Other(name) => {
                self.show(text(name).map(str::to_owned));
                Ok(())
            }
        }
    }

    fn machine(&mut self, text: Option<&str>) -> Result<(), ApiError> {
        self.named(text, |arn: StateMachineArn| Some(arn.name))
    }

    fn named<A: ParseArn>(&mut self, text: Option<&str>, name: fn(A) -> Option<String>) -> Result<(), ApiError> {
        if let Some(text) = text {
            self.machines.extend(name(A::parse(text)?));
            self.show(Some(text.to_owned()));
        }
        Ok(())
    }

    fn show(&mut self, text: Option<String>) {
        if let Some(text) = text.filter(|_| self.shown.is_empty()) {
            self.shown = text;
        }
    }
}

fn members(operation: Operation) -> &'static [Member] {
    match operation {
        Operation::CreateStateMachine => &[Member::NewStateMachine],
        Operation::DeleteStateMachine
        | Operation::DescribeStateMachine
        | Operation::ListStateMachineAliases
        | Operation::ListStateMachineVersions
        | Operation::PublishStateMachineVersion
        | Operation::StartExecution
        | Operation::StartSyncExecution
        | Operation::UpdateStateMachine => &[Member::StateMachine("stateMachineArn")],
        Operation::CreateStateMachineAlias => &[Member::Routing],
        Operation::UpdateStateMachineAlias => &[Member::StateMachine("stateMachineAliasArn"), Member::Routing],
        Operation::DeleteStateMachineAlias | Operation::DescribeStateMachineAlias => {
            &[Member::StateMachine("stateMachineAliasArn")]
        }
        Operation::DeleteStateMachineVersion => &[Member::StateMachine("stateMachineVersionArn")],
        Operation::DescribeExecution
        | Operation::DescribeStateMachineForExecution
        | Operation::GetExecutionHistory
        | Operation::ListMapRuns
        | Operation::RedriveExecution
        | Operation::StopExecution => &[Member::Execution("executionArn")],
        Operation::ListExecutions => &[Member::StateMachine("stateMachineArn"), Member::MapRun("mapRunArn")],
        Operation::DescribeMapRun | Operation::UpdateMapRun => &[Member::MapRun("mapRunArn")],
        Operation::ListTagsForResource | Operation::TagResource | Operation::UntagResource => {
            &[Member::Taggable("resourceArn")]
        }
        Operation::DeleteActivity | Operation::DescribeActivity | Operation::GetActivityTask => {
            &[Member::Other("activityArn")]
        }
        Operation::CreateActivity
        | Operation::ListActivities
        | Operation::ListStateMachines
        | Operation::SendTaskFailure
        | Operation::SendTaskHeartbeat
        | Operation::SendTaskSuccess
        | Operation::TestState
        | Operation::ValidateStateMachineDefinition => &[],
    }
}

/// What an error shows where a request names no resource.
fn all_of_its_kind(operation: Operation, place: &Place) -> String {
    match operation {
        Operation::CreateActivity | Operation::ListActivities | Operation::GetActivityTask => {
            format!("{place}:activity:*")
        }
        Operation::SendTaskFailure | Operation::SendTaskHeartbeat | Operation::SendTaskSuccess => "*".to_owned(),
        _ => format!("{place}:stateMachine:*"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:states:us-east-1:123456789012";

    fn of(operation: Operation, body: &Value) -> Result<Resource, ApiError> {
        Resource::of(operation, body.as_object().unwrap(), &Place::new("aws", "us-east-1", "123456789012"))
    }

    #[test]
    fn a_request_is_for_the_state_machines_of_its_members() {
        let machine = format!("{ARN}:stateMachine:orders");
        for (operation, body, names) in [
            (Operation::StartExecution, json!({"stateMachineArn": format!("{machine}:PROD")}), &["orders"][..]),
            (Operation::StartExecution, json!({"stateMachineArn": format!("{machine}#Case")}), &["orders"]),
            (Operation::CreateStateMachine, json!({"name": "orders"}), &["orders"]),
            (Operation::StopExecution, json!({"executionArn": format!("{ARN}:execution:orders:e1")}), &["orders"]),
            (
                Operation::DescribeExecution,
                json!({"executionArn": format!("{ARN}:execution:orders/label:e1")}),
                &["orders"],
            ),
            (Operation::ListExecutions, json!({"mapRunArn": format!("{ARN}:mapRun:orders/label:id")}), &["orders"]),
            (Operation::TagResource, json!({"resourceArn": machine}), &["orders"]),
            (Operation::TagResource, json!({"resourceArn": format!("{ARN}:activity:orders")}), &[]),
            (Operation::DescribeActivity, json!({"activityArn": format!("{ARN}:activity:orders")}), &[]),
            (Operation::SendTaskSuccess, json!({"taskToken": "t"}), &[]),
            (Operation::ListStateMachines, json!({}), &[]),
            (Operation::TestState, json!({"definition": "{}"}), &[]),
            (
                Operation::UpdateStateMachineAlias,
                json!({
                    "stateMachineAliasArn": format!("{machine}:PROD"),
                    "routingConfiguration": [{"stateMachineVersionArn": format!("{ARN}:stateMachine:payroll:1"), "weight": 100}],
                }),
                &["orders", "payroll"],
            ),
        ] {
            assert_eq!(of(operation, &body).unwrap().machines, names, "{operation} {body}");
        }
    }

    #[test]
    fn members_of_other_operations_say_nothing() {
        let body = json!({
            "activityArn": format!("{ARN}:activity:a"),
            "stateMachineArn": format!("{ARN}:stateMachine:orders"),
            "executionArn": format!("{ARN}:execution:orders:e1"),
        });
        assert!(of(Operation::DescribeActivity, &body).unwrap().machines.is_empty());
        assert!(of(Operation::TestState, &body).unwrap().machines.is_empty());
        assert!(of(Operation::ListStateMachines, &body).unwrap().machines.is_empty());
    }

    #[test]
    fn what_is_no_arn_is_answered_as_the_operation_would() {
        for arn in ["orders", "arn:aws:states:us-east-1:123456789012:execution:orders:e1", ""] {
            let error = of(Operation::StartExecution, &json!({"stateMachineArn": arn})).unwrap_err();
            assert!(matches!(error, ApiError::InvalidArn { .. }), "{arn}: {error}");
        }
    }

    #[test]
    fn an_error_shows_the_resource_as_the_request_names_it() {
        for (operation, body, shown) in [
            (Operation::CreateStateMachine, json!({"name": "orders"}), format!("{ARN}:stateMachine:orders")),
            (
                Operation::StartExecution,
                json!({"stateMachineArn": format!("{ARN}:stateMachine:orders:7")}),
                format!("{ARN}:stateMachine:orders:7"),
            ),
            (Operation::ListStateMachines, json!({}), format!("{ARN}:stateMachine:*")),
            (Operation::CreateActivity, json!({"name": "a"}), format!("{ARN}:activity:*")),
            (Operation::SendTaskSuccess, json!({"taskToken": "t"}), "*".to_owned()),
        ] {
            assert_eq!(of(operation, &body).unwrap().shown, shown, "{operation}");
        }
    }
}
