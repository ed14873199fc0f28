//! What the engine gets.

use super::*;
use crate::machine::choice::{Comparison, Condition, Operand, Relation, ValueType};
use crate::machine::data_flow::{Assign, DataFlow, PathField, ResultPath};
use crate::machine::error_handling::{ErrorName, ErrorPattern, JitterStrategy};
use crate::machine::map::{ExecutionType, ItemSelector, ProcessorMode};
use crate::machine::{Integer, Items, Next, QueryLanguage, StateKind, Text, WaitFor};

#[test]
fn states_are_found_by_name_at_any_depth() {
    let inner = json!({"StartAt": "B", "States": {"B": {"Type": "Pass", "Next": "C"}, "C": pass()}});
    let definition = json!({
        "Comment": "whole", "Version": "1.0", "TimeoutSeconds": 9, "StartAt": "A",
        "States": {"A": {"Type": "Parallel", "Comment": "both", "Branches": [inner], "End": true}}
    });
    let machine = machine(&definition);
    assert_eq!(machine.comment.as_deref(), Some("whole"));
    assert_eq!((machine.version.as_deref(), machine.timeout_seconds), (Some("1.0"), Some(9)));
    assert_eq!(machine.root.start_at.as_str(), "A");
    assert_eq!(machine.states.len(), 3);
    let StateKind::Parallel(parallel) = &machine.state(&StateName::new("A")).unwrap().kind else { panic!() };
    let names: Vec<&str> = parallel.branches[0].states.iter().map(StateName::as_str).collect();
    assert_eq!((parallel.branches[0].start_at.as_str(), names), ("B", vec!["B", "C"]));
    let state = machine.state(&StateName::new("C")).unwrap();
    assert_eq!(state.location, "/States/A/Branches[0]/States/C");
    assert_eq!(state.query_language, QueryLanguage::JsonPath);
}

#[test]
fn a_task_has_its_fields() {
    let state = typed(with(
        task(),
        json!({
            "End": false, "Next": "Done", "TimeoutSecondsPath": "$.t", "HeartbeatSeconds": 3,
            "Credentials": {"RoleArn.$": "$.role"}, "InputPath": "$.in", "Parameters": {"a.$": "$.a"},
            "ResultSelector": {"b.$": "$.b"}, "ResultPath": "$.out", "OutputPath": null, "Assign": {"v": 1},
            "Retry": [
                {"ErrorEquals": ["Shop.SoldOut", "States.TaskFailed"], "IntervalSeconds": 5, "MaxAttempts": 0,
                 "BackoffRate": 1.5, "MaxDelaySeconds": 60, "JitterStrategy": "FULL"},
                {"ErrorEquals": ["States.ALL"]}
            ],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Done", "ResultPath": null}]
        }),
    ));
    let StateKind::Task(task) = state.kind else { panic!() };
    assert_eq!(task.next, Next::State(StateName::new("Done")));
    assert!(matches!(&task.timeout_seconds, Some(Integer::Path(path)) if path.text == "$.t"));
    assert!(matches!(task.heartbeat_seconds, Some(Integer::Constant(3))));
    assert!(matches!(&task.credentials, Some(Text::Path(path)) if path.text == "$.role"));
    let DataFlow::JsonPath(flow) = &task.flow else { panic!() };
    assert!(matches!(&flow.input_path, PathField::Path(path) if path.text == "$.in"));
    assert!(matches!(flow.output_path, PathField::Null));
    assert!(matches!(&flow.result_path, ResultPath::At(path) if path.to_string() == "$.out"));
    assert!(flow.parameters.is_some() && flow.result_selector.is_some());
    assert!(matches!(flow.assign, Some(Assign::JsonPath(_))));
    let [first, second] = task.retry.as_slice() else { panic!() };
    assert_eq!(first.error_equals, [ErrorPattern::Named(ErrorName::new("Shop.SoldOut")), ErrorPattern::TaskFailed]);
    assert_eq!((first.interval_seconds, first.max_attempts, first.backoff_rate), (5, 0, 1.5));
    assert_eq!((first.max_delay_seconds, first.jitter_strategy), (Some(60), JitterStrategy::Full));
    assert_eq!((second.interval_seconds, second.max_attempts, second.backoff_rate), (1, 3, 2.0));
    assert_eq!((second.max_delay_seconds, second.jitter_strategy), (None, JitterStrategy::None));
    assert!(matches!(task.catch[0].result_path, ResultPath::Discard));
}

#[test]
fn absent_data_fields_and_the_root_path_mean_the_same() {
    for fields in [json!({}), json!({"InputPath": "$", "OutputPath": "$", "ResultPath": "$"})] {
        let StateKind::Pass(pass) = typed(with(pass(), fields)).kind else { panic!() };
        let DataFlow::JsonPath(flow) = pass.flow else { panic!() };
        assert!(matches!(flow.input_path, PathField::Whole) && matches!(flow.output_path, PathField::Whole));
        assert!(matches!(flow.result_path, ResultPath::Replace));
    }
}

#[test]
fn jsonata_texts_lose_their_frame() {
    let state = with(
        jsonata(task()),
        json!({"TimeoutSeconds": "{%  $t + 1 %}", "Arguments": {"a": "{% 1 %}"}, "Output": "{% 2 %}"}),
    );
    let StateKind::Task(task) = typed(state).kind else { panic!() };
    assert!(matches!(&task.timeout_seconds, Some(Integer::Jsonata(text)) if text.text() == "$t + 1"));
    let DataFlow::Jsonata(flow) = task.flow else { panic!() };
    assert_eq!(flow.arguments.unwrap().expressions()[0].1.text(), "1");
    assert_eq!(flow.output.unwrap().expression().unwrap().text(), "2");
}

#[test]
fn a_wait_waits_for_what_it_says() {
    let wait = |fields: Value| match typed(with(json!({"Type": "Wait", "End": true}), fields)).kind {
        StateKind::Wait(wait) => wait.wait_for,
        kind => panic!("{kind:?}"),
    };
    assert!(matches!(wait(json!({"Seconds": 7})), WaitFor::Seconds(7)));
    assert!(matches!(wait(json!({"SecondsPath": "$.s"})), WaitFor::SecondsPath(path) if path.text == "$.s"));
    assert!(matches!(wait(json!({"Timestamp": "1970-01-01T00:00:01.5Z"})), WaitFor::Timestamp(1500)));
    assert!(matches!(wait(json!({"TimestampPath": "$.t"})), WaitFor::TimestampPath(path) if path.text == "$.t"));
    let expression = json!({"QueryLanguage": "JSONata", "Timestamp": "{% $t %}"});
    assert!(matches!(wait(expression), WaitFor::TimestampJsonata(text) if text.text() == "$t"));
    let expression = json!({"QueryLanguage": "JSONata", "Seconds": "{% $s %}"});
    assert!(matches!(wait(expression), WaitFor::SecondsJsonata(text) if text.text() == "$s"));
}

#[test]
fn a_choice_keeps_its_rules_in_order() {
    let state = typed(json!({"Type": "Choice", "Default": "Done", "Choices": [
        {"Variable": "$.a", "NumericGreaterThanEquals": 10.50, "Next": "Done", "Assign": {"v": 1}},
        {"And": [{"Variable": "$.b", "StringLessThanPath": "$$.State.Name"}, {"Not": {"Variable": "$.c", "IsPresent": false}}],
         "Next": "Done"}
    ]}));
    let StateKind::Choice(choice) = state.kind else { panic!() };
    assert_eq!(choice.default, Some(StateName::new("Done")));
    assert!(choice.choices[0].assign.is_some());
    let Condition::Test { variable, comparison } = &choice.choices[0].condition else { panic!() };
    assert_eq!(variable.text, "$.a");
    let Comparison::Compare { value_type, relation, operand: Operand::Constant(operand) } = comparison else {
        panic!()
    };
    assert_eq!((*value_type, *relation), (ValueType::Numeric, Relation::GreaterThanEquals));
    assert_eq!(operand.to_string(), "10.5");
    let Condition::And(parts) = &choice.choices[1].condition else { panic!() };
    assert!(
        matches!(&parts[0], Condition::Test { comparison: Comparison::Compare { operand: Operand::Path(path), .. }, .. }
        if path.text == "$$.State.Name")
    );
    assert!(matches!(&parts[1], Condition::Not(part)
        if matches!(**part, Condition::Test { comparison: Comparison::IsPresent(false), .. })));
}

#[test]
fn a_map_has_its_items_and_mode() {
    let processor = json!({"StartAt": "Y", "States": {"Y": pass()}});
    let map = |fields: Value| match typed(with(json!({"Type": "Map", "End": true}), fields)).kind {
        StateKind::Map(map) => map,
        kind => panic!("{kind:?}"),
    };
    let older = map(json!({"Iterator": processor, "ItemsPath": "$.i", "Parameters": {"v": 1}}));
    assert!(matches!(older.items, Items::Path(path) if path.text == "$.i"));
    assert!(matches!(older.item_selector, Some(ItemSelector::JsonPath(_))));
    assert!(matches!(&older.flow, DataFlow::JsonPath(flow) if flow.parameters.is_none()));
    assert!(matches!(older.mode, ProcessorMode::Inline));

    let config = json!({"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}});
    let distributed = map(json!({
        "ItemProcessor": with(processor, config), "Label": "l",
        "ItemReader": {"Resource": "arn:aws:states:::s3:getObject"}, "MaxConcurrencyPath": "$.m"
    }));
    assert!(matches!(distributed.items, Items::Input));
    assert!(matches!(distributed.max_concurrency, Some(Integer::Path(_))));
    let ProcessorMode::Distributed(mode) = distributed.mode else { panic!() };
    assert_eq!((mode.execution_type, mode.label.as_deref()), (ExecutionType::Express, Some("l")));
    assert_eq!(mode.item_reader, Some(json!({"Resource": "arn:aws:states:::s3:getObject"})));
}

#[test]
fn the_result_of_a_pass_keeps_its_text() {
    let text = r#"{"StartAt": "X", "States": {"X": {"Type": "Pass", "End": true, "Result": {"b": 1.50, "a": 12345678901234567890123}}}}"#;
    let machine = parse(text, MachineType::Standard).unwrap().machine;
    let StateKind::Pass(pass) = &machine.state(&StateName::new("X")).unwrap().kind else { panic!() };
    assert_eq!(pass.result.as_ref().unwrap().to_string(), r#"{"b":1.50,"a":12345678901234567890123}"#);
}
