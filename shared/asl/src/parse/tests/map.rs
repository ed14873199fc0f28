//! Map, inline and distributed.

use super::*;

fn map(fields: Value) -> Value {
    let processor = json!({"StartAt": "Y", "States": {"Y": pass()}});
    with(json!({"Type": "Map", "ItemProcessor": processor, "End": true}), fields)
}

fn configured(config: Value) -> Value {
    with(map(json!({})), json!({"ItemProcessor": {"ProcessorConfig": config, "StartAt": "Y", "States": {"Y": pass()}}}))
}

fn distributed(fields: Value) -> Value {
    with(configured(json!({"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"})), fields)
}

#[test]
fn a_map_has_one_processor() {
    let processor = json!({"StartAt": "Y", "States": {"Y": pass()}});
    for (state, expected) in [
        (json!({"Type": "Map", "Iterator": processor, "End": true}), &[][..]),
        (
            json!({"Type": "Map", "End": true}),
            &["This object should have only one of the following fields: [ItemProcessor, Iterator] at /States/X"],
        ),
        (
            json!({"Type": "Map", "Iterator": {}, "End": true}),
            &["These fields are required: [States, StartAt] at /States/X/Iterator"],
        ),
        (
            json!({"Type": "Map", "ItemProcessor": with(processor.clone(), json!({"Version": "1.0"})), "End": true}),
            &["Field 'Version' is not supported at /States/X/ItemProcessor"],
        ),
    ] {
        check_state(state, expected);
    }
}

#[test]
fn a_processor_has_a_mode() {
    let place = "/States/X/ItemProcessor/ProcessorConfig";
    for (config, expected) in [
        (json!({"Mode": "INLINE"}), vec![]),
        (json!({}), vec![]),
        (json!({"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}), vec![]),
        (json!({"Mode": "DISTRIBUTED"}), vec![format!("These fields are required: [ExecutionType] at {place}")]),
        (
            json!({"Mode": "REMOTE"}),
            vec![format!("Value should be one of the following: [INLINE, DISTRIBUTED] at {place}/Mode")],
        ),
        (
            json!({"Mode": "DISTRIBUTED", "ExecutionType": "x"}),
            vec![format!("Value should be one of the following: [STANDARD, EXPRESS] at {place}/ExecutionType")],
        ),
        (
            json!({"Mode": "INLINE", "ExecutionType": "STANDARD"}),
            vec![format!("Field 'ExecutionType' is not supported at {place}")],
        ),
    ] {
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check_state(configured(config), &expected);
    }
    check_text(
        &around(distributed(json!({}))).to_string(),
        MachineType::Express,
        &["The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines at \
           /States/X/ItemProcessor/ProcessorConfig/Mode"],
    );
}

#[test]
fn numbers_of_a_map_are_in_range() {
    for (fields, expected) in [
        (json!({"MaxConcurrency": 0, "ToleratedFailureCount": 1, "ToleratedFailurePercentage": 12.5}), &[][..]),
        (json!({"MaxConcurrency": 9_223_372_036_854_775_807_u64}), &[]),
        (
            json!({"MaxConcurrencyPath": "$.m", "ToleratedFailureCountPath": "$c", "ToleratedFailurePercentagePath": "$.p"}),
            &[],
        ),
        (json!({"MaxConcurrency": -1}), &["Minimum value is 0 at /States/X/MaxConcurrency"]),
        (json!({"MaxConcurrency": "2"}), &["Expected value of type Integer at /States/X/MaxConcurrency"]),
        (
            json!({"ToleratedFailurePercentage": -0.5}),
            &["Minimum value is 0.0 at /States/X/ToleratedFailurePercentage"],
        ),
        (
            json!({"ToleratedFailurePercentage": 101}),
            &["Maximum value is 100.0 at /States/X/ToleratedFailurePercentage"],
        ),
        (
            json!({"MaxConcurrency": 1, "MaxConcurrencyPath": "$.m"}),
            &["There should only be one of the following fields: [MaxConcurrency, MaxConcurrencyPath] at /States/X"],
        ),
        (
            json!({"MaxConcurrencyPath": "$$.Execution.Input.m"}),
            &["Value is not a Reference Path at /States/X/MaxConcurrencyPath"],
        ),
    ] {
        check_state(map(fields), expected);
    }
    let fields = json!({"MaxConcurrency": "{% 1 %}", "ToleratedFailureCount": "{% 1 %}", "ToleratedFailurePercentage": "{% 1 %}"});
    check_state(jsonata(map(fields)), &[]);
    check_state(
        jsonata(map(json!({"MaxConcurrencyPath": "$.m"}))),
        &[
            "The QueryLanguage is set to 'JSONata', but field 'MaxConcurrencyPath' is only supported for the 'JSONPath' \
           QueryLanguage at /States/X",
        ],
    );
}

#[test]
fn items_come_from_one_place() {
    for (fields, expected) in [
        (json!({"ItemsPath": "$$.Execution.Input.values", "ItemSelector": {"v.$": "$$.Map.Item.Value"}}), &[][..]),
        (json!({"ItemsPath": "$items", "Parameters": {"v": 1}}), &[]),
        (
            json!({"Parameters": {"v": 1}, "ItemSelector": {"v": 1}}),
            &["There should only be one of the following fields: [ItemSelector, Parameters] at /States/X"],
        ),
        (
            json!({"ItemsPath": "$.a[*]"}),
            &["Value is not a Reference Path: '[' must be followed by ' or '[' at /States/X/ItemsPath"],
        ),
        (
            json!({"Items": [1]}),
            &["The QueryLanguage is set to 'JSONPath', but field 'Items' is only supported for the 'JSONata' \
               QueryLanguage at /States/X"],
        ),
    ] {
        check_state(map(fields), expected);
    }
    for (fields, expected) in [
        (json!({"Items": [1, "{% 2 %}"], "ItemSelector": {"v": "{% $states.context.Map.Item.Value %}"}}), &[][..]),
        (json!({"Items": "{% [1] %}"}), &[]),
        (json!({"Items": "[1]"}), &["JSONata string must start with {% and end with %} at /States/X/Items"]),
        (json!({"Items": 1}), &["Expected value of type [ARRAY, OBJECT, STRING] at /States/X/Items"]),
    ] {
        check_state(jsonata(map(fields)), expected);
    }
}

#[test]
fn readers_batchers_and_writers_are_checked() {
    let reader = |config: Value| json!({"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": config, "Parameters": {"Bucket.$": "$.b"}}});
    let config = "/States/X/ItemReader/ReaderConfig";
    let known = "The field 'Resource' does not match any of the allowed values";
    for (fields, expected) in [
        (reader(json!({"InputType": "JSON", "MaxItems": 1})), vec![]),
        (
            reader(
                json!({"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a"], "MaxItemsPath": "$.m"}),
            ),
            vec![],
        ),
        (
            reader(json!({"InputType": "XML"})),
            vec![format!(
                "Value should be one of the following: [CSV, JSON, JSONL, MANIFEST, PARQUET] at {config}/InputType"
            )],
        ),
        (
            reader(json!({"InputType": "CSV"})),
            vec![format!("The field 'CSVHeaderLocation' is required but was missing at {config}")],
        ),
        (
            reader(json!({"InputType": "JSON", "CSVHeaderLocation": "FIRST_ROW"})),
            vec![format!("Field 'CSVHeaderLocation' is not supported at {config}")],
        ),
        (
            reader(json!({"InputType": "CSV", "CSVHeaderLocation": "GIVEN"})),
            vec![format!("These fields are required: [CSVHeaders] at {config}")],
        ),
        (reader(json!({"MaxItems": 100_000_001})), vec![format!("Maximum value is 100000000 at {config}/MaxItems")]),
        (
            json!({"ItemReader": {"Resource": "arn:aws:states:::s3:putObject"}}),
            vec![format!("{known} at /States/X/ItemReader/Resource")],
        ),
        (json!({"ItemReader": {}}), vec!["These fields are required: [Resource] at /States/X/ItemReader".to_owned()]),
        (
            json!({"ItemBatcher": {"MaxItemsPerBatch": 1, "MaxInputBytesPerBatchPath": "$.m", "BatchInput": {"a.$": "$.a"}}}),
            vec![],
        ),
        (
            json!({"ItemBatcher": {"MaxItemsPerBatch": -1}}),
            vec!["Minimum value is 0 at /States/X/ItemBatcher/MaxItemsPerBatch".to_owned()],
        ),
        (
            json!({"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b"}, "WriterConfig": {"OutputType": "JSONL", "Transformation": "FLATTEN"}}}),
            vec![],
        ),
        (
            json!({"ResultWriter": {"Resource": "s3", "Parameters": {}}}),
            vec![format!("{known} at /States/X/ResultWriter/Resource")],
        ),
        (reader(json!({"InputType": "MANIFEST", "ManifestType": "ATHENA_DATA"})), vec![]),
        (
            reader(json!({"InputType": "MANIFEST", "ManifestType": "CSV"})),
            vec![format!("Value should be one of the following: [S3_INVENTORY, ATHENA_DATA] at {config}/ManifestType")],
        ),
        (
            reader(
                json!({"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a", 1], "CSVDelimiter": ";"}),
            ),
            vec![
                format!(
                    "Value should be one of the following: [COMMA, PIPE, SEMICOLON, SPACE, TAB] at {config}/CSVDelimiter"
                ),
                format!("Expected value of type [STRING] at {config}/CSVHeaders[1]"),
            ],
        ),
        (
            reader(json!({"InputType": "JSON", "Transformation": "FLATTEN", "ItemsPointer": 1})),
            vec![
                format!("Value should be one of the following: [NONE, LOAD_AND_FLATTEN] at {config}/Transformation"),
                format!("Expected value of type [STRING] at {config}/ItemsPointer"),
            ],
        ),
        (json!({"ResultWriter": {}}), vec!["Value cannot be empty at /States/X/ResultWriter".to_owned()]),
        (
            json!({"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject"}}),
            vec!["These fields are required: [Parameters] at /States/X/ResultWriter".to_owned()],
        ),
        (
            json!({"ResultWriter": {"Parameters": {}}}),
            vec!["These fields are required: [Resource] at /States/X/ResultWriter".to_owned()],
        ),
        (
            json!({"ResultWriter": {"WriterConfig": {"OutputType": "JSON"}}}),
            vec!["These fields are required: [Transformation] at /States/X/ResultWriter/WriterConfig".to_owned()],
        ),
    ] {
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        check_state(distributed(fields), &expected);
    }
}

#[test]
fn labels_are_short_plain_and_unique() {
    let long = "l".repeat(41);
    for (label, problem) in [
        (long.as_str(), "exceeds the 40-character limit allowed by the service"),
        ("a b", "contains invalid characters"),
        ("a*", "contains invalid characters"),
        ("a:b", "contains invalid characters"),
    ] {
        let message = format!("INVALID_LABEL_NAME: Invalid Label name: Label {problem} at /States/X/Label");
        check_state(distributed(json!({"Label": label})), &[&message]);
    }
    let other = json!({"Type": "Map", "Label": "l", "Next": "X", "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Z", "States": {"Z": pass()}
    }});
    let definition = json!({"StartAt": "O", "States": {"O": other, "X": distributed(json!({"Label": "l"}))}});
    check(definition, &["DUPLICATE_LABEL_NAME: Duplicate Label name: l at /States/X/Label"]);
}
