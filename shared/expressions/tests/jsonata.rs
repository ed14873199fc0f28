//! Properties of JSONata, over generated texts and documents: nothing panics, aborts, or runs on.

use expressions::jsonata::{JsonataExpression, JsonataLimits, JsonataScope, JsonataTemplate};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

struct Scope {
    input: Value,
    context: Value,
}

impl JsonataScope for Scope {
    fn input(&self) -> &Value {
        &self.input
    }

    fn context(&self) -> &Value {
        &self.context
    }

    fn result(&self) -> Option<&Value> {
        Some(&self.input)
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        matches!(name, "a" | "b").then_some(&self.input)
    }

    fn random(&self) -> u64 {
        7
    }

    fn epoch_milliseconds(&self) -> i64 {
        1_767_225_600_000
    }
}

fn scope(input: Value) -> Scope {
    Scope { input, context: json!({"State": {"Name": "S"}}) }
}

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ab]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 30, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[abc]", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Every builtin, and what a call is made of.
const TOKENS: &[&str] = &[
    "$states",
    ".input",
    ".context",
    "$a",
    "$b",
    "$x",
    "$",
    "$$",
    "$x :=",
    "a",
    "b",
    ".a",
    ".",
    "*",
    "**",
    "%",
    "@$x",
    "#$x",
    "[0]",
    "[-1]",
    "[]",
    "[a=1]",
    "^(a)",
    "^(>$)",
    "{a: b}",
    "{'k': $}",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ";",
    ":",
    "?",
    "??",
    "?:",
    "~>",
    "&",
    "=",
    "!=",
    "<",
    "in",
    "and",
    "or",
    "+",
    "-",
    "*",
    "/",
    "..",
    "1",
    "0",
    "1e300",
    "-1.5",
    "1/0",
    "0/0",
    "'x'",
    "'I'",
    "'w'",
    "'[Y,*-99999]'",
    "'[M01]'",
    "'#,##0.00'",
    "''",
    "null",
    "true",
    "/a*/",
    "/(a)|b/i",
    "|a|{'b': 1}|",
    "function($x){",
    "function($x, $y){",
    "λ($x){",
    "}",
    "?",
    "$string(",
    "$length(",
    "$substring(",
    "$substringBefore(",
    "$uppercase(",
    "$lowercase(",
    "$trim(",
    "$pad(",
    "$contains(",
    "$split(",
    "$join(",
    "$match(",
    "$replace(",
    "$eval(",
    "$base64encode(",
    "$base64decode(",
    "$encodeUrl(",
    "$decodeUrlComponent(",
    "$number(",
    "$abs(",
    "$floor(",
    "$round(",
    "$power(",
    "$sqrt(",
    "$random(",
    "$formatNumber(",
    "$formatBase(",
    "$formatInteger(",
    "$parseInteger(",
    "$sum(",
    "$max(",
    "$average(",
    "$boolean(",
    "$not(",
    "$exists(",
    "$count(",
    "$append(",
    "$sort(",
    "$reverse(",
    "$shuffle(",
    "$distinct(",
    "$zip(",
    "$keys(",
    "$lookup(",
    "$spread(",
    "$merge(",
    "$sift(",
    "$each(",
    "$error(",
    "$assert(",
    "$type(",
    "$now(",
    "$millis(",
    "$fromMillis(",
    "$toMillis(",
    "$map(",
    "$filter(",
    "$single(",
    "$reduce(",
    "$partition(",
    "$range(",
    "$hash(",
    "$uuid(",
    "$parse(",
    "$formatInteger",
    "$pad",
    "$string",
    "$join",
];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::collection::vec(prop::sample::select(TOKENS), 0..14).prop_map(|tokens| tokens.join(" ")),
        4 => call(),
        1 => ".{0,40}",
        1 => "[$a-c(){}\\[\\]'\"/\\\\.,:;?~&|^%@#*+0-9 ]{0,30}",
    ]
}

/// Calls that parse, with arguments of every kind.
fn call() -> impl Strategy<Value = String> {
    let argument = prop::sample::select(vec![
        "1",
        "-1",
        "0.5",
        "1e300",
        "1/0",
        "0/0",
        "1e9",
        "'abc'",
        "''",
        "'I'",
        "'w'",
        "'A'",
        "'[Y]'",
        "'[Y,9-3]'",
        "'0.0e0'",
        "'#'",
        "[]",
        "[1,2]",
        "['a','b']",
        "[[1]]",
        "{}",
        "{'a':1}",
        "null",
        "$none",
        "true",
        "/b/",
        "/x*/",
        "$sum",
        "function($x){$x}",
        "function($x,$y){$x & $y}",
        "$states.input",
        "$a",
        "?",
    ]);
    let name = prop::sample::select(TOKENS.iter().filter(|token| token.ends_with('(')).collect::<Vec<_>>());
    let chained = prop::sample::select(vec!["", "$a ~> ", "[1..3].", "'x'.", "$states.input."]);
    (chained, name, prop::collection::vec(argument, 0..5))
        .prop_map(|(chained, name, arguments)| format!("{chained}{name}{})", arguments.join(", ")))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_an_expression_or_an_error_and_any_evaluation_ends(text in text(), input in document()) {
        let Ok(expression) = JsonataExpression::parse(&text) else { return Ok(()) };
        let limits = JsonataLimits { milliseconds: 200, ..JsonataLimits::default() };
        let started = Instant::now();
        let outcome = expression.evaluate("Output", &scope(input), &limits);
        prop_assert!(started.elapsed() < Duration::from_secs(5), "{text}");
        if let Err(failure) = outcome {
            prop_assert!(failure.to_string().starts_with("The JSONata expression '"), "{failure}");
        }
    }

    #[test]
    fn a_document_passes_through_unchanged(input in document()) {
        for text in ["$states.input", "($states.input)", "[$states.input][0]"] {
            // An array in brackets is taken apart.
            if text.starts_with('[') && input.is_array() {
                continue;
            }
            let expression = JsonataExpression::parse(text).unwrap();
            let output = expression.evaluate("Output", &scope(input.clone()), &JsonataLimits::default());
            prop_assert_eq!(output.map(|output| output.to_string()), Ok(input.to_string()), "{}", text);
        }
    }

    #[test]
    fn a_template_without_expressions_is_itself(template in document()) {
        let compiled = JsonataTemplate::compile(&template).unwrap();
        prop_assert_eq!(compiled.literal(), Some(&template));
    }

    /// The short way for plain paths is no other way.
    #[test]
    fn a_plain_path_finds_what_an_evaluation_finds(input in document(), fields in "(\\.[abc]){0,4}") {
        let scope = scope(input);
        let evaluate = |text: String| {
            JsonataExpression::parse(&text).unwrap().evaluate("Output", &scope, &JsonataLimits::default()).ok()
        };
        prop_assert_eq!(evaluate(format!("$states.input{fields}")), evaluate(format!("($states.input{fields})")));
    }
}
