//! Map: <https://states-language.net/spec.html#map-state>. What only a distributed Map has is in `map_fields.rs`.

use crate::machine::data_flow::DataFlow;
use crate::machine::map::ItemSelector;
use crate::machine::{Items, Map, Scope, StateName};
use crate::parse::fields::Fields;
use crate::parse::numbers::ANY;
use crate::parse::scope::{self, Whole};
use crate::parse::states::next;
use crate::parse::{data_flow, error_handling, input_use, map_fields};

pub(super) fn read(fields: &Fields, whole: &Whole, before: usize) -> Map {
    fields.exactly_one(&["ItemProcessor", "Iterator"]);
    let processor = fields.child("ItemProcessor").or_else(|| fields.child("Iterator"));
    let mode = map_fields::mode(fields, processor.as_ref(), whole);
    let item_processor = match &processor {
        Some(processor) => scope::nested(processor, whole, &["ProcessorConfig"]),
        None => Scope { start_at: StateName::new(""), states: Vec::new() },
    };
    fields.refuse_context(&["MaxConcurrencyPath", "ToleratedFailureCountPath", "ToleratedFailurePercentagePath"]);
    let mut flow = data_flow::read(fields);
    Map {
        item_selector: item_selector(fields, &mut flow),
        selector_reads_input: ["ItemSelector", "Parameters"]
            .iter()
            .any(|field| fields.get(field).is_some_and(input_use::may_read_state_input)),
        flow,
        items: items(fields),
        item_processor,
        reads_item: processor.is_some_and(|processor| input_use::may_read_map_item(processor.object())),
        mode,
        max_concurrency: fields.integer("MaxConcurrency", ANY),
        tolerated_failure_count: fields.integer("ToleratedFailureCount", ANY),
        tolerated_failure_percentage: fields.percentage("ToleratedFailurePercentage"),
        retry: error_handling::retriers(fields),
        catch: error_handling::catchers(fields),
        next: next(fields, before),
    }
}

/// `ItemSelector`, or `Parameters` as it was called before.
fn item_selector(fields: &Fields, flow: &mut DataFlow) -> Option<ItemSelector> {
    match flow {
        DataFlow::Jsonata(_) => fields.jsonata_template("ItemSelector").map(ItemSelector::Jsonata),
        DataFlow::JsonPath(flow) => {
            fields.at_most_one(&["ItemSelector", "Parameters"]);
            let parameters = flow.parameters.take();
            fields.template("ItemSelector").or(parameters).map(ItemSelector::JsonPath)
        }
    }
}

fn items(fields: &Fields) -> Items {
    if fields.is_jsonata() {
        let items = fields.get("Items").filter(|items| !items.is_array() && !items.is_object());
        if let Some(items) = items {
            match items.as_str() {
                Some(text) => fields.check_frame("Items", text),
                None => fields.report_at("Items", "Expected value of type [ARRAY, OBJECT, STRING]"),
            }
        }
        fields.jsonata_template("Items").map_or(Items::Input, Items::Jsonata)
    } else {
        fields.single_value_path("ItemsPath").map_or(Items::Input, Items::Path)
    }
}
