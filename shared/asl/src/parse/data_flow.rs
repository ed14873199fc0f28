//! How data goes into a state and out of it: <https://states-language.net/spec.html#data>.
//!
//! Which of these fields a state has at all is for `state_fields.rs`.

use super::fields::Fields;
use super::variables;
use crate::machine::data_flow::{DataFlow, JsonPathFlow, JsonataFlow};

pub(super) fn read(fields: &Fields) -> DataFlow {
    if fields.is_jsonata() {
        DataFlow::Jsonata(Box::new(JsonataFlow {
            arguments: fields.jsonata_template("Arguments"),
            output: fields.jsonata_template("Output"),
            assign: variables::assign(fields),
        }))
    } else {
        DataFlow::JsonPath(Box::new(JsonPathFlow {
            input_path: fields.path_field("InputPath"),
            parameters: fields.template("Parameters"),
            result_selector: fields.template("ResultSelector"),
            result_path: fields.result_path("ResultPath"),
            output_path: fields.path_field("OutputPath"),
            assign: variables::assign(fields),
        }))
    }
}
