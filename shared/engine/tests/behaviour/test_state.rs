//! TestState: what a state comes to by itself, and what it computes on the way.

use engine::execution::{Execution, ExecutionArn, Kind};
use engine::failure::ErrorAndCause;
use engine::input::{Given, TaskOutcome};
use engine::inspection::InspectionData;
use engine::payload::Payload;
use engine::test_state::{Mock, MockAnswer, Progress, Test, Tested};
use serde_json::{Value, json};

use crate::definitions::{FUNCTION, only, parse, states, task};
use crate::world::{START, execution, failure};

fn given() -> Given<'static> {
    Given { now: START, ..Given::default() }
}

fn test(state: &str, input: &str) -> Test {
    let arn = "arn:aws:states:us-east-1:123456789012:express:machine:name:run";
    Test {
        execution: Execution { arn: ExecutionArn::new(arn), kind: Kind::ExpressSync, ..execution() },
        state: asl::machine::StateName::new(state),
        input: Payload::parse(input).unwrap(),
        variables: Default::default(),
        mock: None,
        context: None,
        retrier_retry_count: 0,
    }
}

fn result(result: &str) -> Option<Mock> {
    Some(MockAnswer::Result(Payload::parse(result).unwrap()).into())
}

fn error(error: &str) -> Option<Mock> {
    Some(MockAnswer::Error(failure(error, "why")).into())
}

fn run(definition: &Value, test: &Test) -> Tested {
    match engine::test_state::test(&parse(definition), test, &given()) {
        Progress::Done(tested) => *tested,
        Progress::Calling(calling) => panic!("calls {:?}", calling.request),
    }
}

/// One line: the status, where it goes on, the output or the failure, what `Retry` and `Catch` say.
fn told(tested: &Tested) -> String {
    let mut parts = vec![format!("{:?}", tested.status)];
    parts.extend(tested.next_state.as_ref().map(|next| format!("next {next}")));
    parts.extend(tested.output.as_ref().map(|output| output.as_str().to_owned()));
    if let Some(ErrorAndCause { error, cause }) = &tested.failure {
        parts.push(format!("{}: {}", error.as_deref().unwrap_or("-"), cause.as_deref().unwrap_or("-")));
    }
    if let Some(details) = &tested.inspection.error_details {
        parts.extend(details.retry_index.map(|index| format!("retrier {index}")));
        parts.extend(tested.retry_backoff_seconds.map(|seconds| format!("after {seconds}s")));
        parts.extend(details.catch_index.map(|index| format!("catcher {index}")));
    }
    parts.join(", ")
}

/// `name=text` of all that was taken down.
fn shown(data: &InspectionData) -> String {
    let stages = [
        ("input path", &data.after_input_path),
        ("parameters", &data.after_parameters),
        ("arguments", &data.after_arguments),
        ("result", &data.result),
        ("result selector", &data.after_result_selector),
        ("result path", &data.after_result_path),
    ];
    let shown = stages.iter().filter_map(|(name, text)| text.as_ref().map(|text| format!("{name}={}", text.as_str())));
    shown.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_state_shows_what_each_of_its_fields_makes_of_the_data() {
    let all = json!({
        "InputPath": "$.a", "Parameters": { "p.$": "$.b" }, "ResultSelector": { "s.$": "$.r" }, "ResultPath": "$.x",
        "OutputPath": "$.x",
    });
    let pass = json!({ "Type": "Pass", "InputPath": "$.a", "Parameters": { "p.$": "$.b" }, "ResultPath": "$.x" });
    let constant = json!({ "Type": "Pass", "InputPath": "$.a", "Result": { "r": 1 }, "ResultPath": "$.x" });
    let choice = json!({ "Type": "Choice", "InputPath": "$.a", "Choices": [{ "Variable": "$.b", "NumericEquals": 1, "Next": "T" }] });
    let (input, place) = (r#"{"a": {"b": 1}}"#, r#"{"a":{"b":1},"x":"#);
    for (state, mock, expected) in [
        (
            task(all),
            result(r#"{"r": 2}"#),
            format!(
                r#"input path={{"b":1}} parameters={{"p":1}} result={{"r": 2}} result selector={{"s":2}} result path={place}{{"s":2}}}}"#
            ),
        ),
        (
            pass,
            None,
            format!(
                r#"input path={{"b":1}} parameters={{"p":1}} result selector={{"p":1}} result path={place}{{"p":1}}}}"#
            ),
        ),
        (constant, None, format!(r#"result={{"r":1}} result selector={{"r":1}} result path={place}{{"r":1}}}}"#)),
        (choice, None, r#"input path={"b":1}"#.to_owned()),
        (json!({ "Type": "Succeed", "InputPath": "$.a" }), None, r#"input path={"b":1}"#.to_owned()),
        (json!({ "Type": "Wait", "Seconds": 5 }), None, format!("input path={input}")),
        (json!({ "Type": "Fail" }), None, format!("input path={input}")),
    ] {
        let tested = run_alone(&with_end(state.clone()), &Test { mock, ..test("StateName", input) });
        assert_eq!(shown(&tested.inspection), expected, "{state}");
    }
}

/// The definition of a state by itself, which AWS gives this name.
fn run_alone(state: &Value, test: &Test) -> Tested {
    let machine = asl::parse_state(&state.to_string(), asl::MachineType::Standard).expect("a state").machine;
    match engine::test_state::test(&machine, test, &given()) {
        Progress::Done(tested) => *tested,
        Progress::Calling(calling) => panic!("calls {:?}", calling.request),
    }
}

fn with_end(mut state: Value) -> Value {
    let type_name = state["Type"].as_str().unwrap().to_owned();
    if !["Choice", "Succeed", "Fail"].contains(&type_name.as_str()) {
        state["End"] = json!(true);
    }
    state
}

#[test]
fn what_fails_shows_what_was_computed_before() {
    let state = task(json!({ "InputPath": "$.a", "ResultSelector": { "s.$": "$.missing" }, "End": true }));
    let tested = run(&only(state), &Test { mock: result("{}"), ..test("S", r#"{"a":{}}"#) });
    assert_eq!(shown(&tested.inspection), "input path={} parameters={} result={}");
    assert_eq!(
        told(&tested),
        "Failed, States.Runtime: An error occurred while executing the state 'S' (entered at the event id #2). The \
         JSONPath '$.missing' specified for the field 's.$' could not be found in the input '{}'"
    );
}

#[test]
fn a_mocked_error_goes_to_the_retrier_and_then_to_the_catcher_that_it_matches() {
    let fields = json!({
        "Retry": [
            { "ErrorEquals": ["Other"] },
            { "ErrorEquals": ["Busy"], "IntervalSeconds": 2, "MaxAttempts": 3, "BackoffRate": 3.0 },
        ],
        "Catch": [
            { "ErrorEquals": ["Gone"], "Next": "Caught" },
            { "ErrorEquals": ["Busy"], "ResultPath": "$.e", "Next": "Caught" },
        ],
    });
    let definition = crate::definitions::caught_task(fields);
    let caught = r#"CaughtError, next Caught, {"a":1,"e":{"Error":"Busy","Cause":"why"}}, Busy: why"#;
    for (name, count, expected) in [
        ("Busy", 0, "Retriable, Busy: why, retrier 1, after 2s".to_owned()),
        ("Busy", 2, "Retriable, Busy: why, retrier 1, after 18s".to_owned()),
        ("Busy", 3, format!("{caught}, retrier 1, catcher 1")),
        ("Gone", 0, r#"CaughtError, next Caught, {"Error":"Gone","Cause":"why"}, Gone: why, catcher 0"#.to_owned()),
        ("Odd", 0, "Failed, Odd: why".to_owned()),
    ] {
        let test = Test { mock: error(name), retrier_retry_count: count, ..test("S", r#"{"a":1}"#) };
        assert_eq!(told(&run(&definition, &test)), expected, "{name} after {count} retries");
    }
}

#[test]
fn a_task_without_a_mock_is_called() {
    let machine = parse(&only(task(json!({ "ResultPath": "$.r" }))));
    let Progress::Calling(calling) = engine::test_state::test(&machine, &test("S", r#"{"a":1}"#), &given()) else {
        panic!("not called");
    };
    assert_eq!(calling.request.payload.as_str(), r#"{"a":1}"#);
    let outcome = TaskOutcome::Succeeded { output: Payload::from_text("2") };
    let tested = engine::test_state::task_ended(&machine, *calling, &outcome, &given());
    assert_eq!(told(&tested), r#"Succeeded, {"a":1,"r":2}"#);
    assert_eq!(
        shown(&tested.inspection),
        r#"input path={"a":1} parameters={"a":1} result=2 result selector=2 result path={"a":1,"r":2}"#
    );
}

#[test]
fn a_wait_is_not_waited_for_but_a_test_lasts_five_minutes() {
    for (seconds, expected) in [(300, "Succeeded, {}"), (301, "Failed, States.Timeout: -")] {
        let tested = run(&only(json!({ "Type": "Wait", "Seconds": seconds })), &test("S", "{}"));
        assert_eq!(told(&tested), expected, "{seconds} seconds");
    }
}

#[test]
fn expressions_see_the_variables_and_the_context_object_of_the_test() {
    let state = task(json!({ "Parameters": { "v.$": "$v", "c.$": "$$" }, "Assign": { "w.$": "$" } }));
    let test = Test {
        variables: [("v".to_owned(), Payload::from_text("1"))].into(),
        mock: result("2"),
        context: Some(json!({ "Execution": { "Name": "n" } })),
        ..test("S", "{}")
    };
    let tested = run(&only(state), &test);
    assert_eq!(
        tested.inspection.after_parameters.as_ref().unwrap().as_str(),
        r#"{"v":1,"c":{"Execution":{"Name":"n"}}}"#
    );
    let variables: Vec<String> =
        tested.inspection.variables.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    assert_eq!(variables, ["v=1", "w=2"]);
}

#[test]
fn the_execution_of_a_test_is_an_express_execution() {
    let state = json!({ "Type": "Pass", "Parameters": { "e.$": "$$.Execution" }, "OutputPath": "$.e" });
    let tested = run(&only(state), &test("S", r#"{"a":1}"#));
    let execution = tested.output.unwrap().value();
    assert_eq!(execution["Id"], "arn:aws:states:us-east-1:123456789012:express:machine:name:run");
    assert_eq!((&execution["Name"], &execution["Input"]), (&json!("name"), &json!({ "a": 1 })));
    assert_eq!(execution.get("RedriveCount"), None);
}

fn parallel(branch: Value, fields: Value) -> Value {
    let parallel = json!({
        "Type": "Parallel", "End": true,
        "Branches": [
            { "StartAt": "In", "States": { "In": branch, "Then": { "Type": "Pass", "End": true } } },
            { "StartAt": "Other", "States": { "Other": { "Type": "Pass", "End": true } } },
        ],
    });
    states(json!({ "Outer": crate::definitions::with(parallel, fields), "Caught": { "Type": "Succeed" } }))
}

fn inner() -> Value {
    json!({ "Type": "Task", "Resource": FUNCTION, "Next": "Then" })
}

fn caught() -> Value {
    json!({ "Catch": [{ "ErrorEquals": ["States.ALL"], "ResultPath": "$.e", "Next": "Caught" }] })
}

#[test]
fn a_mock_stands_for_the_branches_of_a_parallel_state() {
    let fields = crate::definitions::with(caught(), json!({ "InputPath": "$.a", "ResultPath": "$.r" }));
    let definition = parallel(inner(), fields);
    let tested = run(&definition, &Test { mock: result("[1,2]"), ..test("Outer", r#"{"a":1}"#) });
    assert_eq!(told(&tested), r#"Succeeded, {"a":1,"r":[1,2]}"#);
    assert_eq!(shown(&tested.inspection), r#"result selector=[1,2] result path={"a":1,"r":[1,2]}"#);
    let tested = run(&definition, &Test { mock: error("E"), ..test("Outer", r#"{"a":1}"#) });
    assert_eq!(
        told(&tested),
        r#"CaughtError, next Caught, {"a":1,"e":{"Error":"E","Cause":"why"}}, E: why, catcher 0"#
    );
}

#[test]
fn a_state_of_a_branch_goes_on_within_it_and_fails_to_its_parents() {
    let definition = parallel(inner(), caught());
    let succeeds = run(&definition, &Test { mock: result("1"), ..test("In", "{}") });
    assert_eq!(told(&succeeds), "Succeeded, next Then, 1");
    let ends = run(&definition, &test("Then", "2"));
    assert_eq!(told(&ends), "Succeeded, 2");
    let fails = run(&definition, &Test { mock: error("E"), ..test("In", "{}") });
    assert_eq!(told(&fails), r#"CaughtError, next Caught, {"e":{"Error":"E","Cause":"why"}}, E: why, catcher 0"#);
}

fn map(fields: Value) -> Value {
    let map = json!({
        "Type": "Map", "End": true,
        "ItemProcessor": {
            "ProcessorConfig": { "Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" },
            "StartAt": "In", "States": { "In": { "Type": "Pass", "Parameters": { "v.$": "$$.Map.Item.Value" }, "End": true } },
        },
    });
    states(json!({ "Outer": crate::definitions::with(map, fields), "Caught": { "Type": "Succeed" } }))
}

#[test]
fn a_mock_stands_for_the_iterations_of_a_map_state_whose_inputs_are_shown() {
    let selector = json!({ "i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "k.$": "$.k" });
    let fields = crate::definitions::with(
        caught(),
        json!({
            "ItemsPath": "$.items", "ItemSelector": selector, "ResultPath": "$.r", "MaxConcurrencyPath": "$.k",
            "ToleratedFailurePercentage": 12.5,
        }),
    );
    let input = r#"{"items":["a","b"],"k":7}"#;
    let tested = run(&map(fields), &Test { mock: result("[1,2]"), ..test("Outer", input) });
    assert_eq!(told(&tested), r#"Succeeded, {"items":["a","b"],"k":7,"r":[1,2]}"#);
    let seen = tested.inspection.map.unwrap();
    assert_eq!(seen.after_items_path.unwrap().as_str(), r#"["a", "b"]"#);
    assert_eq!(seen.after_item_selector.unwrap().as_str(), r#"[{"i":0,"v":"a","k":7},{"i":1,"v":"b","k":7}]"#);
    assert_eq!((seen.iterations, seen.max_concurrency, seen.tolerated_failure_percentage), (2, 7, Some(12.5)));
}

#[test]
fn too_many_failed_iterations_fail_a_distributed_map() {
    let failed = "States.ExceedToleratedFailureThreshold: The specified tolerated failure threshold was exceeded";
    for (fields, failures, expected) in [
        (json!({ "ToleratedFailureCount": 1 }), 1, "Succeeded, []".to_owned()),
        (json!({ "ToleratedFailureCount": 1 }), 2, format!("Failed, {failed}")),
        (json!({ "ToleratedFailurePercentage": 50 }), 2, "Succeeded, []".to_owned()),
        (json!({ "ToleratedFailurePercentage": 50 }), 3, format!("Failed, {failed}")),
        (json!({}), 3, "Succeeded, []".to_owned()),
    ] {
        let fields = crate::definitions::with(caught_never(), fields);
        let mock = result("[]").map(|mock| Mock { failed_iterations: failures, ..mock });
        let tested = run(&map(fields.clone()), &Test { mock, ..test("Outer", "[1,2,3,4]") });
        assert_eq!(told(&tested), expected, "{failures} failures, {fields}");
    }
}

/// So that `Caught` can be reached.
fn caught_never() -> Value {
    json!({ "Catch": [{ "ErrorEquals": ["Never"], "Next": "Caught" }] })
}

#[test]
fn the_items_of_a_map_state_are_those_that_its_reader_has_read() {
    let reader = json!({ "Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": { "InputType": "JSONL" } });
    let fields = crate::definitions::with(
        caught(),
        json!({ "ItemReader": reader, "ItemSelector": { "v.$": "$$.Map.Item.Value" } }),
    );
    for (data, expected) in [("1\n2\n", r#"[{"v":1},{"v":2}]"#), ("", "[]")] {
        let mock = result("[]").map(|mock| Mock { item_reader_data: Some(data.into()), ..mock });
        let tested = run(&map(fields.clone()), &Test { mock, ..test("Outer", "{}") });
        assert_eq!(tested.inspection.map.unwrap().after_item_selector.unwrap().as_str(), expected);
    }
    let mock = result("[]").map(|mock| Mock { item_reader_data: Some("{".into()), ..mock });
    let tested = run(&map(fields), &Test { mock, ..test("Outer", "{}") });
    assert!(told(&tested).starts_with("CaughtError, next Caught"), "{}", told(&tested));
    assert_eq!(tested.failure.unwrap().error.unwrap(), "States.ItemReaderFailed");
}

#[test]
fn a_state_of_an_iteration_sees_its_input_as_the_item() {
    let definition = map(caught());
    assert_eq!(told(&run(&definition, &test("In", r#""a""#))), r#"Succeeded, {"v":"a"}"#);
    let machine = parse(&definition);
    let (outer, name) = (machine.state(&asl::machine::StateName::new("Outer")).unwrap(), asl::machine::StateName::new);
    assert!(engine::test_state::is_within(&machine, outer, &name("In")));
    assert!(!engine::test_state::is_within(&machine, outer, &name("Caught")));
}

#[test]
fn jsonata_shows_its_arguments_and_no_paths() {
    let state = json!({
        "Type": "Task", "QueryLanguage": "JSONata", "Resource": FUNCTION, "Arguments": "{% $states.input.a %}",
        "Output": { "r": "{% $states.result %}" }, "End": true,
    });
    let tested = run_alone(&state, &Test { mock: result("2"), ..test("StateName", r#"{"a":1}"#) });
    assert_eq!(
        (told(&tested), shown(&tested.inspection)),
        (r#"Succeeded, {"r":2}"#.into(), "arguments=1 result=2".into())
    );
    let fail = json!({ "Type": "Fail", "QueryLanguage": "JSONata", "Error": "{% $states.input.a %}" });
    let tested = run_alone(&fail, &test("StateName", r#"{"a":"E"}"#));
    assert_eq!((told(&tested), shown(&tested.inspection)), ("Failed, E: -".into(), String::new()));
}
