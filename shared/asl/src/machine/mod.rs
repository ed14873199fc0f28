//! The typed machine: what a definition says, with every field parsed once. The engine never sees a JSON definition.
//!
//! Field names are the States Language's own: <https://states-language.net/spec.html>.

pub mod choice;
pub mod data_flow;
pub mod error_handling;
pub mod fields;
pub mod map;
pub mod resource;
pub mod states;

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use choice::{Choice, ChoiceRule, Comparison, Condition, Operand, Relation, ValueType};
pub use data_flow::{Assign, DataFlow, JsonPathFlow, JsonataFlow, PathField, ResultPath};
pub use error_handling::{Catcher, ErrorName, ErrorPattern, JitterStrategy, Retrier};
pub use fields::{Integer, Text};
pub use map::{Distributed, ExecutionType, Items, Map, Percentage, ProcessorMode};
pub use resource::{Integration, Pattern, Resource};
pub use states::{Fail, Next, Parallel, Pass, Succeed, Task, Wait, WaitFor};

/// The name of a state: unique in the whole machine, nested scopes included, 1 to 80 characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StateName(Arc<str>);

impl StateName {
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum QueryLanguage {
    #[default]
    JsonPath,
    Jsonata,
}

/// A whole definition. Since state names are unique in a machine, one index serves all scopes: a branch of a run needs
/// no more than a name to find its state.
#[derive(Clone, Debug)]
pub struct Machine {
    pub comment: Option<String>,
    pub version: Option<String>,
    pub query_language: QueryLanguage,
    /// `TimeoutSeconds` of the whole execution.
    pub timeout_seconds: Option<u64>,
    pub root: Scope,
    pub states: HashMap<StateName, State>,
    /// Whether any expression may read `$$.Execution.Input`; if none does, a run need not carry it.
    pub reads_execution_input: bool,
    /// Whether any task waits for its token; if none does, nobody has to know the key of task tokens.
    pub waits_for_task_tokens: bool,
}

impl Machine {
    pub fn state(&self, name: &StateName) -> Option<&State> {
        self.states.get(name)
    }
}

/// The states that one line of control moves among: the machine itself, a branch of a Parallel, the processor of a Map.
#[derive(Clone, Debug)]
pub struct Scope {
    pub start_at: StateName,
    /// In the order of the definition.
    pub states: Vec<StateName>,
}

#[derive(Clone, Debug)]
pub struct State {
    pub name: StateName,
    pub comment: Option<String>,
    pub query_language: QueryLanguage,
    /// Where it stands in the definition: `/States/Pay` or `/States/Both/Branches[0]/States/Left`.
    pub location: String,
    pub kind: StateKind,
}

impl State {
    /// Whether it is a Task that ends when somebody answers with its token.
    pub fn waits_for_task_token(&self) -> bool {
        matches!(&self.kind, StateKind::Task(task) if task.resource.waits_for_task_token())
    }
}

#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a machine has tens of states, parsed once: boxes would only hinder matching"
)]
pub enum StateKind {
    Task(Task),
    Pass(Pass),
    Choice(Choice),
    Wait(Wait),
    Succeed(Succeed),
    Fail(Fail),
    Parallel(Parallel),
    Map(Map),
}

impl StateKind {
    /// The `Type` field's word.
    pub fn type_name(&self) -> &'static str {
        match self {
            StateKind::Task(_) => "Task",
            StateKind::Pass(_) => "Pass",
            StateKind::Choice(_) => "Choice",
            StateKind::Wait(_) => "Wait",
            StateKind::Succeed(_) => "Succeed",
            StateKind::Fail(_) => "Fail",
            StateKind::Parallel(_) => "Parallel",
            StateKind::Map(_) => "Map",
        }
    }
}
