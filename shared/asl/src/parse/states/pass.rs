//! Pass: <https://states-language.net/spec.html#pass-state>

use serde_json::Value;

use crate::diagnostic::Code;
use crate::machine::Pass;
use crate::parse::data_flow;
use crate::parse::fields::Fields;
use crate::parse::paths::looks_evaluated;
use crate::parse::states::next;

pub(super) fn read(fields: &Fields, before: usize) -> Pass {
    let result = fields.get("Result");
    if result.is_some_and(holds_a_path) {
        let message = "The value of the field 'Result' is static: the path in it is not evaluated";
        let location = fields.location_of("Result");
        fields.findings.add(Code::PassResultIsStatic, message, Some(&location));
    }
    Pass { flow: data_flow::read(fields), result: result.cloned(), next: next(fields, before) }
}

fn holds_a_path(result: &Value) -> bool {
    match result {
        Value::String(text) => looks_evaluated(text),
        Value::Array(items) => items.iter().any(holds_a_path),
        Value::Object(object) => object.values().any(holds_a_path),
        _ => false,
    }
}
