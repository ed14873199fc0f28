//! `ProcessorConfig`, and the fields that only a distributed Map has.
//! <https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html>

use super::MachineType;
use super::fields::Fields;
use super::numbers::{ANY, Range};
use super::scope::Whole;
use crate::diagnostic::Code;
use crate::machine::map::{Distributed, ExecutionType, ProcessorMode};

const READERS: [&str; 2] = ["s3:getObject", "s3:listObjectsV2"];
const WRITERS: [&str; 1] = ["s3:putObject"];
const INPUT_TYPES: [&str; 5] = ["CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"];
#[rustfmt::skip]
const READER_CONFIG_FIELDS: [&str; 10] = [
    "InputType", "Transformation", "ManifestType", "ItemsPointer", "CSVDelimiter", "CSVHeaderLocation", "CSVHeaders",
    "MaxItems", "MaxItemsPath", "ExpectedBucketOwner",
];
const MANIFEST_TYPES: [&str; 2] = ["S3_INVENTORY", "ATHENA_DATA"];
const TRANSFORMATIONS: [&str; 2] = ["NONE", "LOAD_AND_FLATTEN"];
const DELIMITERS: [&str; 5] = ["COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"];
const MAX_ITEMS: Range = Range { min: 0, max: 100_000_000 };
const MAX_INPUT_BYTES: Range = Range { min: 0, max: 262_144 };
const MAX_LABEL_LENGTH: usize = 40;
/// What a label must not have in it, beside blanks and control characters.
const LABEL_REFUSES: &str = "?*<>{}[]:;,\\|^~$#%&`\"";

/// `INLINE` or `DISTRIBUTED`, with the readers and writers of the latter.
pub(super) fn mode(map: &Fields, processor: Option<&Fields>, whole: &Whole) -> ProcessorMode {
    item_reader(map);
    item_batcher(map);
    result_writer(map);
    label(map, whole);
    match processor.and_then(|processor| execution_type(processor, whole.machine_type)) {
        None => ProcessorMode::Inline,
        Some(execution_type) => ProcessorMode::Distributed(Box::new(Distributed {
            execution_type,
            label: map.get("Label").and_then(|label| label.as_str()).map(ToOwned::to_owned),
            item_reader: map.get("ItemReader").cloned(),
            item_batcher: map.get("ItemBatcher").cloned(),
            result_writer: map.get("ResultWriter").cloned(),
        })),
    }
}

/// `ProcessorConfig`: the type of the child executions, `None` for an inline Map.
fn execution_type(processor: &Fields, machine_type: MachineType) -> Option<ExecutionType> {
    let config = processor.child("ProcessorConfig")?;
    config.allow(&["Mode", "ExecutionType"]);
    if config.one_of("Mode", &["INLINE", "DISTRIBUTED"]) != Some("DISTRIBUTED") {
        if config.has("ExecutionType") {
            config.report("Field 'ExecutionType' is not supported");
        }
        return None;
    }
    if machine_type == MachineType::Express {
        let message = "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines";
        config.report_at("Mode", message);
    }
    config.require(&["ExecutionType"]);
    match config.one_of("ExecutionType", &["STANDARD", "EXPRESS"]) {
        Some("EXPRESS") => Some(ExecutionType::Express),
        _ => Some(ExecutionType::Standard),
    }
}

/// `ItemReader`: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html>
fn item_reader(map: &Fields) {
    let Some(reader) = map.child("ItemReader") else {
        return;
    };
    reader.allow(&["Comment", "Resource", "ReaderConfig", "Parameters", "Arguments"]);
    reader.refuse_other_language(&["Parameters"], &["Arguments"]);
    reader.require(&["Resource"]);
    s3_resource(&reader, &READERS);
    payload(&reader);
    let Some(config) = reader.child("ReaderConfig") else {
        return;
    };
    config.allow(&READER_CONFIG_FIELDS);
    config.refuse_other_language(&["MaxItemsPath"], &[]);
    config.refuse_context(&["MaxItemsPath"]);
    config.integer("MaxItems", MAX_ITEMS);
    config.one_of("ManifestType", &MANIFEST_TYPES);
    config.one_of("Transformation", &TRANSFORMATIONS);
    config.string("ItemsPointer");
    csv(&config);
}

fn csv(config: &Fields) {
    let input_type = config.one_of("InputType", &INPUT_TYPES);
    let location = config.one_of("CSVHeaderLocation", &["FIRST_ROW", "GIVEN"]);
    if input_type == Some("CSV") && !config.has("CSVHeaderLocation") {
        config.report("The field 'CSVHeaderLocation' is required but was missing");
    }
    if input_type == Some("JSON") && config.has("CSVHeaderLocation") {
        config.report("Field 'CSVHeaderLocation' is not supported");
    }
    config.one_of("CSVDelimiter", &DELIMITERS);
    config.strings("CSVHeaders");
    if location == Some("GIVEN") {
        config.require(&["CSVHeaders"]);
    }
}

/// `ItemBatcher`: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html>
fn item_batcher(map: &Fields) {
    let Some(batcher) = map.child("ItemBatcher") else {
        return;
    };
    let by_path = ["MaxItemsPerBatchPath", "MaxInputBytesPerBatchPath"];
    batcher.allow(&["Comment", "BatchInput", "MaxItemsPerBatch", by_path[0], "MaxInputBytesPerBatch", by_path[1]]);
    batcher.refuse_other_language(&by_path, &[]);
    batcher.refuse_context(&by_path);
    batcher.integer("MaxItemsPerBatch", ANY);
    batcher.integer("MaxInputBytesPerBatch", MAX_INPUT_BYTES);
    if batcher.is_jsonata() {
        batcher.jsonata_template("BatchInput");
    } else {
        batcher.template("BatchInput");
    }
}

/// `ResultWriter`: <https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html>
fn result_writer(map: &Fields) {
    let Some(writer) = map.child("ResultWriter") else {
        return;
    };
    writer.allow(&["Comment", "Resource", "Parameters", "Arguments", "WriterConfig"]);
    writer.refuse_other_language(&["Parameters"], &["Arguments"]);
    s3_resource(&writer, &WRITERS);
    payload(&writer);
    require_destination(&writer);
    let Some(config) = writer.child("WriterConfig") else {
        return;
    };
    config.allow(&["OutputType", "Transformation"]);
    config.require(&["Transformation", "OutputType"]);
    config.one_of("OutputType", &["JSON", "JSONL"]);
    config.one_of("Transformation", &["NONE", "COMPACT", "FLATTEN"]);
}

/// There is a `WriterConfig`, or a `Resource` with its parameters, or all of them.
fn require_destination(writer: &Fields) {
    let parameters = if writer.is_jsonata() { "Arguments" } else { "Parameters" };
    if writer.has("Resource") || writer.has(parameters) {
        writer.require(&["Resource", parameters]);
    } else if !writer.has("WriterConfig") {
        writer.report("Value cannot be empty");
    }
}

fn payload(fields: &Fields) {
    if fields.is_jsonata() {
        fields.jsonata_template("Arguments");
    } else {
        fields.template("Parameters");
    }
}

/// `arn:aws:states:::s3:getObject`, in any partition.
fn s3_resource(fields: &Fields, actions: &[&str]) {
    let Some(resource) = fields.string("Resource") else {
        return;
    };
    let action = resource
        .strip_prefix("arn:")
        .and_then(|rest| rest.split_once(':'))
        .and_then(|(_partition, rest)| rest.strip_prefix("states:::"));
    if !action.is_some_and(|action| actions.contains(&action)) {
        fields.report_at("Resource", "The field 'Resource' does not match any of the allowed values");
    }
}

fn label(map: &Fields, whole: &Whole) {
    let Some(label) = map.string("Label") else {
        return;
    };
    let bad = |c: char| c.is_whitespace() || c.is_control() || LABEL_REFUSES.contains(c);
    let location = map.location_of("Label");
    if label.chars().count() > MAX_LABEL_LENGTH {
        let message = "Invalid Label name: Label exceeds the 40-character limit allowed by the service";
        map.findings.add(Code::InvalidLabelName, message, Some(&location));
    } else if label.contains(bad) {
        let message = "Invalid Label name: Label contains invalid characters";
        map.findings.add(Code::InvalidLabelName, message, Some(&location));
    } else if !whole.claim_label(label) {
        map.findings.add(Code::DuplicateLabelName, format!("Duplicate Label name: {label}"), Some(&location));
    }
}
