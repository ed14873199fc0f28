//! The context object, `$$`: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html>.

use asl::machine::State;
use serde_json::{Value, json};

use crate::execution::Execution;
use crate::run::Branch;

/// Built when an expression asks for it. `Execution.Input` is there if the run carries it, which it does whenever the
/// machine may read it.
pub fn build(execution: &Execution, branch: &Branch, state: &State) -> Value {
    let arn = &execution.arn;
    let entered = branch
        .entered
        .map(|entered| entered.at)
        .unwrap_or(execution.started_at);
    json!({
        "Execution": {
            "Id": arn.as_str(),
            "Input": execution.input.as_ref().map_or(Value::Null, |input| input.value()),
            "StartTime": execution.started_at.to_string(),
            "Name": arn.name(),
            "RoleArn": &*execution.role_arn,
            "RedriveCount": 0,
        },
        "StateMachine": {
            "Id": arn.state_machine_arn(),
            "Name": arn.state_machine_name(),
        },
        "State": {
            "Name": state.name.as_str(),
            "EnteredTime": entered.to_string(),
            "RetryCount": branch.retry_count(),
        },
    })
}
