//! The context object, `$$`: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>.

use asl::machine::{State, StateKind};
use serde_json::{Value, json};

use crate::execution::{Execution, Kind};
use crate::payload::Payload;
use crate::redrive::Redrives;
use crate::run::{Branch, Run};

/// `$$.Map.Item`.
#[derive(Clone, Debug)]
pub struct MapItem {
    pub index: u32,
    pub value: Payload,
}

/// What only some states have.
#[derive(Clone, Debug, Default)]
pub(crate) struct More {
    pub item: Option<MapItem>,
    /// Of a task that waits for it.
    pub task_token: Option<String>,
}

/// Built when an expression asks for it. `Execution.Input` is there if the run carries it, which it does whenever the
/// machine may read it; `Map` and `Task` where there is something to tell of them.
pub(crate) fn build(run: &Run, branch: &Branch, state: &State, more: &More) -> Value {
    let execution = &*run.execution;
    let arn = &execution.arn;
    let entered = branch.entered.map(|entered| entered.at).unwrap_or(execution.started_at);
    let mut state_object = json!({
        "Name": state.name.as_str(),
        "EnteredTime": entered.to_string(),
    });
    if let (true, Some(members)) = (has_retries(&state.kind), state_object.as_object_mut()) {
        members.insert("RetryCount".into(), branch.retry_count().into());
    }
    let mut context = json!({
        "Execution": execution_object(execution, run.redrives.as_ref()),
        "StateMachine": {
            "Id": arn.state_machine_arn(),
            "Name": arn.state_machine_name(),
        },
        "State": state_object,
    });
    if let Some(members) = context.as_object_mut() {
        if let Some(item) = &more.item {
            members.insert("Map".into(), json!({ "Item": { "Index": item.index, "Value": item.value.value() } }));
        }
        if let Some(token) = &more.task_token {
            members.insert("Task".into(), json!({ "Token": token }));
        }
    }
    context
}

/// AWS shows no redrives where the caller waits for the end; TestState may do without a role.
fn execution_object(execution: &Execution, redrives: Option<&Redrives>) -> Value {
    let arn = &execution.arn;
    let mut object = json!({
        "Id": arn.as_str(),
        "Input": execution.input.as_ref().map_or(Value::Null, |input| input.value()),
        "StartTime": execution.started_at.to_string(),
        "Name": arn.name(),
    });
    if let Some(members) = object.as_object_mut() {
        if !execution.role_arn.is_empty() {
            members.insert("RoleArn".into(), json!(&*execution.role_arn));
        }
        if execution.kind != Kind::ExpressSync {
            members.insert("RedriveCount".into(), json!(redrives.map_or(0, |redrives| redrives.count)));
        }
        if let Some(redrives) = redrives {
            members.insert("RedriveTime".into(), json!(redrives.at.to_string()));
        }
    }
    object
}

/// Whether the state's type has `Retry`: only these show a `RetryCount`.
fn has_retries(kind: &StateKind) -> bool {
    match kind {
        StateKind::Task(_) | StateKind::Parallel(_) | StateKind::Map(_) => true,
        StateKind::Pass(_) | StateKind::Choice(_) | StateKind::Wait(_) | StateKind::Succeed(_) | StateKind::Fail(_) => {
            false
        }
    }
}
