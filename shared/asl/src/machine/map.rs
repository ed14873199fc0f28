//! The Map state, inline and distributed: <https://states-language.net/spec.html#map-state>.

use expressions::jsonata::{JsonataExpression, JsonataTemplate};
use expressions::path::Path;
use expressions::template::PayloadTemplate;
use serde_json::Value;

use super::Scope;
use super::data_flow::DataFlow;
use super::error_handling::{Catcher, Retrier};
use super::fields::Integer;
use super::states::Next;

#[derive(Clone, Debug)]
pub struct Map {
    pub flow: DataFlow,
    pub items: Items,
    /// `ItemSelector`, or `Parameters` of the older form, by query language.
    pub item_selector: Option<ItemSelector>,
    /// Whether that may read the state's input, and not only the item.
    pub selector_reads_input: bool,
    pub item_processor: Scope,
    /// Whether the states of the processor may read `$$.Map.Item`; if none does, an iteration need not carry it.
    pub reads_item: bool,
    pub mode: ProcessorMode,
    /// Absent or 0: as many as there are.
    pub max_concurrency: Option<Integer>,
    pub tolerated_failure_count: Option<Integer>,
    pub tolerated_failure_percentage: Option<Percentage>,
    pub retry: Vec<Retrier>,
    pub catch: Vec<Catcher>,
    pub next: Next,
}

#[derive(Clone, Debug)]
pub enum ItemSelector {
    JsonPath(PayloadTemplate),
    Jsonata(JsonataTemplate),
}

/// Where the items come from.
#[derive(Clone, Debug)]
pub enum Items {
    /// Neither `ItemsPath` nor `Items`: the state's effective input.
    Input,
    /// `ItemsPath`.
    Path(Path),
    /// `Items`, a JSONata expression or array.
    Jsonata(JsonataTemplate),
    /// `Items` of a JSONPath state: an array template.
    JsonPath(PayloadTemplate),
}

/// A number from 0 to 100, fractions allowed.
#[derive(Clone, Debug)]
pub enum Percentage {
    Constant(f64),
    Path(Path),
    Jsonata(JsonataExpression),
}

#[derive(Clone, Debug)]
pub enum ProcessorMode {
    Inline,
    Distributed(Box<Distributed>),
}

/// Fields that only a distributed Map has. The readers and writers are kept as they stand in the definition until the
/// engine runs them.
#[derive(Clone, Debug)]
pub struct Distributed {
    pub execution_type: ExecutionType,
    pub label: Option<String>,
    pub item_reader: Option<Value>,
    pub item_batcher: Option<Value>,
    pub result_writer: Option<Value>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExecutionType {
    #[default]
    Standard,
    Express,
}
