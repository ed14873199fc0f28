//! How data goes into a state and out of it: <https://states-language.net/spec.html#data>.

use expressions::jsonata::JsonataTemplate;
use expressions::path::Path;
use expressions::reference_path::ReferencePath;
use expressions::template::PayloadTemplate;

/// The data fields of one state, by its query language. A field that the state's type does not have stays at its default.
#[derive(Clone, Debug)]
pub enum DataFlow {
    JsonPath(Box<JsonPathFlow>),
    Jsonata(Box<JsonataFlow>),
}

#[derive(Clone, Debug, Default)]
pub struct JsonPathFlow {
    pub input_path: PathField,
    pub parameters: Option<PayloadTemplate>,
    pub result_selector: Option<PayloadTemplate>,
    pub result_path: ResultPath,
    pub output_path: PathField,
    pub assign: Option<Assign>,
}

#[derive(Clone, Debug, Default)]
pub struct JsonataFlow {
    pub arguments: Option<JsonataTemplate>,
    pub output: Option<JsonataTemplate>,
    pub assign: Option<Assign>,
}

/// `Assign`: variables by name.
#[derive(Clone, Debug)]
pub enum Assign {
    JsonPath(PayloadTemplate),
    Jsonata(JsonataTemplate),
}

/// `InputPath` and `OutputPath`.
#[derive(Clone, Debug, Default)]
pub enum PathField {
    /// Absent, or `$`.
    #[default]
    Whole,
    /// `null`: an empty object.
    Null,
    Path(Path),
}

/// `ResultPath`.
#[derive(Clone, Debug, Default)]
pub enum ResultPath {
    /// Absent, or `$`: the result is the output.
    #[default]
    Replace,
    /// `null`: the result is dropped, the input is the output.
    Discard,
    At(ReferencePath),
}
