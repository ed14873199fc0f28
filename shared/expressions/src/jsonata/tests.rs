use super::*;
use serde_json::json;

struct TestScope {
    input: Value,
    context: Value,
    result: Option<Value>,
    error_output: Option<Value>,
    variables: Value,
}

impl JsonataScope for TestScope {
    fn input(&self) -> &Value {
        &self.input
    }

    fn context(&self) -> &Value {
        &self.context
    }

    fn result(&self) -> Option<&Value> {
        self.result.as_ref()
    }

    fn error_output(&self) -> Option<&Value> {
        self.error_output.as_ref()
    }

    fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.get(name)
    }

    fn random(&self) -> u64 {
        0x0123_4567_89AB_CDEF
    }

    fn epoch_milliseconds(&self) -> i64 {
        1_767_225_600_000
    }
}

fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn scope() -> TestScope {
    TestScope {
        input: json!({
            "order": {"id": 7, "price": 2.5, "lines": [{"sku": "a", "n": 1}, {"sku": "b", "n": 2}]},
            "empty": [], "one": [5], "nothing": null, "text": "abc", "when": 0,
            "long": number("9007199254740993"), "near": number("9007199254740992"),
            "longest": number("9223372036854775807"),
        }),
        context: json!({"Execution": {"Input": {"x": 1}, "Name": "run"}, "State": {"Name": "S"}}),
        result: Some(json!([1, 0, 1])),
        error_output: None,
        variables: json!({"three": 3, "list": [1, 2, 3], "object": {"k": {"deep": [1]}}}),
    }
}

fn limits() -> JsonataLimits {
    JsonataLimits { milliseconds: 60_000, ..JsonataLimits::default() }
}

fn evaluate(expression: &str) -> Result<Value, String> {
    let parsed = JsonataExpression::parse(expression).unwrap_or_else(|error| panic!("{expression:.80}: {error}"));
    parsed.evaluate("Output/v", &scope(), &limits()).map_err(|failure| failure.to_string())
}

/// What a failure says after naming the expression and the field.
fn failure(expression: &str) -> String {
    let text = evaluate(expression).expect_err(expression);
    let (_, tail) = text.split_once("specified for the field 'Output/v' ").unwrap_or_else(|| panic!("{text:.200}"));
    tail.to_owned()
}

fn check_values(cases: &[(&str, Value)]) {
    for (expression, expected) in cases {
        assert_eq!(evaluate(expression).as_ref(), Ok(expected), "{expression}");
    }
}

fn check_failures(cases: &[(&str, &str)]) {
    for (expression, expected) in cases {
        assert_eq!(failure(expression), *expected, "{expression}");
    }
}

#[test]
fn expressions_read_states_and_variables() {
    check_values(&[
        ("$states.input.order.id", json!(7)),
        ("$states.input.empty", json!([])),
        ("$states.input.one", json!([5])),
        ("$states.input.nothing", json!(null)),
        ("$states.input.order.lines.sku", json!(["a", "b"])),
        ("$states.input.order.lines[n=2].sku", json!("b")),
        ("$states.input.order.lines[n=2][]", json!([{"sku": "b", "n": 2}])),
        ("$states.context.State.Name", json!("S")),
        ("$states.result[$ = 1]", json!([1, 1])),
        ("$three", json!(3)),
        ("$object.k.deep", json!([1])),
        ("$keys($states)", json!(["input", "context", "result"])),
        ("{'z': 1, 'a': $three}", json!({"z": 1, "a": 3})),
        ("$exists($states.input.nothing)", json!(true)),
        ("$variable := 1", json!(1)),
    ]);
    assert_eq!(evaluate("{'z': 1, 'a': 2}").unwrap().to_string(), r#"{"z":1,"a":2}"#);
    assert_eq!(failure("$states.errorOutput"), "returned nothing (undefined).");
}

#[test]
fn a_variable_hides_the_builtin_of_its_name() {
    let scope = TestScope { variables: json!({"pad": "text", "random": 1}), ..scope() };
    for (expression, expected) in [
        ("$pad", Ok(json!("text"))),
        ("$pad & '!'", Ok(json!("text!"))),
        ("$random + 1", Ok(json!(2))),
        ("$pad('x', 2)", Err("T1006: Attempted to invoke a non-function")),
    ] {
        let value = JsonataExpression::parse(expression).unwrap().evaluate("Output", &scope, &limits());
        match expected {
            Ok(expected) => assert_eq!(value, Ok(expected), "{expression}"),
            Err(end) => assert!(value.unwrap_err().to_string().ends_with(end), "{expression}"),
        }
    }
}

#[test]
fn numbers_are_written_as_step_functions_writes_them() {
    for (expression, expected) in [
        ("1.0", "1"),
        ("1e2", "100"),
        ("0.1", "0.1"),
        ("-0", "0"),
        ("$states.input.order.price", "2.5"),
        ("$states.input.long", "9007199254740993"),
        ("[$states.input.long]", "[9007199254740993]"),
        ("[$states.input.longest, 1]", "[9223372036854775807,1]"),
        ("$parse('9223372036854775807')", "9223372036854775807"),
        ("$parse('9223372036854775808')", "9.223372036854776e+18"),
        ("$parse('1.0')", "1"),
        ("1e21", "1.0e+21"),
        ("12345678.9", "1.23456789e+7"),
        ("0.00015", "1.5e-4"),
        ("1/0", "\"Infinity\""),
        ("[-1/0]", "[\"-Infinity\"]"),
        ("0/0", "\"NaN\""),
        ("$string($states.input.long)", "\"9007199254740993\""),
        ("$states.input.long.$string()", "\"9007199254740993\""),
        ("$string([$states.input.longest, 'x'])", "\"[9223372036854775807,\\\"x\\\"]\""),
        ("'id-' & $states.input.long", "\"id-9007199254740993\""),
        ("$string(1e20)", "\"100000000000000000000\""),
        ("$string(1e21)", "\"1e+21\""),
        ("1 + 2", "3"),
        ("$states.input.order.id / 2", "3.5"),
    ] {
        assert_eq!(evaluate(expression).map(|value| value.to_string()), Ok(expected.to_owned()), "{expression}");
    }
}

#[test]
fn numbers_that_only_pass_through_are_kept() {
    for (text, expected) in [
        ("1.0", "1"),
        ("-0", "0"),
        ("9223372036854775808", "9.223372036854776e+18"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("1e400", "1e+400"),
        ("[12345678901234567, 1.50]", "[12345678901234567,1.5]"),
    ] {
        let scope = TestScope { input: number(text), ..scope() };
        for expression in ["$states.input", "($states.input)"] {
            let value = JsonataExpression::parse(expression).unwrap().evaluate("Output", &scope, &limits()).unwrap();
            assert_eq!(value.to_string(), expected, "{expression} of {text}");
        }
    }
}

#[test]
fn step_functions_has_functions_of_its_own() {
    check_values(&[
        ("$partition([0, 1, 2], 2)", json!([[0, 1], [2]])),
        ("$partition([0, 1, 2], 2.9)", json!([[0, 1], [2]])),
        ("$partition([0, 1], 9)", json!([[0, 1]])),
        ("$partition([0, 1])", json!([[0, 1]])),
        ("$range(0, 10, 5)", json!([0, 5, 10])),
        ("$range(0, 9, 5)", json!([0, 5])),
        ("$range(3, -3, -3)", json!([3, 0, -3])),
        ("$range(-1.7, 2, 1)", json!([-1, 0, 1, 2])),
        ("$range(4, 4, 1)", json!(4)),
        ("$range(4, 9, 100)", json!(4)),
        ("$range(0, 9223372036854775807, 9000000000000000000)", json!([0, 9_000_000_000_000_000_000_i64])),
        ("$hash('abc', 'MD5')", json!("900150983cd24fb0d6963f7d28e17f72")),
        ("$hash('abc', 'SHA-1')", json!("a9993e364706816aba3e25717850c26c9cd0d89d")),
        ("$random(42)", json!(0.727_563_680_032_868_1)),
        ("$random() = $random()", json!(false)),
        ("$random() >= 0 and $random() < 1", json!(true)),
        ("$uuid() = $uuid()", json!(false)),
        ("$contains($uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)", json!(true)),
        ("$parse('{\"a\": [1, null]}').a", json!([1, null])),
        ("$map(['[1]', '2'], $parse)", json!([[1], 2])),
        ("$millis()", json!(1_767_225_600_000_i64)),
        ("$now()", json!("2026-01-01T00:00:00.000Z")),
        ("$now('[Y]/[M]')", json!("2026/1")),
        ("$sort($shuffle([1, 2, 3]))", json!([1, 2, 3])),
    ]);
    for expression in [
        "$partition([1], 0)",
        "$partition([], 1)",
        "$partition($none, 1)",
        "$range(1, 5)",
        "$range(1, 5, 0)",
        "$range(1, 5, -1)",
        "$hash('a')",
        "$parse($none)",
    ] {
        assert_eq!(failure(expression), "returned nothing (undefined).", "{expression}");
    }
}

#[test]
fn failures_are_worded_as_step_functions_words_them() {
    check_failures(&[
        ("$doesNotExist", "returned nothing (undefined)."),
        ("$states.input.order.none", "returned nothing (undefined)."),
        ("$f := function($x){$x}", "returned an unsupported result type."),
        ("[$sum]", "returned an unsupported result type."),
        ("$eval('1')", "threw an error during evaluation. T1006: Attempted to invoke a non-function"),
        ("$randomSeeded(1)", "threw an error during evaluation. T1006: Attempted to invoke a non-function"),
        (
            "'a' + 1",
            "threw an error during evaluation. T2001: The left side of the \"+\" operator must evaluate to a number",
        ),
        (
            "1 * 'a'",
            "threw an error during evaluation. T2002: The right side of the \"*\" operator must evaluate to a number",
        ),
        (
            "$abs('x')",
            "threw an error during evaluation. T0410: Argument 1 of function \"abs\" does not match function signature",
        ),
        (
            "$sum(['a'])",
            "threw an error during evaluation. T0412: Argument 1 of function \"sum\" must be an array of \"numbers\"",
        ),
        ("$number('x')", "threw an error during evaluation. D3030: Unable to cast value to a number: \"x\""),
        (
            "$pad('x', 'y')",
            "threw an error during evaluation. T0410: Argument 2 of function \"pad\" does not match function signature",
        ),
        (
            "$states.input.order.id > '5'",
            "threw an error during evaluation. T2009: The values 7 and \"5\" either side of operator \">\" must be of the same data type",
        ),
        (
            "$states.input.order.lines[sku <= n]",
            "threw an error during evaluation. T2009: The values \"a\" and 1 either side of operator \"<=\" must be of the same data type",
        ),
        ("$error('stop')", "threw an error during evaluation. D3137: stop"),
        (
            "[1.5..3]",
            "threw an error during evaluation. T2003: The left side of the range operator (..) must evaluate to an integer",
        ),
        (
            "[1..1e8]",
            "threw an error during evaluation. D2014: The size of the sequence allocated by the range operator (..) must not exceed 1e6.  Attempted to allocate 100000000.",
        ),
        ("$parse('{')", "threw an error during evaluation. D3137: Invalid JSON"),
        (
            "$parse(1)",
            "threw an error during evaluation. T0410: Argument 1 of function \"parse\" does not match function signature",
        ),
        ("$partition([1], -1)", "threw an error during evaluation. D3137: Second argument must be zero or greater"),
        (
            "$partition(1, 1)",
            "threw an error during evaluation. T0412: Argument 1 of function \"partition\" must be an array of undefined",
        ),
        (
            "$uuid(1)",
            "threw an error during evaluation. T0410: Argument 1 of function \"uuid\" does not match function signature",
        ),
        (
            "$hash('a', 'CRC')",
            "threw an error during evaluation. D3137: Hash algorithm 'CRC' must be one of SHA-1, SHA-384, SHA-256, SHA-512, MD5",
        ),
    ]);
    let whole = evaluate("$doesNotExist").unwrap_err();
    assert_eq!(
        whole,
        "The JSONata expression '$doesNotExist' specified for the field 'Output/v' returned nothing (undefined)."
    );
}

const MEMORY: &str =
    "threw an error during evaluation: Expression evaluation memory limit exceeded: Check for excessive memory usage";
const DEPTH: &str = "threw an error during evaluation: Stack overflow error: Check for non-terminating recursive function. \
                     Consider rewriting as tail-recursive";
const TIMEOUT: &str = "threw an error during evaluation: Expression evaluation timeout: Check for infinite loop";

#[test]
fn no_expression_eats_the_memory() {
    for expression in [
        "$pad('x', 1e9)",
        "$pad('x', -1e300)",
        "$map(['x'], function($s){ $pad($s, 1e9) })",
        "($p := $pad(?, 1e9); $p('x'))",
        "1e9 ~> $pad('x', ?)",
        "$string([1..900000])",
        "[1..873783]",
        "$range(1, 360146, 1)",
        "($f := function($s, $n){ $n = 0 ? $s : $f($s & $s, $n - 1) }; $length($f('x', 40)))",
        "$reduce([1..40], function($a, $b){ $a & $a }, 'x')",
        "$reduce([1..40], function($a, $b){ $join([$a, $a]) }, 'x')",
        "$reduce([1..40], function($a, $b){ [$a, $a] }, [1])",
        "$reduce([1..40], function($a, $b){ $append($a, $a) }, [1])",
        "$reduce([1..40], function($a, $b){ $replace($a, 'x', 'xx') }, 'x')",
        "$string($reduce([1..40], function($a, $b){ [[$a], [$a]] }, 1))",
        "$reduce([1..40], function($a, $b){ [[$a], [$a]] }, 1)",
        "$reduce([1..40], function($a, $b){ {'l': $a, 'r': $a} }, 1)",
        "$reduce([1..200], function($a, $b){ [[$a]] }, 1)",
        "($f := function($x){ $reduce([1..40], function($a, $b){ [[$a], [$a]] }, $x) }; $f(1) = $f(1))",
        "$formatInteger(1e300, 'I')",
        "$map([1..100000], function($i){ [1..100000] })",
        "($l := [1..100000]; $join($l.($string($)), $pad('', 100000)))",
        "$map([1..800000], function($x){ {'a': $x, 'b': [$x]} })",
        "[1..800000].{'a': $, 'b': {'c': $}}",
        "[1..800000].[[[[1]]], [[[2]]]]",
        "[1..800000].[{}, {}]",
        "($l := [1..500000]; $map([1..200], function($x){ [$l.$] }))",
        "($l := [1..500000]; $map([1..200], function($x){ $l[$ > 0] }))",
        "($l := [1..500000]; [1..200].{'l': $l[$ > 0]})",
        "($t := $pad('x', 4000000); $map([1..200], function($x){ $uppercase($t) }))",
        "($t := $pad('x', 4000000); [1..200].$uppercase($t))",
        "($t := $pad('x', 4000000); $map([1..200].$t, $uppercase))",
        "($t := $pad('x', 4000000); [1..200].($t ~> $substring(1)))",
        "($o := $merge([1..20000].{$string($): $}); $map([1..500], function($x){ $merge([$o]) }))",
        "($t := $pad('x', 800000); [1..50].[$split($t, '')])",
    ] {
        assert_eq!(failure(expression), MEMORY, "{expression}");
    }
    check_values(&[
        ("$length(($f := function($s, $n){ $n = 0 ? $s : $f($s & $s, $n - 1) }; $f('x', 22)))", json!(4_194_304)),
        ("$count([1..873782])", json!(873_782)),
        ("$count($range(1, 360145, 1))", json!(360_145)),
    ]);
}

/// What the evaluator answers to an expression that is not rewritten.
fn unguarded(expression: &str) -> Option<Value> {
    let ast = jsonata_core::parser::parse(expression).unwrap();
    let value =
        jsonata_core::evaluator::Evaluator::new().evaluate(&ast, &jsonata_core::value::JValue::Undefined).unwrap();
    (!value.is_undefined()).then(|| serde_json::from_str(&value.to_json_string().unwrap()).unwrap())
}

#[test]
fn what_is_charged_is_what_it_was() {
    for expression in [
        "[1..3].[]",
        "[1..3].[[], [$]]",
        "[1..3].[$, [$], [[$]]]",
        "[1..3].[1..2]",
        "[1..2].[[1..2], 3][0]",
        "[1..3].{}",
        "[1..3].{'a': $, 'b': [$], 'c': {}}",
        "[1..3].{'a': []}",
        "[1..3].{'a': [$][]}",
        "[1..3]{$string($): $}",
        "[1, 1, 2]{$string($): [$]}",
        "[{'k': 'x', 'v': 1}, {'k': 'x', 'v': 2}]{k: v}",
        "[{'k': 'x', 'v': 1}, {'k': 'y', 'v': 2}].{k: {'v': [v]}}",
        "[{'k': 'x', 'v': 1}, {'k': 'x', 'v': 2}]{k: $sum(v), k & '!': [v.{'n': $}]}",
        "[{'l': [1]}, {'l': [2, 3]}].l[]",
        "[{'l': [1]}, {'l': [2, 3]}].[l]",
        "[{'l': [1]}, {'l': [2, 3]}].[l[]]",
        "[{'l': [1]}, {'l': [2, 3]}].{'l': l, 'm': l[]}",
        "[{'l': [1]}, {'l': [2, 3]}].{'l': l[0], 'm': [l][0]}",
        "$map([1..3], function($x){ [] })",
        "$map([1..3], function($x){ [[$x]] })",
        "$map([1], function($x){ [$x] })",
        "$map([{'l': [1]}], function($x){ $x.l })",
        "$map([{'l': [1]}], function($x){ $x.l[] })",
        "$map([{'l': [1, 2]}, {}], function($x){ $x.l })",
        "$map([{'l': 1}], function($x){ {'l': $x.l, 'm': $x.none, 'n': $x.l[]} })",
        "$map([1, 2], function($x){ $x = 1 ? {'a': [$x]} : [$x] })",
        "$map([1, 2], function($x){ ($y := [$x, $x]; $y[0]) })",
        "$filter([{'a': [1]}, {'a': []}], function($x){ $count($x.a) > 0 })",
        "$reduce([1..3], function($a, $b){ $append($a, [$b]) }, [])",
        "$reduce([1..3], function($a, $b){ $merge([$a, {$string($b): [$b]}]) }, {})",
        "$each({'a': 1, 'b': [2]}, function($v, $k){ {$k: [$v]} })",
        "$sift({'a': 1, 'b': [2]}, function($v){ $count($v) = 1 })",
        "($f := function($n){ $n = 0 ? [] : $append($f($n - 1), [$n]) }; $f(4))",
        "($f := function($n, $a){ $n = 0 ? $a : $f($n - 1, [$a, $n]) }; $f(4, []))",
        "(function($x){ [$x] })([1, 2])",
        "(function($x){ $x.a })({'a': [[1]]})",
        "[3, 1, 2]^($)",
        "[{'a': [3]}, {'a': [1]}]^(a[0]).{'a': a}",
        "{'a': {'b': 1}} ~> |a|{'c': [b], 'd': {}}|",
        "[1..3].($x := $; [$x, $x + 1])",
        "[1..3].(function($y){ [$y] }($))",
        "[[1, 2], [3]].[$]",
        "[[1, 2], [3]].($uppercase('a') & $count($))",
        "['a', 'b'].$uppercase()",
        "['a', 'b'].$uppercase($)",
        "$map(['a', 'b'], $uppercase)",
        "['abc', 'b'].$substring(1)",
        "['abc', 'b'].$substring($, 0, 1)",
        "'abc' ~> $substring(1) ~> $uppercase",
        "['a-b'].$substringBefore('-')",
        "'a-b' ~> $substringAfter('-')",
        "$map([' a '], $trim)",
        "' a '.$trim()",
        "$base64decode($base64encode('ab'))",
        "'a b'.$encodeUrlComponent()",
        "$decodeUrl('a%20b')",
        "{'a': 1}.$keys()",
        "$keys([{'a': 1}, {'b': 1}])",
        "$keys({})",
        "$spread({'a': 1, 'b': 2})",
        "[{'a': 1}, {'b': 2}] ~> $merge",
        "$merge([])",
        "$reverse([1, 2])",
        "$reverse(none)",
        "$distinct([1, 1, 2])",
        "$distinct([[1], [1]])",
        "$distinct(1)",
        "$map([[1, 1], [2]], $distinct)",
        "$uppercase(none)",
        "$merge(none)",
    ] {
        assert_eq!(evaluate(expression).ok(), unguarded(expression), "{expression}");
    }
}

#[test]
fn no_expression_overflows_the_stack_or_runs_on() {
    let deep = |open: &str, count: usize, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(count), close.repeat(count))
    };
    let recursion = |n: usize| format!("($f := function($x){{ $x <= 0 ? 0 : 1 + $f($x - 1) }}; $f({n}))");
    assert_eq!(evaluate(&recursion(31)), Ok(json!(31)));
    for expression in [
        recursion(1_000_000),
        deep("(", 400, "1", ")"),
        deep("[", 400, "1", "]"),
        format!("1{}", "+1".repeat(20_000)),
        format!("1{}", "~>$string".repeat(400)),
        deep("$string(", 150, "1", ")"),
    ] {
        assert_eq!(failure(&expression), DEPTH, "{}", &expression[..20]);
    }
    assert!(JsonataExpression::parse(&deep("(", 50_000, "1", ")")).is_err());
    let short = JsonataLimits { milliseconds: 50, ..limits() };
    for expression in ["($f := function($x){ $f($x + 1) }; $f(1))", "$map([1..800000], function($x){ $string($x) })[0]"]
    {
        let parsed = JsonataExpression::parse(expression).unwrap();
        let text = parsed.evaluate("Output", &scope(), &short).unwrap_err().to_string();
        assert!(text.ends_with(TIMEOUT), "{text}");
    }
}

#[test]
fn what_aborts_or_panics_in_the_evaluator_is_a_failure() {
    for expression in [
        "$formatInteger(1%0, 'w')",
        "$formatInteger(1/0, 'w')",
        "$map([1/0], $formatInteger)",
        "($f := $formatInteger; $f(1%0, 'w'))",
        "(1%0) ~> $formatInteger('w')",
        "[1/0].$formatInteger('w')",
        "$fromMillis(0, '[Y,*-1000000000]')",
        "$fromMillis(0, '[Y,1000000000-1000000000]')",
        "$now('[Y,*-1000000000]')",
        "$fromMillis(1e300)",
        "$parseInteger('x', '[')",
    ] {
        let text = failure(expression);
        assert!(text.starts_with("threw an error during evaluation"), "{expression}: {text}");
    }
}

#[test]
fn guarded_builtins_answer_as_before() {
    check_values(&[
        ("$pad('x', 3, '-')", json!("x--")),
        ("$pad('x', -3)", json!("  x")),
        ("'a' & 1 & null & $none & [1, 'b'] & {'k': 1.5} & true", json!("a1null[1,\"b\"]{\"k\":1.5}true")),
        ("$sum & 'x'", json!("x")),
        ("$join(['a', 'b'], ', ')", json!("a, b")),
        ("['a', 'b'] ~> $join('-')", json!("a-b")),
        ("$map(['a', 'b'], function($s){ $s ~> $pad(2) })", json!(["a ", "b "])),
        ("$map([1, 2], $string)", json!(["1", "2"])),
        ("$string([1], true)", json!("[\n  1\n]")),
        ("[1, 2].$string()", json!(["1", "2"])),
        ("[0].$fromMillis('[Y]')", json!("1970")),
        ("0 ~> $fromMillis()", json!("1970-01-01T00:00:00.000Z")),
        ("$toMillis('1970-01-01T00:00:01Z')", json!(1_000)),
        ("$toMillis('01:30', '[H]:[m]')", json!(1_767_225_600_000_i64 + 5_400_000)),
        ("$toMillis('5', '[m]')", json!(1_767_225_600_000_i64 + 300_000)),
        ("$toMillis('2:00 pm', '[h]:[m] [P]')", json!(1_767_225_600_000_i64 + 50_400_000)),
        ("$toMillis('03/02', '[D01]/[M01]')", json!(1_770_076_800_000_i64)),
        ("$toMillis('032', '[d]')", json!(1_769_904_000_000_i64)),
        ("$toMillis('2020', '[Y]')", json!(1_577_836_800_000_i64)),
        ("$toMillis('nothing', '[H]:[m]') = 1 ? 1 : 2", json!(2)),
        ("$states.input.text.$pad(5, '.')", json!("abc..")),
        ("12 ~> $formatInteger('w')", json!("twelve")),
        ("$formatInteger(1999, 'I')", json!("MCMXCIX")),
        ("$replace('abab', 'a', 'x', 1)", json!("xbab")),
        ("$replace('abab', /a/, function($m){ $m.match & '!' })", json!("a!ba!b")),
        ("$states.input.text.$replace('b', '')", json!("ac")),
        ("$replace(?, 'a', 'b')('aa')", json!("bb")),
        ("'a,b' ~> $split(',') ~> $join('+')", json!("a+b")),
        ("$append([1], 2)", json!([1, 2])),
        ("$zip([1, 2], [3, 4])", json!([[1, 3], [2, 4]])),
        ("($join := function($x){ $x * 2 }; $join(4))", json!(8)),
        ("function($string){ $string + 1 }(1)", json!(2)),
        ("$string($states.input.order.lines[0])", json!("{\"sku\":\"a\",\"n\":1}")),
        ("[1..3].($ * 2)", json!([2, 4, 6])),
        ("[$three, [1..2], $list]", json!([3, [1, 2], 1, 2, 3])),
        ("($x := 5; [$x, ($x)])", json!([5, 5])),
        ("($x := [1, 2]; [$x, 3])", json!([1, 2, 3])),
        ("($x := [1, 2]; $x = [1, 2] and 1 in $x)", json!(true)),
        ("$reduce([1, 2, 3], function($a, $b){ $a + $b })", json!(6)),
        ("$states.input.order.lines@$l.{'s': $l.sku & '!'}", json!([{"s": "a!"}, {"s": "b!"}])),
        ("$states.input.order.lines#$i.(sku & $i)", json!(["a0", "b1"])),
        ("$states.input.order.lines.{sku: n}", json!([{"a": 1}, {"b": 2}])),
        ("$states.input.order.lines{sku: $string(n)}", json!({"a": "1", "b": "2"})),
        ("$states.input.order.lines^(>n).sku", json!(["b", "a"])),
        (
            "$states.input.order ~> |lines|{'n': n & ''}| ~> $lookup('lines')",
            json!([{"sku": "a", "n": "1"}, {"sku": "b", "n": "2"}]),
        ),
    ]);
}

#[test]
fn templates_compute_the_strings_in_braces() {
    let template = json!({
        "constant": [null, 1.50, " {% $three %} ", "$states.input", {}],
        "computed": ["{% $three %}", {"n": "{%$three + 1%}"}],
        "{% key %}": true,
    });
    let compiled = JsonataTemplate::compile(&template).unwrap();
    let rendered = compiled.render("Output", &scope(), &limits()).unwrap();
    assert_eq!(rendered["computed"], json!([3, {"n": 4}]));
    assert_eq!(rendered["constant"], template["constant"]);
    assert_eq!(rendered["{% key %}"], json!(true));
    let places: Vec<String> = compiled.expressions().into_iter().map(|(place, _)| place).collect();
    assert_eq!(places, ["/computed[0]", "/computed[1]/n"]);
    assert!(JsonataTemplate::compile(&json!([1, {"a": "b"}])).unwrap().literal().is_some());
    assert!(JsonataTemplate::compile(&json!("{% 1 %}")).unwrap().expression().is_some());
}

#[test]
fn a_failing_part_of_a_template_is_named_by_its_place() {
    for (template, location) in [
        (json!("{% $none %}"), "Output"),
        (json!({"a": {"b": [1, ["{% $none %}"]]}}), "Output/a/b[1][0]"),
        (json!({"x": "{% $none %}", "y": "{% $other %}"}), "Output/x"),
    ] {
        let failure = JsonataTemplate::compile(&template).unwrap().render("Output", &scope(), &limits()).unwrap_err();
        assert_eq!(failure.location(), location, "{template}");
        assert_eq!(failure.error_name(), "States.QueryEvaluationError");
    }
    let errors = JsonataTemplate::compile(&json!({"a": ["{% 1 + %}"], "b": "{% ) %}"})).unwrap_err();
    let errors: Vec<(String, String)> =
        errors.into_iter().map(|error| (error.place.clone(), error.to_string())).collect();
    assert_eq!(errors[0], ("/a[0]".into(), "Unexpected end of expression".into()));
    assert_eq!(errors[1].0, "/b");
}

#[test]
fn what_does_not_parse_is_reported_in_jsonatas_words() {
    for (text, code, message) in [
        ("a[1,2)", "S0202", "Expected \"]\", got \",\""),
        ("\"open", "S0101", "String literal must be terminated by a matching quote"),
        ("1 +", "S0207", "Unexpected end of expression"),
        ("{\"a\":}", "S0211", "The symbol \"}\" cannot be used as a unary operator"),
        ("$x :=", "S0207", "Unexpected end of expression"),
        ("", "S0207", "Unexpected end of expression"),
        ("$a b", "S0201", "Syntax error: \"b\""),
        ("(1", "S0203", "Expected \")\" before end of expression"),
        ("$a.1", "S0213", "The literal value 1 cannot be used as a step within a path expression"),
    ] {
        let error = JsonataExpression::parse(text).unwrap_err();
        assert_eq!((error.code.as_deref(), error.message.as_str()), (Some(code), message), "{text}");
    }
}

#[test]
fn references_are_known_without_an_evaluation() {
    for (text, variables, unsupported) in [
        ("$states.input.a[b = $x]", vec!["x"], vec![]),
        ("($x := 1; $x + $y)", vec!["y"], vec![]),
        ("function($p){ $p + $q }", vec!["q"], vec![]),
        ("phone", vec![], vec!["Reference to 'phone' at the top level is not supported."]),
        ("phone.home", vec![], vec!["Reference to 'phone' at the top level is not supported."]),
        (
            "$map($states.input.a, function($v){ b })",
            vec!["map"],
            vec!["Reference to 'b' at the top level is not supported."],
        ),
        ("$$", vec![], vec!["Reference to '$$' is not supported."]),
        ("$", vec![], vec!["Reference to '$' at the top level is not supported."]),
        ("$states.input.items.(price * n)", vec![], vec![]),
        ("$states.input.items^(price){a: b}", vec![], vec![]),
        ("$states.input ~> |a|{'b': c}|", vec![], vec![]),
    ] {
        let expression = JsonataExpression::parse(text).unwrap();
        assert_eq!(expression.variables().collect::<Vec<_>>(), variables, "{text}");
        let found: Vec<String> = expression.unsupported_references().iter().map(ToString::to_string).collect();
        assert_eq!(found, unsupported, "{text}");
    }
}

#[test]
fn an_expression_that_cannot_see_the_execution_input_says_so() {
    for (text, expected) in [
        ("$states.input.Execution.Input", false),
        ("$states.context.State.Name", false),
        ("$states.context.Execution.Name & $states.result", false),
        ("$states.context.Execution.Input.x", true),
        ("$states.context.Execution", true),
        ("$states.context", true),
        ("$states", true),
        ("$states.*", true),
        ("$states[context.Execution.Input].input", true),
        ("$states.context[Execution.Input].State", true),
        ("$states@$s.input.($s.context)", true),
        ("$states.context.State.%.Execution", true),
        ("$lookup($states, 'context')", true),
        ("($s := $states; $s.context)", true),
        ("1", false),
    ] {
        assert_eq!(JsonataExpression::parse(text).unwrap().may_read_execution_input(), expected, "{text}");
    }
}

#[test]
fn results_have_the_type_of_their_field() {
    let expression = JsonataExpression::parse("$ItemsVar").unwrap();
    let expected = |found: &str| {
        format!(
            "The JSONata expression '$ItemsVar' specified for the field 'Items' returned an unexpected result type. Expected 'array', but was {found}"
        )
    };
    for (value, found) in [
        (json!(true), "'boolean' for value: true"),
        (json!(1), "'number' for value: 1"),
        (json!("s"), "'string' for value: \"s\""),
        (json!({"foo": "bar"}), "'object' for value: {\"foo\":\"bar\"}"),
    ] {
        assert_eq!(expression.as_array("Items", value).unwrap_err().to_string(), expected(found));
    }
    assert_eq!(expression.as_array("Items", json!([1])), Ok(vec![json!(1)]));
    assert_eq!(expression.as_integer("Seconds", number("2.0")), Ok(2));
    assert_eq!(expression.as_string("Cause", json!("x")), Ok("x".to_owned()));
    assert_eq!(expression.as_boolean("Condition", json!(false)), Ok(false));
    assert_eq!(
        expression.as_timestamp("Timestamp", json!("2016-13-05T21:29:29Z")).unwrap_err().to_string(),
        "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time format string: 2016-13-05T21:29:29Z"
    );
}
