use super::IntrinsicFunction;
use crate::path::tests::TestScope;
use serde_json::{Value, json};

fn evaluate(call: &str, input: Value) -> Result<Value, String> {
    let scope = TestScope {
        context: json!({"StateMachine": {"Name": "a-b-c"}, "Execution": {"Input": input}}),
        variables: json!({"list": [1, 2]}),
        ..TestScope::of_input(input)
    };
    IntrinsicFunction::parse(call).unwrap().evaluate(&scope).map_err(|error| error.to_string())
}

fn check(cases: &[(&str, Value, Value)]) {
    for (call, input, expected) in cases {
        assert_eq!(evaluate(call, input.clone()).as_ref(), Ok(expected), "{call} of {input}");
    }
}

fn check_invalid(cases: &[(&str, Value)]) {
    for (call, input) in cases {
        let function = call.split('(').next().unwrap();
        let expected = format!("The function '{call}' had the following error: Invalid arguments in {function}");
        assert_eq!(evaluate(call, input.clone()), Err(expected), "{call} of {input}");
    }
}

#[test]
fn strings_are_formatted() {
    check(&[
        ("States.Format('Hello {}', $.name)", json!({"name": "Ada"}), json!("Hello Ada")),
        ("States.Format('{} {} {}', 'x', 2, true)", json!({}), json!("x 2 true")),
        ("States.Format('{}|{}', $.x, null)", json!({"x": null}), json!("null|null")),
        ("States.Format('fst={}', $.x)", json!({"x": {"Arg1": 1, "Arg2": []}}), json!("fst={Arg1=1, Arg2=[]}")),
        (r"States.Format('it\'s \{{}\} \\', 1)", json!({}), json!(r"it's {1} \")),
        ("States.Format($.t, 1)", json!({"t": "n={}"}), json!("n=1")),
        ("States.Format('{}', States.StringToJson('\"x\"'))", json!({}), json!("\"x\"")),
        ("States.Format('none')", json!({}), json!("none")),
        ("States.Format('{}', $.a[?(@.b == 'x, y)')].b)", json!({"a": [{"b": "x, y)"}]}), json!("[x, y)]")),
    ]);
    for (call, reason) in [
        (
            "States.Format('{} {}', 1)",
            "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.",
        ),
        ("States.Format('{', 1)", "Invalid template in States.Format: matching '}' not found for '{'."),
        ("States.Format('}')", "Invalid template in States.Format: matching '{' not found for '}'."),
        ("States.Format()", "Invalid arguments in States.Format"),
    ] {
        let expected = format!("The function '{call}' had the following error: {reason}");
        assert_eq!(evaluate(call, json!({})), Err(expected));
    }
}

#[test]
fn arrays_are_made_and_taken_apart() {
    check(&[
        ("States.Array()", json!({}), json!([])),
        ("States.Array($.a, 'b', -1.5, States.Array(null))", json!({"a": {}}), json!([{}, "b", -1.5, [null]])),
        ("States.ArrayPartition($, 2)", json!([1, 2, 3]), json!([[1, 2], [3]])),
        ("States.ArrayPartition($, 2.6)", json!([1, 2, 3]), json!([[1, 2], [3]])),
        ("States.ArrayPartition($, 4)", json!([]), json!([])),
        ("States.ArrayContains($, $[0])", json!([[1, 2], 2]), json!(true)),
        ("States.ArrayContains($, null)", json!([[1, 2], 2]), json!(false)),
        ("States.ArrayContains($, true)", json!(["true"]), json!(true)),
        ("States.ArrayContains($, false)", json!([0, 1]), json!(false)),
        ("States.ArrayRange(0, 9, 3)", json!({}), json!([0, 3, 6, 9])),
        ("States.ArrayRange(0, 10, 3)", json!({}), json!([0, 3, 6, 9])),
        ("States.ArrayRange(5, 1, -2)", json!({}), json!([5, 3, 1])),
        ("States.ArrayRange(5.4, -0.6, -2.4)", json!({}), json!([5, 3, 1])),
        ("States.ArrayRange(3, 3, -1)", json!({}), json!([3])),
        ("States.ArrayRange(5, 1, 1)", json!({}), json!([])),
        ("States.ArrayRange(1, 2, 5)", json!({}), json!([1])),
        ("States.ArrayGetItem($, 1)", json!([10, 20]), json!(20)),
        ("States.ArrayGetItem($, 1.2)", json!([10, 20]), json!(20)),
        ("States.ArrayGetItem($, 999)", json!([]), json!(null)),
        ("States.ArrayLength($)", json!([1, 2]), json!(2)),
        ("States.ArrayLength($.items[*].none)", json!({"items": [1]}), json!(0)),
        (
            "States.ArrayUnique($)",
            json!([1, "1", 1.0, {"a": 1, "b": 2}, {"b": 2, "a": 1}]),
            json!([1.0, {"a": 1, "b": 2}, 1, "1"]),
        ),
    ]);
    assert_eq!(evaluate("States.ArrayRange(1, 1000, 1)", json!({})).unwrap().as_array().unwrap().len(), 1000);
    check_invalid(&[
        ("States.ArrayPartition($, 0.6)", json!([1])),
        ("States.ArrayPartition($, -1)", json!([1])),
        ("States.ArrayPartition($)", json!([1])),
        ("States.ArrayPartition('x', 1)", json!([1])),
        ("States.ArrayContains($)", json!([1])),
        ("States.ArrayRange(1, 1001, 1)", json!({})),
        ("States.ArrayRange(1, 10, 0.49)", json!({})),
        ("States.ArrayRange(1, 'b', 1)", json!({})),
        ("States.ArrayRange(1, 1e30, 1)", json!({})),
        ("States.ArrayGetItem($, 2)", json!([10, 20])),
        ("States.ArrayGetItem($, -1)", json!([10, 20])),
        ("States.ArrayGetItem($, '1')", json!([10, 20])),
        ("States.ArrayLength('abc')", json!({})),
        ("States.ArrayUnique($)", json!({"a": 1})),
    ]);
}

#[test]
fn text_is_encoded_hashed_and_split() {
    check(&[
        ("States.Base64Encode($)", json!("Data to encode"), json!("RGF0YSB0byBlbmNvZGU=")),
        ("States.Base64Decode($)", json!("RGF0YSB0byBlbmNvZGU="), json!("Data to encode")),
        ("States.Base64Decode('4pyT')", json!({}), json!("✓")),
        ("States.Base64Decode('')", json!({}), json!("")),
        ("States.Base64Decode(' YWJj! ZA ')", json!({}), json!("abcd")),
        ("States.Base64Decode('YWI=YWI=')", json!({}), json!("ab")),
        ("States.Hash('input data', 'MD5')", json!({}), json!("812f45842bc6d66ee14572ce20db8e86")),
        ("States.Hash('input data', 'SHA-1')", json!({}), json!("aaff4a450a104cd177d28d18d74485e8cae074b7")),
        (
            "States.Hash('input data', 'SHA-256')",
            json!({}),
            json!("b4a697a057313163aee33cd8d40c66e9f0f177e00cac2de32475ffff6169c3e3"),
        ),
        ("States.StringSplit($, ',')", json!(", , ,"), json!([" ", " "])),
        ("States.StringSplit($, '.+,')", json!("1+2,3.4"), json!(["1", "2", "3", "4"])),
        ("States.StringSplit($, ',')", json!(",,,,"), json!([])),
        ("States.StringSplit('Hello\nWorld', '\n')", json!({}), json!(["Hello", "World"])),
        ("States.StringSplit($, '')", json!("abc"), json!(["abc"])),
    ]);
    check_invalid(&[
        ("States.Base64Encode($)", json!("a".repeat(10_001))),
        ("States.Base64Decode(123)", json!({})),
        ("States.Hash('x', 'md5')", json!({})),
        ("States.Hash($, 'MD5')", json!("a".repeat(10_001))),
        ("States.StringSplit($, ',')", json!(false)),
    ]);
}

#[test]
fn json_is_read_written_and_merged() {
    check(&[
        ("States.StringToJson($)", json!("[1, 2, \"x\"]"), json!([1, 2, "x"])),
        ("States.StringToJson($)", json!(" "), json!(null)),
        ("States.StringToJson('{\"a\": {}}')", json!({}), json!({"a": {}})),
        ("States.JsonToString($)", json!({"Arg1": 1, "Arg2": []}), json!("{\"Arg1\":1,\"Arg2\":[]}")),
        ("States.JsonToString($)", json!("x"), json!("\"x\"")),
        ("States.JsonMerge($.a, $.b, false)", json!({"a": {"x": 1, "y": 2}, "b": {"y": {}}}), json!({"x": 1, "y": {}})),
        ("States.JsonMerge($.a, $.a, 'false')", json!({"a": {}}), json!({})),
    ]);
    check_invalid(&[
        ("States.StringToJson($)", json!("{bad json}")),
        ("States.StringToJson($)", json!(123)),
        ("States.StringToJson('1', '2')", json!({})),
        ("States.JsonMerge($, $, true)", json!({})),
        ("States.JsonMerge($, null, false)", json!({})),
        ("States.JsonMerge($, $)", json!({})),
    ]);
}

#[test]
fn numbers_are_added_and_drawn() {
    check(&[
        ("States.MathAdd(-9, 3)", json!({}), json!(-6)),
        ("States.MathAdd(1.5, 1.51)", json!({}), json!(4)),
        ("States.MathAdd(-1.49, -1.5)", json!({}), json!(-2)),
        ("States.MathAdd(2147483646, 1)", json!({}), json!(2_147_483_647)),
        ("States.MathRandom(3, 4)", json!({}), json!(3)),
    ]);
    check_invalid(&[
        ("States.MathAdd(2147483647, 1)", json!({})),
        ("States.MathAdd(3000000000, 1)", json!({})),
        ("States.MathAdd('1', 1)", json!({})),
        ("States.MathAdd(1)", json!({})),
        ("States.MathRandom(1, 1)", json!({})),
        ("States.MathRandom(10, 5)", json!({})),
        ("States.MathRandom(1.4, 1.6)", json!({})),
        ("States.MathRandom(1, 10, null)", json!({})),
        ("States.UUID(1)", json!({})),
    ]);
    let scope = TestScope::of_input(json!({}));
    let random = IntrinsicFunction::parse("States.MathRandom(-3, 5)").unwrap();
    let drawn: std::collections::BTreeSet<i64> =
        (0..500).map(|_| random.evaluate(&scope).unwrap().as_i64().unwrap()).collect();
    assert_eq!(drawn, (-3..5).collect());
    let seeded = "States.MathRandom(1, 1000, -7)";
    assert_eq!(evaluate(seeded, json!({})), evaluate(seeded, json!({})));
    assert_eq!(evaluate("States.UUID()", json!({})).unwrap().as_str().unwrap().len(), 36);
}

#[test]
fn calls_nest_and_read_context_and_variables() {
    check(&[
        (
            "States.ArrayGetItem(States.StringSplit($$.StateMachine.Name, '-'), \
             States.MathAdd(States.ArrayLength(States.StringSplit($$.StateMachine.Name, '-')), -1))",
            json!(null),
            json!("c"),
        ),
        ("States.ArrayLength( $list )", json!({}), json!(2)),
        ("States.Array($$.Execution.Input['a,b)'], $list[0])", json!({"a,b)": 1}), json!([1, 1])),
    ]);
}

#[test]
fn a_missing_argument_is_named_as_step_functions_names_it() {
    for (call, input, reason) in [
        (
            "States.Format('{}',$.nope)",
            json!({"other": 1}),
            "The JsonPath argument for the field '$.nope' could not be found in the input '{\"other\":1}'",
        ),
        (
            "States.Format('{}', States.Format('{}', $.a.b))",
            json!({"other": 1}),
            "The JsonPath argument for the field '$.a.b' could not be found in the input '{\"other\":1}'",
        ),
        (
            "States.Format('{}', $.items[5])",
            json!({"items": [1]}),
            "The JsonPath argument for the field '$.items[5]' could not be found in the input '{\"items\":[1]}'",
        ),
        (
            "States.Format('{}', $$.Nope.Deep)",
            json!({"other": 1}),
            "The JsonPath argument for the field '$.Nope.Deep' could not be found in the input '{\"other\":1}'",
        ),
        (
            "States.Format('{}', $.other[0])",
            json!({"other": 1}),
            "Filter: [0] can only be applied to arrays. Current context is: 1",
        ),
    ] {
        assert_eq!(evaluate(call, input), Err(format!("The function '{call}' had the following error: {reason}")));
    }
}

#[test]
fn texts_that_are_no_calls_are_refused() {
    let ten_deep = format!("{}1{}", "States.Array(".repeat(10), ")".repeat(10));
    assert!(IntrinsicFunction::parse(&ten_deep).is_ok());
    let eleven_deep = format!("States.Array({ten_deep})");
    for text in [
        "",
        "States.format('x')",
        "States.Unknown()",
        "States.UUID",
        "States.UUID(",
        "States.UUID() x",
        "States.Array(1,)",
        "States.Array(1 2)",
        "States.Array(\"x\")",
        "States.Array('x)",
        "States.Array($.)",
        "States.Array(abc)",
        "States.Array(01)",
        r#"States.Format('He said, \"Hello\"')"#,
        r"States.Base64Decode('YWJj\nZA==')",
        " States.UUID()",
        eleven_deep.as_str(),
    ] {
        assert!(IntrinsicFunction::parse(text).is_err(), "{text}");
    }
}
