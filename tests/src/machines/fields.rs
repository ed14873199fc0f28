//! Data fields to draw from: the validator accepts each, and some of them find nothing, or not what they need.

use serde_json::{Map, Value, json};

use super::Language;

/// Inputs of executions: JSON texts, some as people spell them.
pub const INPUTS: [&str; 12] = [
    super::INPUT,
    r#"{"n":0,"at":"","a":{"b":[{"k":1}]},"list":[1,[2]]}"#,
    r#"{"n":1,"at":"x","a":{},"list":[{"k":1}]}"#,
    r#"{ "n" : 0, "at": "", "a": { "b": [1, {"c": null}] }, "list": [3, 1, 2] }"#,
    r#"{"n":2,"at":"","list":[{"k":1,"v":"x"},{"k":2,"v":"y"}],"a":{"b":1.50}}"#,
    r#"{"n":-1,"list":[],"a":{}}"#,
    r#"{"n":12345678901234567890,"at":"\u00e4\ud83d\ude00","list":[[1],[2,[3]]]}"#,
    r#"{"n":0.5,"list":"no","a":[0]}"#,
    "{}",
    "[1,2,3]",
    "\"text\"",
    "null",
];

/// Which data fields a state has beside what its kind needs; the numbers choose what stands in them.
#[derive(Clone, Debug, Default)]
pub struct Data {
    pub input: Option<usize>,
    pub arguments: Option<usize>,
    pub result: Option<usize>,
    pub selector: Option<usize>,
    pub result_path: Option<usize>,
    pub output: Option<usize>,
    pub assign: Option<usize>,
}

/// What of [`Data`] a state takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// Wait and Choice.
    Input,
    /// Pass.
    InputAndResult,
    /// Task and Parallel.
    Everything,
    /// Map: its items are selected, its input is not changed.
    AllButArguments,
}

impl Data {
    pub(super) fn fields(&self, language: Language, takes: Takes, depth: usize) -> Map<String, Value> {
        let mut fields = Map::new();
        let mut put = |name: &str, choice: Option<usize>, pool: &[Value]| {
            if let Some(choice) = choice {
                fields.insert(name.to_owned(), pool[choice % pool.len()].clone());
            }
        };
        let gives_result = matches!(takes, Takes::Everything | Takes::AllButArguments);
        match language {
            Language::JsonPath => {
                put("InputPath", self.input, &paths());
                put("OutputPath", self.output, &paths());
                put("Assign", self.assign, &assignments(depth, &templates(depth)));
                if takes != Takes::Input {
                    put("ResultPath", self.result_path, &result_paths());
                }
                if matches!(takes, Takes::Everything | Takes::InputAndResult) {
                    put("Parameters", self.arguments, &templates(depth));
                }
                if takes == Takes::InputAndResult {
                    put("Result", self.result, &results());
                }
                if gives_result {
                    put("ResultSelector", self.selector, &templates(depth));
                }
            }
            Language::Jsonata => {
                let expressions = expressions(depth, gives_result);
                put("Output", self.output, &expressions);
                put(
                    "Assign",
                    self.assign,
                    &expressions.iter().map(|value| json!({ variable(depth): value })).collect::<Vec<_>>(),
                );
                if takes == Takes::Everything {
                    put("Arguments", self.arguments, &self::expressions(depth, false));
                }
            }
        }
        fields
    }
}

/// A nested line cannot assign to a variable of the one around it.
fn variable(depth: usize) -> String {
    format!("v{depth}")
}

fn paths() -> Vec<Value> {
    let texts = [
        "$",
        "$.n",
        "$.a",
        "$.a.b[0]",
        "$.list[0]",
        "$.list[*]",
        "$.list[-1:]",
        "$.list[?(@.k == 1)]",
        "$..n",
        "$.none",
        "$['a']['b']",
        "$$.Execution.Input",
        "$$.State.Name",
    ];
    let mut paths: Vec<Value> = texts.map(Value::from).into();
    paths.push(Value::Null);
    paths
}

fn result_paths() -> Vec<Value> {
    let mut paths: Vec<Value> = ["$", "$.r", "$.a.b", "$.n.deep", "$.list[0]", "$.list[9]"].map(Value::from).into();
    paths.push(Value::Null);
    paths
}

fn results() -> Vec<Value> {
    vec![json!(null), json!({ "n": 1, "at": "" }), json!([1, [2]]), json!("text"), json!(1.5), json!({ "k.$": "$.n" })]
}

/// Payload templates.
fn templates(depth: usize) -> Vec<Value> {
    vec![
        json!({}),
        json!({ "n.$": "$.n", "at": "" }),
        json!({ "all.$": "$", "n": 0 }),
        json!({ "n.$": "States.MathAdd($.n, 1)", "deep": [{ "list.$": "$.list[*]" }] }),
        json!({ "id.$": "States.UUID()", "random.$": "States.MathRandom(1, 9)" }),
        json!({ "parts.$": "States.ArrayPartition($.list, 2)", "text.$": "States.JsonToString($)" }),
        json!({ "text.$": "States.Format('{} in {}', $.n, $$.State.Name)" }),
        json!({ "value.$": format!("${}", variable(depth)), "n": 1 }),
        json!({ "value.$": "$v0", "none.$": "$.list[?(@.none)]" }),
        json!({ "entered.$": "$$.State.EnteredTime", "merged.$": "States.JsonMerge($.a, $, false)" }),
    ]
}

fn assignments(depth: usize, templates: &[Value]) -> Vec<Value> {
    let paths = paths()
        .into_iter()
        .filter(|path| !path.is_null())
        .map(|path| json!({ format!("{}.$", variable(depth)): path }));
    paths.chain(templates.iter().map(|template| json!({ variable(depth): template }))).collect()
}

/// What may stand wherever JSONata may.
fn expressions(depth: usize, result: bool) -> Vec<Value> {
    let mut texts = vec![
        "$states.input".to_owned(),
        "$states.input.n + 1".to_owned(),
        "$merge([$states.input, {'n': $states.input.n + 1}])".to_owned(),
        "$states.input.list[k = 1]".to_owned(),
        "$states.context.State.Name".to_owned(),
        "$sum([1..5]) & ''".to_owned(),
        "$uuid()".to_owned(),
        "$states.input.none".to_owned(),
        "$partition($states.input.list, 2)".to_owned(),
        "$error('why')".to_owned(),
        "1 + 'x'".to_owned(),
        "function($x) { $x }".to_owned(),
        format!("${}", variable(depth)),
        "{'before': $v0, 'n': 1, 'at': ''}".to_owned(),
    ];
    if result {
        texts.push("$states.result".to_owned());
        texts.push("{'n': 0, 'at': '', 'result': $states.result}".to_owned());
    }
    let mut values: Vec<Value> = texts.into_iter().map(|text| Value::from(format!("{{% {text} %}}"))).collect();
    values.push(json!({ "n": "{% $states.input.n %}", "at": "", "deep": [1, "{% $states.context.Execution.Name %}"] }));
    values.push(json!([true, null, "text"]));
    values
}
